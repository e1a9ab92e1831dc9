/* Beginning and end of pw.x's output: the banner, the clock, JOB DONE – which is
 * printed also when nothing was reached – and the judgement over the whole. */
#include "codes/qe/pwx_scan.h"

#include "base/fortran.h"

#include <ctype.h>
#include <math.h>
#include <stdio.h>
#include <string.h>

/* A run may be appended to the output of an earlier one. Its SCF runs and geometries
 * join those of the earlier; how the earlier ended is history. */
static void begin_run(struct pwx_scan *scan) {
    struct results *results = scan->results;
    results_drop_problems(results);
    scan->end = (struct pwx_end){.first_step = results->n_steps};
    scan->scf = (struct pwx_scf){0};
    scan->error.message[0] = '\0';
    scan->error.lapack_line = 0;
    scan->geometry.moved = true;
    results->status = RUN_TRUNCATED;
    results->converged = TRUTH_UNKNOWN;
    results->calculation = NULL;
    results->fermi_ev = NAN;
    results->vbm_ev = NAN;
    results->cbm_ev = NAN;
    results->gap_ev = NAN;
    results->magnetization_mub = NAN;
    results->max_force_ev_per_ang = NAN;
    results->pressure_gpa = NAN;
    results->has_stress = false;
    results->wall_seconds = NAN;
    results->cpu_seconds = NAN;
}

/* " v.6.1 (svn rev. 13591M) starts on 12Jul2017 at 10:11:22" */
static int take_banner(struct pwx_scan *scan, const char *rest) {
    int r = pwx_scf_flush(scan);
    if (r < 0) {
        return r;
    }
    if (scan->copies.systems > 0 || scan->end.error) {
        scan->copies = (struct pwx_copies){0};
    }
    scan->copies.banners++;
    begin_run(scan);
    rest += strspn(rest, " ");
    const char *version = pwx_behind(rest, "v.");
    version = version ? version : rest;
    size_t n = strcspn(version, " ");
    return n > 0 ? results_set_text(&scan->results->version, version, n) : 0;
}

/* "0.37s", "1m35.45s", "1h 2m", "2d 3h10m": every part is a number and a letter. */
static bool read_duration(const char **at, double *seconds) {
    const char *p = *at;
    double sum = 0;
    bool any = false;
    for (;;) {
        double digits = 0, scale = 1;
        p += strspn(p, " ");
        if (!isdigit((unsigned char)*p) && *p != '.') {
            break;
        }
        for (; isdigit((unsigned char)*p); p++) {
            digits = digits * 10 + (*p - '0');
        }
        for (p += *p == '.'; isdigit((unsigned char)*p); p++) {
            digits = digits * 10 + (*p - '0');
            scale *= 10;
        }
        static const char letters[] = "dhms";
        static const double units[] = {86400, 3600, 60, 1};
        const char *letter = *p ? strchr(letters, *p) : NULL;
        if (!letter) {
            return false;
        }
        sum += digits / scale * units[letter - letters];
        any = true;
        p++;
    }
    if (any) {
        *seconds = sum;
        *at = p;
    }
    return any;
}

/* Versions that print no JOB DONE; the clock is the last that they print. */
static bool ends_with_clock(const char *version) {
    static const char *const old[] = {"3.", "4.0", "4.1"};
    for (size_t i = 0; version && i < sizeof(old) / sizeof(old[0]); i++) {
        if (pwx_behind(version, old[i])) {
            return true;
        }
    }
    return false;
}

/* "        :   1m35.45s CPU   1m45.55s WALL", formerly "… CPU time, … wall time" */
static int take_clock(struct pwx_scan *scan, const char *rest) {
    double cpu, wall;
    rest += strspn(rest, " ");
    if (*rest != ':') {
        return 0;
    }
    rest++;
    if (!read_duration(&rest, &cpu) || !pwx_behind(rest, "CPU")) {
        return 0;
    }
    scan->results->cpu_seconds = cpu;
    if (ends_with_clock(scan->results->version)) {
        scan->end.done = true;
    }
    rest += strcspn(rest, ".0123456789");
    if (read_duration(&rest, &wall)) {
        scan->results->wall_seconds = wall;
    }
    return 0;
}

static int take_job_done(struct pwx_scan *scan, const char *rest) {
    (void)rest;
    scan->end.done = true;
    pwx_name_calculation(scan);
    return 0;
}

static int take_max_seconds(struct pwx_scan *scan, const char *rest) {
    (void)rest;
    scan->end.stopped = true;
    return results_add_problem(
        scan->results, "out_of_time", "Maximum CPU time exceeded", scan->line,
        "Raise max_seconds in &control and go on with restart_mode = 'restart'.");
}

static int take_user_stop(struct pwx_scan *scan, const char *rest) {
    (void)rest;
    scan->end.stopped = true;
    return results_add_problem(scan->results, "killed",
                               "Program stopped by user request", scan->line,
                               "Remove the file prefix.EXIT and go on with "
                               "restart_mode = 'restart'.");
}

const struct pwx_rule pwx_end_rules[] = {
    {"Program PWSCF", take_banner},
    {"PWSCF ", take_clock},
    {"JOB DONE.", take_job_done},
    {"Maximum CPU time exceeded", take_max_seconds},
    {"Program stopped by user request", take_user_stop},
    {NULL, NULL},
};

/* ---- the judgement ---- */

