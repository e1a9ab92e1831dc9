/* Reading and writing POSCAR: a title, the scale (one number; negative: the volume; or
 * three factors for x, y and z), three vectors, the species (from version 5 on), how
 * many atoms of each, "Selective dynamics", "Direct" or "Cartesian", positions. What
 * follows (velocities, the state of a thermostat) is not looked at.
 *
 * In version 4 no line names the species. They are then looked for behind the
 * positions, where programs write them, and in the title; without either the elements
 * are not known ("X"), which is noted. */
#include "structure/poscar.h"

#include "base/cleanup.h"
#include "base/fortran.h"
#include "structure/element.h"
#include "structure/frame.h"

#include <ctype.h>
#include <errno.h>
#include <math.h>
#include <stdio.h>
#include <string.h>

enum {
    SPECIES_MAX = POSCAR_SPECIES_MAX,
    NAME_SIZE = POSCAR_NAME_SIZE,
};

struct poscar {
    struct structure_lines lines;
    struct errmsg *msg;
    struct structure got;
    double factor[3]; /* by which Cartesian positions are multiplied */
    char names[SPECIES_MAX][NAME_SIZE];
    size_t n_names; /* 0: version 4 */
    long counts[SPECIES_MAX];
    size_t n_counts;
    bool named; /* the names are not from the title */
    bool selective, cartesian;
    long extra; /* a line behind the last atom that looks like another; 0: none */
};

static int fail(struct poscar *poscar, const char *what) {
    return structure_lines_fail(&poscar->lines, poscar->msg, what);
}

static bool next(struct poscar *poscar) {
    bool more = structure_lines_next(&poscar->lines);
    poscar->lines.number += !more;
    return more;
}

/* ---- scale and cell ---- */

static int read_scale(struct poscar *poscar, double scale[3], size_t *n) {
    const char *at = poscar->lines.line;
    *n = 0;
    if (next(poscar)) {
        at = poscar->lines.line;
        while (*n < 3 && fortran_real(&at, &scale[*n])) {
            ++*n;
        }
    }
    if (*n == 1 && at[0] == ',' && isdigit((unsigned char)at[1])) {
        return fail(poscar,
                    "of a number with a comma VASP reads what stands before it; "
                    "write a point");
    }
    if (*n == 0) {
        return fail(poscar, "the scale is expected here: a number (negative: the "
                            "volume of the cell), or three");
    }
    *n = *n == 3 ? 3 : 1;
    bool right = *n == 1 ? scale[0] != 0 : scale[0] > 0 && scale[1] > 0 && scale[2] > 0;
    return right ? 0
                 : fail(poscar, *n == 1 ? "a scale of 0 leaves no cell; write 1.0 for "
                                          "vectors in angstrom"
                                        : "three scale factors are all greater than 0");
}

static int read_cell(struct poscar *poscar) {
    double scale[3] = {1, 1, 1};
    size_t n = 0;
    struct cell *cell = &poscar->got.cell;
    int r = read_scale(poscar, scale, &n);
    for (int i = 0; r == 0 && i < 3; i++) {
        const char *at = next(poscar) ? poscar->lines.line : "";
        if (!fortran_reals(&at, cell->vector[i], 3)) {
            return fail(poscar, "a vector of the cell is expected here: three numbers");
        }
    }
    if (r == 0 && n == 1) {
        double volume = cell_parameters(cell).volume;
        double one = scale[0] > 0 ? scale[0] : cbrt(-scale[0] / volume);
        scale[0] = scale[1] = scale[2] = one;
    }
    for (int i = 0; r == 0 && i < 9; i++) {
        cell->vector[i / 3][i % 3] *= scale[i % 3];
    }
    struct cell_inverse inverse;
    memcpy(poscar->factor, scale, sizeof scale);
    return r != 0 ? r
           : cell_invert(cell, &inverse)
               ? fail(poscar, "the three vectors above span no volume")
               : 0;
}

