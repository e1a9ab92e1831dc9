/* A job's life as the server sees it. The supervisor's fifo tells that the job was
 * started (a byte) and that the supervisor is gone (end-of-file); everything else is
 * read from the run folder, of which each try has its own. */
#include "server/run.h"

#include "base/clock.h"
#include "base/str.h"
#include "codes/code.h"
#include "server/engine_internal.h"
#include "server/job_json.h"
#include "server/run_slurm.h"
#include "server/server.h"

#include <errno.h>
#include <inttypes.h>
#include <signal.h>
#include <string.h>

enum { ASK_AGAIN_MS = 50, ASK_ELSEWHERE_MS = 10000, ORPHAN_ROUNDS = 100 };

struct job *run_job(struct run *run) {
    return run->job;
}

/* ---- what is needed while a supervisor is watched ---- */

static void free_when_closed(struct live *live) {
    if (live->run || live->open_handles > 0) {
        return;
    }
    run_sources_deinit(live);
    lines_deinit(&live->lines);
    free(live->run_dir);
    free(live->output);
    free(live);
}

static void on_closed(uv_handle_t *handle) {
    struct live *live = handle->data;
    live->open_handles--;
    free_when_closed(live);
}

static void close_alive(struct live *live) {
    if (live->alive_fd >= 0) {
        (void)uv_poll_stop(&live->alive);
        (void)close(TAKE_FD(live->alive_fd));
        uv_close((uv_handle_t *)&live->alive, on_closed);
    }
}

void run_sleep(struct run *run) {
    struct live *live = TAKE_PTR(run->live);
    if (live) {
        live->run = NULL;
        run_sources_rest(live);
        close_alive(live);
        uv_close((uv_handle_t *)&live->again, on_closed);
    }
}

void run_rest(struct run *run) {
    run_sleep(run);
    run_slurm_rest(run);
}

int run_wake(struct run *run) {
    if (run->live) {
        return 0;
    }
    const char *runs_dir = run->engine->server->options->runs_dir;
    struct live *live = calloc(1, sizeof *live);
    int r = live ? run_folder(run, run->job->attempt, &live->run_dir) : -ENOMEM;
    if (r == 0) {
        r = job_output_path(run->job, runs_dir, &live->output);
    }
    if (r == 0) {
        r = uv_timer_init(&run->engine->server->loop, &live->again);
    }
    if (r < 0) {
        if (live) {
            free(live->run_dir);
            free(live);
        }
        return r;
    }
    live->alive_fd = -1;
    live->again.data = live;
    live->open_handles = 1;
    live->run = run;
    run->live = live;
    r = run_sources_init(run);
    if (r < 0) {
        run_sleep(run);
    }
    return r;
}

int run_new(struct run **out, struct engine *engine, struct job *job_take) {
    struct run *run = calloc(1, sizeof *run);
    if (!run) {
        return -ENOMEM;
    }
    run->engine = engine;
    run->job = job_take;
    run->entry.job = job_take;
    *out = run;
    return 0;
}

struct run *run_free(struct run *run) {
    if (run) {
        run_rest(run);
        (void)job_free(run->job);
        free(run->edges);
        free(run->doom);
        free(run->results_json);
        free(run);
    }
    return NULL;
}

/* ---- its end ---- */

void run_end_as(struct run *run, const struct local_exit *how,
                const struct site_word *word) {
    struct job *job = run->job;
    job->exit_code = how->exit_code < 0 ? JOB_NO_EXIT_CODE : how->exit_code;
    job->signal = how->signal;
    job->cpu_seconds = how->cpu_seconds;
    job->peak_memory_bytes = how->peak_memory_bytes;
    job->finished_at = how->finished_at;
    if (how->started_at != 0) {
        job->started_at = how->started_at;
    }
    if (how->started_at != 0 && run_wake(run) == 0) {
        run_read_to_the_end(run);
    }
    run_conclude(run, how, word);
}

/* ---- watching the supervisor ---- */

static void on_again(uv_timer_t *timer) {
    struct live *live = timer->data;
    run_attach(live->run);
}

static void ask_again(struct run *run, uint64_t ms) {
    close_alive(run->live);
    uv_update_time(&run->engine->server->loop);
    (void)uv_timer_start(&run->live->again, on_again, ms, 0);
}

