/* Checking an input of pw.x as a whole: the namelists that its calculation reads, what
 * they must say, then the cards. What pw.x accepts is accepted, with one exception:
 * lines that it would pass over although they were meant (see pwx_cards.c). */
#include "codes/qe/pwx_input.h"

#include "base/fortran.h"
#include "base/nearest.h"
#include "base/quoted.h"
#include "codes/code.h"
#include "codes/qe/pwx_settings.h"

#include <ctype.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>
#include <strings.h>

/* ---- recognition ---- */

/* Whether a word begins some line, behind blanks. */
static bool has_line(const char *text, size_t n, const char *word) {
    size_t length = strlen(word);
    const char *end = text + n;
    if (n >= 3 && memcmp(text, "\xEF\xBB\xBF", 3) == 0) {
        text += 3; /* a byte order mark */
    }
    while (text < end) {
        while (text < end && (*text == ' ' || *text == '\t')) {
            text++;
        }
        size_t left = (size_t)(end - text);
        bool dollar = left > 0 && *text == '$' && *word == '&';
        if (left >= length &&
            strncasecmp(text + dollar, word + dollar, length - dollar) == 0 &&
            (left == length || !isalnum((unsigned char)text[length]))) {
            return true;
        }
        const char *next = memchr(text, '\n', left);
        text = next ? next + 1 : end;
    }
    return false;
}

/* "calculation = 'cp'" and its kin are run by cp.x. */
static bool is_car_parrinello(const char *text, size_t n) {
    static const char *const words[] = {"'cp'",       "\"cp\"",      "'vc-cp'",
                                        "\"vc-cp\"",  "'cp-wf'",     "\"cp-wf\"",
                                        "'vc-cp-wf'", "\"vc-cp-wf\""};
    for (size_t i = 0; i < sizeof(words) / sizeof(words[0]); i++) {
        if (memmem(text, n, words[i], strlen(words[i]))) {
            return true;
        }
    }
    return false;
}

bool pwx_input_recognise(const char *text, size_t n) {
    static const char *const marks[] = {"&control",         "&system",
                                        "&electrons",       "atomic_species",
                                        "atomic_positions", "k_points"};
    static const char *const others[] = {"begin",      "begin_path_input", "&inputph",
                                         "&inputpp",   "&input",           "&inputepw",
                                         "&path",      "&inputhp",         "&lr_input",
                                         "&inputcond", "&input_bgw2pw",    "&wannier"};
    size_t found = 0;
    for (size_t i = 0; i < sizeof(marks) / sizeof(marks[0]); i++) {
        found += has_line(text, n, marks[i]) ? 1 : 0;
    }
    for (size_t i = 0; i < sizeof(others) / sizeof(others[0]); i++) {
        if (has_line(text, n, others[i])) {
            return false;
        }
    }
    /* Others have a &control as well, but not a &system. */
    bool control = has_line(text, n, marks[0]) || has_line(text, n, marks[2]);
    bool system = has_line(text, n, marks[1]);
    return ((system && found >= 2) || (control && found >= 3)) &&
           !is_car_parrinello(text, n);
}

/* ---- what is shared with the parts ---- */

int pwx_check_fail(struct pwx_check *check, long line, const char *format, ...) {
    char words[800];
    va_list arguments;
    va_start(arguments, format);
    (void)vsnprintf(words, sizeof(words), format, arguments);
    va_end(arguments);
    quoted_clean(words, sizeof words);
    *check->error_line = line;
    return errmsg_set(check->msg, CODE_E_INPUT, "%s:%ld: %s", check->file, line, words);
}

/* A value as a string; cut where it is longer than any number. */
static void copy_value(const struct pwx_slice *value, char text[64]) {
    size_t n = value->n < 63 ? value->n : 63;
    if (n > 0) {
        memcpy(text, value->text, n);
    }
    text[n] = '\0';
}

long pwx_check_integer(const struct pwx_check *check, enum pwx_kept which) {
    char text[64];
    const char *at = text;
    long value = 0;
    copy_value(&check->kept[which], text);
    return fortran_int(&at, &value) ? value : 0;
}

double pwx_slice_real(const struct pwx_slice *value) {
    char text[64];
    const char *at = text;
    double number = 0;
    copy_value(value, text);
    return fortran_real(&at, &number) ? number : 0;
}

double pwx_check_real(const struct pwx_check *check, enum pwx_kept which) {
    return pwx_slice_real(&check->kept[which]);
}

bool pwx_check_is(const struct pwx_check *check, enum pwx_kept which,
                  const char *word) {
    const struct pwx_slice *value = &check->kept[which];
    size_t n = value->n;
    while (n > 0 && value->text[n - 1] == ' ') {
        n--;
    }
    return n == strlen(word) && memcmp(value->text, word, n) == 0;
}

bool pwx_slice_is_true(const struct pwx_slice *value) {
    size_t i = value->n > 0 && value->text[0] == '.' ? 1 : 0;
    return i < value->n && (value->text[i] == 't' || value->text[i] == 'T');
}

/* ---- calculation ---- */

struct calculation {
    const char *name;
    bool moves; /* reads &ions */
    bool cell;  /* reads &cell */
};

static const struct calculation calculations[] = {
    {"scf", false, false},  {"nscf", false, false},    {"bands", false, false},
    {"relax", true, false}, {"md", true, false},       {"vc-relax", true, true},
    {"vc-md", true, true},  {"ensemble", true, false},
};

enum {
    CALCULATIONS = sizeof(calculations) / sizeof(calculations[0]),
};