/* ---- species ---- */

/* "Si_pv" and "Si/0f3a…" are Si. */
static void take_names(struct poscar *poscar, const char *at) {
    char word[128];
    while (poscar->n_names < SPECIES_MAX && structure_word(&at, word, sizeof word) &&
           *word != '!' && *word != '#') {
        word[strcspn(word, "_/")] = '\0';
        word[NAME_SIZE - 1] = '\0';
        memcpy(poscar->names[poscar->n_names++], word, NAME_SIZE);
    }
}

static void take_counts(struct poscar *poscar) {
    const char *at = poscar->lines.line;
    long count = 0;
    while (poscar->n_counts < SPECIES_MAX && fortran_int(&at, &count) && count >= 0) {
        poscar->counts[poscar->n_counts++] = count;
    }
    /* Numbers that go on as something else are none. */
    if (poscar->n_counts > 0 && *at && !strchr(" \t!#", *at)) {
        poscar->n_counts = 0;
    }
}

/* The line that comes next, which is not taken. */
static const char *next_line(const struct poscar *poscar) {
    const char *at = poscar->lines.at;
    const char *end = poscar->lines.text->bytes + poscar->lines.text->n;
    while (at < end && (*at == ' ' || *at == '\t')) {
        at++;
    }
    return at < end ? at : "";
}

static int read_species(struct poscar *poscar) {
    const char *at = next(poscar) ? structure_line_text(poscar->lines.line) : "";
    /* Many species may take several lines. */
    while (isalpha((unsigned char)*at)) {
        take_names(poscar, at);
        at = next(poscar) ? structure_line_text(poscar->lines.line) : "";
    }
    poscar->named = poscar->n_names > 0;
    take_counts(poscar);
    while (poscar->n_counts > 0 && poscar->n_counts < poscar->n_names &&
           isdigit((unsigned char)*next_line(poscar)) && next(poscar)) {
        take_counts(poscar);
    }
    if (poscar->n_counts == 0) {
        return fail(poscar, poscar->n_names > 0
                                ? "the numbers of atoms are expected here, one for "
                                  "each species above"
                                : "the symbols of the species, or the numbers of their "
                                  "atoms, are expected here");
    }
    if (poscar->n_names > 0 && poscar->n_names != poscar->n_counts) {
        return structure_fail(poscar->msg, poscar->lines.text->file,
                              poscar->lines.number,
                              "%zu numbers of atoms for the %zu species named above",
                              poscar->n_counts, poscar->n_names);
    }
    return 0;
}

/* The elements of a file of version 4 whose title names them, "Ga As" or "Fe4P4O16";
 * false, and no names, where it does not. */
static bool take_names_of_title(struct poscar *poscar) {
    const char *at = poscar->got.title ? poscar->got.title : "";
    size_t n = 0;
    while (n < SPECIES_MAX && *at) {
        char label[3] = {0};
        char element[ATOM_ELEMENT_SIZE];
        if (isupper((unsigned char)at[0])) {
            label[0] = at[0];
            label[1] = islower((unsigned char)at[1]) ? at[1] : '\0';
        }
        element_of_label(label, element);
        if (strcmp(element, label) != 0) {
            break;
        }
        memset(poscar->names[n], 0, NAME_SIZE);
        memcpy(poscar->names[n++], element, sizeof element);
        at += strlen(label);
        at += strspn(at, "0123456789() \t");
    }
    poscar->n_names = *at == '\0' && n == poscar->n_counts ? n : 0;
    return poscar->n_names > 0;
}

/* ---- positions ---- */

static int read_mode(struct poscar *poscar) {
    char first = next(poscar) ? *structure_line_text(poscar->lines.line) : '\0';
    poscar->selective = first == 'S' || first == 's';
    if (poscar->selective) {
        first = next(poscar) ? *structure_line_text(poscar->lines.line) : '\0';
    }
    if (first == '\0' || !strchr("CcKkDd", first)) {
        return fail(poscar, "\"Direct\" or \"Cartesian\" is expected here");
    }
    poscar->cartesian = strchr("CcKk", first) != NULL;
    return 0;
}

