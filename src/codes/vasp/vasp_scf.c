/* SCF runs and the steps that they make: in OUTCAR as blocks "Iteration  step( cycle)",
 * in OSZICAR and stdout as rows "DAV:  cycle  energy …" and a summary "step F= … E0=
 * …".
 *
 * VASP 5 says "EDIFF is reached" also where only NELM is; so the counters decide, and
 * in the last cycle that NELM allows the changes that were printed. The cycles of a
 * linear response have the same look and counters of their own; they are no SCF runs.
 */
#include "codes/vasp/vasp_scan.h"

#include "base/fortran.h"

#include <ctype.h>
#include <errno.h>
#include <math.h>
#include <string.h>

/* IALGO: 2 nothing, 3 eigenvalues, 4 rotation within the subspace, 90 exact
 * diagonalisation. */
bool vasp_scf_is_formal(const struct vasp_settings *settings) {
    long ialgo = settings->ialgo;
    return (ialgo >= 2 && ialgo <= 4) || ialgo == 90;
}

static bool is_small(double change, double limit) {
    return fabs(change) < limit;
}

static enum truth judge(const struct vasp_scan *scan, const struct scf_run *run) {
    const struct vasp_settings *settings = &scan->settings;
    if (vasp_scf_is_formal(settings)) {
        return TRUTH_YES;
    }
    if (settings->nelm == VASP_UNSET) {
        return TRUTH_UNKNOWN;
    }
    if (run->counted < settings->nelm) {
        return TRUTH_YES;
    }
    if (isnan(settings->ediff) || isnan(scan->scf.change)) {
        return TRUTH_UNKNOWN;
    }
    if (!is_small(scan->scf.change, settings->ediff)) {
        return TRUTH_NO;
    }
    if (isnan(scan->scf.eigenvalue)) {
        return TRUTH_UNKNOWN;
    }
    return is_small(scan->scf.eigenvalue, settings->ediff) ? TRUTH_YES : TRUTH_NO;
}

void vasp_scf_close(struct vasp_scan *scan) {
    struct scf_run *run = results_last_scf(scan->results);
    if (scan->scf.open && run && run->converged == TRUTH_UNKNOWN) {
        run->converged = judge(scan, run);
    }
    if (scan->scf.open && run) {
        run->over = true;
    }
    scan->scf.open = false;
}

/* What the run was told of the SCF that begins: where it is to come to, and how many
 * cycles keep the first density, which they do in the first step only unless NELMDL is
 * positive. */
static void note_aim(struct vasp_scan *scan) {
    struct results *results = scan->results;
    const struct vasp_settings *settings = &scan->settings;
    bool first = results->n_scf == scan->end.first_scf + 1;
    long delay = settings->nelmdl == VASP_UNSET ? 0
                 : settings->nelmdl < 0         ? first ? -settings->nelmdl : 0
                                                : settings->nelmdl;
    results_last_scf(results)->delayed = (size_t)delay;
    results->scf_threshold_ev = settings->ediff > 0 ? settings->ediff : NAN;
    results->scf_cycle_limit = settings->nelm > 0 ? settings->nelm : 0;
}

int vasp_scf_begin(struct vasp_scan *scan) {
    struct scf_run *before = results_last_scf(scan->results);
    if (before) {
        before->over = true;
    }
    int r = results_begin_scf(scan->results);
    if (r < 0) {
        return r;
    }
    scan->scf.open = true;
    scan->scf.clock = 0;
    note_aim(scan);
    return 0;
}

/* Both changes have to be small; that of the eigenvalues is not printed everywhere. */
static double left_ev(const struct vasp_scf *scf) {
    return isnan(scf->eigenvalue) ? fabs(scf->change)
                                  : fmax(fabs(scf->change), fabs(scf->eigenvalue));
}

static int add_cycle(struct vasp_scan *scan, double energy_ev) {
    int r = results_add_cycle(scan->results, energy_ev, NAN);
    if (r == 0) {
        results_last_cycle(scan->results)->left_ev = left_ev(&scan->scf);
    }
    return r;
}

/* ---- OUTCAR ---- */

/* The SCF that begins is of the step that a force field has told the energy of: that
 * energy does not count. */
static void withdraw_learned_step(struct vasp_scan *scan) {
    struct results *results = scan->results;
    scan->scf.learned = false;
    if (results->n_steps > scan->end.first_step) {
        results->n_steps--;
    }
    const struct step *before =
        results->n_steps > scan->end.first_step ? results_last_step(results) : NULL;
    results->energy_ev = before ? before->energy_ev : NAN;
    results->printed_energy = results->energy_ev;
    results->free_energy_ev = NAN;
    results->max_force_ev_per_ang = before ? before->max_force_ev_per_ang : NAN;
}