static enum truth scf_converged(const struct pwx_scan *scan) {
    const struct scf_run *last = results_last_scf(scan->results);
    if (last && scan->scf.exchange_unconverged) {
        return TRUTH_NO;
    }
    return last ? last->converged : TRUTH_UNKNOWN;
}

/* All that the run set out to converge. Silence of a run that came to its end means no.
 */
static enum truth judge_converged(const struct pwx_scan *scan) {
    const struct pwx_end *end = &scan->end;
    enum truth scf = scf_converged(scan);
    if (scf == TRUTH_NO || end->geometry_failed || end->error || end->stopped) {
        return TRUTH_NO;
    }
    if (!end->done) {
        return TRUTH_UNKNOWN;
    }
    if (end->motion == PWX_RELAXING && !end->geometry_converged) {
        return TRUTH_NO;
    }
    if (end->bands && !end->scf) {
        return TRUTH_YES;
    }
    /* A dry run has converged nothing and was not meant to. */
    return end->scf && scf == TRUTH_UNKNOWN ? TRUTH_NO : scf;
}

static int note_truncation(struct pwx_scan *scan) {
    char message[64];
    if (scan->end.between_steps) {
        return results_add_problem(
            scan->results, "truncated",
            "exit_status 255: written between two steps, not at the end", scan->line,
            "The run is still going on, was stopped, or died after that: see its "
            "standard output; go on with restart_mode = 'restart'.");
    }
    (void)snprintf(message, sizeof(message), "the output ends at line %ld without %s",
                   scan->line, scan->xml ? "the end of its XML" : "JOB DONE");
    return results_add_problem(
        scan->results, "truncated", message, scan->line,
        "The run was killed or is still going on: see the messages of the batch system "
        "and of MPI; files that it was writing may be half-written, so start again "
        "from "
        "the last geometry.");
}

/* What is one program for MPI prints one banner. Of several programs nothing tells
 * whose a line is. */
static int note_copies(struct pwx_scan *scan) {
    const struct pwx_copies *copies = &scan->copies;
    if (copies->banners < 2 || copies->systems < 2) {
        return 0;
    }
    char message[128];
    (void)snprintf(
        message, sizeof(message),
        "%zu programs printed into this output at once: cycles and geometries "
        "of all of them are mixed",
        copies->banners);
    return results_add_problem(
        scan->results, "read_error", message, scan->line,
        "Each process made the whole run by itself: pw.x was built without MPI, or for "
        "another MPI than that of the mpirun. Start a pw.x that was built for this "
        "mpirun, or start one process.");
}

/* Versions 6.0 to 6.3 come to their end without a word when nstep is used up; and where
 * another program moves the atoms, pw.x knows of one step. */
static int note_silence(struct pwx_scan *scan) {
    const struct pwx_end *end = &scan->end;
    if (scan->xml || end->motion != PWX_RELAXING || end->geometry_converged ||
        end->geometry_failed || end->error || end->stopped || !end->done ||
        scf_converged(scan) == TRUTH_NO) {
        return 0;
    }
    size_t steps = scan->results->n_steps - end->first_step;
    bool used_up = end->nstep > 0 && steps >= (size_t)end->nstep;
    char message[128];
    (void)snprintf(message, sizeof(message),
                   "%zu step%s made%s, and nothing says that the geometry converged",
                   steps, steps == 1 ? " was" : "s were",
                   used_up ? ", as many as nstep allows" : "");
    return results_add_problem(
        scan->results, "geometry_not_converged", message, scan->line,
        used_up
            ? "Raise nstep in &control and continue from the last geometry, which "
              "the output holds."
            : "Continue from the last geometry, which the output holds; where "
              "another program moves the atoms, its own output says how that went.");
}

/* An optimiser with a fixed basis set may be content with a cell that is not relaxed
 * once the basis set fits it. Only said of runs towards zero pressure: the target is
 * not printed. */
static int note_final_pressure(struct pwx_scan *scan) {
    const struct pwx_end *end = &scan->end;
    const struct step *last = results_last_step(scan->results);
    if (!end->final_scf || !end->done || !last ||
        !(fabs(end->relaxed_gpa) <= end->threshold_gpa) ||
        !(fabs(last->pressure_gpa) > end->threshold_gpa)) {
        return 0;
    }
    char message[160];
    (void)snprintf(message, sizeof(message),
                   "bfgs converged, but the final scf at that cell has P = %.2f kbar, "
                   "above the threshold of %g kbar",
                   last->pressure_gpa * PWX_KBAR_PER_GPA,
                   end->threshold_gpa * PWX_KBAR_PER_GPA);
    return results_add_problem(scan->results, "geometry_not_converged", message,
                               scan->line,
                               "Repeat the vc-relax from the final geometry, with a "
                               "higher ecutwfc if that does not end it.");
}

int pwx_end_judge(struct pwx_scan *scan) {
    const struct pwx_end *end = &scan->end;
    int r = pwx_error_end(scan);
    r = r < 0 ? r : note_copies(scan);
    if (r < 0) {
        return r;
    }
    scan->results->status = end->error  ? RUN_FAILED
                            : end->done ? RUN_FINISHED
                                        : RUN_TRUNCATED;
    scan->results->converged = judge_converged(scan);
    pwx_name_calculation(scan);
    if (scan->results->status == RUN_TRUNCATED && !end->killed) {
        return note_truncation(scan);
    }
    r = note_silence(scan);
    return r < 0 ? r : note_final_pressure(scan);
}
