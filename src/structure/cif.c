/* Reading a CIF: the first data block with a cell and atoms counts. The operations are
 * taken from the file; where it lists none, from the space group's symbol or number.
 * What is occupied in part is no structure to calculate, and is refused. */
#include "structure/cif.h"

#include "base/fortran.h"
#include "structure/cif_token.h"
#include "structure/element.h"
#include "structure/expand.h"
#include "structure/symmetry.h"

#include <ctype.h>
#include <errno.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

enum meaning {
    CELL_A,
    CELL_B,
    CELL_C,
    CELL_ALPHA,
    CELL_BETA,
    CELL_GAMMA,
    GROUP_NUMBER,
    GROUP_SYMBOL,
    GROUP_HALL,
    GROUP_CHOICE,
    OPERATION,
    CENTRING,
    SITE_LABEL,
    SITE_TYPE,
    SITE_X,
    SITE_Y,
    SITE_Z,
    SITE_CARTN_X,
    SITE_CARTN_Y,
    SITE_CARTN_Z,
    SITE_OCCUPANCY,
    SITE_CALC,
    FORMULA,
    NOTHING,
};

enum {
    COLUMNS_MAX = 256,
    OPERATIONS_MAX = 4096,
    TEXT_SIZE = 64,
};

struct site {
    char label[TEXT_SIZE], type[TEXT_SIZE];
    double x[3];
    bool has_x[3];
    double cartn[3];
    bool has_cartn[3];
    double occupancy;
    bool dummy;
    long line;
};

struct block {
    struct cell_parameters cell;
    int cell_known; /* bits */
    long number;
    char symbol[TEXT_SIZE], hall[TEXT_SIZE], choice[TEXT_SIZE];
    struct operation *operations; /* owned */
    size_t n_operations, cap_operations;
    struct operation *centrings; /* owned */
    size_t n_centrings, cap_centrings;
    struct site *sites; /* owned */
    size_t n_sites, cap_sites;
    const char *name; /* of the file, n_name bytes */
    size_t n_name;
    long line;
    char formula[TEXT_SIZE * 2];
};

struct cif {
    const struct structure_text *text;
    struct errmsg *msg;
    struct cif_reader reader;
    struct cif_token token; /* that comes next */
    struct block block;
};

static void block_deinit(struct block *block) {
    free(block->operations);
    free(block->centrings);
    free(block->sites);
    *block = (struct block){.number = 0};
}

static void advance(struct cif *cif) {
    cif->token = cif_next(&cif->reader);
}

static int fail(struct cif *cif, long line, const char *what) {
    return structure_fail(cif->msg, cif->text->file, line, "%s", what);
}

/* ---- names and values ---- */

static enum meaning meaning_of(const struct cif_token *tag) {
    static const struct {
        const char *name;
        enum meaning meaning;
    } names[] = {
        {"_cell_length_a", CELL_A},
        {"_cell_length_b", CELL_B},
        {"_cell_length_c", CELL_C},
        {"_cell_angle_alpha", CELL_ALPHA},
        {"_cell_angle_beta", CELL_BETA},
        {"_cell_angle_gamma", CELL_GAMMA},
        {"_symmetry_int_tables_number", GROUP_NUMBER},
        {"_space_group_it_number", GROUP_NUMBER},
        {"_symmetry_space_group_name_h-m", GROUP_SYMBOL},
        {"_space_group_name_h-m_alt", GROUP_SYMBOL},
        {"_space_group_name_h-m_ref", GROUP_SYMBOL},
        {"_space_group_name_h-m", GROUP_SYMBOL},
        {"_symmetry_space_group_name_hall", GROUP_HALL},
        {"_space_group_name_hall", GROUP_HALL},
        {"_space_group_it_coordinate_system_code", GROUP_CHOICE},
        {"_symmetry_equiv_pos_as_xyz", OPERATION},
        {"_space_group_symop_operation_xyz", OPERATION},
        {"_space_group_symop_magn_operation_xyz", OPERATION},
        {"_space_group_symop_magn_centering_xyz", CENTRING},
        {"_atom_site_label", SITE_LABEL},
        {"_atom_site_type_symbol", SITE_TYPE},
        {"_atom_site_fract_x", SITE_X},
        {"_atom_site_fract_y", SITE_Y},
        {"_atom_site_fract_z", SITE_Z},
        {"_atom_site_cartn_x", SITE_CARTN_X},
        {"_atom_site_cartn_y", SITE_CARTN_Y},
        {"_atom_site_cartn_z", SITE_CARTN_Z},
        {"_atom_site_occupancy", SITE_OCCUPANCY},
        {"_atom_site_calc_flag", SITE_CALC},
        {"_chemical_formula_sum", FORMULA},
    };
    char name[TEXT_SIZE];
    size_t n = tag->n < sizeof name - 1 ? tag->n : sizeof name - 1;
    for (size_t i = 0; i < n; i++) {
        name[i] =
            tag->text[i] == '.' ? '_' : (char)tolower((unsigned char)tag->text[i]);
    }
    name[n] = '\0';
    for (size_t i = 0; tag->n < sizeof name && i < sizeof names / sizeof *names; i++) {
        if (strcmp(names[i].name, name) == 0) {
            return names[i].meaning;
        }
    }
    return NOTHING;
}