static int find_calculation(struct pwx_check *check, const struct calculation **found) {
    const struct pwx_slice *value = &check->kept[PWX_KEPT_CALCULATION];
    *found = &calculations[0];
    for (size_t i = 0; value->text && i < CALCULATIONS; i++) {
        if (pwx_check_is(check, PWX_KEPT_CALCULATION, calculations[i].name)) {
            *found = &calculations[i];
            return 0;
        }
    }
    if (!value->text) {
        return 0; /* scf is the default */
    }
    struct nearest nearest;
    nearest_init(&nearest, value->text, value->n);
    for (size_t i = 0; i < CALCULATIONS; i++) {
        nearest_offer(&nearest, calculations[i].name);
    }
    return pwx_check_fail(
        check, value->line, "pw.x knows no calculation '%.*s'; %s%s%s", (int)value->n,
        value->text, nearest.best ? "did you mean '" : "it takes ",
        nearest.best ? nearest.best : "scf, nscf, bands, relax, md, vc-relax, vc-md",
        nearest.best ? "'?" : "");
}

static int read_namelists(struct pwx_check *check) {
    const struct calculation *calculation;
    int r = pwx_namelist_read(check, PWX_CONTROL);
    r = r != 0 ? r : find_calculation(check, &calculation);
    r = r != 0 ? r : pwx_namelist_read(check, PWX_SYSTEM);
    r = r != 0 ? r : pwx_namelist_read(check, PWX_ELECTRONS);
    if (r == 0 && calculation->moves) {
        r = pwx_namelist_read(check, PWX_IONS);
    }
    if (r == 0 && calculation->cell) {
        r = pwx_namelist_read(check, PWX_CELL);
    }
    if (r == 0 && pwx_slice_is_true(&check->kept[PWX_KEPT_LFCP]) &&
        pwx_namelist_follows(check, PWX_FCP)) {
        r = pwx_namelist_read(check, PWX_FCP);
    }
    if (r == 0 && pwx_slice_is_true(&check->kept[PWX_KEPT_TRISM]) &&
        pwx_namelist_follows(check, PWX_RISM)) {
        r = pwx_namelist_read(check, PWX_RISM);
    }
    return r;
}

/* ---- what the namelists must say ---- */

static int require(struct pwx_check *check, enum pwx_kept which, const char *name,
                   const char *meaning) {
    if (check->kept[which].text) {
        return 0;
    }
    return pwx_check_fail(check, check->namelist_line[PWX_SYSTEM],
                          "&system has no %s (%s)", name, meaning);
}

static int require_positive(struct pwx_check *check, enum pwx_kept which,
                            const char *name, const char *meaning) {
    int r = require(check, which, name, meaning);
    if (r == 0 && !(pwx_check_real(check, which) > 0)) {
        return pwx_check_fail(check, check->kept[which].line,
                              "%s (%s) must be greater than 0", name, meaning);
    }
    return r;
}

static int check_lattice(struct pwx_check *check) {
    static const long lattices[] = {0, 1,  2,  3,  -3, 4,  5,   -5, 6,   7, 8,
                                    9, -9, 91, 10, 11, 12, -12, 13, -13, 14};
    long ibrav = pwx_check_integer(check, PWX_KEPT_IBRAV);
    bool known = false;
    for (size_t i = 0; i < sizeof(lattices) / sizeof(lattices[0]); i++) {
        known = known || lattices[i] == ibrav;
    }
    if (!known) {
        return pwx_check_fail(check, check->kept[PWX_KEPT_IBRAV].line,
                              "there is no Bravais lattice ibrav = %ld; 0 takes free "
                              "CELL_PARAMETERS",
                              ibrav);
    }
    bool celldm = pwx_check_real(check, PWX_KEPT_CELLDM) != 0;
    bool a = pwx_check_real(check, PWX_KEPT_A) != 0;
    if (ibrav != 0 && !celldm && !a) {
        return pwx_check_fail(check, check->kept[PWX_KEPT_IBRAV].line,
                              "ibrav = %ld needs the lattice parameter, celldm(1) in "
                              "bohr or A in angstrom",
                              ibrav);
    }
    if (celldm && a) {
        return pwx_check_fail(
            check, check->kept[PWX_KEPT_A].line,
            "the lattice is given twice, by celldm and by A; keep one "
            "of them");
    }
    return 0;
}

static int check_system(struct pwx_check *check) {
    bool by_group = pwx_check_integer(check, PWX_KEPT_SPACE_GROUP) != 0;
    int r = 0;
    if (!by_group) {
        r = require(check, PWX_KEPT_IBRAV, "ibrav", "the Bravais lattice");
        r = r != 0 ? r : check_lattice(check);
    }
    r = r != 0 ? r
               : require_positive(check, PWX_KEPT_NAT, "nat", "the number of atoms");
    r = r != 0 ? r
               : require_positive(check, PWX_KEPT_NTYP, "ntyp",
                                  "the number of kinds of atoms");
    return r != 0 ? r
                  : require_positive(check, PWX_KEPT_ECUTWFC, "ecutwfc",
                                     "the cutoff for wavefunctions, in Ry");
}

int pwx_check_all(struct pwx_check *check) {
    int r = read_namelists(check);
    r = r != 0 ? r : check_system(check);
    return r != 0 ? r : pwx_cards_read(check);
}

int pwx_input_check(const char *file, const char *text, size_t n, long *line,
                    struct errmsg *msg) {
    struct pwx_settings settings = {0};
    struct pwx_check check = {
        .tell = pwx_settings_take,
        .tell_data = &settings,
        .file = file,
        .text = text,
        .end = text + n,
        .at = text,
        .line = 1,
        .error_line = line,
        .msg = msg,
    };
    int r = pwx_check_all(&check);
    return r != 0 ? r : pwx_settings_check(&check, &settings);
}
