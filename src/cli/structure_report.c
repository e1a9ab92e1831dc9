/* What there is to say of a structure. What people read is made from the JSON, so that
 * both tell the same. */
#include "cli/structure_report.h"

#include "base/buf.h"
#include "base/cleanup.h"
#include "cli/factsheet.h"
#include "cli/field.h"
#include "cli/remote.h"
#include "cli/say.h"
#include "structure/contact.h"
#include "structure/symmetry.h"

#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum {
    ATOMS_SHOWN = 200,
    SITES_SHOWN = 12,
    RANGES_SHOWN = 40, /* bytes, about */
};

/* Adding zero turns -0.0 into 0.0. */
static json_t *number(double value) {
    return say_need(isfinite(value) ? json_real(value + 0.0) : json_null());
}

static void put(json_t *object, const char *key, json_t *value_take) {
    if (json_object_set_new(object, key, say_need(value_take)) < 0) {
        say_no_memory();
    }
}

static void append(json_t *array, json_t *value_take) {
    if (json_array_append_new(array, say_need(value_take)) < 0) {
        say_no_memory();
    }
}

static json_t *text(const char *value) {
    return say_need(value ? json_string(value) : json_null());
}

static json_t *cell_json(const struct structure *structure) {
    if (structure->periodic == 0) {
        return say_need(json_null());
    }
    struct cell_parameters p = cell_parameters(&structure->cell);
    json_t *cell = say_need(json_object());
    put(cell, "a", number(p.a));
    put(cell, "b", number(p.b));
    put(cell, "c", number(p.c));
    put(cell, "alpha", number(p.alpha));
    put(cell, "beta", number(p.beta));
    put(cell, "gamma", number(p.gamma));
    put(cell, "volume", number(p.volume));
    return cell;
}

static json_t *vectors_json(const struct structure *structure) {
    if (structure->periodic == 0) {
        return say_need(json_null());
    }
    json_t *vectors = say_need(json_array());
    for (int i = 0; i < 3; i++) {
        json_t *vector = say_need(json_array());
        for (int k = 0; k < 3; k++) {
            append(vector, number(structure->cell.vector[i][k]));
        }
        append(vectors, vector);
    }
    return vectors;
}

static json_t *atoms_json(const struct structure *structure) {
    json_t *atoms = say_need(json_array());
    for (size_t i = 0; i < structure->n_atoms; i++) {
        const struct atom *atom = &structure->atoms[i];
        json_t *one = say_need(json_object());
        put(one, "element", json_string(atom->element));
        put(one, "x", number(atom->position[0]));
        put(one, "y", number(atom->position[1]));
        put(one, "z", number(atom->position[2]));
        append(atoms, one);
    }
    return atoms;
}

/* The same in another cell; null where spglib finds none. */
static json_t *standard_json(const struct structure *structure, double precision,
                             bool primitive) {
    _cleanup_structure_ struct structure other = STRUCTURE_NULL;
    int r = symmetry_standard(structure, precision, primitive, &other, NULL);
    if (r == -ENOMEM) {
        say_no_memory();
    }
    if (r != 0) {
        return say_need(json_null());
    }
    json_t *object = say_need(json_object());
    put(object, "natoms", json_integer((json_int_t)other.n_atoms));
    put(object, "cell", cell_json(&other));
    return object;
}

/* Atoms that symmetry makes of each other, one object for all of them. */
static json_t *site_json(const struct structure *structure,
                         const struct symmetry_site *sites, size_t first,
                         size_t conventional) {
    json_t *atoms = say_need(json_array());
    for (size_t i = first; i < structure->n_atoms; i++) {
        if (sites[i].first == first) {
            append(atoms, json_integer((json_int_t)i + 1));
        }
    }
    size_t multiplicity = json_array_size(atoms) * conventional / structure->n_atoms;
    _cleanup_free_ char *name = say_format("%zu%c", multiplicity, sites[first].wyckoff);
    return say_need(json_pack("{s:s, s:s, s:s, s:o}", "element",
                              structure->atoms[first].element, "wyckoff", name,
                              "symmetry", sites[first].symmetry, "atoms", atoms));
}

static json_t *sites_json(const struct structure *structure,
                          const struct symmetry_site *sites, const json_t *json) {
    const json_t *standard = json_object_get(json, "conventional");
    json_t *array = say_need(json_array());
    for (size_t i = 0; i < structure->n_atoms && json_is_object(standard); i++) {
        if (sites[i].first == i) {
            append(array, site_json(structure, sites, i,
                                    (size_t)field_int(standard, "natoms", 0)));
        }
    }
    return array;
}

