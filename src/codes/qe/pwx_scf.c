/* The electrons in pw.x's output: SCF cycles and their convergence, total energies,
 * levels and magnetisation.
 *
 * An SCF run begins with "iteration #" 1 and ends with the word about its convergence.
 * The energies of its cycles are the "total energy" lines within; the converged one is
 * marked
 * "!". Hybrid functionals run the SCF several times for one energy and mark the last
 * one
 * "!!"; there the energies of one geometry replace one another. */
#include "codes/qe/pwx_scan.h"

#include "base/fortran.h"

#include <math.h>
#include <stdio.h>
#include <string.h>
#include <strings.h>

/* "   =     -22.65168737 Ry": the value, NAN where it does not fit its field. False
 * when this is no such line. */
static bool read_rydberg(const char *at, double *value) {
    at += strspn(at, " ");
    if (*at != '=' && *at != '<') {
        return false;
    }
    at++;
    if (!fortran_real(&at, value)) {
        *value = NAN;
        at += strspn(at, " ");
        if (*at != '*') {
            return false;
        }
        at += strspn(at, "*");
    }
    at += strspn(at, " ");
    return strncasecmp(at, "ry", 2) == 0;
}

static int add_cycle(struct pwx_scan *scan, double accuracy_ev) {
    int r = results_add_cycle(scan->results, scan->scf.energy_ev, accuracy_ev);
    if (r == 0) {
        results_last_cycle(scan->results)->at_seconds = scan->scf.at_seconds;
    }
    return r;
}

int pwx_scf_flush(struct pwx_scan *scan) {
    if (!scan->scf.pending) {
        return 0;
    }
    scan->scf.pending = false;
    return add_cycle(scan, NAN);
}

/* With a small iprint pw.x marks energies of cycles that are not the last: what was
 * taken for the end of the SCF run was none. */
static void reopen(struct pwx_scan *scan) {
    struct results *results = scan->results;
    struct scf_run *run = results_last_scf(results);
    run->ended = false;
    if (!scan->scf.added_step || results->n_steps == 0) {
        return;
    }
    scan->scf.added_step = false;
    scan->geometry.moved = true;
    results->n_steps--;
    const struct step *before = results_last_step(results);
    results->energy_ev = before ? before->energy_ev : NAN;
    results->printed_energy = results->energy_ev / PWX_RYDBERG_EV;
}

static int take_iteration(struct pwx_scan *scan, const char *rest) {
    struct pwx_scf *scf = &scan->scf;
    long number = scf->last_iteration + 1; /* where it is printed as "***" */
    (void)fortran_int(&rest, &number);
    int r = pwx_scf_flush(scan);
    if (r < 0) {
        return r;
    }
    if (!scf->open || number <= scf->last_iteration) {
        r = results_begin_scf(scan->results);
        if (r < 0) {
            return r;
        }
        scf->open = true;
        scan->end.scf = true;
        pwx_name_calculation(scan);
    } else if (results_last_scf(scan->results)->ended) {
        reopen(scan);
    }
    scf->pending_final = false;
    scf->at_seconds = NAN;
    scf->last_iteration = number;
    results_last_scf(scan->results)->counted = (int)number;
    return 0;
}

static int take_cycle_energy(struct pwx_scan *scan, const char *rest) {
    double rydberg;
    struct scf_run *run = results_last_scf(scan->results);
    if (!scan->scf.open || run->ended || !read_rydberg(rest, &rydberg)) {
        return 0;
    }
    int r = pwx_scf_flush(scan);
    scan->scf.pending = r == 0;
    scan->scf.energy_ev = rydberg * PWX_RYDBERG_EV;
    return r;
}

static int take_accuracy(struct pwx_scan *scan, const char *rest) {
    struct pwx_scf *scf = &scan->scf;
    double rydberg;
    if (!read_rydberg(rest, &rydberg)) {
        return 0;
    }
    double accuracy_ev = rydberg * PWX_RYDBERG_EV;
    if (scf->pending) {
        scf->pending = false;
        return add_cycle(scan, accuracy_ev);
    }
    if (scf->pending_final) {
        results_last_cycle(scan->results)->accuracy_ev = accuracy_ev;
        scf->pending_final = false;
    }
    return 0;
}

/* One geometry has one energy, the last that is marked as final for it. */
static int note_step(struct pwx_scan *scan, double energy_ev) {
    struct step *step = results_last_step(scan->results);
    bool again = scan->scf.hybrid && !scan->geometry.moved && step;
    scan->geometry.moved = false;
    scan->scf.added_step = !again;
    if (again) {
        step->energy_ev = energy_ev;
        return 0;
    }
    return results_add_step(scan->results, energy_ev);
}

