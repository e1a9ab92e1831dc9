/* The cards of a pw.x input: ATOMIC_SPECIES, ATOMIC_POSITIONS, K_POINTS,
 * CELL_PARAMETERS and the rarer ones. pw.x passes over a line that it does not know
 * with a warning, so that a misspelt card silently means its default; such lines are
 * refused here when they look like a card. The contents of the rarer cards are not
 * looked at. */
#include "codes/qe/pwx_check.h"

#include "base/nearest.h"
#include "codes/code.h"
#include "structure/cell.h"

#include <ctype.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

enum card {
    CARD_SPECIES,
    CARD_POSITIONS,
    CARD_K_POINTS,
    CARD_CELL,
    CARD_HUBBARD,
    CARD_OTHERS, /* the first that only has a name */
};

static const char *const cards[] = {
    [CARD_SPECIES] = "ATOMIC_SPECIES",
    [CARD_POSITIONS] = "ATOMIC_POSITIONS",
    [CARD_K_POINTS] = "K_POINTS",
    [CARD_CELL] = "CELL_PARAMETERS",
    [CARD_HUBBARD] = "HUBBARD",
    [CARD_OTHERS] = "ADDITIONAL_K_POINTS",
    "ATOMIC_FORCES",
    "ATOMIC_VELOCITIES",
    "AUTOPILOT",
    "CONSTRAINTS",
    "KSOUT",
    "OCCUPATIONS",
    "PLOT_WANNIER",
    "REF_CELL_PARAMETERS",
    "SOLVENTS",
    "TOTAL_CHARGE",
    "WANNIER_AC",
};

enum {
    CARDS = sizeof(cards) / sizeof(cards[0]),
    FIELDS = 10, /* of a line; more are counted, not kept */
};

/* A line cut into its fields. */
struct fields {
    struct pwx_slice field[FIELDS];
    size_t n;
    long line;
};

/* ---- lines and fields ---- */

static size_t find_card(const char *word, size_t n) {
    size_t i = 0;
    while (i < CARDS &&
           (strlen(cards[i]) != n || strncasecmp(cards[i], word, n) != 0)) {
        i++;
    }
    return i;
}

bool pwx_is_card(const char *word, size_t n) {
    return find_card(word, n) < CARDS;
}

/* The line at the cursor, which moves behind it. */
static struct pwx_slice take_line(struct pwx_check *check) {
    const char *start = check->at;
    const char *end = memchr(start, '\n', (size_t)(check->end - start));
    struct pwx_slice line = {start, (size_t)((end ? end : check->end) - start),
                             check->line};
    check->at = end ? end + 1 : check->end;
    check->line += end ? 1 : 0;
    return line;
}

/* Blank lines, and those with # at their very beginning, stand anywhere. */
static bool says_nothing(const struct pwx_slice *line) {
    size_t i = 0;
    while (i < line->n && isspace((unsigned char)line->text[i])) {
        i++;
    }
    return i == line->n || line->text[0] == '#';
}

static bool is_one_of(char c, const char *set) {
    return c && strchr(set, c);
}

/* What separates fields, and what ends them, differs: positions are read by pw.x
 * itself, most other numbers by Fortran. */
static void cut(const struct pwx_slice *line, const char *separators, char comment,
                struct fields *out) {
    size_t i = 0;
    *out = (struct fields){.line = line->line};
    while (i < line->n && line->text[i] != comment) {
        size_t start = i;
        while (i < line->n && line->text[i] != comment && line->text[i] != '\r' &&
               !is_one_of(line->text[i], separators)) {
            i++;
        }
        if (i == start) {
            i++;
            continue;
        }
        if (out->n < FIELDS) {
            out->field[out->n] =
                (struct pwx_slice){line->text + start, i - start, line->line};
        }
        out->n++;
    }
}

#define BLANKS " \t"
#define LIST " \t,"

static bool next_fields(struct pwx_check *check, const char *separators, char comment,
                        struct fields *out) {
    while (check->at < check->end) {
        struct pwx_slice line = take_line(check);
        if (!says_nothing(&line)) {
            cut(&line, separators, comment, out);
            return true;
        }
    }
    *out = (struct fields){.line = check->line};
    return false;
}

/* The same, without moving. */
static bool peek_fields(const struct pwx_check *check, const char *separators,
                        char comment, struct fields *out) {
    struct pwx_check copy = *check;
    return next_fields(&copy, separators, comment, out);
}

