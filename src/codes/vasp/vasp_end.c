/* The judgement over a whole output of VASP: what kind of calculation it was, whether
 * it came to its end, and whether what it set out to converge did. The same for OUTCAR
 * and vasprun.xml; OSZICAR and stdout do not hold enough to say all of it. */
#include "codes/vasp/vasp_scan.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum motion {
    STILL,
    RELAXING,
    MOVING,
    SHAKING, /* finite displacements, or the linear response to them */
    UNKNOWN,
};

static enum motion motion_of(const struct vasp_scan *scan) {
    const struct vasp_settings *settings = &scan->settings;
    if (scan->end.moving) {
        return MOVING;
    }
    if (settings->ibrion == VASP_UNSET || settings->nsw == VASP_UNSET) {
        return scan->end.geometry_reached ? RELAXING : UNKNOWN;
    }
    if (settings->ibrion >= 5 && settings->ibrion <= 8) {
        return SHAKING;
    }
    /* A single step can not relax anything: such runs are made for the forces. */
    if (settings->ibrion < 0 || settings->nsw < 1 ||
        (settings->nsw == 1 && settings->ibrion != 0 && !scan->end.geometry_reached)) {
        return STILL;
    }
    return settings->ibrion == 0 ? MOVING : RELAXING;
}

static bool fixed_charge(const struct vasp_scan *scan) {
    return scan->settings.icharg != VASP_UNSET && scan->settings.icharg >= 10;
}

void vasp_name_calculation(struct vasp_scan *scan) {
    const char *name = NULL;
    switch (motion_of(scan)) {
    case STILL:
        name = !fixed_charge(scan) ? "scf" : scan->settings.mesh ? "nscf" : "bands";
        break;
    case RELAXING:
        name = "geometry_optimization";
        break;
    case MOVING:
        name = "molecular_dynamics";
        break;
    case SHAKING:
        name = "frequencies";
        break;
    case UNKNOWN:
        break;
    }
    scan->results->calculation = name;
}

/* Where the forces of all geometries count, all SCF runs do; else the last. */
static enum truth scf_converged(const struct vasp_scan *scan, enum motion motion,
                                const struct scf_run **failed) {
    const struct results *results = scan->results;
    if (results->n_scf <= scan->end.first_scf) {
        return TRUTH_UNKNOWN;
    }
    bool all = motion == MOVING || motion == SHAKING;
    enum truth verdict = results->scf[results->n_scf - 1].converged;
    for (size_t i = all ? scan->end.first_scf : results->n_scf - 1; i < results->n_scf;
         i++) {
        if (results->scf[i].converged == TRUTH_NO) {
            *failed = &results->scf[i];
            return TRUTH_NO;
        }
    }
    return verdict;
}

static size_t steps_of_run(const struct vasp_scan *scan) {
    return scan->results->n_steps - scan->end.first_step;
}

static bool used_up_nsw(const struct vasp_scan *scan) {
    const struct vasp_settings *settings = &scan->settings;
    return settings->nsw != VASP_UNSET && steps_of_run(scan) >= (size_t)settings->nsw;
}

static enum truth geometry_converged(const struct vasp_scan *scan) {
    const struct vasp_settings *settings = &scan->settings;
    bool all_steps = used_up_nsw(scan);
    if (scan->end.geometry_reached) {
        return TRUTH_YES;
    }
    /* EDIFFG = 0 asks for all the steps. */
    if (settings->ediffg == 0) {
        return all_steps ? TRUTH_YES : TRUTH_UNKNOWN;
    }
    /* vasprun.xml does not say why the optimiser stopped. */
    return scan->kind == VASP_XML && !all_steps ? TRUTH_YES : TRUTH_NO;
}

static enum truth judge_converged(const struct vasp_scan *scan, enum motion motion,
                                  enum truth scf) {
    const struct vasp_end *end = &scan->end;
    if (end->error || end->stopped || scf == TRUTH_NO) {
        return TRUTH_NO;
    }
    if (motion == UNKNOWN || (!end->finished && !end->geometry_reached)) {
        return TRUTH_UNKNOWN;
    }
    if (motion == RELAXING && geometry_converged(scan) != TRUTH_YES) {
        return geometry_converged(scan);
    }
    /* Stdout of a relaxation that says it is there, and of nothing that went wrong. */
    return scan->kind == VASP_TEXT && end->geometry_reached ? TRUTH_YES : scf;
}

static enum run_status judge_status(const struct vasp_scan *scan) {
    const struct vasp_end *end = &scan->end;
    if (end->error) {
        return RUN_FAILED;
    }
    if (end->finished) {
        return RUN_FINISHED;
    }
    if (end->broken) {
        return RUN_UNKNOWN;
    }
    if (scan->kind == VASP_TEXT) {
        /* An OSZICAR has no end mark, nor has a stdout without WAVECAR. */
        return end->killed       ? RUN_TRUNCATED
               : end->ionic_last ? RUN_UNKNOWN /* trouble before that was overcome */
               : end->trouble    ? RUN_FAILED
                                 : RUN_TRUNCATED;
    }
    return RUN_TRUNCATED;
}

