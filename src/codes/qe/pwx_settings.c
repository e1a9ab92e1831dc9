/* What variables are set to, where pw.x takes some words only, or where one needs
 * another. The words are those of the versions 5.0 to 7.5 together: what one of them
 * takes is told to be wrong by none. pw.x compares capital and small letters. */
#include "codes/qe/pwx_settings.h"

#include "base/nearest.h"
#include "structure/bravais.h"

#include <ctype.h>
#include <stdio.h>
#include <string.h>
#include <strings.h>

static const struct {
    enum pwx_namelist namelist;
    const char *name;
} places[PWX_SETTINGS] = {
    [PWX_OCCUPATIONS] = {PWX_SYSTEM, "occupations"},
    [PWX_SMEARING] = {PWX_SYSTEM, "smearing"},
    [PWX_DEGAUSS] = {PWX_SYSTEM, "degauss"},
    [PWX_DIAGONALIZATION] = {PWX_ELECTRONS, "diagonalization"},
    [PWX_MIXING_MODE] = {PWX_ELECTRONS, "mixing_mode"},
    [PWX_ION_DYNAMICS] = {PWX_IONS, "ion_dynamics"},
    [PWX_CELL_DYNAMICS] = {PWX_CELL, "cell_dynamics"},
    [PWX_CELL_DOFREE] = {PWX_CELL, "cell_dofree"},
    [PWX_STARTINGWFC] = {PWX_ELECTRONS, "startingwfc"},
    [PWX_STARTINGPOT] = {PWX_ELECTRONS, "startingpot"},
    [PWX_RESTART_MODE] = {PWX_CONTROL, "restart_mode"},
    [PWX_VDW_CORR] = {PWX_SYSTEM, "vdw_corr"},
    [PWX_NSPIN] = {PWX_SYSTEM, "nspin"},
    [PWX_NONCOLIN] = {PWX_SYSTEM, "noncolin"},
    [PWX_TOT_MAGNETIZATION] = {PWX_SYSTEM, "tot_magnetization"},
    [PWX_STARTING_MAGNETIZATION] = {PWX_SYSTEM, "starting_magnetization"},
    [PWX_CONSTRAINED_MAGNETIZATION] = {PWX_SYSTEM, "constrained_magnetization"},
    [PWX_CELLDM_1] = {PWX_SYSTEM, "celldm"}, /* all six; the index tells which */
    [PWX_B] = {PWX_SYSTEM, "b"},
    [PWX_C] = {PWX_SYSTEM, "c"},
    [PWX_COSAB] = {PWX_SYSTEM, "cosab"},
    [PWX_COSAC] = {PWX_SYSTEM, "cosac"},
    [PWX_COSBC] = {PWX_SYSTEM, "cosbc"},
};

static bool is_whole(const struct pwx_slice *value) {
    size_t i = value->n > 0 && (*value->text == '-' || *value->text == '+');
    bool whole = i < value->n;
    for (; i < value->n && whole; i++) {
        whole = isdigit((unsigned char)value->text[i]);
    }
    return whole;
}

/* "celldm(1) = 10,26" are two elements for Fortran, and was one number for its author.
 * More than two are a list. */
static void note_comma(struct pwx_settings *settings, const struct pwx_slice *value,
                       const struct pwx_variable *variable) {
    const struct pwx_slice last = settings->last;
    bool goes_on =
        last.text && last.text + last.n + 1 == value->text && last.text[last.n] == ',';
    settings->last = *value;
    settings->in_row = goes_on ? settings->in_row + 1 : 1;
    if (settings->in_row == 3) {
        settings->before_comma = (struct pwx_slice){NULL, 0, 0};
    } else if (settings->in_row == 2 && variable && variable->type == PWX_REAL &&
               is_whole(&last) && is_whole(value)) {
        settings->before_comma = last;
    }
}

static int warn_of_comma(const struct pwx_check *check,
                         const struct pwx_settings *settings,
                         struct code_findings *out) {
    const struct pwx_slice *whole = &settings->before_comma;
    if (!whole->text) {
        return 0;
    }
    const char *digits = whole->text + whole->n + 1;
    int n = 0;
    while (digits + n < check->end && n < 20 && isdigit((unsigned char)digits[n])) {
        n++;
    }
    return code_find(
        out, false, check->file, whole->line,
        "%.*s,%.*s are two values, for two elements of an array; a decimal "
        "number is written with a point, %.*s.%.*s",
        (int)whole->n, whole->text, n, digits, (int)whole->n, whole->text, n, digits);
}