static bool field_is_real(const struct fields *fields, size_t i) {
    return i < fields->n && i < FIELDS &&
           pwx_value_is_real(fields->field[i].text, fields->field[i].n);
}

static bool field_is_integer(const struct fields *fields, size_t i) {
    return i < fields->n && i < FIELDS &&
           pwx_value_is_integer(fields->field[i].text, fields->field[i].n);
}

static bool are_reals(const struct fields *fields, size_t n) {
    for (size_t i = 0; i < n; i++) {
        if (!field_is_real(fields, i)) {
            return false;
        }
    }
    return true;
}

/* The slice as a small number; only for what is an integer. */
static long integer_of(const struct pwx_slice *slice) {
    char text[24] = {0};
    memcpy(text, slice->text, slice->n < sizeof(text) ? slice->n : sizeof(text) - 1);
    return strtol(text, NULL, 10);
}

static bool begins_card(const struct fields *fields) {
    return fields->n > 0 && pwx_is_card(fields->field[0].text, fields->field[0].n);
}

/* ---- ATOMIC_SPECIES ---- */

static bool looks_like_species(const struct fields *fields) {
    return fields->n == 3 && !begins_card(fields) && field_is_real(fields, 1) &&
           isalpha((unsigned char)fields->field[0].text[0]) &&
           !field_is_real(fields, 2);
}

static bool same_slice(const struct pwx_slice *a, const struct pwx_slice *b) {
    return a->n == b->n && memcmp(a->text, b->text, a->n) == 0;
}

static const struct pwx_slice *find_species(const struct pwx_check *check,
                                            const struct pwx_slice *label) {
    for (size_t i = 0; i < check->n_species; i++) {
        if (same_slice(&check->species[i], label)) {
            return &check->species[i];
        }
    }
    return NULL;
}

static int keep_species(struct pwx_check *check, const struct pwx_slice *label,
                        const struct pwx_slice *pseudo) {
    if (find_species(check, label)) {
        return pwx_check_fail(check, label->line, "%.*s stands twice in ATOMIC_SPECIES",
                              (int)label->n, label->text);
    }
    if (check->n_species < PWX_SPECIES_KEPT) {
        check->pseudo[check->n_species] = *pseudo;
        check->species[check->n_species++] = *label;
    }
    return 0;
}

static int read_species(struct pwx_check *check, const struct pwx_slice *option) {
    struct fields fields;
    long ntyp = pwx_check_integer(check, PWX_KEPT_NTYP);
    for (long i = 0; i < ntyp; i++) {
        bool more = next_fields(check, LIST, '\0', &fields);
        if (!more || begins_card(&fields)) {
            return pwx_check_fail(check, more ? fields.line : option->line,
                                  "ATOMIC_SPECIES has %ld line%s, but ntyp = %ld", i,
                                  i == 1 ? "" : "s", ntyp);
        }
        if (fields.n < 3 || !field_is_real(&fields, 1)) {
            return pwx_check_fail(check, fields.line,
                                  "a line of ATOMIC_SPECIES is a label, a mass and a "
                                  "pseudopotential's file, as in \"Si 28.086 Si.UPF\"");
        }
        int r = keep_species(check, &fields.field[0], &fields.field[2]);
        if (r != 0) {
            return r;
        }
    }
    if (peek_fields(check, LIST, '\0', &fields) && looks_like_species(&fields)) {
        return pwx_check_fail(check, fields.line,
                              "ATOMIC_SPECIES has more lines than ntyp = %ld", ntyp);
    }
    return 0;
}

/* ---- ATOMIC_POSITIONS ---- */

/* pw.x computes here: "1/3", "0.5*0.866", "2^(1/2)". What it can not read is a letter
 * that is no exponent, or a comma. */
static bool is_coordinate(const struct pwx_slice *slice) {
    for (size_t i = 0; i < slice->n; i++) {
        if (!is_one_of(slice->text[i], "0123456789.+-*/^()eEdD")) {
            return false;
        }
    }
    return is_one_of(slice->text[0], "0123456789.+-(");
}

/* "4f" instead of coordinates, with the space group. */
static bool is_wyckoff(const struct fields *fields) {
    const struct pwx_slice *slice = &fields->field[1];
    return fields->n >= 2 && slice->n < 4 &&
           isalpha((unsigned char)slice->text[slice->n - 1]);
}