static bool is_missing(const struct cif_token *value) {
    return value->n == 0 ||
           (!value->quoted && value->n == 1 && strchr("?.", *value->text));
}

/* As one line without blanks around, cut to fit. */
static void copy(const struct cif_token *value, char *to, size_t size) {
    const char *from = value->text;
    size_t n = value->n;
    while (n > 0 && isspace((unsigned char)*from)) {
        from++;
        n--;
    }
    while (n > 0 && isspace((unsigned char)from[n - 1])) {
        n--;
    }
    n = n < size - 1 ? n : size - 1;
    for (size_t i = 0; i < n; i++) {
        to[i] = from[i] == '\n' || from[i] == '\0' ? ' ' : from[i];
    }
    to[n] = '\0';
}

/* "5.431(2)", "1/3"; false where it is no number. */
static bool take_number(const struct cif_token *value, double *out) {
    char text[TEXT_SIZE];
    const char *at = text;
    copy(value, text, sizeof text);
    double got = 0;
    double below = 0;
    if (!fortran_real(&at, &got)) {
        return false;
    }
    if (*at == '/') {
        at++;
        if (!fortran_real(&at, &below) || below == 0) {
            return false;
        }
        got /= below;
    }
    if (*at != '\0' && *at != '(') {
        return false;
    }
    *out = got;
    return true;
}

static int need_number(struct cif *cif, const struct cif_token *value, const char *what,
                       double *out) {
    if (take_number(value, out)) {
        return 0;
    }
    return structure_fail(cif->msg, cif->text->file, value->line,
                          "%s is no number: \"%.*s\"", what,
                          (int)(value->n < 40 ? value->n : 40), value->text);
}

/* Room for one more. NULL when memory runs out. */
static void *grow(void *array, size_t n, size_t *cap, size_t size) {
    if (n < *cap) {
        return array;
    }
    size_t more = *cap ? *cap * 2 : 16;
    void *grown = realloc(array, more * size);
    *cap = grown ? more : *cap;
    return grown;
}

/* ---- what is kept of values ---- */