void pwx_settings_take(void *data, enum pwx_namelist namelist, const char *name,
                       size_t n, long index, const struct pwx_slice *value) {
    struct pwx_settings *settings = data;
    note_comma(settings, value, pwx_variable_find(namelist, name, n));
    for (size_t i = 0; i < PWX_SETTINGS; i++) {
        if (places[i].name && places[i].namelist == namelist &&
            strlen(places[i].name) == n && strncasecmp(places[i].name, name, n) == 0) {
            size_t of = i == PWX_CELLDM_1 ? i + (size_t)index - 1 : i;
            settings->of[of <= PWX_CELLDM_6 ? of : i] = *value;
        }
    }
}

static double real_of(const struct pwx_slice *value) {
    return value->text ? pwx_slice_real(value) : 0;
}

static bool is_word(const struct pwx_slice *value, const char *word) {
    size_t n = value->n;
    while (n > 0 && value->text[n - 1] == ' ') {
        n--;
    }
    return n == strlen(word) && memcmp(value->text, word, n) == 0;
}

/* ---- words ---- */

struct words {
    enum pwx_setting which;
    const char *calculation; /* that they are for; NULL: all */
    const char *told[14];    /* one spelling of each */
    const char *also[24];
};

static const struct words errors[] = {
    {PWX_OCCUPATIONS,
     NULL,
     {"smearing", "tetrahedra", "tetrahedra_lin", "tetrahedra_opt", "fixed",
      "from_input"},
     {"tetrahedra-lin", "tetrahedra-opt"}},
    {PWX_DIAGONALIZATION,
     NULL,
     {"david", "cg", "ppcg", "paro", "rmm-davidson", "rmm-paro"},
     {"davidson", "PPCG", "ParO", "rmm", "rmm-diis"}},
    {PWX_MIXING_MODE, NULL, {"plain", "TF", "local-TF"}, {NULL}},
    {PWX_RESTART_MODE, NULL, {"from_scratch", "restart"}, {NULL}},
    {PWX_ION_DYNAMICS, "relax", {"bfgs", "damp", "fire", "ipi"}, {NULL}},
    {PWX_ION_DYNAMICS,
     "md",
     {"verlet", "velocity-verlet", "langevin", "langevin-smc"},
     {"langevin+smc"}},
    {PWX_ION_DYNAMICS,
     "vc-relax",
     {"bfgs", "damp"},
     {"none", "sd", "cg", "langevin", "verlet", "velocity-verlet", "beeman",
      "langevin-smc", "ipi", "fire"}},
    {PWX_ION_DYNAMICS,
     "vc-md",
     {"beeman"},
     {"none", "sd", "cg", "langevin", "verlet", "velocity-verlet", "bfgs", "damp",
      "langevin-smc", "ipi", "fire"}},
    {PWX_CELL_DYNAMICS,
     "vc-relax",
     {"bfgs", "damp-pr", "damp-w", "none", "ipi"},
     {NULL}},
    {PWX_CELL_DYNAMICS, "vc-md", {"pr", "w", "none", "ipi"}, {NULL}},
    {PWX_CELL_DOFREE,
     NULL,
     {"all", "ibrav", "x", "y", "z", "xy", "xz", "yz", "xyz", "shape", "volume", "2Dxy",
      "2Dshape"},
     {"default", "", "a", "b", "c", "fixa", "fixb", "fixc", "epitaxial_ab",
      "epitaxial_ac", "epitaxial_bc"}},
};

static const struct words smearings = {
    PWX_SMEARING,
    NULL,
    {"gaussian", "methfessel-paxton", "marzari-vanderbilt", "fermi-dirac"},
    {"gauss", "Gaussian", "Gauss", "m-p", "mp", "Methfessel-Paxton", "M-P", "MP",
     "cold", "m-v", "mv", "Marzari-Vanderbilt", "M-V", "MV", "f-d", "fd", "Fermi-Dirac",
     "F-D", "FD"}};

/* What pw.x takes its default for. */
static const struct words warnings[] = {
    {PWX_STARTINGWFC, NULL, {"atomic", "atomic+random", "random", "file"}, {NULL}},
    {PWX_STARTINGPOT, NULL, {"atomic", "file"}, {NULL}},
    {PWX_VDW_CORR,
     NULL,
     {"grimme-d2", "grimme-d3", "ts-vdw", "mbd_vdw", "xdm", "none"},
     {"Grimme-D2", "DFT-D", "dft-d", "Grimme-D3", "DFT-D3", "dft-d3", "TS", "ts",
      "ts-vdW", "tkatchenko-scheffler", "MBD", "mbd", "many-body-dispersion", "XDM",
      ""}},
};

