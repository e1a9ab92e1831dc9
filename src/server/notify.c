/* One /bin/sh for each end of a job, which gets the job on its standard input as
 * jobs.get tells it. Nothing of the job is ever part of the shell's text.
 *
 * Ends wait in a short queue of ids, a few commands run at a time, each in a session of
 * its own, and what they print goes into the log, as far as it is short. One that takes
 * too long is killed with its process group. The queue is in memory alone: a job is
 * told once, when it comes to its end under this server, and not at all when the server
 * is killed or stopped before its turn. */
#include "server/notify.h"

#include "base/fd.h"
#include "base/platform.h"
#include "base/str.h"
#include "server/engine.h"
#include "server/methods/methods.h"
#include "server/server.h"

#include <errno.h>
#include <inttypes.h>
#include <signal.h>
#include <string.h>
#include <sys/stat.h>

enum {
    QUEUE_MAX = 256,
    AT_ONCE_MAX = 4,
    LOGGED_MAX = 2048, /* bytes of what one command prints */
    HANDLES = 4,       /* of a command */
};

struct waiting {
    int64_t id;
    enum config_event event;
};

/* A command that runs. Freed when the last of its handles is closed. */
struct telling {
    struct notify *notify; /* borrowed */
    struct telling *next;
    uv_process_t process;
    uv_pipe_t in, out;
    uv_timer_t limit;
    uv_write_t write;
    char *json; /* owned; what goes into it */
    int64_t id;
    int open; /* handles that are not closed yet */
    bool late;
    bool spawned; /* `process` is a handle */
    size_t n_said;
    char said[LOGGED_MAX];
};

struct notify {
    struct server *server; /* borrowed */
    const char *command;   /* borrowed from the configuration; "" for none */
    int64_t events;
    uint64_t limit_ms;
    uv_timer_t turn; /* the next turn of the loop, to start what waits */
    struct waiting queue[QUEUE_MAX];
    size_t first, n;
    struct telling *tellings; /* owned by the loop */
    size_t n_running;
    bool closed;
};

int notify_new(struct notify **out, struct server *server) {
    struct notify *notify = calloc(1, sizeof *notify);
    if (!notify) {
        return -ENOMEM;
    }
    const struct config *config = server->options->config;
    notify->server = server;
    notify->command = config_text(config, CONFIG_NOTIFY_COMMAND);
    notify->events = config_number(config, CONFIG_NOTIFY_ON);
    notify->limit_ms = (uint64_t)config_number(config, CONFIG_NOTIFY_TIME_LIMIT);
    (void)uv_timer_init(&server->loop, &notify->turn);
    notify->turn.data = notify;
    *out = notify;
    return 0;
}

bool notify_is_busy(const struct notify *notify) {
    return notify->n > 0 || notify->n_running > 0;
}

struct notify *notify_free(struct notify *notify) {
    free(notify);
    return NULL;
}

static void on_turn(uv_timer_t *timer);

/* ---- one command ---- */

static void on_closed(uv_handle_t *handle) {
    struct telling *telling = handle->data;
    if (--telling->open > 0) {
        return;
    }
    struct telling **at = &telling->notify->tellings;
    while (*at != telling) {
        at = &(*at)->next;
    }
    *at = telling->next;
    free(telling->json);
    free(telling);
}

static void close_one(uv_handle_t *handle) {
    if (!uv_is_closing(handle)) {
        uv_close(handle, on_closed);
    }
}

static void close_all(struct telling *telling) {
    if (telling->spawned) {
        close_one((uv_handle_t *)&telling->process);
    }
    close_one((uv_handle_t *)&telling->in);
    close_one((uv_handle_t *)&telling->out);
    close_one((uv_handle_t *)&telling->limit);
}

static void on_written(uv_write_t *write, int status) {
    (void)status; /* a command need not read it */
    struct telling *telling = write->data;
    close_one((uv_handle_t *)&telling->in);
}

static void on_room(uv_handle_t *handle, size_t size, uv_buf_t *out) {
    (void)size;
    struct server *server = ((struct telling *)handle->data)->notify->server;
    *out = uv_buf_init(server->scratch, sizeof server->scratch);
}

static void keep_said(struct telling *telling, const char *bytes, size_t n) {
    size_t room = sizeof telling->said - telling->n_said;
    n = n < room ? n : room;
    memcpy(telling->said + telling->n_said, bytes, n);
    telling->n_said += n;
}

static void on_said(uv_stream_t *stream, ssize_t n, const uv_buf_t *bytes) {
    struct telling *telling = stream->data;
    if (n < 0) {
        close_one((uv_handle_t *)stream);
    } else {
        keep_said(telling, bytes->base, (size_t)n);
    }
}

/* What it printed last: somebody that it left behind may hold the pipe open, so its end
 * is not waited for. */
static void read_rest(struct telling *telling) {
    uv_os_fd_t fd = -1;
    char bytes[LOGGED_MAX];
    if (uv_is_closing((uv_handle_t *)&telling->out) ||
        uv_fileno((uv_handle_t *)&telling->out, &fd) < 0) {
        return;
    }
    ssize_t n = read(fd, bytes, sizeof bytes);
    if (n > 0) {
        keep_said(telling, bytes, (size_t)n);
    }
}