static int keep_operation(struct cif *cif, const struct cif_token *value,
                          bool centring) {
    struct block *block = &cif->block;
    struct operation operation;
    char text[TEXT_SIZE * 2];
    copy(value, text, sizeof text);
    /* In some files blanks stand in it without quotes around: "x, y, z". */
    while (!value->quoted && cif->token.kind == CIF_VALUE && !cif->token.quoted &&
           !expand_parse(text, strlen(text), &operation) &&
           strlen(text) + cif->token.n + 1 < sizeof text) {
        copy(&cif->token, text + strlen(text), sizeof text - strlen(text));
        advance(cif);
    }
    if (!expand_parse(text, strlen(text), &operation)) {
        return structure_fail(cif->msg, cif->text->file, value->line,
                              "\"%s\" is no symmetry operation such as \"x, 1/2-y, z\"",
                              text);
    }
    struct operation **list = centring ? &block->centrings : &block->operations;
    size_t *n = centring ? &block->n_centrings : &block->n_operations;
    size_t *cap = centring ? &block->cap_centrings : &block->cap_operations;
    if (*n == OPERATIONS_MAX) {
        return fail(cif, value->line, "more symmetry operations than any group has");
    }
    void *grown = grow(*list, *n, cap, sizeof operation);
    if (!grown) {
        return -ENOMEM;
    }
    *list = grown;
    (*list)[(*n)++] = operation;
    return 0;
}

static int keep_of_block(struct cif *cif, enum meaning meaning,
                         const struct cif_token *value) {
    struct block *block = &cif->block;
    double number = 0;
    double *const cell[] = {&block->cell.a,     &block->cell.b,    &block->cell.c,
                            &block->cell.alpha, &block->cell.beta, &block->cell.gamma};
    if (is_missing(value)) {
        return 0;
    }
    switch (meaning) {
    case GROUP_NUMBER:
        block->number = take_number(value, &number) && number >= 1 && number <= 230
                            ? (long)number
                            : 0;
        return 0;
    case GROUP_SYMBOL:
        copy(value, block->symbol, sizeof block->symbol);
        return 0;
    case GROUP_HALL:
        copy(value, block->hall, sizeof block->hall);
        return 0;
    case GROUP_CHOICE:
        copy(value, block->choice, sizeof block->choice);
        return 0;
    case FORMULA:
        copy(value, block->formula, sizeof block->formula);
        return 0;
    case OPERATION:
    case CENTRING:
        return keep_operation(cif, value, meaning == CENTRING);
    default:
        if (meaning > CELL_GAMMA) {
            return 0;
        }
        block->cell_known |= 1 << (int)meaning;
        return need_number(cif, value, "a number of the cell", cell[meaning]);
    }
}

static int keep_of_site(struct cif *cif, struct site *site, enum meaning meaning,
                        const struct cif_token *value) {
    site->line = site->line ? site->line : value->line;
    /* Some leave out what is 0 so. */
    if (meaning >= SITE_X && meaning <= SITE_Z && !value->quoted && value->n == 1 &&
        *value->text == '.') {
        site->has_x[meaning - SITE_X] = true;
        return 0;
    }
    if (is_missing(value)) {
        return 0;
    }
    if (meaning >= SITE_X && meaning <= SITE_Z) {
        site->has_x[meaning - SITE_X] = true;
        return need_number(cif, value, "a coordinate", &site->x[meaning - SITE_X]);
    }
    if (meaning >= SITE_CARTN_X && meaning <= SITE_CARTN_Z) {
        site->has_cartn[meaning - SITE_CARTN_X] = true;
        return need_number(cif, value, "a coordinate",
                           &site->cartn[meaning - SITE_CARTN_X]);
    }
    if (meaning == SITE_OCCUPANCY) {
        return need_number(cif, value, "an occupancy", &site->occupancy);
    }
    if (meaning == SITE_LABEL) {
        copy(value, site->label, sizeof site->label);
    } else if (meaning == SITE_TYPE) {
        copy(value, site->type, sizeof site->type);
    } else if (meaning == SITE_CALC) {
        site->dummy = value->n == 3 && strncasecmp(value->text, "dum", 3) == 0;
    }
    return 0;
}

static bool is_of_site(enum meaning meaning) {
    return meaning >= SITE_LABEL && meaning <= SITE_CALC;
}

static int keep_site(struct cif *cif, const struct site *site) {
    struct block *block = &cif->block;
    if (block->n_sites == STRUCTURE_MAX_ATOMS) {
        return structure_added(-E2BIG, cif->msg, cif->text->file, site->line);
    }
    void *grown = grow(block->sites, block->n_sites, &block->cap_sites, sizeof *site);
    if (!grown) {
        return -ENOMEM;
    }
    block->sites = grown;
    block->sites[block->n_sites++] = *site;
    return 0;
}