static int take_final_energy(struct pwx_scan *scan, const char *rest) {
    bool exchange = *rest == '!';
    rest += exchange ? 1 : 0;
    rest += strspn(rest, " ");
    const char *value = pwx_behind(rest, "total energy");
    double rydberg;
    if (!value || !read_rydberg(value, &rydberg)) {
        return 0;
    }
    double energy_ev = rydberg * PWX_RYDBERG_EV;
    int r = pwx_scf_flush(scan);
    if (r == 0 && !exchange && scan->scf.open &&
        !results_last_scf(scan->results)->ended) {
        r = results_add_cycle(scan->results, energy_ev, NAN);
        if (r == 0) {
            results_last_scf(scan->results)->ended = true;
            scan->scf.pending_final = true;
        }
    }
    if (r < 0) {
        return r;
    }
    scan->scf.exchange_unconverged &= !exchange;
    scan->results->printed_energy = rydberg;
    scan->results->printed_unit = "Ry";
    scan->results->energy_ev = energy_ev;
    return note_step(scan, energy_ev);
}

/* The solvent models have iterations of their own and word their end alike. */
static bool is_about_solvent(struct pwx_scan *scan) {
    bool solvent = scan->scf.solvent;
    scan->scf.solvent = false;
    return solvent;
}

/* The end of an SCF run; `rest` begins with how many cycles it took. */
static int end_scf(struct pwx_scan *scan, const char *rest, enum truth converged) {
    int r = pwx_scf_flush(scan);
    if (r == 0 && !scan->scf.open) {
        r = results_begin_scf(scan->results); /* its cycles were left out */
    }
    if (r < 0) {
        return r;
    }
    struct scf_run *run = results_last_scf(scan->results);
    long cycles;
    if (fortran_int(&rest, &cycles) && cycles >= 0 && cycles < 1000000) {
        run->counted = (int)cycles;
    }
    run->converged = converged;
    run->over = true;
    scan->scf.open = false;
    scan->scf.pending_final = false;
    scan->scf.last_iteration = 0;
    scan->end.scf = true;
    pwx_name_calculation(scan);
    return 0;
}

#define NOT_ACHIEVED "convergence NOT achieved after"

static int note_unconverged(struct pwx_scan *scan, const char *words,
                            const char *rest) {
    char message[PWX_MESSAGE_SIZE];
    (void)snprintf(message, sizeof(message), "%s%.100s", words, rest);
    return results_add_problem(scan->results, "scf_not_converged", message, scan->line,
                               PWX_SCF_REMEDY);
}

static int take_not_converged(struct pwx_scan *scan, const char *rest) {
    if (is_about_solvent(scan)) {
        return 0;
    }
    int r = end_scf(scan, rest, TRUTH_NO);
    return r < 0 ? r : note_unconverged(scan, NOT_ACHIEVED, rest);
}

static int take_threshold(struct pwx_scan *scan, const char *rest) {
    const char *equals = strchr(rest, '=');
    const char *at = equals ? equals + 1 : "";
    double rydberg;
    if (fortran_real(&at, &rydberg) && rydberg > 0) {
        scan->scf.threshold_ry = rydberg;
        scan->results->scf_threshold_ev = rydberg * PWX_RYDBERG_EV;
    }
    return 0;
}

/* "total cpu time spent up to now is        0.6 secs", before the cycle's energy */
static int take_time(struct pwx_scan *scan, const char *rest) {
    double seconds;
    if (fortran_real(&rest, &seconds)) {
        scan->scf.at_seconds = seconds;
    }
    return 0;
}

/* With scf_must_converge = .false. pw.x says "achieved" of every SCF. The threshold is
 * printed with two digits, and an optimiser only ever lowers it. Exact exchange has
 * thresholds of its own. */
static bool is_above_threshold(const struct pwx_scan *scan) {
    const struct scf_run *run = results_last_scf(scan->results);
    return run->ended && !scan->scf.hybrid && scan->scf.threshold_ry > 0 &&
           run->cycles[run->n_cycles - 1].accuracy_ev >
               (1.06 * scan->scf.threshold_ry + 1.0e-8) * PWX_RYDBERG_EV;
}

static int take_converged(struct pwx_scan *scan, const char *rest) {
    if (is_about_solvent(scan)) {
        return 0;
    }
    int r = end_scf(scan, rest, TRUTH_YES);
    if (r < 0 || !is_above_threshold(scan)) {
        return r;
    }
    struct scf_run *run = results_last_scf(scan->results);
    char message[PWX_MESSAGE_SIZE];
    run->converged = TRUTH_NO;
    (void)snprintf(message, sizeof(message),
                   "convergence has been achieved in%.40s, but the estimated scf "
                   "accuracy is %.2g Ry, above the threshold of %.2g Ry",
                   rest, run->cycles[run->n_cycles - 1].accuracy_ev / PWX_RYDBERG_EV,
                   scan->scf.threshold_ry);
    return results_add_problem(
        scan->results, "scf_not_converged", message, scan->line,
        "scf_must_converge = .false. takes an SCF as it is after electron_maxstep "
        "cycles: leave it out, raise electron_maxstep, or lower mixing_beta.");
}