static int fail_label(struct pwx_check *check, const struct pwx_slice *label) {
    const char *hint = "";
    for (size_t i = 0; i < check->n_species; i++) {
        const struct pwx_slice *species = &check->species[i];
        if (species->n == label->n &&
            strncasecmp(species->text, label->text, label->n) == 0) {
            hint = " (capital and small letters differ)";
        }
    }
    return pwx_check_fail(check, label->line, "%.*s is not in ATOMIC_SPECIES%s",
                          (int)label->n, label->text, hint);
}

static int check_position(struct pwx_check *check, const struct fields *fields,
                          bool by_group) {
    bool few = check->n_species < PWX_SPECIES_KEPT;
    if (few && !find_species(check, &fields->field[0])) {
        return fail_label(check, &fields->field[0]);
    }
    if (by_group && is_wyckoff(fields)) {
        return 0;
    }
    if (fields->n != 4 && fields->n != 7) {
        return pwx_check_fail(check, fields->line,
                              "an atomic position has a label and 3 numbers, or 6 with "
                              "if_pos, not %zu fields; a comment begins with !",
                              fields->n);
    }
    for (size_t i = 1; i < 4; i++) {
        if (!is_coordinate(&fields->field[i])) {
            return pwx_check_fail(check, fields->line, "%.*s is no coordinate",
                                  (int)fields->field[i].n, fields->field[i].text);
        }
    }
    for (size_t i = 4; i < fields->n; i++) {
        if (!field_is_integer(fields, i)) {
            return pwx_check_fail(check, fields->line, "if_pos takes 0 or 1, not %.*s",
                                  (int)fields->field[i].n, fields->field[i].text);
        }
    }
    return 0;
}

static bool looks_like_position(const struct pwx_check *check,
                                const struct fields *fields) {
    return fields->n >= 4 && find_species(check, &fields->field[0]) &&
           is_coordinate(&fields->field[1]) && is_coordinate(&fields->field[2]) &&
           is_coordinate(&fields->field[3]);
}

static int check_position_units(struct pwx_check *check,
                                const struct pwx_slice *option) {
    static const char *const units[] = {"alat",    "bohr",       "angstrom",
                                        "crystal", "crystal_sg", NULL};
    struct pwx_slice odd = pwx_option_unknown(option, units);
    if (odd.text) {
        return pwx_option_fail(check, "ATOMIC_POSITIONS", &odd, units);
    }
    for (size_t i = 0; !pwx_option_known(option, units) && i < option->n; i++) {
        if (!isspace((unsigned char)option->text[i])) {
            return pwx_check_fail(
                check, option->line,
                "pw.x takes nothing behind ATOMIC_POSITIONS, not even "
                "a comment, without a unit (alat where none is told)");
        }
    }
    return 0;
}

static int read_positions(struct pwx_check *check, const struct pwx_slice *option) {
    struct fields fields;
    long nat = pwx_check_integer(check, PWX_KEPT_NAT);
    bool by_group = pwx_option_is(option, "crystal_sg");
    if (check->n_species == 0) {
        return pwx_check_fail(check, option->line,
                              "ATOMIC_SPECIES must stand before ATOMIC_POSITIONS");
    }
    int r = check_position_units(check, option);
    for (long i = 0; r == 0 && i < nat; i++) {
        bool more = next_fields(check, BLANKS, '!', &fields);
        if (!more || begins_card(&fields)) {
            return pwx_check_fail(check, more ? fields.line : option->line,
                                  "ATOMIC_POSITIONS has %ld atom%s, but nat = %ld", i,
                                  i == 1 ? "" : "s", nat);
        }
        if (fields.n == 0) {
            return pwx_check_fail(check, fields.line,
                                  "pw.x takes a comment between atomic positions only "
                                  "with # as the line's first character");
        }
        r = check_position(check, &fields, by_group);
    }
    if (r == 0 && peek_fields(check, BLANKS, '!', &fields) &&
        looks_like_position(check, &fields)) {
        return pwx_check_fail(check, fields.line,
                              "ATOMIC_POSITIONS has more atoms than nat = %ld; pw.x "
                              "would leave them out",
                              nat);
    }
    return r;
}

/* ---- K_POINTS ---- */