/* ---- the walk ---- */

static int read_row(struct cif *cif, const enum meaning *columns, size_t n,
                    bool of_sites) {
    struct site site = {.occupancy = 1};
    int r = 0;
    for (size_t i = 0; r == 0 && i < n; i++) {
        if (cif->token.kind != CIF_VALUE) {
            return fail(cif, cif->token.line,
                        "the loop above ends in the middle of a row");
        }
        struct cif_token value = cif->token;
        advance(cif);
        r = is_of_site(columns[i]) ? keep_of_site(cif, &site, columns[i], &value)
                                   : keep_of_block(cif, columns[i], &value);
    }
    return r == 0 && of_sites ? keep_site(cif, &site) : r;
}

/* From behind loop_. */
static int read_loop(struct cif *cif) {
    enum meaning columns[COLUMNS_MAX];
    size_t n = 0;
    bool of_sites = false;
    bool wanted = false;
    long line = cif->token.line;
    for (; cif->token.kind == CIF_TAG; advance(cif)) {
        if (n == COLUMNS_MAX) {
            return fail(cif, line, "a loop with that many columns is not read");
        }
        columns[n] = meaning_of(&cif->token);
        of_sites |= columns[n] >= SITE_X && columns[n] <= SITE_CARTN_Z;
        wanted |= columns[n] != NOTHING;
        n++;
    }
    for (size_t i = 0; i < n && !of_sites; i++) {
        columns[i] = is_of_site(columns[i]) ? NOTHING : columns[i];
    }
    int r = 0;
    while (r == 0 && n > 0 && cif->token.kind == CIF_VALUE) {
        if (wanted) {
            r = read_row(cif, columns, n, of_sites);
        } else {
            advance(cif);
        }
    }
    return r;
}

/* A name and its value. */
static int read_item(struct cif *cif) {
    enum meaning meaning = meaning_of(&cif->token);
    advance(cif);
    if (cif->token.kind != CIF_VALUE) {
        return 0;
    }
    struct cif_token value = cif->token;
    advance(cif);
    return is_of_site(meaning) ? 0 : keep_of_block(cif, meaning, &value);
}

/* One block; the token that comes next is behind its heading. */
static int read_block(struct cif *cif) {
    int r = 0;
    while (r == 0 && cif->token.kind != CIF_END && cif->token.kind != CIF_DATA) {
        bool loop = cif->token.kind == CIF_LOOP;
        if (cif->token.kind == CIF_TAG) {
            r = read_item(cif);
        } else {
            advance(cif);
            r = loop ? read_loop(cif) : 0;
        }
    }
    return r;
}

/* ---- the group ---- */

static bool near(double a, double b) {
    return fabs(a - b) < 1e-3;
}

/* What a symbol or number leaves open, the cell tells: rhombohedral axes, and which of
 * a monoclinic cell's is the unique one. */
static const char *choice_of_cell(const struct block *block) {
    const struct cell_parameters *p = &block->cell;
    if (block->choice[0]) {
        return block->choice;
    }
    if (near(p->a, p->b) && near(p->b, p->c) && near(p->alpha, p->beta) &&
        near(p->beta, p->gamma) && !near(p->alpha, 90)) {
        return "R";
    }
    return near(p->beta, 90) && near(p->alpha, 90) && !near(p->gamma, 90) &&
                   !near(p->gamma, 120)
               ? "c1"
               : "";
}