static void log_said(struct telling *telling) {
    char *text = str_to_utf8(telling->said, telling->n_said);
    for (char *at = text; at && *at; at += *at == '\n') {
        size_t n = strcspn(at, "\n");
        for (size_t i = 0; i < n; i++) {
            at[i] = (unsigned char)at[i] < ' ' ? ' ' : at[i];
        }
        log_info(telling->notify->server->log,
                 "notify command for job %" PRId64 ": %.*s", telling->id, (int)n, at);
        at += n;
    }
    free(text);
}

static void on_exit_of(uv_process_t *process, int64_t status, int number) {
    struct telling *telling = process->data;
    struct notify *notify = telling->notify;
    struct log *log = notify->server->log;
    read_rest(telling);
    log_said(telling);
    if (telling->late) {
        log_warning(log,
                    "the notify command for job %" PRId64 " was killed: it took longer "
                    "than %" PRIu64 " s",
                    telling->id, notify->limit_ms / 1000);
    } else if (number != 0) {
        log_warning(log,
                    "the notify command for job %" PRId64 " was ended by signal %d",
                    telling->id, number);
    } else if (status != 0) {
        log_warning(log,
                    "the notify command for job %" PRId64 " failed with exit status %d",
                    telling->id, (int)status);
    }
    close_all(telling);
    notify->n_running--;
    (void)uv_timer_start(&notify->turn, on_turn, 0, 0);
}

static void on_late(uv_timer_t *timer) {
    struct telling *telling = timer->data;
    telling->late = true;
    (void)kill(-telling->process.pid, SIGKILL);
}

/* The server's environment, and which job it is; the strings that are added stay the
 * caller's. Freed by the caller. */
static char **environment_with(char *job, char *state) {
    size_t n = strv_length(environ);
    char **env = calloc(n + 3, sizeof *env);
    if (env) {
        memcpy(env, environ, n * sizeof *env);
        env[n] = job;
        env[n + 1] = state;
    }
    return env;
}

static bool is_folder(const char *path) {
    struct stat st;
    return !str_empty(path) && stat(path, &st) == 0 && S_ISDIR(st.st_mode) &&
           access(path, X_OK) == 0;
}

static int spawn(struct telling *telling, const char *directory, const char *event,
                 int in, int out) {
    struct notify *notify = telling->notify;
    char job[64];
    char state[64];
    (void)snprintf(job, sizeof job, "CRYSTALMATH_JOB=%" PRId64, telling->id);
    (void)snprintf(state, sizeof state, "CRYSTALMATH_STATE=%s", event);
    _cleanup_free_ char **env = environment_with(job, state);
    _cleanup_free_ char *command = strdup(notify->command);
    if (!env || !command) {
        return -ENOMEM;
    }
    char *args[] = {(char[]){"/bin/sh"}, (char[]){"-c"}, command, NULL};
    uv_stdio_container_t stdio[] = {{.flags = UV_INHERIT_FD, .data.fd = in},
                                    {.flags = UV_INHERIT_FD, .data.fd = out},
                                    {.flags = UV_INHERIT_FD, .data.fd = out}};
    const char *home = getenv("HOME");
    const uv_process_options_t options = {
        .exit_cb = on_exit_of,
        .file = args[0],
        .args = args,
        .env = env,
        .cwd = is_folder(directory) ? directory
               : is_folder(home)    ? home
                                    : "/",
        .flags = UV_PROCESS_DETACHED,
        .stdio_count = 3,
        .stdio = stdio,
    };
    telling->spawned = true; /* from here on, whether it works or not */
    telling->open++;
    return uv_spawn(&notify->server->loop, &telling->process, &options);
}

/* Its handles, closed again by close_all: none of these can fail. */
static void open_handles(struct telling *telling) {
    uv_loop_t *loop = &telling->notify->server->loop;
    (void)uv_pipe_init(loop, &telling->in, 0);
    (void)uv_pipe_init(loop, &telling->out, 0);
    (void)uv_timer_init(loop, &telling->limit);
    telling->process.data = telling;
    telling->in.data = telling;
    telling->out.data = telling;
    telling->limit.data = telling;
    telling->write.data = telling;
    telling->open = HANDLES - 1;
}

/* Connect our ends, which are taken, and start. */
static int start(struct telling *telling, const json_t *job, const char *event,
                 int our[2], const int theirs[2]) {
    const char *directory = json_string_value(json_object_get(job, "directory"));
    int r = uv_pipe_open(&telling->in, our[0]);
    if (r < 0) {
        return r;
    }
    our[0] = -1;
    r = uv_pipe_open(&telling->out, our[1]);
    if (r < 0) {
        return r;
    }
    our[1] = -1;
    r = spawn(telling, directory, event, theirs[0], theirs[1]);
    if (r < 0) {
        return r;
    }
    telling->notify->n_running++;
    uv_buf_t bytes = uv_buf_init(telling->json, (unsigned)strlen(telling->json));
    (void)uv_read_start((uv_stream_t *)&telling->out, on_room, on_said);
    (void)uv_timer_start(&telling->limit, on_late, telling->notify->limit_ms, 0);
    if (uv_write(&telling->write, (uv_stream_t *)&telling->in, &bytes, 1, on_written) <
        0) {
        close_one((uv_handle_t *)&telling->in);
    }
    return 0;
}

