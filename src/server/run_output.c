/* What is told of a run's output: new lines to subscribers, new cycles, and how far the
 * calculation is. All of it is read from its beginning after each start of the server,
 * so nothing of it needs to be stored before the end. */
#include "server/engine_internal.h"

#include "base/path.h"
#include "codes/code.h"
#include "server/hub.h"
#include "server/job_json.h"
#include "server/server.h"

#include <inttypes.h>
#include <math.h>
#include <string.h>

/* ---- the SCF runs of all sources as one list ---- */

/* The source that tells of the cycles: a file that the code writes after each of them
 * before a stdout that may be held back. */
static size_t leader(const struct live *live) {
    for (size_t i = 1; i < live->n_sources; i++) {
        if (run_source_speaks(live, i) && run_source_results(live, i)->n_scf > 0) {
            return i;
        }
    }
    return 0;
}

/* How many SCF runs of stdout stand before the leader's. */
static size_t n_before(const struct live *live, size_t lead) {
    const struct code *code = code_by_name(live->run->job->code);
    return lead > 0 && code && code_live_adds(code) && live->sources[0].scanner
               ? run_source_results(live, 0)->n_scf
               : 0;
}

static size_t count_scf(const struct live *live) {
    size_t lead = leader(live);
    return n_before(live, lead) +
           (live->sources[lead].scanner ? run_source_results(live, lead)->n_scf : 0);
}

static const struct scf_run *scf_at(const struct live *live, size_t i) {
    size_t lead = leader(live);
    size_t before = n_before(live, lead);
    return i < before ? &run_source_results(live, 0)->scf[i]
                      : &run_source_results(live, lead)->scf[i - before];
}

/* ---- what is told ---- */

static double distance(const struct scf_run *scf, size_t i) {
    return i == 0 ? NAN : fabs(scf->cycles[i].energy_ev - scf->cycles[i - 1].energy_ev);
}

/* The forecast is of the newest cycle. */
static void tell_cycle(struct run *run, size_t scf, size_t i) {
    const struct scf_run *one = scf_at(run->live, scf);
    struct scf_count count = scf_run_count(one);
    bool newest = i + 1 == count.n && scf + 1 == count_scf(run->live);
    json_t *params =
        json_pack("{s:I, s:I, s:I, s:o, s:o, s:o, s:o}", "id", (json_int_t)run->job->id,
                  "scf", (json_int_t)scf + 1, "cycle", (json_int_t)i + count.first,
                  "energy_ev", json_number_or_null(one->cycles[i].energy_ev),
                  "accuracy_ev", json_number_or_null(one->cycles[i].accuracy_ev),
                  "delta_ev", json_number_or_null(distance(one, i)), "forecast",
                  newest ? job_forecast_json(run->job) : json_null());
    if (params) {
        hub_publish(run->engine->server->hub, run->job->id, false, "jobs.cycle",
                    params);
    }
    json_decref(params);
}

static void tell_new_cycles(struct run *run) {
    struct live *live = run->live;
    size_t n = count_scf(live);
    for (; live->told_scf < n; live->told_scf++) {
        const struct scf_run *scf = scf_at(live, live->told_scf);
        for (; live->told_cycles < scf_run_count(scf).n; live->told_cycles++) {
            if (!run->quiet) {
                tell_cycle(run, live->told_scf, live->told_cycles);
            }
        }
        if (live->told_scf + 1 == n) {
            return; /* this one still grows */
        }
        live->told_cycles = 0;
    }
}

