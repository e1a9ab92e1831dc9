/* Energies that VASP prints without a word and that should not be believed: one that is
 * positive, one that leaps up between two geometries, one that owes too much to the
 * smearing. The limits are those that custodian uses. They are problems of a run that
 * otherwise may have come to a good end, and change nothing of how it is judged. */
#include "codes/vasp/vasp_scan.h"

#include <math.h>
#include <stdio.h>

#define LEAP_EV_PER_ATOM 1.0
#define ENTROPY_EV_PER_ATOM 1.0e-3

static int doubt_sign(struct vasp_scan *scan) {
    double energy = scan->results->energy_ev;
    if (!(energy > 0)) {
        return 0;
    }
    char message[96];
    (void)snprintf(message, sizeof(message), "the last energy is positive: %.6f eV",
                   energy);
    return results_add_problem(
        scan->results, "positive_energy", message, 0,
        "Set ALGO = Normal where it is Fast or VeryFast; look whether atoms are too "
        "close, and halve POTIM where they move.");
}

/* Of a relaxation or dynamics; where the geometry stays, there is one energy. A
 * relaxation that arrived has made up for it. */
static int doubt_leaps(struct vasp_scan *scan) {
    const struct results *results = scan->results;
    double most = 0;
    size_t where = 0;
    for (size_t i = scan->end.first_step + 1; i < results->n_steps; i++) {
        double leap = results->steps[i].energy_ev - results->steps[i - 1].energy_ev;
        if (leap > most) {
            most = leap;
            where = i - scan->end.first_step + 1;
        }
    }
    if (results->converged == TRUTH_YES || results->natoms < 1 ||
        !(most > LEAP_EV_PER_ATOM * (double)results->natoms)) {
        return 0;
    }
    char message[128];
    (void)snprintf(message, sizeof(message),
                   "the energy rises by %.3g eV per atom in step %zu: the atoms move "
                   "too far at once",
                   most / (double)results->natoms, where);
    return results_add_problem(
        scan->results, "potim", message, 0,
        "Halve POTIM, and start again from a geometry before that step.");
}

/* With ISMEAR < 0 the entropy is meant, or there is none. */
static int doubt_smearing(struct vasp_scan *scan) {
    const struct vasp_settings *settings = &scan->settings;
    double per_atom = scan->end.entropy_ev / (double)scan->results->natoms;
    if (settings->ismear == VASP_UNSET || settings->ismear < 0 ||
        scan->results->natoms < 1 || !(per_atom > ENTROPY_EV_PER_ATOM)) {
        return 0;
    }
    char message[128];
    (void)snprintf(message, sizeof(message),
                   "the entropy of the smearing is %.3g meV per atom, which should "
                   "stay below %g meV",
                   per_atom * 1e3, ENTROPY_EV_PER_ATOM * 1e3);
    return results_add_problem(
        scan->results, "large_sigma", message, 0,
        "Make SIGMA smaller; where it is small already, set ISMEAR = 0 and SIGMA = "
        "0.05.");
}

int vasp_doubt_energies(struct vasp_scan *scan) {
    if (scan->results->n_steps <= scan->end.first_step) {
        return 0;
    }
    int r = doubt_sign(scan);
    r = r < 0 ? r : doubt_leaps(scan);
    return r < 0 ? r : doubt_smearing(scan);
}