static int begin_cycle(struct vasp_scan *scan, long step, long cycle) {
    struct vasp_scf *scf = &scan->scf;
    if (!scf->open || step != scf->step || cycle <= scf->cycle) {
        if (scf->learned) {
            withdraw_learned_step(scan);
        }
        int r = vasp_scf_begin(scan);
        if (r < 0) {
            return r;
        }
    }
    scf->step = step;
    scf->cycle = cycle;
    scf->filled = false;
    scf->change = NAN;
    scf->eigenvalue = NAN;
    scan->end.ionic_last = false;
    results_last_scf(scan->results)->counted = (int)cycle;
    return 0;
}

/* "Iteration      1(   2)" within dashes; two more of them in a linear response. */
static int take_iteration(struct vasp_scan *scan, const char *rest, size_t dashes) {
    long step, cycle;
    scan->kind = VASP_OUTCAR;
    if (!fortran_int(&rest, &step) || *rest++ != '(' || !fortran_int(&rest, &cycle) ||
        cycle < 1 || cycle > INT_MAX) {
        return 0;
    }
    if (scan->scf.response && dashes > 39) {
        return 0;
    }
    scan->scf.response = false;
    return begin_cycle(scan, step, cycle);
}

static int take_abort(struct vasp_scan *scan, const char *rest) {
    struct scf_run *run = results_last_scf(scan->results);
    if (scan->scf.response || !scan->scf.open || !run) {
        return 0;
    }
    if (strstr(rest, "hard stop") || strstr(rest, "not reached")) {
        run->converged = TRUTH_NO;
    }
    vasp_scf_close(scan);
    return 0;
}

int vasp_scf_dashed(struct vasp_scan *scan, const char *text, size_t dashes) {
    const char *rest = vasp_behind(text, "Iteration");
    if (rest) {
        return take_iteration(scan, rest, dashes);
    }
    rest = vasp_behind(text, "aborting loop");
    return rest ? take_abort(scan, rest) : 0;
}

/* "  free energy    TOTEN  =        -6.98357209 eV", once a cycle */
static int take_cycle_energy(struct vasp_scan *scan, const char *rest) {
    struct vasp_scf *scf = &scan->scf;
    struct scf_run *run = results_last_scf(scan->results);
    double energy;
    rest += strspn(rest, " =");
    if (!scf->open || scf->response || !run || !fortran_real(&rest, &energy)) {
        return 0;
    }
    if (scf->filled) {
        run->cycles[run->n_cycles - 1].energy_ev = energy;
        return 0;
    }
    scf->filled = true;
    return add_cycle(scan, energy);
}

/* "LOOP:  cpu time    0.60: real time    0.76", at the end of a cycle */
static int take_loop(struct vasp_scan *scan, const char *rest) {
    struct vasp_scf *scf = &scan->scf;
    const char *at = strstr(rest, "real time");
    double seconds;
    at = at ? at + strlen("real time") : "";
    if (scf->open && scf->filled && !scf->response && fortran_real(&at, &seconds)) {
        scf->clock += seconds;
        results_last_cycle(scan->results)->at_seconds = scf->clock;
    }
    return 0;
}

/* "total energy-change (2. order) :-0.1340566E+02  (-0.1316834E+02)" */
static int take_change(struct vasp_scan *scan, const char *rest) {
    struct vasp_scf *scf = &scan->scf;
    double change;
    rest += strspn(rest, " :");
    if (scf->response || !fortran_real(&rest, &change)) {
        return 0;
    }
    scf->change = change;
    scf->eigenvalue = NAN;
    rest += strspn(rest, " (");
    if (fortran_real(&rest, &change)) {
        scf->eigenvalue = change;
    }
    return 0;
}

static int take_response(struct vasp_scan *scan, const char *rest) {
    if (vasp_behind(rest, "parameters")) {
        return 0;
    }
    vasp_scf_close(scan);
    scan->scf.response = true;
    return 0;
}

/* "number of electron  8.0000000 magnetization  2.0000000": the total, or with spinors
 * its three components. */
static int take_magnetization(struct vasp_scan *scan, const char *rest) {
    double m[3];
    const char *at = strstr(rest, "magnetization");
    at = at ? at + strlen("magnetization") : "";
    if (scan->scf.response || !fortran_real(&at, &m[0])) {
        return 0;
    }
    bool spinors = fortran_reals(&at, &m[1], 2);
    scan->results->magnetization_mub =
        spinors ? sqrt(m[0] * m[0] + m[1] * m[1] + m[2] * m[2]) : m[0];
    return 0;
}