static bool is_told(const struct pwx_slice *value, const char *const *words, size_t n) {
    for (size_t i = 0; i < n && words[i]; i++) {
        if (is_word(value, words[i])) {
            return true;
        }
    }
    return false;
}

enum {
    TOLD = sizeof((struct words *)0)->told / sizeof(char *),
    ALSO = sizeof((struct words *)0)->also / sizeof(char *),
    SAID_SIZE = 400,
};

/* Whether the value is none of the words; what to say of it is in `said` then. */
static bool is_unknown(const struct words *words, const struct pwx_slice *value,
                       char said[SAID_SIZE]) {
    if (!value->text || is_told(value, words->told, TOLD) ||
        is_told(value, words->also, ALSO)) {
        return false;
    }
    struct nearest nearest;
    nearest_init(&nearest, value->text, value->n);
    /* dft-d4 is far from dft-d3, whatever the letters. */
    bool guess = words->which != PWX_VDW_CORR;
    for (size_t i = 0; guess && i < TOLD && words->told[i]; i++) {
        nearest_offer(&nearest, words->told[i]);
    }
    for (size_t i = 0; guess && i < ALSO && words->also[i]; i++) {
        nearest_offer(&nearest, words->also[i]);
    }
    int room = value->n < 60 ? (int)value->n : 60;
    int n = snprintf(said, SAID_SIZE, "pw.x knows no %s '%.*s'%s%s; ",
                     places[words->which].name, room, value->text,
                     words->calculation ? " with calculation " : "",
                     words->calculation ? words->calculation : "");
    if (nearest.best) {
        (void)snprintf(said + n, SAID_SIZE - (size_t)n, "did you mean '%s'?",
                       nearest.best);
        return true;
    }
    for (size_t i = 0; i < TOLD && words->told[i]; i++) {
        n += snprintf(said + n, SAID_SIZE - (size_t)n, "%s%s",
                      i == 0 ? "it takes " : ", ", words->told[i]);
    }
    return true;
}

static bool calculation_is(const struct pwx_check *check, const char *word) {
    return check->kept[PWX_KEPT_CALCULATION].text
               ? pwx_check_is(check, PWX_KEPT_CALCULATION, word)
               : strcmp(word, "scf") == 0;
}

static int check_words(struct pwx_check *check, const struct pwx_settings *settings) {
    char said[SAID_SIZE];
    for (size_t i = 0; i < sizeof errors / sizeof *errors; i++) {
        struct pwx_slice value = settings->of[errors[i].which];
        if (errors[i].calculation && !calculation_is(check, errors[i].calculation)) {
            continue;
        }
        /* "ibrav+xy", of version 6.8 on. */
        if (errors[i].which == PWX_CELL_DOFREE && value.n >= 5 &&
            memcmp(value.text, "ibrav", 5) == 0) {
            size_t cut = value.n > 6 && value.text[5] == '+' ? 6 : value.n;
            value.text += cut;
            value.n -= cut;
        }
        if (is_unknown(&errors[i], &value, said)) {
            return pwx_check_fail(check, value.line, "%s", said);
        }
    }
    return 0;
}

/* ---- occupations and spin ---- */

static int check_smearing(struct pwx_check *check,
                          const struct pwx_settings *settings) {
    char said[SAID_SIZE];
    const struct pwx_slice *occupations = &settings->of[PWX_OCCUPATIONS];
    if (!occupations->text || !is_word(occupations, "smearing")) {
        return 0;
    }
    if (!(real_of(&settings->of[PWX_DEGAUSS]) > 0)) {
        return pwx_check_fail(check, occupations->line,
                              "occupations = 'smearing' needs a width, degauss in Ry "
                              "(0.01 to 0.02 is common)");
    }
    return is_unknown(&smearings, &settings->of[PWX_SMEARING], said)
               ? pwx_check_fail(check, settings->of[PWX_SMEARING].line, "%s", said)
               : 0;
}

static bool is_self_consistent(const struct pwx_check *check) {
    return !calculation_is(check, "nscf") && !calculation_is(check, "bands");
}