static int read_grid(struct pwx_check *check, const struct pwx_slice *option) {
    struct fields fields;
    bool more = next_fields(check, LIST, '/', &fields);
    bool whole = more && fields.n >= 6;
    for (size_t i = 0; whole && i < 6; i++) {
        whole = field_is_integer(&fields, i);
    }
    if (!whole) {
        return pwx_check_fail(check, more ? fields.line : option->line,
                              "K_POINTS automatic takes six whole numbers on the next "
                              "line, as in \"4 4 4 0 0 0\"");
    }
    memcpy(check->grid, fields.field, sizeof(check->grid));
    for (size_t i = 0; i < 6; i++) {
        long value = integer_of(&fields.field[i]);
        if (i < 3 && value < 1) {
            return pwx_check_fail(check, fields.line,
                                  "the first three numbers of K_POINTS automatic are "
                                  "at least 1");
        }
        if (i >= 3 && (value < 0 || value > 1)) {
            return pwx_check_fail(check, fields.line,
                                  "the last three numbers of K_POINTS automatic are 0 "
                                  "or 1 (shifted by half a step)");
        }
    }
    return 0;
}

/* In a path a point may be a letter with the number of steps behind it. */
static bool is_path_label(const struct fields *fields) {
    return fields->n > 0 && !begins_card(fields) &&
           isalpha((unsigned char)fields->field[0].text[0]);
}

static int read_points(struct pwx_check *check, const struct pwx_slice *option) {
    struct fields fields;
    bool path = pwx_option_is(option, "_b");
    bool more = next_fields(check, LIST, '/', &fields);
    long count =
        more && field_is_integer(&fields, 0) ? integer_of(&fields.field[0]) : 0;
    if (count < 1) {
        return pwx_check_fail(check, more ? fields.line : option->line,
                              "K_POINTS takes the number of points on the next line, "
                              "or one of the words automatic and gamma");
    }
    for (long i = 0; i < count; i++) {
        more = next_fields(check, LIST, '/', &fields);
        if (!more || begins_card(&fields)) {
            return pwx_check_fail(check, more ? fields.line : option->line,
                                  "K_POINTS announces %ld points, %ld follow", count,
                                  i);
        }
        if (!are_reals(&fields, 4) && !(path && is_path_label(&fields))) {
            return pwx_check_fail(check, fields.line,
                                  "a k-point has three coordinates and a weight (point "
                                  "%ld of %ld)",
                                  i + 1, count);
        }
    }
    return 0;
}

static int read_k_points(struct pwx_check *check, const struct pwx_slice *option) {
    static const char *const words[] = {"automatic", "gamma",     "tpiba",
                                        "crystal",   "tpiba_b",   "tpiba_c",
                                        "crystal_b", "crystal_c", NULL};
    check->odd_k_points = pwx_option_unknown(option, words);
    if (pwx_option_is(option, "automatic")) {
        return read_grid(check, option);
    }
    /* In the order in which pw.x looks for the words. */
    bool listed = pwx_option_is(option, "crystal") || pwx_option_is(option, "tpiba");
    int r = !listed && pwx_option_is(option, "gamma") ? 0 : read_points(check, option);
    return r != 0 && check->odd_k_points.text
               ? pwx_option_fail(check, "K_POINTS", &check->odd_k_points, words)
               : r;
}

/* ---- CELL_PARAMETERS ---- */

static int check_cell_units(struct pwx_check *check, const struct pwx_slice *option) {
    bool length = pwx_check_real(check, PWX_KEPT_CELLDM) != 0 ||
                  pwx_check_real(check, PWX_KEPT_A) != 0;
    bool absolute = pwx_option_is(option, "bohr") || pwx_option_is(option, "angstrom");
    if (absolute && length) {
        return pwx_check_fail(
            check, option->line,
            "the lattice parameter is given twice: leave celldm(1) and "
            "A out, or write CELL_PARAMETERS alat");
    }
    if (!absolute && pwx_option_is(option, "alat") && !length) {
        return pwx_check_fail(
            check, option->line,
            "CELL_PARAMETERS alat needs celldm(1) or A; or write bohr "
            "or angstrom");
    }
    return 0;
}

