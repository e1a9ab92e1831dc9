/* The one place that speaks with spglib: row vectors become columns here, elements
 * numbers, and its tables of settings answers to questions by number and by symbol. */
#include "structure/symmetry.h"

#include "structure/element.h"
#include "structure/frame.h"

#include <ctype.h>
#include <errno.h>
#include <math.h>
#include <spglib.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

/* ---- of a structure ---- */

/* Above the numbers of elements: species of which only that they differ is known. */
enum { UNKNOWN = 1000 };

struct input {
    double lattice[3][3];   /* columns are the vectors */
    double (*positions)[3]; /* owned, fractional */
    int *types;             /* owned */
    int n;
};

static void input_deinit(struct input *input) {
    free(input->positions);
    free(input->types);
}

static void transpose(const double from[3][3], double to[3][3]) {
    for (int i = 0; i < 3; i++) {
        for (int k = 0; k < 3; k++) {
            to[k][i] = from[i][k];
        }
    }
}

static int input_init(struct input *input, const struct structure *structure,
                      struct errmsg *msg) {
    struct cell_inverse inverse;
    size_t n = structure->n_atoms;
    if (structure->periodic != 3 || cell_invert(&structure->cell, &inverse)) {
        return errmsg_set(
            msg, SYMMETRY_E_NONE,
            "a space group needs a cell that repeats in three directions");
    }
    if (n == 0 || n > SYMMETRY_MAX_ATOMS) {
        return errmsg_set(msg, SYMMETRY_E_NONE,
                          n == 0 ? "there are no atoms"
                                 : "its space group is looked for up to %d atoms",
                          (int)SYMMETRY_MAX_ATOMS);
    }
    input->n = (int)n;
    /* The standard cell may be four times as large. */
    input->positions = calloc(n * 4, sizeof *input->positions);
    input->types = calloc(n * 4, sizeof *input->types);
    if (!input->positions || !input->types) {
        return -ENOMEM;
    }
    transpose(structure->cell.vector, input->lattice);
    for (size_t i = 0; i < n; i++) {
        const struct atom *atom = &structure->atoms[i];
        cell_to_fractional(&inverse, atom->position, input->positions[i]);
        for (int k = 0; k < 3; k++) {
            input->positions[i][k] -= floor(input->positions[i][k]);
        }
        int number = element_number(atom->element);
        input->types[i] = number > 0 ? number : UNKNOWN + atom->kind;
    }
    return 0;
}

static int not_found(struct errmsg *msg) {
    return errmsg_set(msg, SYMMETRY_E_NONE, "spglib finds no symmetry: %s",
                      spg_get_error_message(spg_get_error_code()));
}

/* *out is to be given back to spglib. */
static int find_data(const struct structure *structure, double precision,
                     SpglibDataset **out, struct errmsg *msg) {
    struct input input = {.n = 0};
    int r = input_init(&input, structure, msg);
    if (r == 0) {
        *out = spg_get_dataset(input.lattice, input.positions, input.types, input.n,
                               precision);
        r = *out ? 0 : not_found(msg);
    }
    input_deinit(&input);
    return r;
}

static void take_group(const SpglibDataset *data, struct symmetry *out) {
    *out = (struct symmetry){.number = data->spacegroup_number,
                             .setting = data->hall_number};
    memcpy(out->symbol, data->international_symbol, sizeof data->international_symbol);
    memcpy(out->hall, data->hall_symbol, sizeof data->hall_symbol);
    memcpy(out->point_group, data->pointgroup_symbol, sizeof data->pointgroup_symbol);
}

int symmetry_find(const struct structure *structure, double precision,
                  struct symmetry *out, struct errmsg *msg) {
    SpglibDataset *data = NULL;
    int r = find_data(structure, precision, &data, msg);
    if (r == 0) {
        take_group(data, out);
        spg_free_dataset(data);
    }
    return r;
}

int symmetry_sites(const struct structure *structure, double precision,
                   struct symmetry *out, struct symmetry_site *sites,
                   struct errmsg *msg) {
    SpglibDataset *data = NULL;
    int r = find_data(structure, precision, &data, msg);
    if (r != 0) {
        return r;
    }
    take_group(data, out);
    for (int i = 0; i < data->n_atoms; i++) {
        struct symmetry_site *site = &sites[i];
        memset(site, 0, sizeof *site);
        site->first = (size_t)data->equivalent_atoms[i];
        site->wyckoff = "abcdefghijklmnopqrstuvwxyzA"[data->wyckoffs[i] % 27];
        memcpy(site->symmetry, data->site_symmetry_symbols[i],
               sizeof data->site_symmetry_symbols[i]);
    }
    spg_free_dataset(data);
    return r;
}