/* Of nspin = 2, in a self-consistent run without tot_magnetization. */
static int check_start(struct pwx_check *check, const struct pwx_settings *settings) {
    const struct pwx_slice *occupations = &settings->of[PWX_OCCUPATIONS];
    const struct pwx_slice *constrained = &settings->of[PWX_CONSTRAINED_MAGNETIZATION];
    long line = settings->of[PWX_NSPIN].line;
    if (!occupations->text || is_word(occupations, "fixed")) {
        return pwx_check_fail(check, line,
                              "nspin = 2 with fixed occupations needs "
                              "tot_magnetization; or take occupations = 'smearing', "
                              "degauss and starting_magnetization(1)");
    }
    if (!is_word(occupations, "from_input") &&
        !settings->of[PWX_STARTING_MAGNETIZATION].text &&
        (!constrained->text || is_word(constrained, "none"))) {
        return pwx_check_fail(check, line,
                              "nspin = 2 needs the starting_magnetization of a "
                              "species, as in starting_magnetization(1) = 0.5 (or "
                              "tot_magnetization)");
    }
    return 0;
}

static int check_spin(struct pwx_check *check, const struct pwx_settings *settings) {
    const struct pwx_slice *given = &settings->of[PWX_NSPIN];
    const struct pwx_slice *total = &settings->of[PWX_TOT_MAGNETIZATION];
    double nspin = given->text ? real_of(given) : 1;
    if (nspin != 1 && nspin != 2 && nspin != 4) {
        return pwx_check_fail(check, given->line,
                              "nspin is 1 (no spin), 2 (up and down) or 4 "
                              "(non-collinear), not %.*s",
                              (int)(given->n < 40 ? given->n : 40), given->text);
    }
    if (nspin != 2) {
        /* -1 and -10000 are what pw.x itself sets where none is given. */
        double moment = total->text ? real_of(total) : -1;
        return moment == -1 || moment == -10000
                   ? 0
                   : pwx_check_fail(check, total->line,
                                    "tot_magnetization needs nspin = 2");
    }
    if (pwx_slice_is_true(&settings->of[PWX_NONCOLIN])) {
        return pwx_check_fail(check, given->line,
                              "nspin = 2 and noncolin exclude each other; leave nspin "
                              "out for non-collinear spins");
    }
    return total->text || !is_self_consistent(check) ? 0 : check_start(check, settings);
}

/* ---- the lattice ---- */

static bool uses_celldm(const struct pwx_check *check) {
    return pwx_check_real(check, PWX_KEPT_CELLDM) != 0;
}

/* What celldm(i) is taken from: itself, or what stands for it beside A. */
static enum pwx_setting source_of(const struct pwx_check *check, long ibrav, int i) {
    static const enum pwx_setting triclinic[] = {PWX_COSBC, PWX_COSAC, PWX_COSAB};
    if (uses_celldm(check)) {
        return PWX_CELLDM_1 + i - 1;
    }
    if (i < 4) {
        return i == 2 ? PWX_B : PWX_C;
    }
    return ibrav == 14 ? triclinic[i - 4] : i == 4 ? PWX_COSAB : PWX_COSAC;
}

static int fail_lattice(struct pwx_check *check, const struct pwx_settings *settings,
                        long ibrav, int missing) {
    static const char *const names[][2] = {{"B (in angstrom)", "celldm(2) (b/a)"},
                                           {"C (in angstrom)", "celldm(3) (c/a)"}};
    const struct pwx_slice *value = &settings->of[source_of(check, ibrav, missing)];
    long line = value->text ? value->line : check->kept[PWX_KEPT_IBRAV].line;
    if (missing > 3) {
        return pwx_check_fail(check, line,
                              "%.*s is no cosine of an angle of this lattice "
                              "(celldm(4) to (6), cosAB, cosAC and cosBC are cosines, "
                              "not angles)",
                              (int)(value->n < 40 ? value->n : 40), value->text);
    }
    return pwx_check_fail(check, line, "ibrav = %ld needs %s, greater than 0", ibrav,
                          names[missing - 2][uses_celldm(check)]);
}