/* ---- steps ---- */

/* The step whose energy has come and which this may belong to: versions 4.6 and 5.2.2
 * print forces and pressure behind it. */
static struct step *step_before(const struct vasp_scan *scan, bool come_first) {
    bool own = scan->results->n_steps > scan->end.first_step;
    return own && scan->end.ionic_last && !come_first ? results_last_step(scan->results)
                                                      : NULL;
}

void vasp_note_force(struct vasp_scan *scan, double ev_per_ang) {
    struct vasp_geometry *geometry = &scan->geometry;
    struct step *step = step_before(scan, geometry->forces_first);
    if (step && isnan(step->max_force_ev_per_ang)) {
        step->max_force_ev_per_ang = ev_per_ang;
        scan->results->max_force_ev_per_ang = ev_per_ang;
        return;
    }
    geometry->max_force = ev_per_ang;
    geometry->force_waits = true;
}

void vasp_note_pressure(struct vasp_scan *scan, double gpa) {
    struct vasp_geometry *geometry = &scan->geometry;
    struct step *step = step_before(scan, geometry->pressure_first);
    scan->results->pressure_gpa = gpa;
    if (step && isnan(step->pressure_gpa)) {
        step->pressure_gpa = gpa;
        return;
    }
    geometry->pressure = gpa;
    geometry->pressure_waits = true;
}

/* Where the pressure comes behind the energy, so does the cell, behind the pressure. */
void vasp_note_cell(struct vasp_scan *scan) {
    struct step *step = step_before(scan, scan->geometry.pressure_first);
    if (step && !isnan(step->pressure_gpa)) {
        step->volume_ang3 = results_volume(scan->results);
    }
}

void vasp_note_entropy(struct vasp_scan *scan, double ev) {
    scan->end.entropy_ev = fmax(scan->end.entropy_ev, fabs(ev));
}

int vasp_add_step(struct vasp_scan *scan, double energy_ev, double free_energy_ev) {
    struct results *results = scan->results;
    struct vasp_geometry *geometry = &scan->geometry;
    int r = results_add_step(results, energy_ev);
    if (r < 0) {
        return r;
    }
    struct step *step = results_last_step(results);
    step->max_force_ev_per_ang = geometry->max_force;
    step->pressure_gpa = geometry->pressure;
    results->max_force_ev_per_ang = geometry->max_force;
    results->energy_ev = energy_ev;
    results->printed_energy = energy_ev;
    results->free_energy_ev = free_energy_ev;
    geometry->forces_first |= geometry->force_waits;
    geometry->pressure_first |= geometry->pressure_waits;
    geometry->force_waits = false;
    geometry->pressure_waits = false;
    geometry->max_force = NAN;
    geometry->pressure = NAN;
    geometry->free_energy = NAN;
    vasp_scf_close(scan);
    scan->scf.learned = false;
    scan->scf.response |= scan->settings.shifts;
    scan->end.ionic_last = true;
    return 0;
}

/* "  free  energy   TOTEN  =        -6.50214658 eV", once a step */
static int take_free_energy(struct vasp_scan *scan, const char *rest) {
    double energy;
    rest += strspn(rest, " =");
    scan->geometry.free_energy = fortran_real(&rest, &energy) ? energy : NAN;
    return 0;
}

static bool read_sigma0(const char *rest, double *energy) {
    const char *at = strstr(rest, "energy(sigma->0)");
    at = at ? at + strlen("energy(sigma->0)") : "";
    at += strspn(at, " =");
    return fortran_real(&at, energy);
}

static int take_step(struct vasp_scan *scan, const char *rest) {
    double energy, without;
    const char *at = rest + strspn(rest, " =");
    scan->kind = VASP_OUTCAR;
    if (fortran_real(&at, &without)) {
        vasp_note_entropy(scan, scan->geometry.free_energy - without);
    }
    return read_sigma0(rest, &energy)
               ? vasp_add_step(scan, energy, scan->geometry.free_energy)
               : 0;
}

/* A machine-learned force field tells its energy of every step, before the SCF of steps
 * for which that is not good enough. */
static int take_learned_step(struct vasp_scan *scan, const char *rest) {
    double energy;
    if (!read_sigma0(rest, &energy)) {
        return 0;
    }
    int r = vasp_add_step(scan, energy, scan->geometry.free_energy);
    scan->scf.learned = r == 0;
    return r;
}