/* "End of 1D-RISM calculation", "End of Laue-RISM calculation" */
static int take_end_of(struct pwx_scan *scan, const char *rest) {
    if (strstr(rest, "RISM calculation")) {
        scan->scf.solvent = true;
        return 0;
    }
    return PWX_DECLINED;
}

static int take_hybrid(struct pwx_scan *scan, const char *rest) {
    scan->scf.hybrid = true;
    const char *behind = pwx_behind(rest, " " NOT_ACHIEVED);
    if (!behind) {
        return 0;
    }
    scan->scf.exchange_unconverged = true;
    return note_unconverged(scan, "EXX " NOT_ACHIEVED, behind);
}

/* " after iteration #     2": by exx_maxstep, or with the whole run, which then has
 * been told. */
static int take_exchange_stopped(struct pwx_scan *scan, const char *rest) {
    char message[PWX_MESSAGE_SIZE];
    scan->scf.exchange_unconverged = true;
    if (scan->end.stopped) {
        return 0;
    }
    (void)snprintf(message, sizeof(message), "Calculation (EXX) stopped%.100s", rest);
    return results_add_problem(scan->results, "scf_not_converged", message, scan->line,
                               "Raise exx_maxstep in &electrons, or go on with "
                               "restart_mode = 'restart'.");
}

static int take_self_consistent(struct pwx_scan *scan, const char *rest) {
    (void)rest;
    scan->end.scf = true;
    pwx_name_calculation(scan);
    return 0;
}

static int take_band_structure(struct pwx_scan *scan, const char *rest) {
    (void)rest;
    scan->end.bands = true;
    pwx_name_calculation(scan);
    return 0;
}

static int take_fermi(struct pwx_scan *scan, const char *rest) {
    double fermi_ev;
    if (fortran_real(&rest, &fermi_ev)) {
        scan->results->fermi_ev = fermi_ev;
        scan->scf.levels = true;
    }
    return 0;
}

/* One for each spin: there is no single Fermi energy to report. */
static int take_two_fermi(struct pwx_scan *scan, const char *rest) {
    (void)rest;
    scan->results->fermi_ev = NAN;
    scan->scf.levels = true;
    return 0;
}

static int take_edges(struct pwx_scan *scan, const char *rest) {
    struct results *results = scan->results;
    bool both = pwx_behind(rest, ", lowest unoccupied") != NULL;
    const char *colon = strchr(rest, ':');
    const char *at = colon ? colon + 1 : "";
    double edges[2];
    if (!fortran_reals(&at, edges, both ? 2 : 1)) {
        return 0;
    }
    scan->scf.levels = true;
    results->vbm_ev = edges[0];
    results->cbm_ev = both ? edges[1] : NAN;
    results->gap_ev = both ? fmax(edges[1] - edges[0], 0) : NAN;
    return 0;
}

/* One number, or the three components of a vector, of which the length counts. */
static int take_magnetization(struct pwx_scan *scan, const char *rest) {
    double m[3];
    const char *equals = strchr(rest, '=');
    const char *at = equals ? equals + 1 : "";
    const char *one = at;
    if (fortran_reals(&at, m, 3)) {
        scan->results->magnetization_mub =
            sqrt(m[0] * m[0] + m[1] * m[1] + m[2] * m[2]);
    } else if (fortran_real(&one, &m[0])) {
        scan->results->magnetization_mub = m[0];
    }
    return 0;
}

const struct pwx_rule pwx_scf_rules[] = {
    {"iteration #", take_iteration},
    {"total energy", take_cycle_energy},
    {"!", take_final_energy},
    {"estimated scf accuracy", take_accuracy},
    {"total cpu time spent up to now is", take_time},
    {"convergence threshold ", take_threshold},
    {"scf convergence threshold ", take_threshold},
    {"convergence has been achieved in", take_converged},
    {NOT_ACHIEVED, take_not_converged},
    {"End of ", take_end_of},
    {"EXX", take_hybrid},
    {"Calculation (EXX) stopped", take_exchange_stopped},
    {"Self-consistent Calculation", take_self_consistent},
    {"Band Structure Calculation", take_band_structure},
    {"the Fermi energy is", take_fermi},
    {"the spin up/dw Fermi energies are", take_two_fermi},
    {"highest occupied", take_edges},
    {"total magnetization", take_magnetization},
    {NULL, NULL},
};