/* The supervisor was killed. What it left behind is ended before the job's cores are
 * given to the next one; a program that forks may need more than one round. */
static void end_as_lost(struct run *run) {
    size_t found = 0;
    char host[256];
    int r = local_orphans_signal(run->live->run_dir, SIGKILL, &found);
    if (r == 0 && found > 0 && run->live->orphan_rounds++ < ORPHAN_ROUNDS) {
        log_warning(run->engine->server->log,
                    "job %" PRId64
                    " lost its supervisor; %zu processes of it are ended",
                    run->job->id, found);
        ask_again(run, ASK_AGAIN_MS);
    } else if (r == LOCAL_E_RUNNING) {
        ask_again(run, ASK_ELSEWHERE_MS);
    } else if (r == LOCAL_E_ELSEWHERE && run_is_elsewhere(run, host, sizeof host)) {
        run_lose_elsewhere(run, host);
    } else {
        run_lose(run, NULL);
    }
}

static void job_is_running(struct run *run) {
    struct local_started started;
    if (local_started_read(run->live->run_dir, &started) == 0) {
        run->job->started_at = started.started_at;
    } else {
        run->job->started_at = clock_realtime_ms();
    }
    run->starts_failed = 0;
    if (run->job->state == JOB_STARTING) {
        engine_move(run->engine, run, JOB_RUNNING, NULL);
    }
    run_follow(run);
    if (run->live->cancel_due) {
        run->live->cancel_due = false;
        run_cancel(run);
    }
}

static void on_alive(uv_poll_t *poll, int status, int events) {
    (void)status;
    (void)events;
    struct live *live = poll->data;
    char byte = 0;
    ssize_t n = read(live->alive_fd, &byte, 1);
    if (n == 1 && byte == LOCAL_NEWS_OVER) {
        /* It stays a running job until its record is there. */
        engine_vacate(live->run->engine, live->run);
        server_work_changed(live->run->engine->server);
    } else if (n == 1) {
        job_is_running(live->run);
    } else if (n == 0 || (errno != EAGAIN && errno != EINTR)) {
        close_alive(live);
        run_attach(live->run);
    }
}

static void watch_alive(struct run *run, int fd) {
    struct live *live = run->live;
    int r = uv_poll_init(&run->engine->server->loop, &live->alive, fd);
    if (r < 0) {
        (void)close(fd);
        ask_again(run, ASK_AGAIN_MS);
        return;
    }
    live->alive_fd = fd;
    live->alive.data = live;
    live->open_handles++;
    (void)uv_poll_start(&live->alive, UV_READABLE | UV_DISCONNECT, on_alive);
}

static void never_started(struct run *run) {
    if (run->job->state == JOB_RUNNING) {
        /* It had started: its folder was emptied. Never run a job twice. */
        end_as_lost(run);
    } else if (run->job->state == JOB_CANCELLING) {
        engine_finish(run->engine, run, JOB_CANCELLED,
                      run->job->started_at
                          ? "cancelled on request; how it ended is not known, because "
                            "its run folder was deleted"
                          : "cancelled before it started",
                      NULL);
    } else {
        run_came_to_nothing(run);
    }
}