static int check_lattice(struct pwx_check *check, const struct pwx_settings *settings) {
    long ibrav = pwx_check_integer(check, PWX_KEPT_IBRAV);
    double celldm[6] = {1}; /* the first has been looked at */
    struct cell cell;
    int missing = 0;
    if (pwx_check_integer(check, PWX_KEPT_SPACE_GROUP) != 0) {
        return 0;
    }
    for (int i = 2; i <= 6; i++) {
        celldm[i - 1] = real_of(&settings->of[source_of(check, ibrav, i)]);
    }
    int r = bravais_cell(ibrav, celldm, &cell, &missing);
    return r == BRAVAIS_E_MISSING && missing > 1
               ? fail_lattice(check, settings, ibrav, missing)
               : 0;
}

/* ---- all ---- */

int pwx_settings_check(struct pwx_check *check, const struct pwx_settings *settings) {
    int r = check_words(check, settings);
    r = r ? r : check_smearing(check, settings);
    r = r ? r : check_spin(check, settings);
    return r ? r : check_lattice(check, settings);
}

/* Of the lattices that have other angles than 90 degrees, where no cosine is given. */
static int warn_of_right_angles(const struct pwx_check *check,
                                const struct pwx_settings *settings,
                                struct code_findings *out) {
    static const struct {
        long ibrav;
        int first, last;      /* celldm */
        const char *names[2]; /* beside A, and of celldm */
    } angles[] = {
        {5, 4, 4, {"cosAB", "celldm(4)"}},
        {-5, 4, 4, {"cosAB", "celldm(4)"}},
        {12, 4, 4, {"cosAB", "celldm(4)"}},
        {-12, 5, 5, {"cosAC", "celldm(5)"}},
        {13, 4, 4, {"cosAB", "celldm(4)"}},
        {-13, 5, 5, {"cosAC", "celldm(5)"}},
        {14, 4, 6, {"cosAB, cosAC and cosBC", "celldm(4) to celldm(6)"}},
    };
    long ibrav = pwx_check_integer(check, PWX_KEPT_IBRAV);
    bool by_group = pwx_check_integer(check, PWX_KEPT_SPACE_GROUP) != 0;
    for (size_t i = 0; !by_group && i < sizeof angles / sizeof *angles; i++) {
        bool given = angles[i].ibrav != ibrav;
        for (int k = angles[i].first; !given && k <= angles[i].last; k++) {
            given = settings->of[source_of(check, ibrav, k)].text;
        }
        if (!given) {
            return code_find(out, false, check->file, check->kept[PWX_KEPT_IBRAV].line,
                             "ibrav = %ld stands without %s, so that pw.x takes right "
                             "angles",
                             ibrav, angles[i].names[uses_celldm(check)]);
        }
    }
    return 0;
}

static int warn_of_options(const struct pwx_check *check, struct code_findings *out) {
    const struct pwx_slice *k = &check->odd_k_points;
    const struct pwx_slice *cell = &check->odd_cell;
    int r = k->text ? code_find(out, false, check->file, k->line,
                                "K_POINTS knows no word %.*s; pw.x takes tpiba",
                                (int)(k->n < 60 ? k->n : 60), k->text)
                    : 0;
    bool alat = uses_celldm(check) || pwx_check_real(check, PWX_KEPT_A) != 0;
    return r == 0 && cell->text
               ? code_find(out, false, check->file, cell->line,
                           "CELL_PARAMETERS knows no word %.*s; pw.x takes %s",
                           (int)(cell->n < 60 ? cell->n : 60), cell->text,
                           alat ? "alat" : "bohr")
               : r;
}

int pwx_settings_warn(const struct pwx_check *check,
                      const struct pwx_settings *settings, struct code_findings *out) {
    char said[SAID_SIZE];
    int r = 0;
    for (size_t i = 0; r == 0 && i < sizeof warnings / sizeof *warnings; i++) {
        const struct pwx_slice *value = &settings->of[warnings[i].which];
        if (is_unknown(&warnings[i], value, said)) {
            r = code_find(out, false, check->file, value->line,
                          "%s (it goes on with its default)", said);
        }
    }
    const struct pwx_slice *occupations = &settings->of[PWX_OCCUPATIONS];
    const struct pwx_slice *degauss = &settings->of[PWX_DEGAUSS];
    bool fixed = !occupations->text || is_word(occupations, "fixed");
    if (r == 0 && fixed && real_of(degauss) > 0) {
        r = code_find(out, false, check->file, degauss->line,
                      "degauss is passed over without occupations = 'smearing'");
    }
    r = r ? r : warn_of_comma(check, settings, out);
    r = r ? r : warn_of_options(check, out);
    return r ? r : warn_of_right_angles(check, settings, out);
}