static int add_of_type(struct structure *structure, int type,
                       const double position[3]) {
    struct atom like = {.kind = type > UNKNOWN ? type - UNKNOWN : 0};
    (void)snprintf(like.element, sizeof like.element, "%s", element_symbol(type));
    return structure_add_like(structure, &like, position);
}

static int take_standard(const struct input *input, int n, struct structure *out) {
    struct structure got = {.periodic = 3};
    int r = 0;
    transpose(input->lattice, got.cell.vector);
    for (int i = 0; r == 0 && i < n; i++) {
        double position[3];
        cell_to_cartesian(&got.cell, input->positions[i], position);
        r = add_of_type(&got, input->types[i], position);
    }
    if (r == 0) {
        structure_move(out, &got);
    }
    structure_deinit(&got);
    return r;
}

int symmetry_standard(const struct structure *structure, double precision,
                      bool primitive, struct structure *out, struct errmsg *msg) {
    struct input input = {.n = 0};
    int r = input_init(&input, structure, msg);
    if (r == 0) {
        int n = spg_standardize_cell(input.lattice, input.positions, input.types,
                                     input.n, primitive, 0, precision);
        r = n > 0 ? take_standard(&input, n, out) : not_found(msg);
    }
    input_deinit(&input);
    return r;
}

#ifdef HAVE_SPGLIB_LAYERS

static double behind(double height, double bottom) {
    double above = height - bottom;
    return above - floor(above + 1e-9);
}

/* The lowest atom and how far up the others reach, as fractions of the box: the one
 * from which that is least. */
static void find_extent(const SpglibDataset *data, double *bottom, double *reach) {
    *bottom = 0;
    *reach = 2;
    for (int i = 0; i < data->n_std_atoms; i++) {
        double most = 0;
        for (int k = 0; k < data->n_std_atoms && most < *reach; k++) {
            most = fmax(most,
                        behind(data->std_positions[k][2], data->std_positions[i][2]));
        }
        if (most < *reach) {
            *bottom = data->std_positions[i][2];
            *reach = most;
        }
    }
}

/* Heights are told as fractions of the box's, and may be of the next box. The middle of
 * the slab is at 0: there is the origin of groups that turn it upside down, and others
 * have theirs at any height. */
static int take_layer(const SpglibDataset *data, struct structure *out) {
    struct structure got = {.periodic = 2};
    double height = data->std_lattice[2][2];
    double bottom = 0;
    double reach = 0;
    find_extent(data, &bottom, &reach);
    int r = 0;
    transpose(data->std_lattice, got.cell.vector);
    for (int i = 0; r == 0 && i < data->n_std_atoms; i++) {
        const double *at = data->std_positions[i];
        const double x[3] = {at[0], at[1], behind(at[2], bottom) - reach / 2};
        double position[3];
        cell_to_cartesian(&got.cell, x, position);
        position[2] = x[2] * height;
        r = add_of_type(&got, data->std_types[i], position);
    }
    static const double up[3] = {0, 0, STRUCTURE_NO_PERIOD};
    memcpy(got.cell.vector[2], up, sizeof up);
    if (r == 0) {
        structure_move(out, &got);
    }
    structure_deinit(&got);
    return r;
}

static bool has_atom(const struct structure *structure,
                     const struct cell_inverse *inverse, const struct atom *atom,
                     double precision) {
    for (size_t i = 0; i < structure->n_atoms; i++) {
        const struct atom *one = &structure->atoms[i];
        double apart[3];
        double x[3];
        for (int k = 0; k < 3; k++) {
            apart[k] = atom->position[k] - one->position[k];
        }
        cell_to_fractional(inverse, apart, x);
        for (int k = 0; k < 3; k++) {
            x[k] -= round(x[k]);
        }
        cell_to_cartesian(&structure->cell, x, apart);
        if (hypot(hypot(apart[0], apart[1]), apart[2]) < 2 * precision &&
            strcmp(one->element, atom->element) == 0 && one->kind == atom->kind) {
            return true;
        }
    }
    return false;
}