static int find_setting(struct cif *cif, struct setting *out) {
    const struct block *block = &cif->block;
    const char *choice = choice_of_cell(block);
    int found = block->hall[0] ? symmetry_by_symbol(block->hall, "") : 0;
    found =
        found || !block->symbol[0] ? found : symmetry_by_symbol(block->symbol, choice);
    if (!found && block->number > 0) {
        found = symmetry_by_number((int)block->number, choice);
    }
    if (found) {
        return symmetry_setting(found, out) ? 0 : -ENOMEM;
    }
    if (block->symbol[0] || block->hall[0]) {
        return structure_fail(cif->msg, cif->text->file, block->line,
                              "no symmetry operations are listed, and \"%s\" is no "
                              "symbol of a space group that is known; add a loop of "
                              "_space_group_symop_operation_xyz",
                              block->symbol[0] ? block->symbol : block->hall);
    }
    (void)symmetry_setting(1, out);
    return 0;
}

/* Every operation with every centring, where those are listed apart. */
static int join_centrings(struct cif *cif) {
    struct block *block = &cif->block;
    size_t n = block->n_operations;
    if (n * block->n_centrings > OPERATIONS_MAX) {
        return fail(cif, block->line, "more symmetry operations than any group has");
    }
    if (block->n_centrings < 2) {
        return 0;
    }
    struct operation *all = calloc(n * block->n_centrings, sizeof *all);
    if (!all) {
        return -ENOMEM;
    }
    size_t k = 0;
    for (size_t c = 0; c < block->n_centrings; c++) {
        for (size_t i = 0; i < n; i++) {
            all[k] = block->operations[i];
            for (int x = 0; x < 3; x++) {
                all[k].translation[x] += block->centrings[c].translation[x];
            }
            k++;
        }
    }
    free(block->operations);
    block->operations = all;
    block->n_operations = block->cap_operations = k;
    return 0;
}

/* ---- the structure ---- */

/* "Fe3+", "O2-", "D", "Cl1", "H(SDS)". */
static void element_of_site(const struct site *site, char element[ATOM_ELEMENT_SIZE]) {
    const char *const labels[] = {site->type, site->label};
    for (size_t i = 0; i < 2; i++) {
        const char *label = labels[i];
        element_of_label(label, element);
        if (strcmp(element, "X") != 0) {
            return;
        }
        if ((*label == 'D' || *label == 'd' || *label == 'T') &&
            !isalpha((unsigned char)label[1])) {
            memcpy(element, "H", 2);
            return;
        }
    }
}

static int check_site(struct cif *cif, const struct site *site) {
    /* "0.8Nb + 0.2Zr" */
    if (isdigit((unsigned char)site->type[0])) {
        return structure_fail(cif->msg, cif->text->file, site->line,
                              "the site %s holds several elements (%s): a disordered "
                              "structure is an average of several; choose one of them, "
                              "in a larger cell where it takes one",
                              site->label, site->type);
    }
    if (site->occupancy > 0.999) {
        return 0;
    }
    return structure_fail(
        cif->msg, cif->text->file, site->line,
        "the site %s is occupied by %g only: a disordered structure is "
        "an average of several; choose one of them, in a larger cell "
        "where it takes one, and leave its atoms at occupancy 1",
        site->label[0] ? site->label : site->type, site->occupancy);
}

static int add_site(struct cif *cif, const struct expansion *expansion,
                    const struct site *site, struct structure *got) {
    char element[ATOM_ELEMENT_SIZE];
    double x[3];
    struct cell_inverse inverse;
    bool fractional = site->has_x[0] && site->has_x[1] && site->has_x[2];
    bool cartesian = site->has_cartn[0] && site->has_cartn[1] && site->has_cartn[2];
    if (site->dummy || (!fractional && !cartesian)) {
        return site->dummy ? 0
                           : structure_note(got,
                                            "the site %s (line %ld) has no coordinates "
                                            "and is left out",
                                            site->label, site->line);
    }
    int r = check_site(cif, site);
    if (r) {
        return r;
    }
    element_of_site(site, element);
    memcpy(x, site->x, sizeof x);
    if (!fractional && got->periodic == 0) {
        r = structure_add(got, element, site->cartn);
    } else {
        if (!fractional && cell_invert(&expansion->frame, &inverse) == 0) {
            cell_to_fractional(&inverse, site->cartn, x);
        }
        r = expand_atom(expansion, element, x, got);
    }
    return structure_added(r, cif->msg, cif->text->file, site->line);
}