static void take_progress(struct run *run, bool ended) {
    struct live *live = run->live;
    struct job_progress *p = &run->job->progress;
    size_t order[SOURCES_MAX];
    size_t n = run_sources_order(live, order);
    *p = (struct job_progress){.energy_ev = NAN,
                               .delta_ev = NAN,
                               .accuracy_ev = NAN,
                               .converged = TRUTH_UNKNOWN,
                               .status = RUN_UNKNOWN,
                               .scf = (int64_t)count_scf(live)};
    for (size_t i = 0; i < n; i++) {
        const struct results *results = run_source_results(live, order[i]);
        p->step =
            (int64_t)results->n_steps > p->step ? (int64_t)results->n_steps : p->step;
        p->converged =
            p->converged == TRUTH_UNKNOWN ? (int)results->converged : p->converged;
        p->status = p->status == RUN_UNKNOWN ? (int)results->status : p->status;
        p->energy_ev = isfinite(p->energy_ev) ? p->energy_ev : results->energy_ev;
    }
    p->status = p->status == RUN_UNKNOWN ? RUN_TRUNCATED : p->status;
    const struct scf_run *scf = p->scf > 0 ? scf_at(live, (size_t)p->scf - 1) : NULL;
    struct scf_count count = scf ? scf_run_count(scf) : (struct scf_count){0, 0};
    p->cycle = count.n > 0 ? (int64_t)count.n - 1 + count.first : 0;
    run_forecast(live, scf, (size_t)p->scf, ended || p->status != RUN_TRUNCATED);
    if (scf && count.n > 0) {
        const struct scf_cycle *last = &scf->cycles[count.n - 1];
        p->delta_ev = distance(scf, count.n - 1);
        p->accuracy_ev = last->accuracy_ev;
        if (!ended && isfinite(last->energy_ev)) {
            p->energy_ev = last->energy_ev;
        }
    }
}

static void publish_lines(struct run *run, json_t *params_take) {
    if (params_take) {
        hub_publish(run->engine->server->hub, run->job->id, true, "jobs.log",
                    params_take);
    }
    json_decref(params_take);
}

static void tell_lines(struct run *run, const char *bytes, size_t n, int64_t offset) {
    struct live *live = run->live;
    struct hub *hub = run->engine->server->hub;
    if (!hub_wants_log(hub, run->job->id)) {
        lines_deinit(&live->lines);
        return;
    }
    size_t whole = lines_add(&live->lines, bytes, n, offset);
    if (whole > 0) {
        publish_lines(run, lines_take(&live->lines, whole, run->job->id, "output"));
    }
}

void run_output_lines(struct run *run, const char *bytes, size_t n, int64_t offset,
                      bool again) {
    if (again) {
        run->live->told_scf = 0;
        run->live->told_cycles = 0;
        publish_lines(run, lines_again(&run->live->lines, run->job->id, "output"));
    } else {
        tell_lines(run, bytes, n, offset);
    }
}

void run_output_read(struct run *run) {
    take_progress(run, false);
    tell_new_cycles(run);
    if (!run->quiet) {
        hub_job_changed(run->engine->server->hub, run->job);
    }
}

void run_follow(struct run *run) {
    bool wanted = code_by_name(run->job->code) ||
                  hub_wants_log(run->engine->server->hub, run->job->id);
    if (run->live && wanted) {
        run_sources_follow(run);
    }
}

void run_want_log(struct run *run) {
    if (job_state_is_active(run->job->state) && run->job->started_at != 0) {
        run_follow(run);
    }
}

/* Lines count within a file, so where there are several each problem names its own. */
static json_t *results_of(const struct live *live, size_t i, bool several) {
    json_t *results = results_to_json(run_source_results(live, i));
    size_t at = 0;
    json_t *problem = NULL;
    json_array_foreach(json_object_get(results, "problems"), at, problem) {
        const char *name = path_basename(live->sources[i].path);
        if (several && json_object_set_new(problem, "file", json_string(name)) < 0) {
            json_decref(results);
            return NULL;
        }
    }
    return results;
}

json_t *run_results(struct run *run) {
    const struct live *live = run->live;
    if (run->results_json) {
        return json_loads(run->results_json, 0, NULL);
    }
    size_t order[SOURCES_MAX];
    size_t n = live ? run_sources_order(live, order) : 0;
    json_t *all = n > 0 ? results_of(live, order[0], n > 1) : NULL;
    for (size_t i = 1; i < n && all; i++) {
        json_t *one = results_of(live, order[i], true);
        if (!one || results_join(all, one) < 0) {
            json_decref(all);
            all = NULL;
        }
        json_decref(one);
    }
    /* What the files say each for itself is less than what is known of the job. */
    if (all && json_object_set_new(all, "forecast", job_forecast_json(run->job)) < 0) {
        json_decref(all);
        all = NULL;
    }
    return all;
}

void run_read_to_the_end(struct run *run) {
    run_follow(run);
    run_sources_finish(run->live);
    if (code_by_name(run->job->code)) {
        take_progress(run, true);
        tell_new_cycles(run);
    }
}