/* The cell of half as many atoms that a centred one is made of. */
static int halve(const struct structure *boxed, double precision,
                 struct structure *got) {
    struct cell_inverse inverse;
    got->periodic = boxed->periodic;
    got->cell = boxed->cell;
    for (int k = 0; k < 3; k++) {
        double a = boxed->cell.vector[0][k];
        double b = boxed->cell.vector[1][k];
        got->cell.vector[0][k] = (a - b) / 2;
        got->cell.vector[1][k] = (a + b) / 2;
    }
    int r = cell_invert(&got->cell, &inverse) ? SYMMETRY_E_NONE : 0;
    for (size_t i = 0; r == 0 && i < boxed->n_atoms; i++) {
        const struct atom *atom = &boxed->atoms[i];
        if (!has_atom(got, &inverse, atom, precision)) {
            r = structure_add_like(got, atom, atom->position);
        }
    }
    return r ? r : got->n_atoms * 2 == boxed->n_atoms ? 0 : SYMMETRY_E_NONE;
}

/* In a cell that is a multiple of the primitive one, and has less symmetry than that,
 * the search of spglib 2.0 reads beyond its memory. */
static int make_primitive(struct structure *boxed, double precision) {
    _cleanup_structure_ struct structure half = STRUCTURE_NULL;
    _cleanup_structure_ struct structure primitive = STRUCTURE_NULL;
    int r = symmetry_standard(boxed, precision, true, &primitive, NULL);
    if (r != 0 || primitive.n_atoms == boxed->n_atoms) {
        return r;
    }
    r = primitive.n_atoms * 2 == boxed->n_atoms ? halve(boxed, precision, &half)
                                                : SYMMETRY_E_NONE;
    if (r == 0) {
        structure_move(boxed, &half);
    }
    return r;
}

int symmetry_layer(const struct structure *structure, double precision, int *number,
                   struct structure *out) {
    _cleanup_structure_ struct structure boxed = STRUCTURE_NULL;
    struct input input = {.n = 0};
    SpglibDataset *data = NULL;
    int r = structure->periodic == 2 ? frame_boxed(structure, FRAME_VACUUM, &boxed)
                                     : SYMMETRY_E_NONE;
    r = r ? r : make_primitive(&boxed, precision);
    r = r ? r : input_init(&input, &boxed, NULL);
    if (r == 0) {
        data = spg_get_layer_dataset(input.lattice, input.positions, input.types,
                                     input.n, 2, precision);
        r = data ? take_layer(data, out) : SYMMETRY_E_NONE;
    }
    if (r == 0) {
        *number = data->spacegroup_number;
    }
    if (data) {
        spg_free_dataset(data);
    }
    input_deinit(&input);
    return r;
}

#else

int symmetry_layer(const struct structure *structure, double precision, int *number,
                   struct structure *out) {
    (void)structure;
    (void)precision;
    (void)number;
    (void)out;
    return SYMMETRY_E_NONE;
}

#endif

/* ---- tables ---- */

bool symmetry_setting(int setting, struct setting *out) {
    static const size_t room = SYMMETRY_OPERATIONS;
    if (setting < 1 || setting > SYMMETRY_SETTINGS) {
        return false;
    }
    int rotations[SYMMETRY_OPERATIONS][3][3];
    double translations[SYMMETRY_OPERATIONS][3];
    SpglibSpacegroupType type = spg_get_spacegroup_type(setting);
    int n = spg_get_symmetry_from_database(rotations, translations, setting);
    if (n < 1 || (size_t)n > room) {
        return false;
    }
    memset(out, 0, sizeof *out);
    out->number = type.number;
    memcpy(out->choice, type.choice, sizeof type.choice);
    out->n = (size_t)n;
    for (int i = 0; i < n; i++) {
        memcpy(out->operations[i].rotation, rotations[i], sizeof rotations[i]);
        memcpy(out->operations[i].translation, translations[i], sizeof translations[i]);
    }
    return true;
}

char symmetry_centring(int setting) {
    SpglibSpacegroupType type = spg_get_spacegroup_type(setting);
    return type.hall_symbol[0] == '-' ? type.hall_symbol[1] : type.hall_symbol[0];
}

int symmetry_by_number(int number, const char *choice) {
    int first = 0;
    for (int i = 1; i <= SYMMETRY_SETTINGS; i++) {
        SpglibSpacegroupType type = spg_get_spacegroup_type(i);
        if (type.number == number) {
            first = first ? first : i;
            if (strcmp(type.choice, choice) == 0) {
                return i;
            }
        }
    }
    return first;
}

/* Without what does not matter: "P 21/c", "P2_1/c" and "P2(1)/c" are one; cut to fit.
 */
static void squeeze(const char *from, size_t n, char *to, size_t size) {
    size_t kept = 0;
    for (size_t i = 0; i < n && kept + 1 < size; i++) {
        if (!isspace((unsigned char)from[i]) && !strchr("_()", from[i])) {
            to[kept++] = (char)tolower((unsigned char)from[i]);
        }
    }
    to[kept] = '\0';
}