static int add_sites(struct cif *cif, const struct expansion *expansion,
                     struct structure *got) {
    int r = 0;
    for (size_t i = 0; r == 0 && i < cif->block.n_sites; i++) {
        r = add_site(cif, expansion, &cif->block.sites[i], got);
    }
    return r == 0 && got->n_atoms == 0
               ? fail(cif, cif->block.line, "no atom in this block has coordinates")
               : r;
}

static int make_structure(struct cif *cif, struct structure *got) {
    struct block *block = &cif->block;
    struct setting setting;
    struct expansion expansion = {.n = 0};
    const char *title = block->formula[0] ? block->formula : NULL;
    int r = title ? structure_set_title(got, title, strlen(title))
                  : structure_set_title(got, block->name, block->n_name);
    if (r == 0 && block->cell_known == 0) {
        return add_sites(cif, &expansion, got);
    }
    if (r == 0 && block->cell_known != 0x3F) {
        return fail(cif, block->line,
                    "the cell is not whole: _cell_length_a, _b, _c and "
                    "_cell_angle_alpha, _beta, _gamma belong to it");
    }
    if (r == 0 && cell_of_parameters(&block->cell, &got->cell)) {
        return fail(cif, block->line, "no cell has such edges and angles");
    }
    got->periodic = 3;
    r = r ? r : join_centrings(cif);
    if (r == 0 && block->n_operations == 0) {
        r = find_setting(cif, &setting);
        expansion.operations = setting.operations;
        expansion.n = setting.n;
    } else {
        expansion.operations = block->operations;
        expansion.n = block->n_operations;
    }
    expansion.frame = expansion.cell = got->cell;
    return r ? r : add_sites(cif, &expansion, got);
}

static bool has_structure(const struct block *block) {
    bool placed = false;
    for (size_t i = 0; i < block->n_sites && !placed; i++) {
        const struct site *site = &block->sites[i];
        placed = site->has_x[0] || site->has_cartn[0];
    }
    return placed;
}

static int read_all(struct cif *cif, struct structure *got) {
    long blocks = 0;
    advance(cif);
    while (cif->token.kind != CIF_END) {
        if (cif->token.kind == CIF_DATA) {
            cif->block.name = cif->token.text;
            cif->block.n_name = cif->token.n < 200 ? cif->token.n : 200;
        }
        cif->block.line = cif->token.line;
        blocks += cif->token.kind == CIF_DATA;
        if (cif->token.kind == CIF_DATA) {
            advance(cif);
        }
        int r = read_block(cif);
        if (r != 0) {
            return r;
        }
        if (has_structure(&cif->block)) {
            r = make_structure(cif, got);
            return r == 0 && cif->token.kind == CIF_DATA
                       ? structure_note(got, "the first data block with atoms; more "
                                             "blocks follow")
                       : r;
        }
        block_deinit(&cif->block);
    }
    return structure_fail(cif->msg, cif->text->file, 0,
                          blocks == 0
                              ? "there is no data block (data_NAME) in it"
                              : "no data block in it has atoms with coordinates "
                                "(_atom_site_fract_x, _y, _z)");
}

int cif_read(const struct structure_text *text, struct structure *out,
             struct errmsg *msg) {
    struct structure got = STRUCTURE_NULL;
    struct cif cif = {.text = text, .msg = msg};
    cif_begin(&cif.reader, text->bytes, text->n);
    int r = read_all(&cif, &got);
    if (r == 0) {
        structure_move(out, &got);
    }
    block_deinit(&cif.block);
    structure_deinit(&got);
    return r;
}

bool cif_recognise(const char *text, size_t n) {
    struct cif_reader reader;
    cif_begin(&reader, text, n);
    struct cif_token token = cif_next(&reader);
    if (token.kind != CIF_DATA) {
        return false;
    }
    token = cif_next(&reader);
    return token.kind == CIF_TAG || token.kind == CIF_LOOP || token.kind == CIF_DATA ||
           token.kind == CIF_OTHER;
}