static int read_cell(struct pwx_check *check, const struct pwx_slice *option) {
    struct fields fields;
    if (pwx_check_integer(check, PWX_KEPT_IBRAV) != 0) {
        return pwx_check_fail(check, option->line,
                              "CELL_PARAMETERS goes with ibrav = 0 only, but ibrav = "
                              "%ld",
                              pwx_check_integer(check, PWX_KEPT_IBRAV));
    }
    static const char *const words[] = {"alat", "bohr", "angstrom", NULL};
    struct cell cell = {{{0}}};
    struct cell_inverse inverse;
    check->odd_cell = pwx_option_unknown(option, words);
    int r = check_cell_units(check, option);
    for (int i = 0; r == 0 && i < 3; i++) {
        bool more = next_fields(check, LIST, '/', &fields);
        if (!more || !are_reals(&fields, 3)) {
            return pwx_check_fail(check, more ? fields.line : option->line,
                                  "CELL_PARAMETERS takes three lines of three numbers");
        }
        for (int j = 0; j < 3; j++) {
            cell.vector[i][j] = pwx_slice_real(&fields.field[j]);
        }
    }
    return r != 0 || cell_invert(&cell, &inverse) == 0
               ? r
               : pwx_check_fail(check, option->line,
                                "the three CELL_PARAMETERS lie in one plane, so that "
                                "the cell has no volume");
}

/* ---- all of them ---- */

/* A line that pw.x would pass over: whether it was meant as a card. */
static int check_stray(struct pwx_check *check, const struct pwx_slice *line) {
    struct fields fields;
    cut(line, BLANKS "{(", '!', &fields);
    const struct pwx_slice *word = &fields.field[0];
    if (fields.n == 0 || word->n < 6 || memchr(line->text, '=', line->n)) {
        return 0;
    }
    size_t known = find_card(word->text, word->n);
    if (known < CARDS) {
        return pwx_check_fail(check, line->line,
                              "a blank must stand between %s and what follows it, or "
                              "pw.x passes over the card",
                              cards[known]);
    }
    struct nearest nearest;
    nearest_init(&nearest, word->text, word->n);
    for (size_t i = 0; i < CARDS; i++) {
        nearest_offer(&nearest, cards[i]);
    }
    bool shouts = memchr(word->text, '_', word->n) != NULL;
    for (size_t i = 0; i < word->n; i++) {
        shouts =
            shouts && (isupper((unsigned char)word->text[i]) || word->text[i] == '_');
    }
    if (!nearest.best && !shouts) {
        return 0;
    }
    return pwx_check_fail(check, line->line, "%.*s is no card of pw.x%s%s%s",
                          (int)word->n, word->text,
                          nearest.best ? "; did you mean " : "",
                          nearest.best ? nearest.best : "", nearest.best ? "?" : "");
}

static int read_card(struct pwx_check *check, size_t card,
                     const struct pwx_slice *option) {
    switch (card) {
    case CARD_SPECIES:
        return read_species(check, option);
    case CARD_POSITIONS:
        return read_positions(check, option);
    case CARD_K_POINTS:
        return read_k_points(check, option);
    case CARD_CELL:
        return read_cell(check, option);
    case CARD_HUBBARD:
        return pwx_option_hubbard(check, option);
    default:
        return 0;
    }
}

static int require_cards(struct pwx_check *check, const long lines[CARDS]) {
    for (size_t i = CARD_SPECIES; i <= CARD_POSITIONS; i++) {
        if (lines[i] == 0) {
            return pwx_check_fail(check, check->line, "card %s is missing", cards[i]);
        }
    }
    bool free_cell = pwx_check_integer(check, PWX_KEPT_IBRAV) == 0 &&
                     pwx_check_integer(check, PWX_KEPT_SPACE_GROUP) == 0;
    if (free_cell && lines[CARD_CELL] == 0) {
        return pwx_check_fail(check, check->kept[PWX_KEPT_IBRAV].line,
                              "ibrav = 0 needs the card CELL_PARAMETERS");
    }
    return 0;
}

int pwx_cards_read(struct pwx_check *check) {
    long lines[CARDS] = {0};
    while (check->at < check->end) {
        struct pwx_slice line = take_line(check);
        struct fields fields;
        cut(&line, BLANKS, '!', &fields);
        size_t card = fields.n > 0 && !says_nothing(&line)
                          ? find_card(fields.field[0].text, fields.field[0].n)
                          : CARDS;
        int r = 0;
        if (card == CARDS) {
            r = says_nothing(&line) ? 0 : check_stray(check, &line);
        } else if (lines[card] != 0) {
            r = pwx_check_fail(check, line.line, "%s stands twice, first in line %ld",
                               cards[card], lines[card]);
        } else {
            const char *behind = fields.field[0].text + fields.field[0].n;
            struct pwx_slice option = {behind, (size_t)(line.text + line.n - behind),
                                       line.line};
            lines[card] = line.line;
            r = read_card(check, card, &option);
        }
        if (r != 0) {
            return r;
        }
    }
    return require_cards(check, lines);
}