enum { SYMBOL_SIZE = 40 };

/* Whether a squeezed symbol is one of those that are listed as "A = B = C". */
static bool is_listed(const char *list, const char *symbol) {
    char one[SYMBOL_SIZE];
    while (*list) {
        size_t n = strcspn(list, "=");
        squeeze(list, n, one, sizeof one);
        if (strcmp(one, symbol) == 0) {
            return true;
        }
        list += n + (list[n] == '=');
    }
    return false;
}

/* Before 1992 the "e" of five groups was one of the letters of its two glides. Where
 * two settings differ by nothing else, the letter is that of the first. */
static bool is_listed_with_glide(const SpglibSpacegroupType *type, const char *symbol) {
    static const char *const axes[] = {"", "ba-c", "cab", "-cba", "bca", "a-cb"};
    static const char letters[] = "abbcca";
    char one[SYMBOL_SIZE];
    squeeze(type->international, strcspn(type->international, "="), one, sizeof one);
    char *e = strchr(one, 'e');
    if (!e) {
        return false;
    }
    const char *axis = type->choice + strspn(type->choice, "12");
    for (size_t i = 0; i < sizeof axes / sizeof *axes; i++) {
        bool pair = type->number == 67 || type->number == 68;
        *e = letters[i];
        if ((!pair || strcmp(axis, axes[i]) == 0) && strcmp(one, symbol) == 0) {
            return true;
        }
    }
    return false;
}

/* A monoclinic symbol without its ones, for the usual axis b: "P 21/n". */
static bool is_without_ones(const char *full, const char *symbol) {
    char one[SYMBOL_SIZE];
    squeeze(full, strlen(full), one, sizeof one);
    size_t n = strlen(one);
    if (n < 4 || one[1] != '1' || one[n - 1] != '1') {
        return false;
    }
    one[n - 1] = '\0';
    memmove(one + 1, one + 2, n - 2);
    return strcmp(one, symbol) == 0;
}

/* As older texts have it: "f m 3 m" for what is "F m -3 m". */
static bool is_listed_old(const char *list, const char *symbol) {
    char one[SYMBOL_SIZE];
    squeeze(list, strcspn(list, "="), one, sizeof one);
    char *bar = strchr(one, '-');
    if (!bar || bar[1] != '3') {
        return false;
    }
    memmove(bar, bar + 1, strlen(bar));
    return strcmp(one, symbol) == 0;
}

static int find_symbol(const char *symbol, const char *choice, bool cubic) {
    int first = 0;
    for (int i = 1; i <= SYMMETRY_SETTINGS; i++) {
        SpglibSpacegroupType type = spg_get_spacegroup_type(i);
        bool same =
            cubic ? type.number >= 200 && is_listed_old(type.international, symbol)
                  : is_listed(type.international, symbol) ||
                        is_listed(type.international_full, symbol) ||
                        is_listed(type.international_short, symbol) ||
                        is_listed_with_glide(&type, symbol) ||
                        (type.number >= 3 && type.number <= 15 &&
                         is_without_ones(type.international_full, symbol));
        if (same && strcasecmp(type.choice, choice) == 0) {
            return i;
        }
        first = same && !first ? i : first;
    }
    return first;
}

static int find_hall(const char *symbol) {
    for (int i = 1; i <= SYMMETRY_SETTINGS; i++) {
        SpglibSpacegroupType type = spg_get_spacegroup_type(i);
        if (is_listed(type.hall_symbol, symbol)) {
            return i;
        }
    }
    return 0;
}

int symmetry_by_symbol(const char *symbol, const char *choice) {
    char squeezed[SYMBOL_SIZE];
    squeeze(symbol, strlen(symbol), squeezed, sizeof squeezed);
    char *colon = strchr(squeezed, ':');
    /* "Fd-3mZ" and "Fd-3mS" are how some databases write the origin. */
    size_t n = strlen(squeezed);
    if (!colon && n > 1 && (squeezed[n - 1] == 'z' || squeezed[n - 1] == 's')) {
        choice = squeezed[n - 1] == 'z' ? "2" : "1";
        squeezed[n - 1] = '\0';
    }
    if (colon) {
        *colon = '\0';
        choice = colon + 1;
    }
    int found = *squeezed ? find_symbol(squeezed, choice, false) : 0;
    found = found || !*squeezed ? found : find_symbol(squeezed, choice, true);
    return found || !*squeezed ? found : find_hall(squeezed);
}
