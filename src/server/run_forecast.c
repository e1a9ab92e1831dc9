/* How the SCF of a run goes on. The cycles are those of the source that leads; where
 * they are to come to, and in how many, is said by whichever source knows, and else by
 * the input. How long a cycle takes is measured here, from one to the next as they
 * come in: the clocks that codes print may count the time of all threads. Until two
 * have been seen to come, as after a restart of the server, the code's own counts. */
#include "server/engine_internal.h"

#include "base/cleanup.h"
#include "base/clock.h"
#include "base/file.h"
#include "base/path.h"
#include "codes/code.h"

#include <math.h>

enum {
    INPUT_MAX = 1024 * 1024, /* a larger one is not looked at */
    SEEN_MIN = 2,            /* cycles, for a pace */
};

/* ---- how long a cycle takes ---- */

static void keep_pace(struct pace *pace, size_t scf, size_t cycle) {
    int64_t now = clock_monotonic_ms();
    if (pace->scf != scf || cycle < pace->last) {
        *pace = (struct pace){scf, cycle, cycle, now, now};
    } else if (cycle > pace->last) {
        pace->last = cycle;
        pace->last_ms = now;
    }
}

static double seconds_per_cycle(const struct pace *pace) {
    size_t seen = pace->last - pace->first;
    return seen < SEEN_MIN
               ? NAN
               : (double)(pace->last_ms - pace->first_ms) / 1000 / (double)seen;
}

/* ---- what it is to reach ---- */

static void read_limits(struct live *live) {
    const struct job *job = live->run->job;
    const struct code *code = code_by_name(job->code);
    _cleanup_free_ char *path = NULL;
    _cleanup_buf_ struct buf text = BUF_NULL;
    live->limits = (struct code_limits){0, NAN};
    live->limits_known = true;
    if (code && job->input && path_join(&path, job->directory, job->input) == 0 &&
        file_read(path, INPUT_MAX, &text) == 0) {
        live->limits = code_limits(code, buf_bytes(&text), buf_len(&text));
    }
}

static double seconds_left(const struct live *live) {
    const struct job *job = live->run->job;
    double limit = job->time_limit_seconds > 0 ? (double)job->time_limit_seconds : NAN;
    double gone = (double)(clock_realtime_ms() - job->started_at) / 1000;
    return job->started_at > 0 ? fmin(limit, live->limits.seconds) - gone : NAN;
}

static struct forecast_aim aim_of(const struct live *live) {
    struct forecast_aim aim = {.threshold_ev = NAN,
                               .seconds_left = seconds_left(live),
                               .seconds_per_cycle = seconds_per_cycle(&live->pace)};
    for (size_t i = 0; i < live->n_sources; i++) {
        if (run_source_speaks(live, i)) {
            struct forecast_aim own = results_aim(run_source_results(live, i));
            aim.threshold_ev =
                isnan(aim.threshold_ev) ? own.threshold_ev : aim.threshold_ev;
            aim.cycle_limit = aim.cycle_limit > 0 ? aim.cycle_limit : own.cycle_limit;
            aim.cycles_after =
                aim.cycles_after > 0 ? aim.cycles_after : own.cycles_after;
        }
    }
    aim.cycle_limit = aim.cycle_limit > 0 ? aim.cycle_limit : live->limits.scf_cycles;
    return aim;
}

/* ---- the forecast ---- */

static enum forecast_badge forces_of(const struct live *live) {
    enum forecast_badge forces = FORECAST_NONE;
    for (size_t i = 0; i < live->n_sources && forces == FORECAST_NONE; i++) {
        if (run_source_speaks(live, i)) {
            forces = results_forces(run_source_results(live, i));
        }
    }
    return forces;
}

void run_forecast(struct live *live, const struct scf_run *scf, size_t number,
                  bool ended) {
    struct job_forecast *out = &live->run->job->progress.forecast;
    *out = (struct job_forecast){.forces = ended ? FORECAST_NONE : (int)forces_of(live),
                                 .cycles_left = -1,
                                 .seconds_low = NAN,
                                 .seconds_high = NAN,
                                 .seconds_left = NAN,
                                 .threshold_ev = NAN};
    if (ended || !scf || !scf_run_goes_on(scf)) {
        return;
    }
    keep_pace(&live->pace, number, scf->n_cycles);
    if (!live->limits_known) {
        read_limits(live);
    }
    struct forecast_aim aim = aim_of(live);
    struct forecast f = scf_run_forecast(scf, scf->n_cycles, &aim);
    struct forecast_told told = forecast_told(&f, &aim, scf->n_cycles, NULL);
    *out = (struct job_forecast){
        .badge = f.badge,
        .forces = out->forces,
        .cycles_low = f.cycles_low,
        .cycles_high = f.cycles_high,
        .seconds_low = f.seconds_low,
        .seconds_high = f.seconds_high,
        .cycles_left = told.cycles_left,
        .seconds_left = told.seconds_left,
        .threshold_ev = told.threshold_ev,
    };
}
