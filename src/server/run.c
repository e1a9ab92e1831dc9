/* A job's life as the server sees it. The supervisor's fifo tells that the job was
 * started (a byte) and that the supervisor is gone (end-of-file); everything else is
 * read from the run folder. The output is followed and fed to the code's scanner, from
 * its beginning after each start of the server, so nothing of it needs to be stored
 * before the end. */
#include "server/run.h"

#include "base/buf.h"
#include "base/clock.h"
#include "base/path.h"
#include "base/str.h"
#include "codes/code.h"
#include "server/engine.h"
#include "server/follow.h"
#include "server/hub.h"
#include "server/job_json.h"
#include "server/server.h"

#include <errno.h>
#include <inttypes.h>
#include <math.h>
#include <signal.h>
#include <string.h>

enum { ASK_AGAIN_MS = 50, ASK_ELSEWHERE_MS = 10000, ORPHAN_ROUNDS = 100 };

struct run {
    struct engine *engine; /* borrowed */
    struct job *job;
    char *run_dir;
    char *output;
    uv_poll_t alive; /* of alive_fd */
    uv_timer_t again;
    int alive_fd;
    int open_handles;
    int orphan_rounds;
    bool gone;
    bool cancel_due; /* cancelled in the moment before the supervisor could be told */
    bool quiet;      /* catching up after a restart: nobody is told of old cycles */
    struct follow *follow;
    struct scanner *scanner; /* NULL for a command */
    size_t told_scf;         /* cycles that subscribers know of: of this SCF run … */
    size_t told_cycles;      /* … so many */
    struct buf lines;        /* output since the last whole line, for subscribers */
    int64_t lines_offset;
};

struct job *run_job(struct run *run) {
    return run->job;
}

static void free_when_closed(struct run *run) {
    if (!run->gone || run->open_handles > 0) {
        return;
    }
    (void)job_free(run->job);
    (void)scanner_free(run->scanner);
    buf_deinit(&run->lines);
    free(run->run_dir);
    free(run->output);
    free(run);
}

static void on_closed(uv_handle_t *handle) {
    struct run *run = handle->data;
    run->open_handles--;
    free_when_closed(run);
}

int run_new(struct run **out, struct engine *engine, struct job *job_take) {
    struct run *run = calloc(1, sizeof *run);
    if (!run) {
        return -ENOMEM;
    }
    run->engine = engine;
    run->alive_fd = -1;
    const char *runs_dir = engine->server->options->runs_dir;
    int r = str_printf(&run->run_dir, "%s/%" PRId64, runs_dir, job_take->id);
    if (r == 0) {
        r = job_output_path(job_take, runs_dir, &run->output);
    }
    if (r == 0) {
        r = uv_timer_init(&engine->server->loop, &run->again);
    }
    if (r < 0) {
        free(run->run_dir);
        free(run->output);
        free(run);
        return r;
    }
    run->again.data = run;
    run->open_handles = 1;
    run->job = job_take;
    *out = run;
    return 0;
}

static void close_alive(struct run *run) {
    if (run->alive_fd >= 0) {
        (void)uv_poll_stop(&run->alive);
        (void)close(TAKE_FD(run->alive_fd));
        uv_close((uv_handle_t *)&run->alive, on_closed);
    }
}

struct run *run_free(struct run *run) {
    if (run) {
        run->gone = true;
        run->follow = follow_free(run->follow);
        close_alive(run);
        uv_close((uv_handle_t *)&run->again, on_closed);
    }
    return NULL;
}

/* ---- the output ---- */

static double distance(const struct scf_run *scf, size_t i) {
    return i == 0 ? NAN : fabs(scf->cycles[i].energy_ev - scf->cycles[i - 1].energy_ev);
}

static void tell_cycle(struct run *run, size_t scf, size_t i) {
    const struct scf_run *one = &scanner_results(run->scanner)->scf[scf];
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
    const struct results *results = scanner_results(run->scanner);
    for (; run->told_scf < results->n_scf; run->told_scf++) {
        const struct scf_run *scf = &results->scf[run->told_scf];
        for (; run->told_cycles < scf->n_cycles; run->told_cycles++) {
            if (!run->quiet) {
                tell_cycle(run, run->told_scf, run->told_cycles);
            }
        }
        if (run->told_scf + 1 == results->n_scf) {
            return; /* this one still grows */
        }
        run->told_cycles = 0;
    }
}