/* The element that a line names behind its numbers, and behind the three flags where
 * there are such; false where there is none. */
static bool trailing_element(const struct poscar *poscar, const char *at,
                             char element[ATOM_ELEMENT_SIZE]) {
    char word[NAME_SIZE];
    for (int i = 0; poscar->selective && i < 3; i++) {
        (void)structure_word(&at, word, sizeof word);
    }
    if (!structure_word(&at, word, sizeof word)) {
        return false;
    }
    element_of_label(word, element);
    return strcmp(element, "X") != 0;
}

static int read_atom(struct poscar *poscar, size_t species) {
    double position[3];
    double at_cell[3];
    char element[ATOM_ELEMENT_SIZE] = "X";
    const char *at = next(poscar) ? poscar->lines.line : "";
    if (!fortran_reals(&at, position, 3)) {
        char what[80];
        (void)snprintf(what, sizeof what,
                       "a position is expected here, three numbers (atom %zu)",
                       poscar->got.n_atoms + 1);
        return fail(poscar, what);
    }
    if (poscar->n_names > 0) {
        element_of_label(poscar->names[species], element);
    } else {
        (void)trailing_element(poscar, at, element);
    }
    if (poscar->cartesian) {
        for (int i = 0; i < 3; i++) {
            at_cell[i] = position[i] * poscar->factor[i];
        }
    } else {
        cell_to_cartesian(&poscar->got.cell, position, at_cell);
    }
    struct atom like = {.kind = (int)species + 1};
    memcpy(like.element, element, sizeof element);
    return structure_added(structure_add_like(&poscar->got, &like, at_cell),
                           poscar->msg, poscar->lines.text->file, poscar->lines.number);
}

static int read_atoms(struct poscar *poscar) {
    int r = 0;
    for (size_t i = 0; r == 0 && i < poscar->n_counts; i++) {
        for (long k = 0; r == 0 && k < poscar->counts[i]; k++) {
            r = read_atom(poscar, i);
        }
    }
    return r;
}

static bool elements_known(const struct structure *structure) {
    for (size_t i = 0; i < structure->n_atoms; i++) {
        if (strcmp(structure->atoms[i].element, "X") == 0) {
            return false;
        }
    }
    return true;
}

/* Of version 4, once the positions are read. */
static int name_species(struct poscar *poscar) {
    if (poscar->n_names > 0 || elements_known(&poscar->got)) {
        return 0;
    }
    if (!take_names_of_title(poscar)) {
        return structure_note(&poscar->got,
                              "the species are not named (a POSCAR of version 4), so "
                              "the elements are not known; put a line with their "
                              "symbols above the numbers of atoms");
    }
    size_t at = 0;
    for (size_t i = 0; i < poscar->n_counts; i++) {
        for (long k = 0; k < poscar->counts[i]; k++) {
            element_of_label(poscar->names[i], poscar->got.atoms[at++].element);
        }
    }
    return structure_note(&poscar->got, "the elements are taken from the title (a "
                                        "POSCAR of version 4)");
}

/* A line directly behind the last atom that would do for another one. Velocities begin
 * with a line of their own. */
static int look_behind(struct poscar *poscar) {
    double position[3];
    const char *at = next(poscar) ? poscar->lines.line : "";
    if (!fortran_reals(&at, position, 3)) {
        return 0;
    }
    poscar->extra = poscar->lines.number;
    return structure_note(&poscar->got,
                          "line %ld looks like one more position; the numbers of atoms "
                          "are %zu together",
                          poscar->extra, poscar->got.n_atoms);
}