static void put_symmetry(json_t *json, const struct structure *structure,
                         double precision, json_t *notes) {
    struct symmetry found;
    struct errmsg msg = ERRMSG_NULL;
    _cleanup_free_ struct symmetry_site *sites =
        say_need(calloc(structure->n_atoms + 1, sizeof *sites));
    int r = symmetry_sites(structure, precision, &found, sites, &msg);
    if (r == -ENOMEM) {
        say_no_memory();
    }
    if (r == 0) {
        put(json, "space_group",
            json_pack("{s:i, s:s, s:s, s:s, s:f}", "number", found.number, "symbol",
                      found.symbol, "hall", found.hall, "point_group",
                      found.point_group, "precision", precision));
        put(json, "primitive", standard_json(structure, precision, true));
        put(json, "conventional", standard_json(structure, precision, false));
        put(json, "sites", sites_json(structure, sites, json));
        return;
    }
    put(json, "space_group", json_null());
    put(json, "primitive", json_null());
    put(json, "conventional", json_null());
    put(json, "sites", json_null());
    if (structure->periodic == 3) {
        append(notes, json_string(msg.text));
    }
}

static json_t *shortest_json(const struct structure *structure) {
    struct contact contact;
    int r = contact_closest(structure, NULL, &contact);
    if (r == -ENOMEM) {
        say_no_memory();
    }
    return r != 0 ? say_need(json_null())
                  : say_need(json_pack("{s:f, s:[i, i]}", "distance", contact.distance,
                                       "atoms", (int)contact.one + 1,
                                       (int)contact.other + 1));
}

json_t *structure_to_json(const struct structure *structure, const char *format,
                          double precision) {
    json_t *json = say_need(json_object());
    json_t *notes = say_need(json_array());
    _cleanup_free_ char *formula =
        say_need(cell_formula(structure->atoms, structure->n_atoms));
    for (size_t i = 0; i < structure->n_notes; i++) {
        append(notes, json_string(structure->notes[i]));
    }
    put(json, "format", text(format));
    put(json, "title", text(structure->title));
    put(json, "formula", text(formula));
    put(json, "natoms", json_integer((json_int_t)structure->n_atoms));
    put(json, "periodic", json_integer(structure->periodic));
    put(json, "cell", cell_json(structure));
    put(json, "vectors", vectors_json(structure));
    put_symmetry(json, structure, precision, notes);
    put(json, "shortest", shortest_json(structure));
    put(json, "atoms", atoms_json(structure));
    put(json, "notes", notes);
    return json;
}

/* ---- for people ---- */

struct symbols {
    const char *angstrom, *cubed, *degree;
};

static struct symbols symbols_of(const struct term *term) {
    bool ascii = term->tty && !term->utf8;
    return ascii ? (struct symbols){"A", "A^3", " deg"}
                 : (struct symbols){"Å", "Å³", "°"};
}

static const char *repeats(int64_t periodic) {
    return periodic == 0   ? "does not repeat"
           : periodic == 1 ? "repeats along a"
           : periodic == 2 ? "repeats along a and b"
                           : NULL;
}

static void print_cell(const json_t *json, const struct symbols *s) {
    const json_t *cell = json_object_get(json, "cell");
    const json_t *vectors = json_object_get(json, "vectors");
    int64_t periodic = field_int(json, "periodic", 0);
    fact_text("period", repeats(periodic));
    if (!json_is_object(cell)) {
        return;
    }
    char line[160];
    if (periodic == 3) {
        (void)snprintf(
            line, sizeof line, "a %.4f, b %.4f, c %.4f %s; %.2f, %.2f, %.2f%s; %.3f %s",
            field_number(cell, "a"), field_number(cell, "b"), field_number(cell, "c"),
            s->angstrom, field_number(cell, "alpha"), field_number(cell, "beta"),
            field_number(cell, "gamma"), s->degree, field_number(cell, "volume"),
            s->cubed);
    } else if (periodic == 2) {
        (void)snprintf(line, sizeof line, "a %.4f, b %.4f %s; %.2f%s",
                       field_number(cell, "a"), field_number(cell, "b"), s->angstrom,
                       field_number(cell, "gamma"), s->degree);
    } else {
        (void)snprintf(line, sizeof line, "a %.4f %s", field_number(cell, "a"),
                       s->angstrom);
    }
    fact_text("cell", line);
    for (size_t i = 0; i < (size_t)periodic && i < 3; i++) {
        static const char *const names[] = {"  a", "  b", "  c"};
        const json_t *v = json_array_get(vectors, i);
        (void)snprintf(line, sizeof line, "%12.6f %12.6f %12.6f",
                       json_number_value(json_array_get(v, 0)),
                       json_number_value(json_array_get(v, 1)),
                       json_number_value(json_array_get(v, 2)));
        fact_text(names[i], line);
    }
}

/* "1-4, 7" */
static char *ranges(const json_t *numbers) {
    _cleanup_buf_ struct buf text = BUF_NULL;
    size_t n = json_array_size(numbers);
    for (size_t i = 0; i < n; i++) {
        json_int_t first = json_integer_value(json_array_get(numbers, i));
        json_int_t last = first;
        while (i + 1 < n &&
               json_integer_value(json_array_get(numbers, i + 1)) == last + 1) {
            last++;
            i++;
        }
        if (buf_len(&text) > RANGES_SHOWN) {
            (void)buf_append_str(&text, ", …");
            break;
        }
        int r =
            buf_printf(&text, "%s%" PRId64, buf_len(&text) ? ", " : "", (int64_t)first);
        r = r == 0 && last > first ? buf_printf(&text, "-%" PRId64, (int64_t)last) : r;
        if (r < 0) {
            say_no_memory();
        }
    }
    return say_need(buf_take_string(&text));
}

