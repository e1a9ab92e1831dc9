/* What variables are set to, where pw.x takes some words only, or where one needs
 * another. The words are those of the versions 5.0 to 7.5 together: what one of them
 * takes is told to be wrong by none. pw.x compares capital and small letters. */
#include "codes/qe/pwx_settings.h"

#include "base/nearest.h"

#include <math.h>
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

void pwx_settings_take(void *data, enum pwx_namelist namelist, const char *name,
                       size_t n, long index, const struct pwx_slice *value) {
    struct pwx_settings *settings = data;
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

struct needs {
    int ibrav;
    bool b, c;         /* celldm(2), celldm(3) */
    int cosine;        /* the celldm of the cosine; 14 has 4 to 6 */
    const char *angle; /* the same beside A */
};

static const struct needs lattices[] = {
    {4, false, true, 0, NULL},      {5, false, false, 4, "cosAB"},
    {-5, false, false, 4, "cosAB"}, {6, false, true, 0, NULL},
    {7, false, true, 0, NULL},      {8, true, true, 0, NULL},
    {9, true, true, 0, NULL},       {-9, true, true, 0, NULL},
    {91, true, true, 0, NULL},      {10, true, true, 0, NULL},
    {11, true, true, 0, NULL},      {12, true, true, 4, "cosAB"},
    {-12, true, true, 5, "cosAC"},  {13, true, true, 4, "cosAB"},
    {-13, true, true, 5, "cosAC"},  {14, true, true, 4, "cosAB, cosAC and cosBC"},
};

static const struct needs *find_needs(const struct pwx_check *check) {
    long ibrav = pwx_check_integer(check, PWX_KEPT_IBRAV);
    bool by_group = pwx_check_integer(check, PWX_KEPT_SPACE_GROUP) != 0;
    for (size_t i = 0; !by_group && i < sizeof lattices / sizeof *lattices; i++) {
        if (lattices[i].ibrav == ibrav) {
            return &lattices[i];
        }
    }
    return NULL;
}

static bool uses_celldm(const struct pwx_check *check) {
    return pwx_check_real(check, PWX_KEPT_CELLDM) != 0;
}

/* The value of celldm(i), or of what stands for it beside A. */
static const struct pwx_slice *cosine_of(const struct pwx_check *check,
                                         const struct pwx_settings *settings,
                                         const struct needs *needs, int i) {
    static const enum pwx_setting of_14[] = {PWX_COSBC, PWX_COSAC, PWX_COSAB};
    if (uses_celldm(check)) {
        return &settings->of[PWX_CELLDM_1 + i - 1];
    }
    return &settings->of[needs->ibrav == 14 ? of_14[i - 4]
                                            : (i == 4 ? PWX_COSAB : PWX_COSAC)];
}

static int check_length(struct pwx_check *check, const struct pwx_settings *settings,
                        int i) {
    bool celldm = uses_celldm(check);
    enum pwx_setting which = celldm ? PWX_CELLDM_1 + i - 1 : i == 2 ? PWX_B : PWX_C;
    const struct pwx_slice *value = &settings->of[which];
    static const char *const names[][2] = {{"B (in angstrom)", "celldm(2) (b/a)"},
                                           {"C (in angstrom)", "celldm(3) (c/a)"}};
    if (real_of(value) > 0) {
        return 0;
    }
    long line = value->text ? value->line : check->kept[PWX_KEPT_IBRAV].line;
    return pwx_check_fail(check, line, "ibrav = %ld needs %s, greater than 0",
                          pwx_check_integer(check, PWX_KEPT_IBRAV),
                          names[i - 2][celldm]);
}

static int check_lattice(struct pwx_check *check, const struct pwx_settings *settings) {
    const struct needs *needs = find_needs(check);
    if (!needs) {
        return 0;
    }
    int r = needs->b ? check_length(check, settings, 2) : 0;
    r = r == 0 && needs->c ? check_length(check, settings, 3) : r;
    int last = needs->ibrav == 14 ? 6 : needs->cosine;
    for (int i = needs->cosine; r == 0 && needs->cosine && i <= last; i++) {
        const struct pwx_slice *value = cosine_of(check, settings, needs, i);
        bool rhombohedral = needs->ibrav == 5 || needs->ibrav == -5;
        double cosine = real_of(value);
        if (value->text && (fabs(cosine) >= 1 || (rhombohedral && cosine <= -0.5))) {
            r = pwx_check_fail(check, value->line,
                               "%.*s is no cosine of an angle of this lattice "
                               "(celldm(4) to (6), cosAB, cosAC and cosBC are cosines, "
                               "not angles)",
                               (int)(value->n < 40 ? value->n : 40), value->text);
        }
    }
    return r;
}

/* ---- all ---- */

int pwx_settings_check(struct pwx_check *check, const struct pwx_settings *settings) {
    int r = check_words(check, settings);
    r = r ? r : check_smearing(check, settings);
    r = r ? r : check_spin(check, settings);
    return r ? r : check_lattice(check, settings);
}

static int warn_of_right_angles(const struct pwx_check *check,
                                const struct pwx_settings *settings,
                                struct code_findings *out) {
    const struct needs *needs = find_needs(check);
    if (!needs || !needs->cosine) {
        return 0;
    }
    int last = needs->ibrav == 14 ? 6 : needs->cosine;
    for (int i = needs->cosine; i <= last; i++) {
        if (cosine_of(check, settings, needs, i)->text) {
            return 0;
        }
    }
    bool celldm = uses_celldm(check);
    bool three = needs->ibrav == 14;
    char name[16];
    (void)snprintf(name, sizeof name, three ? "celldm(4..6)" : "celldm(%d)",
                   needs->cosine);
    return code_find(out, false, check->file, check->kept[PWX_KEPT_IBRAV].line,
                     "ibrav = %d stands without %s, so that pw.x takes %s of 90 "
                     "degrees",
                     needs->ibrav, celldm ? name : needs->angle,
                     three ? "angles" : "an angle");
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
    r = r ? r : warn_of_options(check, out);
    return r ? r : warn_of_right_angles(check, settings, out);
}