static int read_all(struct poscar *poscar) {
    poscar->got.periodic = 3;
    int r = next(poscar) ? structure_set_title(&poscar->got, poscar->lines.line,
                                               strlen(poscar->lines.line))
                         : fail(poscar, "the file is empty");
    r = r ? r : read_cell(poscar);
    r = r ? r : read_species(poscar);
    r = r ? r : read_mode(poscar);
    r = r ? r : read_atoms(poscar);
    r = r ? r : look_behind(poscar);
    return r ? r : name_species(poscar);
}

static void tell_species(const struct poscar *poscar, struct poscar_species *out) {
    memset(out, 0, sizeof *out);
    out->n = poscar->n_counts;
    out->named = poscar->named;
    out->extra = poscar->extra;
    memcpy(out->count, poscar->counts, sizeof out->count);
    if (poscar->named) {
        memcpy(out->name, poscar->names, sizeof out->name);
    }
}

int poscar_read(const struct structure_text *text, struct structure *out,
                struct errmsg *msg) {
    return poscar_read_species(text, out, NULL, msg);
}

int poscar_read_species(const struct structure_text *text, struct structure *out,
                        struct poscar_species *species, struct errmsg *msg) {
    struct poscar poscar = {.msg = msg};
    structure_lines_begin(&poscar.lines, text);
    int r = read_all(&poscar);
    if (r == 0) {
        structure_move(out, &poscar.got);
    }
    if (r == 0 && species) {
        tell_species(&poscar, species);
    }
    structure_deinit(&poscar.got);
    return r;
}

bool poscar_recognise(const char *text, size_t n) {
    const struct structure_text whole = {"", text, n};
    struct structure_lines lines;
    double x[3];
    structure_lines_begin(&lines, &whole);
    if (!structure_lines_next(&lines)) {
        return false;
    }
    for (int i = 0; i < 4; i++) {
        const char *at = structure_lines_next(&lines) ? lines.line : "";
        if (!fortran_reals(&at, x, i == 0 ? 1 : 3)) {
            return false;
        }
    }
    /* Other files begin like that; here counts or symbols follow. */
    const char *at =
        structure_lines_next(&lines) ? structure_line_text(lines.line) : "";
    long count = 0;
    return isalpha((unsigned char)*at) || (fortran_int(&at, &count) && *at != '.');
}

/* ---- writing ---- */

static int write_head(const struct structure *structure,
                      const struct frame_elements *elements, struct buf *out) {
    _cleanup_free_ char *formula = cell_formula(structure->atoms, structure->n_atoms);
    int r = formula ? buf_printf(out, "%s\n1.0\n",
                                 structure->title ? structure->title : formula)
                    : -ENOMEM;
    for (int i = 0; r == 0 && i < 3; i++) {
        const double *v = structure->cell.vector[i];
        r = buf_printf(out, "%20.12f%20.12f%20.12f\n", v[0] + 0.0, v[1] + 0.0,
                       v[2] + 0.0);
    }
    for (size_t i = 0; r == 0 && i < elements->n; i++) {
        r = buf_printf(out, " %4s", elements->element[i]);
    }
    r = r ? r : buf_append_str(out, "\n");
    for (size_t i = 0; r == 0 && i < elements->n; i++) {
        r = buf_printf(out, " %4zu", elements->count[i]);
    }
    return r ? r : buf_append_str(out, "\nDirect\n");
}

int poscar_write(const struct structure *structure, struct buf *out) {
    struct frame_elements elements;
    frame_elements(structure, &elements);
    int r = write_head(structure, &elements, out);
    for (size_t k = 0; k < elements.n; k++) {
        for (size_t i = 0; r == 0 && i < structure->n_atoms; i++) {
            double x[3];
            if (frame_element_of(&elements, &structure->atoms[i]) != k) {
                continue;
            }
            frame_fractional(structure, i, x);
            r = buf_printf(out, "%18.14f%18.14f%18.14f\n", x[0] + 0.0, x[1] + 0.0,
                           x[2] + 0.0);
        }
    }
    return r < 0 ? -ENOMEM : 0;
}