/* ---- problems ---- */

static int note_scf(struct vasp_scan *scan, const struct scf_run *failed) {
    char message[160];
    size_t number = (size_t)(failed - scan->results->scf) + 1;
    for (size_t i = 0; i < scan->results->n_problems; i++) {
        if (strcmp(scan->results->problems[i].category, "scf_not_converged") == 0) {
            return 0; /* in the output's own words already */
        }
    }
    int n = snprintf(message, sizeof(message), "SCF run %zu ended after %d cycles",
                     number, failed->counted);
    if (scan->settings.nelm != VASP_UNSET && failed->counted >= scan->settings.nelm) {
        (void)snprintf(message + n, sizeof(message) - (size_t)n,
                       ", as many as NELM allows, without reaching EDIFF");
    }
    return results_add_problem(
        scan->results, "scf_not_converged", message, scan->line,
        "Raise NELM, or take a slower ALGO (VeryFast, Fast, Normal, All in this order; "
        "All or Damped for hybrids), then smaller AMIX and BMIX.");
}

static int note_geometry(struct vasp_scan *scan) {
    char message[160];
    (void)snprintf(
        message, sizeof(message), "%zu steps were made%s, %s", steps_of_run(scan),
        used_up_nsw(scan) ? ", as many as NSW allows" : "",
        scan->kind == VASP_XML ? "and the XML does not tell whether that was enough"
                               : "without \"reached required accuracy\"");
    return results_add_problem(
        scan->results, "geometry_not_converged", message, scan->line,
        "Copy CONTCAR to POSCAR and go on, with a larger NSW; if "
        "the energy goes up and down, halve POTIM.");
}

static int note_truncation(struct vasp_scan *scan) {
    char message[160];
    const char *mark = scan->kind == VASP_XML ? "the end of <modeling>"
                       : scan->kind == VASP_OUTCAR
                           ? "\"General timing and accounting informations\""
                           : "a last energy";
    (void)snprintf(message, sizeof(message), "the output ends at line %ld without %s",
                   scan->line, mark);
    return results_add_problem(
        scan->results, "truncated", message, scan->line,
        "The run was killed or is still going on: see stdout, stderr and the messages "
        "of "
        "the batch system; go on with CONTCAR as POSCAR where it is whole.");
}

/* An SCF of a geometry on the way is moot as well when the last one converged, and so
 * is how the optimiser fared before it arrived. */
static bool is_moot(const char *category) {
    return vasp_trouble_is_hint(category) ||
           strcmp(category, "scf_not_converged") == 0 ||
           strcmp(category, "brions") == 0;
}

static void drop_hints(struct results *results) {
    size_t kept = 0;
    for (size_t i = 0; i < results->n_problems; i++) {
        if (is_moot(results->problems[i].category)) {
            free(results->problems[i].message);
        } else {
            results->problems[kept++] = results->problems[i];
        }
    }
    results->n_problems = kept;
}

/* What ended a run is told before what might be better in it. */
static void put_hints_last(struct results *results) {
    size_t first = 0; /* hints stand from here to where we look */
    for (size_t i = 0; i < results->n_problems; i++) {
        struct problem problem = results->problems[i];
        if (vasp_trouble_is_hint(problem.category)) {
            continue;
        }
        memmove(results->problems + first + 1, results->problems + first,
                (i - first) * sizeof(problem));
        results->problems[first++] = problem;
    }
}

int vasp_end_judge(struct vasp_scan *scan) {
    struct results *results = scan->results;
    enum motion motion = motion_of(scan);
    const struct scf_run *failed = NULL;
    enum truth scf = scf_converged(scan, motion, &failed);
    int r = vasp_message_end(scan);
    results->status = judge_status(scan);
    results->converged = judge_converged(scan, motion, scf);
    vasp_name_calculation(scan);
    if (r == 0 && failed && scan->end.finished) {
        r = note_scf(scan, failed);
    }
    if (r == 0 && scan->end.finished && scan->kind != VASP_TEXT && motion == RELAXING &&
        !scan->end.stopped && geometry_converged(scan) == TRUTH_NO) {
        r = note_geometry(scan);
    }
    if (r == 0 && results->status == RUN_TRUNCATED && !scan->end.killed) {
        r = note_truncation(scan);
    }
    if (results->converged == TRUTH_YES) {
        drop_hints(results);
    }
    r = r < 0 ? r : vasp_doubt_energies(scan);
    put_hints_last(results);
    return r;
}