/* "HF+RPA corr. energy TOTEN  =       -38.92857998 eV": of the correlation energy from
 * fluctuations this is the total, at the largest cutoff that was asked for. */
static int take_correlated(struct vasp_scan *scan, const char *rest) {
    double energy;
    rest += strspn(rest, " =");
    return fortran_real(&rest, &energy) ? vasp_add_step(scan, energy, energy) : 0;
}

static int take_headline(struct vasp_scan *scan, const char *rest) {
    if (!strstr(rest, "dE")) {
        return VASP_DECLINED;
    }
    scan->scf.summed = false;
    return 0;
}

const struct vasp_rule vasp_scf_rules[] = {
    {"free energy    TOTEN", take_cycle_energy},
    {"total energy-change (2. order)", take_change},
    {"LOOP:", take_loop},
    {"number of electron ", take_magnetization},
    {"free  energy   TOTEN", take_free_energy},
    {"free  energy ML TOTEN", take_free_energy},
    {"energy  without entropy", take_step},
    {"ML energy  without entropy", take_learned_step},
    {"HF+RPA corr. energy TOTEN", take_correlated},
    {"Linear response ", take_response},
    {"N       E ", take_headline},
    {NULL, NULL},
};

/* ---- OSZICAR and stdout ---- */

/* "DAV:   1     0.665459349805E+04    0.66546E+04   -0.28271E+05 21760   0.184E+03" */
static int take_row(struct vasp_scan *scan, const char *at) {
    struct vasp_scf *scf = &scan->scf;
    long cycle;
    double energy, changes[2], rest[3];
    if (!fortran_int(&at, &cycle) || cycle < 1 || cycle > INT_MAX || *at != ' ') {
        return VASP_DECLINED;
    }
    /* Each SCF run has a headline; what follows a step without one is the response. */
    scf->response |= scf->summed;
    if (scf->response) {
        return 0;
    }
    int r = begin_cycle(scan, 0, cycle);
    bool known = fortran_real(&at, &energy);
    if (fortran_reals(&at, changes, 2)) {
        scf->change = changes[0];
        scf->eigenvalue = changes[1];
    }
    r = r < 0 || !known ? r : add_cycle(scan, energy);
    struct scf_run *run = results_last_scf(scan->results);
    /* Only a cycle that made a new density has a number for that at its end. */
    if (r == 0 && run->delayed + 1 == run->n_cycles && !fortran_reals(&at, rest, 3)) {
        run->delayed = run->n_cycles;
    }
    return r;
}

static bool read_key(const char *text, const char *key, double *value) {
    const char *at = strstr(text, key);
    at = at ? at + strlen(key) : "";
    return fortran_real(&at, value);
}

/* "   1 F= -.11501775E+03 E0= -.11501775E+03  d E =-.395989E-12  mag= -0.3409" */
static int take_summary(struct vasp_scan *scan, const char *text) {
    double energy, free_energy, m[3];
    if (!read_key(text, " F=", &free_energy) || !read_key(text, " E0=", &energy)) {
        return 0;
    }
    const char *at = strstr(text, "mag=");
    at = at ? at + strlen("mag=") : "";
    if (fortran_real(&at, &m[0])) {
        bool spinors = fortran_reals(&at, &m[1], 2);
        scan->results->magnetization_mub =
            spinors ? sqrt(m[0] * m[0] + m[1] * m[1] + m[2] * m[2]) : m[0];
    }
    scan->end.moving |= strstr(text, " T=") != NULL;
    scan->scf.response = false;
    scan->scf.summed = true;
    return vasp_add_step(scan, energy, free_energy);
}

int vasp_scf_row(struct vasp_scan *scan, const char *text) {
    const char *f = text;
    while (isdigit((unsigned char)*f)) {
        f++;
    }
    if (f > text) {
        while (*f == ' ') {
            f++;
        }
        return vasp_behind(f, "F=") || vasp_behind(f, "T=") ? take_summary(scan, text)
               : vasp_behind(f, "f ") || vasp_behind(f, "f/i")
                   ? vasp_modes_row(scan, text)
                   : 0;
    }
    size_t letters = 0;
    while (letters <= 5 && text[letters] >= 'A' && text[letters] <= 'Z') {
        letters++;
    }
    /* ALGO = None: "NONE   1    -0.263760434119E+02 …" */
    bool labelled = text[letters] == ':' || vasp_behind(text, "NONE  ");
    return letters >= 2 && letters <= 5 && labelled ? take_row(scan, text + letters + 1)
                                                    : VASP_DECLINED;
}