static int tell(struct notify *notify, int64_t id, const char *event,
                const json_t *job) {
    _cleanup_close_ int in_theirs = -1;
    _cleanup_close_ int out_theirs = -1;
    int in[2] = {-1, -1};
    int out[2] = {-1, -1};
    int r = platform_pipe(in);
    r = r ? r : platform_pipe(out);
    in_theirs = in[0];
    out_theirs = out[1];
    int our[2] = {in[1], out[0]};
    struct telling *telling = r == 0 ? calloc(1, sizeof *telling) : NULL;
    if (telling) {
        telling->notify = notify;
        telling->id = id;
        telling->json = json_dumps(job, JSON_COMPACT);
        telling->next = notify->tellings;
        notify->tellings = telling;
        open_handles(telling);
        r = telling->json
                ? start(telling, job, event, our, (const int[]){in_theirs, out_theirs})
                : -ENOMEM;
        if (r < 0) {
            close_all(telling);
        }
    }
    for (size_t i = 0; i < 2; i++) {
        if (our[i] >= 0) {
            (void)close(our[i]);
        }
    }
    return r ? r : telling ? 0 : -ENOMEM;
}

/* ---- the queue ---- */

/* What jobs.get tells; new, NULL with a word in the log. */
static json_t *job_json(struct notify *notify, int64_t id) {
    _cleanup_json_ json_t *params = json_pack("{s:I}", "id", (json_int_t)id);
    _cleanup_buf_ struct buf text = BUF_NULL;
    struct request request = {
        .server = notify->server, .params = params, .text = &text};
    const struct method *method = method_find("jobs.get");
    int r = params ? method->run(&request) : -ENOMEM;
    json_decref(request.data);
    if (r == 0) {
        return request.result ? request.result
                              : json_loadb(buf_bytes(&text), buf_len(&text), 0, NULL);
    }
    json_decref(request.result);
    return NULL;
}

static void on_turn(uv_timer_t *timer) {
    struct notify *notify = timer->data;
    while (notify->n > 0 && notify->n_running < AT_ONCE_MAX && !notify->closed) {
        struct waiting next = notify->queue[notify->first];
        notify->first = (notify->first + 1) % QUEUE_MAX;
        notify->n--;
        _cleanup_json_ json_t *job = job_json(notify, next.id);
        const char *event = config_entry(CONFIG_NOTIFY_ON)->words[next.event];
        int r = job ? tell(notify, next.id, event, job) : -ENOENT;
        if (r < 0) {
            char space[128];
            log_warning(notify->server->log,
                        "the notify command for job %" PRId64 " could not be run: %s",
                        next.id, errmsg_errno(r, space, sizeof space));
        }
    }
    server_touch(notify->server, false);
}

static enum config_event event_of(const struct job *job) {
    switch (job->state) {
    case JOB_FAILED:
        return CONFIG_EVENT_FAILED;
    case JOB_LOST:
        return CONFIG_EVENT_LOST;
    case JOB_CANCELLED:
        return CONFIG_EVENT_CANCELLED;
    default:
        return job->progress.converged == 0 ? CONFIG_EVENT_NOT_CONVERGED
                                            : CONFIG_EVENT_COMPLETED;
    }
}

void notify_job_changed(struct notify *notify, const struct job *job) {
    /* A job that is not in memory has ended before: now it got a note, or a tag. */
    if (!*notify->command || !job_state_is_final(job->state) || job->imported ||
        notify->closed || !(notify->events & INT64_C(1) << event_of(job)) ||
        !engine_find(notify->server->engine, job->id)) {
        return;
    }
    if (notify->n == QUEUE_MAX) {
        log_warning(notify->server->log,
                    "job %" PRId64 " has ended, and the notify command is not run for "
                    "it: %d others wait for theirs",
                    job->id, QUEUE_MAX);
        return;
    }
    notify->queue[(notify->first + notify->n) % QUEUE_MAX] =
        (struct waiting){.id = job->id, .event = event_of(job)};
    notify->n++;
    (void)uv_timer_start(&notify->turn, on_turn, 0, 0);
}

void notify_close(struct notify *notify) {
    if (!notify) {
        return;
    }
    notify->closed = true;
    if (notify->n > 0) {
        log_warning(notify->server->log,
                    "the server ends before the notify command was run for %zu jobs",
                    notify->n);
    }
    for (struct telling *telling = notify->tellings; telling; telling = telling->next) {
        close_all(telling);
    }
    uv_close((uv_handle_t *)&notify->turn, NULL);
}
