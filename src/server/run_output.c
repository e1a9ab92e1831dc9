/* The following of a job's output: new bytes go to the code's scanner and, line by
 * line, to subscribers. It is read from its beginning after each start of the server,
 * so nothing of it needs to be stored before the end. */
#include "server/engine_internal.h"

#include "base/str.h"
#include "codes/code.h"
#include "server/follow.h"
#include "server/hub.h"
#include "server/job_json.h"
#include "server/server.h"

#include <inttypes.h>
#include <math.h>
#include <string.h>

static double distance(const struct scf_run *scf, size_t i) {
    return i == 0 ? NAN : fabs(scf->cycles[i].energy_ev - scf->cycles[i - 1].energy_ev);
}

static void tell_cycle(struct run *run, size_t scf, size_t i) {
    const struct live *live = run->live;
    const struct scf_run *one = &scanner_results(live->scanner)->scf[scf];
    json_t *params =
        json_pack("{s:I, s:I, s:I, s:o, s:o, s:o}", "id", (json_int_t)run->job->id,
                  "scf", (json_int_t)scf + 1, "cycle", (json_int_t)i + 1, "energy_ev",
                  json_number_or_null(one->cycles[i].energy_ev), "accuracy_ev",
                  json_number_or_null(one->cycles[i].accuracy_ev), "delta_ev",
                  json_number_or_null(distance(one, i)));
    if (params) {
        hub_publish(run->engine->server->hub, run->job->id, false, "jobs.cycle",
                    params);
    }
    json_decref(params);
}

static void tell_new_cycles(struct run *run) {
    struct live *live = run->live;
    const struct results *results = scanner_results(live->scanner);
    for (; live->told_scf < results->n_scf; live->told_scf++) {
        const struct scf_run *scf = &results->scf[live->told_scf];
        for (; live->told_cycles < scf->n_cycles; live->told_cycles++) {
            if (!run->quiet) {
                tell_cycle(run, live->told_scf, live->told_cycles);
            }
        }
        if (live->told_scf + 1 == results->n_scf) {
            return; /* this one still grows */
        }
        live->told_cycles = 0;
    }
}

static void take_progress(struct run *run, bool ended) {
    const struct live *live = run->live;
    const struct results *results = scanner_results(live->scanner);
    struct job_progress *p = &run->job->progress;
    p->scf = (int64_t)results->n_scf;
    p->step = (int64_t)results->n_steps;
    p->converged = (int)results->converged;
    p->status = (int)results->status;
    p->energy_ev = results->energy_ev;
    p->delta_ev = NAN;
    p->accuracy_ev = NAN;
    p->cycle = 0;
    if (results->n_scf > 0) {
        const struct scf_run *scf = &results->scf[results->n_scf - 1];
        p->cycle = (int64_t)scf->n_cycles;
        if (scf->n_cycles > 0) {
            const struct scf_cycle *last = &scf->cycles[scf->n_cycles - 1];
            p->delta_ev = distance(scf, scf->n_cycles - 1);
            p->accuracy_ev = last->accuracy_ev;
            if (!ended && isfinite(last->energy_ev)) {
                p->energy_ev = last->energy_ev;
            }
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

static const struct code *code_of(const struct job *job) {
    return code_by_name(job->code);
}

/* The scanner afresh: at the start, and when the output was replaced under the reader.
 */
static void reset_scanner(struct run *run) {
    struct live *live = run->live;
    live->scanner = scanner_free(live->scanner);
    live->told_scf = 0;
    live->told_cycles = 0;
    const struct code *code = code_of(run->job);
    if (code && scanner_new(&live->scanner, code) < 0) {
        log_error(run->engine->server->log,
                  "no memory to read the output of job %" PRId64, run->job->id);
    }
}

static void on_output(const char *bytes, size_t n, int64_t offset, bool again,
                      void *data) {
    struct run *run = data;
    struct live *live = run->live;
    if (again) {
        reset_scanner(run);
        publish_lines(run, lines_again(&live->lines, run->job->id, "output"));
        return;
    }
    tell_lines(run, bytes, n, offset);
    if (!live->scanner) {
        return;
    }
    if (scanner_feed(live->scanner, bytes, n) < 0) {
        log_error(run->engine->server->log,
                  "no memory to read the output of job %" PRId64, run->job->id);
        live->scanner = scanner_free(live->scanner);
        return;
    }
    tell_new_cycles(run);
    take_progress(run, false);
    if (!run->quiet) {
        hub_job_changed(run->engine->server->hub, run->job);
    }
}

void run_follow(struct run *run) {
    struct live *live = run->live;
    const struct code *code = code_of(run->job);
    bool wanted = code || hub_wants_log(run->engine->server->hub, run->job->id);
    if (!live || live->follow || !wanted) {
        return;
    }
    int64_t offset = 0;
    if (code) {
        reset_scanner(run);
    }
    int r = follow_new(&live->follow, run->engine->server->follower, live->output,
                       offset, on_output, run);
    if (r < 0) {
        log_error(run->engine->server->log,
                  "the output of job %" PRId64 " cannot be followed: %s", run->job->id,
                  strerror(-r));
    }
}

void run_want_log(struct run *run) {
    if (job_state_is_active(run->job->state) && run->job->started_at != 0) {
        run_follow(run);
    }
}

json_t *run_results(struct run *run) {
    const struct live *live = run->live;
    if (run->results_json) {
        return json_loads(run->results_json, 0, NULL);
    }
    return live && live->scanner ? results_to_json(scanner_results(live->scanner))
                                 : NULL;
}

void run_read_to_the_end(struct run *run) {
    struct live *live = run->live;
    run_follow(run);
    if (live->follow) {
        follow_read(live->follow);
    }
    if (live->scanner && scanner_finish(live->scanner) == 0) {
        tell_new_cycles(run);
        take_progress(run, true);
    }
}