void run_attach(struct run *run) {
    int fd = -1;
    struct local_exit how;
    int r = run_wake(run);
    if (r < 0) {
        log_error(run->engine->server->log, "no memory to look after job %" PRId64,
                  run->job->id);
        return;
    }
    r = local_attach(run->live->run_dir, &fd);
    switch (r) {
    case LOCAL_RUNNING:
        watch_alive(run, fd);
        run->quiet = true;
        if (local_started_read(run->live->run_dir, &(struct local_started){0}) == 0) {
            job_is_running(run);
            run_sources_read(run->live);
        }
        run->quiet = false;
        if (run->job->state == JOB_CANCELLING) {
            run_cancel(run);
        }
        return;
    case LOCAL_ENDED:
        r = local_exit_read(run->live->run_dir, &how);
        if (r == 0) {
            run_end_as(run, &how, NULL);
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

/* ---- its start ---- */

static int start(struct run *run, const struct job *whole, int *fd,
                 struct errmsg *msg) {
    const struct server_options *options = run->engine->server->options;
    const struct local_spec spec = {
        .run_dir = run->live->run_dir,
        .directory = whole->directory,
        .argv = whole->argv,
        .env = whole->env,
        .output = run->live->output,
        .error_output = whole->error_output,
        .umask = whole->umask,
        .open_files = options->open_files,
        .grace_seconds =
            (int)((config_number(options->config, CONFIG_JOBS_GRACE) + 999) / 1000),
        .time_limit_seconds = whole->time_limit_seconds,
        .stop_file = whole->stop_file,
        .stop_text = whole->stop_text,
        .supervisor_program = options->supervisor,
        .spares = run->engine->spares,
        .starter = run->engine->starter,
    };
    if (!options->supervisor) {
        return errmsg_set(msg, -ENOENT,
                          "crystalmath-supervisor was not found; reinstall "
                          "CrystalMath, or set CRYSTALMATH_SUPERVISOR");
    }
    return local_start(&spec, fd, msg);
}

/* As the record tells it: the words with blanks between them, perhaps cut. */
static bool is_command(const char *told, char *const *argv) {
    for (size_t i = 0; argv[i]; i++) {
        size_t left = strlen(told);
        size_t n = strlen(argv[i]);
        if (i > 0 && left > 0 && *told++ != ' ') {
            return false;
        }
        left = strlen(told);
        if (strncmp(told, argv[i], n < left ? n : left) != 0) {
            return false;
        }
        told += n < left ? n : left;
    }
    return *told == '\0';
}

/* Whether the run folder holds the records of another job, as it may where a list of
 * jobs was lost. */
static bool is_of_another(const char *run_dir, const struct job *whole) {
    struct local_started started;
    struct local_about about;
    struct local_exit how;
    if (local_started_read(run_dir, &started) < 0) {
        return local_exit_read(run_dir, &how) == 0 && how.finished_at > 0 &&
               how.finished_at < whole->created_at;
    }
    if (started.started_at < whole->created_at) {
        return true;
    }
    return local_about_read(run_dir, &about) == 0 && about.directory[0] &&
           (strcmp(about.directory, whole->directory) != 0 ||
            !is_command(about.command, whole->argv));
}

/* One that a killed server had let go is taken up. */
static void take_up(struct run *run, const struct job *whole) {
    struct errmsg msg = ERRMSG_NULL;
    if (!is_of_another(run->live->run_dir, whole)) {
        run_attach(run);
        return;
    }
    run->tidied = run->job->attempt; /* they are not ours to remove */
    (void)errmsg_set(&msg, -EEXIST,
                     "%s holds the records of another job, of a list of jobs that was "
                     "lost. Nothing was run; move that folder away, then submit again",
                     run->live->run_dir);
    run_not_started(run, -EEXIST, &msg);
}

void run_start(struct run *run) {
    /* What only the start needs comes from the disk, and goes when it has begun. */
    _cleanup_(job_freep) struct job *whole = NULL;
    struct errmsg msg = ERRMSG_NULL;
    struct store *store = run->engine->server->store;
    int fd = -1;
    int r = store_job_get(store, run->job->id, &whole);
    if (r != 0) {
        r = r > 0 ? -ENOENT : r;
        (void)errmsg_set(&msg, r, "its record cannot be read: %s", store_error(store));
    }
    if (r == 0) {
        r = run_wake(run);
    }
    if (r == 0) {
        run_sources_note(run->live);
        r = start(run, whole, &fd, &msg);
    }
    if (r == LOCAL_E_ALREADY) {
        take_up(run, whole);
    } else if (r < 0) {
        run_not_started(run, r, &msg);
    } else {
        watch_alive(run, fd);
    }
}

bool run_is_elsewhere(const struct run *run, char *host, size_t size) {
    return run->live && local_is_elsewhere(run->live->run_dir, host, size) > 0;
}

void run_cancel(struct run *run) {
    int r = run->live ? local_cancel(run->live->run_dir) : 0;
    if (r == LOCAL_E_NOT_YET) {
        run->live->cancel_due = true;
    } else if (r < 0) {
        log_error(run->engine->server->log, "job %" PRId64 " cannot be cancelled: %s",
                  run->job->id, strerror(-r));
    }
}
