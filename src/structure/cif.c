/* Reading a CIF word by word: of each data block that is kept which says something of a
 * structure; the first one with atoms is built (cif_build.c). */
#include "structure/cif.h"

#include "base/fortran.h"
#include "structure/cif_block.h"
#include "structure/cif_token.h"
#include "structure/expand.h"

#include <ctype.h>
#include <errno.h>
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
};

struct cif {
    const struct structure_text *text;
    struct errmsg *msg;
    struct cif_reader reader;
    struct cif_token token; /* that comes next */
    struct cif_block block;
};

static void block_deinit(struct cif_block *block) {
    free(block->operations);
    free(block->centrings);
    free(block->sites);
    *block = (struct cif_block){.number = 0};
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
    char name[CIF_WORD];
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
    char text[CIF_WORD];
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
    struct cif_block *block = &cif->block;
    struct operation operation;
    char text[CIF_WORD * 2];
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
    if (*n == CIF_OPERATIONS_MAX) {
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
    struct cif_block *block = &cif->block;
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

static int keep_of_site(struct cif *cif, struct cif_site *site, enum meaning meaning,
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

static int keep_site(struct cif *cif, const struct cif_site *site) {
    struct cif_block *block = &cif->block;
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
    struct cif_site site = {.occupancy = 1};
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
        if (cif_block_has_atoms(&cif->block)) {
            r = cif_block_build(&cif->block, cif->text, cif->msg, got);
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