/* "Na 4a, symmetry m-3m: atoms 1-4" */
static void print_sites(const json_t *json) {
    const json_t *sites = json_object_get(json, "sites");
    size_t i = 0;
    const json_t *site = NULL;
    json_array_foreach(sites, i, site) {
        const json_t *atoms = json_object_get(site, "atoms");
        _cleanup_free_ char *numbers = ranges(atoms);
        _cleanup_free_ char *line =
            say_format("%s %s, symmetry %s: %s %s", field_text(site, "element"),
                       field_text(site, "wyckoff"), field_text(site, "symmetry"),
                       json_array_size(atoms) > 1 ? "atoms" : "atom", numbers);
        if (i == SITES_SHOWN) {
            fact_text("", "… --json has all");
            return;
        }
        fact_text(i == 0 ? "sites" : "", line);
    }
}

static void print_symmetry(const json_t *json, const struct symbols *s) {
    const json_t *group = json_object_get(json, "space_group");
    const json_t *primitive = json_object_get(json, "primitive");
    const json_t *conventional = json_object_get(json, "conventional");
    char line[160];
    if (!json_is_object(group)) {
        return;
    }
    (void)snprintf(line, sizeof line, "%s (%" PRId64 "), within %g %s",
                   field_text(group, "symbol"), field_int(group, "number", 0),
                   field_number(group, "precision"), s->angstrom);
    fact_text("space group", line);
    if (json_is_object(primitive) && json_is_object(conventional)) {
        (void)snprintf(
            line, sizeof line, "primitive %" PRId64 ", conventional %" PRId64 " atoms",
            field_int(primitive, "natoms", 0), field_int(conventional, "natoms", 0));
        fact_text("cells", line);
    }
    print_sites(json);
}

static const char *element_at(const json_t *json, int64_t number) {
    const json_t *atoms = json_object_get(json, "atoms");
    return field_text(json_array_get(atoms, (size_t)(number - 1)), "element");
}

static void print_shortest(const json_t *json, const struct symbols *s) {
    const json_t *shortest = json_object_get(json, "shortest");
    const json_t *pair = json_object_get(shortest, "atoms");
    if (!json_is_object(shortest)) {
        return;
    }
    int64_t one = json_integer_value(json_array_get(pair, 0));
    int64_t other = json_integer_value(json_array_get(pair, 1));
    char line[160];
    (void)snprintf(line, sizeof line, "%.4f %s, %s %" PRId64 " and %s %" PRId64 "%s",
                   field_number(shortest, "distance"), s->angstrom,
                   element_at(json, one), one, element_at(json, other), other,
                   one == other ? " in the next cell" : "");
    fact_text("shortest", line);
}

static void print_atoms(const struct term *term, const json_t *json,
                        const struct symbols *s) {
    const json_t *atoms = json_object_get(json, "atoms");
    size_t n = json_array_size(atoms);
    (void)printf("\n%s%7s  %-4s%13s%13s%13s%s\n", term_begin(term, TERM_BOLD), "atom",
                 "", term->tty && !term->utf8 ? "x/A" : "x/Å ", "y", "z",
                 term_end(term, TERM_BOLD));
    (void)s;
    for (size_t i = 0; i < n && i < ATOMS_SHOWN; i++) {
        const json_t *atom = json_array_get(atoms, i);
        (void)printf("%7zu  %-4s%13.6f%13.6f%13.6f\n", i + 1,
                     field_text(atom, "element"), field_number(atom, "x"),
                     field_number(atom, "y"), field_number(atom, "z"));
    }
    if (n > ATOMS_SHOWN) {
        (void)printf("         … and %zu more; --json has all\n", n - ATOMS_SHOWN);
    }
}

void structure_print(const struct term *term, const json_t *json) {
    struct symbols symbols = symbols_of(term);
    const json_t *notes = json_object_get(json, "notes");
    const char *formula = field_text(json, "formula");
    const char *format = field_text(json, "format");
    const char *title = field_text(json, "title");
    char line[64];
    (void)printf("%s%s%s, %s\n", term_begin(term, TERM_BOLD), formula,
                 term_end(term, TERM_BOLD), format);
    if (title) {
        _cleanup_free_ char *clean = term_clean(term, title);
        fact_text("title", clean);
    }
    print_cell(json, &symbols);
    print_symmetry(json, &symbols);
    (void)snprintf(line, sizeof line, "%" PRId64, field_int(json, "natoms", 0));
    fact_text("atoms", line);
    print_shortest(json, &symbols);
    for (size_t i = 0; i < json_array_size(notes); i++) {
        _cleanup_free_ char *clean =
            term_clean(term, json_string_value(json_array_get(notes, i)));
        fact_text("note", clean);
    }
    print_atoms(term, json, &symbols);
}