static void take_progress(struct run *run, bool ended) {
    const struct results *results = scanner_results(run->scanner);
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

static void tell_lines(struct run *run, const char *bytes, size_t n, int64_t offset) {
    struct hub *hub = run->engine->server->hub;
    if (!hub_wants_log(hub, run->job->id)) {
        buf_deinit(&run->lines);
        return;
    }
    if (buf_len(&run->lines) == 0) {
        run->lines_offset = offset;
    }
    if (buf_append(&run->lines, bytes, n) < 0) {
        buf_clear(&run->lines);
        return;
    }
    const char *text = buf_bytes(&run->lines);
    const char *last = memrchr(text, '\n', buf_len(&run->lines));
    bool over = buf_len(&run->lines) > SERVER_SCRATCH_SIZE;
    size_t whole = last ? (size_t)(last + 1 - text) : over ? buf_len(&run->lines) : 0;
    if (whole == 0) {
        return;
    }
    _cleanup_free_ char *utf8 = str_to_utf8(text, whole);
    json_t *params =
        utf8 ? json_pack("{s:I, s:I, s:s}", "id", (json_int_t)run->job->id, "offset",
                         (json_int_t)run->lines_offset, "text", utf8)
             : NULL;
    if (params) {
        hub_publish(hub, run->job->id, true, "jobs.log", params);
    }
    json_decref(params);
    buf_consume(&run->lines, whole);
    run->lines_offset += (int64_t)whole;
}

static const struct code *code_of(const struct job *job) {
    return code_by_name(job->code);
}

/* The scanner afresh: at the start, and when the output was replaced under the reader.
 */
static void reset_scanner(struct run *run) {
    run->scanner = scanner_free(run->scanner);
    run->told_scf = 0;
    run->told_cycles = 0;
    buf_clear(&run->lines);
    const struct code *code = code_of(run->job);
    if (code && scanner_new(&run->scanner, code) < 0) {
        log_error(run->engine->server->log,
                  "no memory to read the output of job %" PRId64, run->job->id);
    }
}

static void on_output(const char *bytes, size_t n, int64_t offset, bool again,
                      void *data) {
    struct run *run = data;
    if (again) {
        reset_scanner(run);
        return;
    }
    tell_lines(run, bytes, n, offset);
    if (!run->scanner) {
        return;
    }
    if (scanner_feed(run->scanner, bytes, n) < 0) {
        log_error(run->engine->server->log,
                  "no memory to read the output of job %" PRId64, run->job->id);
        run->scanner = scanner_free(run->scanner);
        return;
    }
    tell_new_cycles(run);
    take_progress(run, false);
    if (!run->quiet) {
        hub_job_changed(run->engine->server->hub, run->job);
    }
}

static void follow_output(struct run *run) {
    const struct code *code = code_of(run->job);
    bool wanted = code || hub_wants_log(run->engine->server->hub, run->job->id);
    if (run->follow || !wanted) {
        return;
    }
    int64_t offset = 0;
    if (code) {
        reset_scanner(run);
    }
    int r = follow_new(&run->follow, &run->engine->server->loop, run->output, offset,
                       on_output, run);
    if (r < 0) {
        log_error(run->engine->server->log,
                  "the output of job %" PRId64 " cannot be followed: %s", run->job->id,
                  strerror(-r));
    }
}

void run_want_log(struct run *run) {
    if (job_state_is_active(run->job->state) && run->job->started_at != 0) {
        follow_output(run);
    }
}

json_t *run_results(struct run *run) {
    return run->scanner ? results_to_json(scanner_results(run->scanner)) : NULL;
}

/* ---- its end ---- */

/* Ended at its time limit, or by itself because it was asked to shortly before. */
static bool hit_limit(const struct local_exit *how) {
    return how->timed_out || (how->soft_stopped && how->exit_code != 0);
}

static void limit_reason(const struct job *job, const struct local_exit *how,
                         struct errmsg *out) {
    int64_t seconds = job->time_limit_seconds;
    (void)errmsg_set(out, 0,
                     "%s its time limit of %" PRId64 ":%02" PRId64 ":%02" PRId64
                     "; submit it again with a longer one (--time)%s",
                     how->timed_out ? "ran into" : "stopped in good order just before",
                     seconds / 3600, seconds / 60 % 60, seconds % 60,
                     how->timed_out ? "" : ", or let it go on where it stopped");
}

/* What went wrong in one sentence: the code's own words first. */
static void end_reason(struct run *run, const struct local_exit *how,
                       struct errmsg *out) {
    const struct results *results = run->scanner ? scanner_results(run->scanner) : NULL;
    struct errmsg process = ERRMSG_NULL;
    if (how->error.text[0]) {
        process = how->error;
    } else if (hit_limit(how)) {
        /* What the code says of its end was caused by this. */
        limit_reason(run->job, how, out);
        return;
    } else if (how->cancelled) {
        (void)errmsg_set(
            &process, 0,
            "ended from outside, as by a logout or a shutdown of the machine");
    } else if (how->signal != 0) {
        (void)errmsg_set(&process, 0, "ended by signal %d (%s)%s", how->signal,
                         strsignal(how->signal),
                         how->core_dumped ? ", core dumped" : "");
    } else if (how->exit_code != 0) {
        (void)errmsg_set(&process, 0, "exit status %d", how->exit_code);
    }
    const char *words =
        results && results->n_problems > 0 ? results->problems[0].message : NULL;
    const char *remedy = words ? results->problems[0].remedy : NULL;
    if (!words) {
        *out = process;
        return;
    }
    (void)errmsg_set(out, 0, "%s%s%s%s%s%s", words, process.text[0] ? " (" : "",
                     process.text, process.text[0] ? ")" : "", remedy ? ". " : "",
                     remedy ? remedy : "");
}

static enum job_state end_state(const struct job *job, const struct local_exit *how) {
    if (how->cancelled) {
        return JOB_CANCELLED;
    }
    if (hit_limit(how)) {
        return JOB_FAILED;
    }
    if (how->exit_code == 0) {
        return JOB_COMPLETED;
    }
    /* Asked to end, and ended by a signal before the supervisor could say that it had
     * asked. */
    return job->state == JOB_CANCELLING && how->signal != 0 ? JOB_CANCELLED
                                                            : JOB_FAILED;
}

static void read_to_the_end(struct run *run) {
    follow_output(run);
    if (run->follow) {
        follow_read(run->follow);
    }
    if (run->scanner && scanner_finish(run->scanner) == 0) {
        tell_new_cycles(run);
        take_progress(run, true);
    }
}

static void conclude(struct run *run, enum job_state state, const char *reason) {
    _cleanup_free_ char *text = NULL;
    json_t *results = run_results(run);
    if (results) {
        text = json_dumps(results, JSON_COMPACT);
        json_decref(results);
    }
    engine_finish(run->engine, run, state, reason, text);
}

static void end_with_record(struct run *run, const struct local_exit *how) {
    struct job *job = run->job;
    job->exit_code = how->exit_code < 0 ? JOB_NO_EXIT_CODE : how->exit_code;
    job->signal = how->signal;
    job->cpu_seconds = how->cpu_seconds;
    job->peak_memory_bytes = how->peak_memory_bytes;
    job->finished_at = how->finished_at;
    if (how->started_at != 0) {
        job->started_at = how->started_at;
        read_to_the_end(run);
    }
    enum job_state state = end_state(job, how);
    struct errmsg reason = ERRMSG_NULL;
    if (state == JOB_CANCELLED) {
        (void)errmsg_set(&reason, 0, "cancelled on request");
    } else {
        end_reason(run, how, &reason);
    }
    conclude(run, state, reason.text[0] ? reason.text : NULL);
}

/* ---- watching the supervisor ---- */

static void on_again(uv_timer_t *timer) {
    run_attach(timer->data);
}

static void ask_again(struct run *run, uint64_t ms) {
    close_alive(run);
    (void)uv_timer_start(&run->again, on_again, ms, 0);
}

/* The supervisor was killed. What it left behind is ended before the job's cores are
 * given to the next one; a program that forks may need more than one round. */
static void end_as_lost(struct run *run) {
    size_t found = 0;
    int r = local_orphans_signal(run->run_dir, SIGKILL, &found);
    if (r == 0 && found > 0 && run->orphan_rounds++ < ORPHAN_ROUNDS) {
        log_warning(run->engine->server->log,
                    "job %" PRId64
                    " lost its supervisor; %zu processes of it are ended",
                    run->job->id, found);
        ask_again(run, ASK_AGAIN_MS);
        return;
    }
    run->job->finished_at = clock_realtime_ms();
    read_to_the_end(run);
    conclude(run, JOB_LOST,
             "its supervisor is gone without a record of the end: killed, or the "
             "machine went "
             "down. The output shows how far it came; submit it again");
}

static void job_is_running(struct run *run) {
    struct local_started started;
    if (local_started_read(run->run_dir, &started) == 0) {
        run->job->started_at = started.started_at;
    } else {
        run->job->started_at = clock_realtime_ms();
    }
    if (run->job->state == JOB_STARTING) {
        engine_move(run->engine, run, JOB_RUNNING, NULL);
    }
    follow_output(run);
    if (run->cancel_due) {
        run->cancel_due = false;
        run_cancel(run);
    }
}

static void on_alive(uv_poll_t *poll, int status, int events) {
    (void)status;
    (void)events;
    struct run *run = poll->data;
    char byte = 0;
    ssize_t n = read(run->alive_fd, &byte, 1);
    if (n == 1) {
        job_is_running(run);
    } else if (n == 0 || (errno != EAGAIN && errno != EINTR)) {
        close_alive(run);
        run_attach(run);
    }
}

static void watch_alive(struct run *run, int fd) {
    int r = uv_poll_init(&run->engine->server->loop, &run->alive, fd);
    if (r < 0) {
        (void)close(fd);
        ask_again(run, ASK_AGAIN_MS);
        return;
    }
    run->alive_fd = fd;
    run->alive.data = run;
    run->open_handles++;
    (void)uv_poll_start(&run->alive, UV_READABLE | UV_DISCONNECT, on_alive);
}

static void never_started(struct run *run) {
    if (run->job->state == JOB_RUNNING) {
        /* It had started: its folder was emptied. Never run a job twice. */
        end_as_lost(run);
    } else if (run->job->state == JOB_CANCELLING) {
        run->job->finished_at = clock_realtime_ms();
        conclude(run, JOB_CANCELLED, "cancelled before it started");
    } else {
        engine_move(run->engine, run, JOB_QUEUED,
                    "the server ended before it was started");
    }
}

void run_attach(struct run *run) {
    int fd = -1;
    struct local_exit how;
    int r = local_attach(run->run_dir, &fd);
    switch (r) {
    case LOCAL_RUNNING:
        watch_alive(run, fd);
        run->quiet = true;
        if (local_started_read(run->run_dir, &(struct local_started){0}) == 0) {
            job_is_running(run);
            if (run->follow) {
                follow_read(run->follow);
            }
        }
        run->quiet = false;
        if (run->job->state == JOB_CANCELLING) {
            run_cancel(run);
        }
        return;
    case LOCAL_ENDED:
        r = local_exit_read(run->run_dir, &how);
        if (r == 0) {
            end_with_record(run, &how);
            return;
        }
        break;
    case LOCAL_NEVER_STARTED:
        never_started(run);
        return;
    case LOCAL_LOST:
        end_as_lost(run);
        return;
    case LOCAL_ELSEWHERE:
        ask_again(run, ASK_ELSEWHERE_MS);
        return;
    default:
        break;
    }
    if (r == -EBADMSG) {
        end_as_lost(run);
        return;
    }
    ask_again(run, ASK_AGAIN_MS);
}

void run_start(struct run *run) {
    struct job *job = run->job;
    const struct server_options *options = run->engine->server->options;
    struct local_spec spec = {
        .run_dir = run->run_dir,
        .directory = job->directory,
        .argv = job->argv,
        .env = job->env,
        .output = run->output,
        .error_output = job->error_output,
        .umask = job->umask,
        .open_files = options->open_files,
        .grace_seconds =
            (int)((config_number(options->config, CONFIG_JOBS_GRACE) + 999) / 1000),
        .time_limit_seconds = job->time_limit_seconds,
        .stop_file = job->stop_file,
        .stop_text = job->stop_text,
        .supervisor_program = options->supervisor,
    };
    struct errmsg msg = ERRMSG_NULL;
    int fd = -1;
    int r = options->supervisor ? local_start(&spec, &fd, &msg)
                                : errmsg_set(&msg, -ENOENT,
                                             "crystalmath-supervisor was not found; "
                                             "reinstall CrystalMath, or set "
                                             "CRYSTALMATH_SUPERVISOR");
    if (r == LOCAL_E_ALREADY) {
        run_attach(run);
        return;
    }
    if (r < 0) {
        struct errmsg reason = ERRMSG_NULL;
        char space[128];
        (void)errmsg_set(&reason, 0, "could not be started: %s",
                         msg.text[0] ? msg.text : errmsg_errno(r, space, sizeof space));
        job->finished_at = clock_realtime_ms();
        conclude(run, JOB_FAILED, reason.text);
        return;
    }
    watch_alive(run, fd);
}

void run_cancel(struct run *run) {
    int r = local_cancel(run->run_dir);
    if (r == LOCAL_E_NOT_YET) {
        run->cancel_due = true;
    } else if (r < 0) {
        log_error(run->engine->server->log, "job %" PRId64 " cannot be cancelled: %s",
                  run->job->id, strerror(-r));
    }
}
