/* Beginning and end of CRYSTAL's output: the banner, the clock, the line that tells of
 * the end – which is printed also when the SCF ran out of cycles – and the judgement
 * over the whole.
 *
 * The properties program may follow in the same text: it adds to what it analyses and
 * has the last word on the status only. */
#include "codes/crystal/crystal_scan.h"

#include "base/fortran.h"

#include <ctype.h>
#include <math.h>
#include <stdio.h>
#include <string.h>

bool crystal_is_afterthought(const struct crystal_scan *scan) {
    return scan->end.programs > 1 && scan->end.idle;
}

void crystal_begin_computing(struct crystal_scan *scan) {
    struct results *results = scan->results;
    bool again = crystal_is_afterthought(scan);
    scan->end.idle = false;
    scan->end.done = false; /* another run goes on behind an end, its head is missing */
    if (!again) {
        return;
    }
    results_drop_problems(results);
    results_drop_frequencies(results);
    scan->motion = (struct crystal_motion){0};
    scan->scf.open = false;
    scan->scf.last_cycle = 0;
    scan->end.scf = false;
    scan->end.properties = false;
    scan->end.bands = false;
    crystal_scf_forget_levels(scan);
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

/* ---- who it is ---- */

/* "CRYSTAL17                                     *", and below it
 * "public : 1.0.1 - Feb 1st, 2017                         *", or, of some versions 06,
 * "Release 1.0 - v1_0_2" without a star at its end */
static int take_star(struct crystal_scan *scan, const char *rest) {
    struct crystal_end *end = &scan->end;
    const char *text = rest + strspn(rest, " ");
    const char *year = crystal_behind(text, "CRYSTAL");
    if (year && isdigit((unsigned char)year[0]) && isdigit((unsigned char)year[1]) &&
        year[2] == ' ') {
        (void)snprintf(end->number, sizeof(end->number), "CRYSTAL%.2s", year);
        end->banner = true;
        return results_set_text(&scan->results->version, end->number,
                                strlen(end->number));
    }
    if (crystal_behind(text, "BAND STRUCTURE")) {
        end->bands = true;
        crystal_name_calculation(scan);
        return 0;
    }
    const char *colon = strstr(text, " : ");
    const char *at = colon ? colon + 3 : crystal_behind(text, "Release ");
    if (!end->number[0] || !at || !isdigit((unsigned char)*at)) {
        return CRYSTAL_DECLINED;
    }
    char version[64];
    (void)snprintf(version, sizeof(version), "%s %.*s", end->number,
                   (int)strcspn(at, " "), at);
    end->number[0] = '\0';
    return results_set_text(&scan->results->version, version, strlen(version));
}

static int take_properties(struct crystal_scan *scan, const char *rest) {
    (void)rest;
    scan->end.properties = true;
    crystal_name_calculation(scan);
    return 0;
}

static int take_scf_program(struct crystal_scan *scan, const char *rest) {
    (void)rest;
    crystal_begin_computing(scan);
    scan->end.scf = true;
    crystal_name_calculation(scan);
    return 0;
}

/* ---- the clock ---- */

/* Days before a date of the Gregorian calendar, from some day of its own. */
static long days_before(long day, long month, long year) {
    long y = month <= 2 ? year - 1 : year;
    long m = month <= 2 ? month + 9 : month - 3;
    return 365 * y + y / 4 - y / 100 + y / 400 + (153 * m + 2) / 5 + day;
}

/* "DATE 24 08 2018 TIME 16:46:45.9" */
static bool read_date(const char *rest, struct crystal_moment *moment) {
    const char *at = strstr(rest, "DATE ");
    const char *time = strstr(rest, "TIME ");
    long day, month, year, hour, minute;
    double second;
    if (!at || !time) {
        return false;
    }
    at += strlen("DATE ");
    time += strlen("TIME ");
    if (!fortran_int(&at, &day) || !fortran_int(&at, &month) ||
        !fortran_int(&at, &year) || !fortran_int(&time, &hour) || *time++ != ':' ||
        !fortran_int(&time, &minute) || *time++ != ':') {
        return false;
    }
    const char *point = strchr(time, '.');
    if (!point || !isdigit((unsigned char)point[1]) || !fortran_real(&time, &second) ||
        month < 1 || month > 12 || day < 1 || day > 31 || year < 1900 || year > 9999 ||
        hour < 0 || hour > 24 || minute < 0 || minute > 60) {
        return false;
    }
    moment->day = days_before(day, month, year);
    moment->second = (double)(hour * 3600 + minute * 60) + second;
    return true;
}

static int take_starting(struct crystal_scan *scan, const char *rest) {
    struct crystal_end *end = &scan->end;
    end->programs += end->programs < 2 ? 1 : 0;
    end->computed = end->done && !end->error && (end->scf || scan->motion.started);
    end->idle = true;
    end->done = false;
    end->error = false;
    end->killed = false;
    end->unsaved = 0;
    scan->scf.shift = 0;
    end->outside = (struct outside){0};
    end->timed = read_date(rest, &end->start);
    return 0;
}

static int take_termination(struct crystal_scan *scan, const char *rest) {
    struct crystal_end *end = &scan->end;
    struct results *results = scan->results;
    struct crystal_moment stop;
    bool timed = end->timed;
    end->done = true;
    end->timed = false; /* of another run whose head is missing it is not the start */
    if (crystal_is_afterthought(scan) || !timed || !read_date(rest, &stop)) {
        return 0;
    }
    double wall =
        (double)(stop.day - end->start.day) * 86400 + (stop.second - end->start.second);
    /* It is printed in tenths; the rest is what a double makes of them. */
    wall = round(wall * 10) / 10;
    /* Clocks that were put forward or back during the run: the code's own tells. */
    bool shifted = fabs(fabs(wall - results->wall_seconds) - 3600) < 60;
    if (wall >= 0 && !shifted) {
        results->wall_seconds = wall;
    }
    return 0;
}

/* "TTTTTTTTTTTTTTTTTTTTTTTTTTTTTT END         TELAPSE        3.95 TCPU        3.79" */
static int take_clock(struct crystal_scan *scan, const char *rest) {
    const char *word = strstr(rest, " TELAPSE");
    const char *at = word ? word + strlen(" TELAPSE") : "";
    double seconds;
    if (crystal_is_afterthought(scan) || !fortran_real(&at, &seconds)) {
        return 0;
    }
    scan->results->wall_seconds = seconds;
    at += strspn(at, " ");
    at = crystal_behind(at, "TCPU");
    if (at && fortran_real(&at, &seconds)) {
        scan->results->cpu_seconds = seconds;
    }
    return 0;
}

const struct crystal_rule crystal_end_rules[] = {
    {"TTTTTTTTTT", take_clock},
    {"*  ", take_star},
    {"EEEEEEEEEE STARTING", take_starting},
    {"EEEEEEEEEE TERMINATION", take_termination},
    {"CRYSTAL - SCF - TYPE OF CALCULATION", take_scf_program},
    {"CRYSTAL - PROPERTIES - TYPE OF CALCULATION", take_properties},
    {NULL, NULL},
};

/* ---- the judgement ---- */

static enum truth scf_converged(const struct crystal_scan *scan) {
    const struct scf_run *last = results_last_scf(scan->results);
    return last && scan->end.scf ? last->converged : TRUTH_UNKNOWN;
}

/* All that the run set out to converge. Silence of a run that came to its end means no.
 */
static enum truth judge_converged(const struct crystal_scan *scan) {
    const struct crystal_end *end = &scan->end;
    const struct crystal_motion *motion = &scan->motion;
    enum truth scf = scf_converged(scan);
    if (scf == TRUTH_NO || motion->failed || end->error) {
        return TRUTH_NO;
    }
    if (!end->done) {
        /* A log of SCF cycles has no other end. */
        return end->banner || end->programs > 0 ? TRUTH_UNKNOWN : scf;
    }
    if (motion->started && (motion->open || !motion->converged)) {
        return TRUTH_NO;
    }
    if (motion->started && scf == TRUTH_UNKNOWN) {
        return TRUTH_YES;
    }
    if (!end->scf && (motion->frequencies || motion->elastic || end->properties)) {
        return TRUTH_YES;
    }
    /* A test of the geometry has converged nothing and was not meant to. */
    return end->scf && scf == TRUTH_UNKNOWN ? TRUTH_NO : scf;
}

static int note_truncation(struct crystal_scan *scan) {
    char message[80];
    (void)snprintf(message, sizeof(message),
                   "the output ends at line %ld without EEEEEEEEEE TERMINATION",
                   scan->line);
    return results_add_problem(
        scan->results, "truncated", message, scan->line,
        "The run was killed or is still going on: see the messages of the batch system "
        "and of MPI. Suggestion: go on from fort.20 (GUESSP), or from the last "
        "geometry with RESTART in OPTGEOM and OPTINFO.DAT.");
}

static enum run_status judge_status(const struct crystal_scan *scan) {
    const struct crystal_end *end = &scan->end;
    if (end->error) {
        return RUN_FAILED;
    }
    if (end->done) {
        return RUN_FINISHED;
    }
    /* SCFOUT.LOG, whose end is told in the output that it belongs to. */
    return end->banner || end->programs > 0 || end->killed ? RUN_TRUNCATED
                                                           : RUN_UNKNOWN;
}

int crystal_end_judge(struct crystal_scan *scan) {
    const struct crystal_end *end = &scan->end;
    int r = crystal_error_end(scan);
    scan->results->status = judge_status(scan);
    scan->results->converged = judge_converged(scan);
    crystal_name_calculation(scan);
    if (r == 0 && scan->results->status == RUN_TRUNCATED && !end->killed) {
        r = note_truncation(scan);
    }
    return r;
}
