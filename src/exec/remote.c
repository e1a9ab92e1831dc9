/* A queue of commands, some of which run, and the state of the way to the host.
 *
 * The states, and what leads from one to another:
 *
 *   unknown ──► opening ──► connected, lost or needs login
 *   connected ──► unknown      the socket is gone: the next command opens again
 *   connected ──► lost         a command was killed at its deadline: is the way there?
 *   lost ──► opening           behind a pause, or by remote_retry
 *   needs login ──► connected  the socket answers
 *   needs login ──► opening    by remote_retry
 *
 * Opening is one program at a time: where a connection is there that did not answer, a
 * command that does nothing is sent through it; else ssh opens one and leaves it in the
 * background. The pause ends by a timer only when somebody has asked for something
 * since it began: a host that nobody wants costs nothing.
 *
 * Commands run through the socket of the connection or not at all, so that there is
 * never a second one. Whether somebody listens there is asked before each, which a
 * connection to a socket on this machine tells. */
#include "exec/remote.h"

#include "base/cleanup.h"
#include "base/clock.h"
#include "base/errmsg.h"
#include "base/ssh.h"
#include "base/str.h"
#include "base/unix_socket.h"
#include "exec/process.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

enum {
    AT_ONCE_MAX = 6, /* sshd lets ten in by default, and others share the connection */
    OPEN_DEADLINE_MS = 45 * 1000, /* twice ssh's own ConnectTimeout, and a little */
    PROBE_DEADLINE_MS = 15 * 1000,
    PAUSE_MS = 5 * 1000,
    PAUSE_MS_MAX = 5 * 60 * 1000,
    DEADLINE_MS = 30 * 1000,
    GREETING_MAX = 64 * 1024, /* what a login may say before the command does */
    SSH_FAILED = 255,
    NOT_FOUND = 127,
    NOT_EXECUTABLE = 126,
};

#define OUT_MAX ((size_t)1024 * 1024)

DEFINE_CLEANUP(char **, strv_free);

struct remote_call {
    struct remote *remote; /* borrowed */
    struct remote_call *next;
    char **argv; /* owned: of what is started here */
    struct buf in;
    size_t out_max;
    int deadline_ms;
    bool here;               /* does not go to the host */
    bool through;            /* goes through ssh */
    int failed;              /* a negative errno: it could not be started */
    int64_t since;           /* when it was started, as remote->answered counts */
    struct process *process; /* NULL: waits */
    remote_done *done;
    void *arg;
};

struct remote {
    uv_loop_t *loop;      /* borrowed */
    struct ssh_way way;   /* owned strings */
    char *command, *host; /* owned; NULL: this machine */
    char *control;        /* owned */
    struct process_set processes;
    struct remote_call *calls; /* owned; in the order that they came */
    struct process *opening;   /* NULL: nothing is being opened */
    uv_timer_t turn;           /* the next turn of the loop, or the end of a pause */
    void (*changed)(void *arg);
    void *changed_arg;
    enum remote_state state;
    int pause_ms;
    int tries;
    int64_t next_ms; /* wall clock, to be shown; 0: none */
    int64_t due_ms;  /* the same in monotonic time, which nobody sets back */
    int64_t held_until_ms;
    int64_t answered; /* how many commands the host has answered */
    bool suspect;     /* there is a connection that may be dead */
    bool wanted;      /* somebody has asked for something in the pause */
    bool told;        /* a change of state is still to be told */
    bool closed;
    int open; /* handles */
    char why[256];
};

static void on_turn(uv_timer_t *timer);

static void turn_soon(struct remote *remote) {
    if (!remote->closed) {
        (void)uv_timer_start(&remote->turn, on_turn, 0, 0);
    }
}

int remote_new(struct remote **out, uv_loop_t *loop, const struct remote_spec *spec) {
    struct remote *remote = calloc(1, sizeof *remote);
    if (!remote) {
        return -ENOMEM;
    }
    int r = 0;
    if (!str_empty(spec->host)) {
        remote->host = strdup(spec->host);
        remote->command = strdup(spec->ssh_command);
        r = !remote->host || !remote->command  ? -ENOMEM
            : !ssh_host_is_valid(remote->host) ? -EINVAL
                                               : 0;
        r = r < 0 ? r
                  : ssh_control_path(&remote->control, spec->ssh_command, spec->host);
        remote->way =
            (struct ssh_way){.command = remote->command, .host = remote->host};
    }
    if (r < 0) {
        return remote_free(remote), r;
    }
    remote->loop = loop;
    remote->processes.loop = loop;
    remote->pause_ms = spec->pause_ms ? spec->pause_ms : PAUSE_MS;
    remote->state = remote->host ? REMOTE_UNKNOWN : REMOTE_CONNECTED;
    (void)uv_timer_init(loop, &remote->turn);
    remote->turn.data = remote;
    remote->open = 1;
    *out = remote;
    return 0;
}

static void call_free(struct remote_call *call) {
    struct remote_call **at = &call->remote->calls;
    while (*at && *at != call) {
        at = &(*at)->next;
    }
    if (*at) {
        *at = call->next;
    }
    strv_free(call->argv);
    buf_deinit(&call->in);
    free(call);
}

static void on_closed(uv_handle_t *handle) {
    struct remote *remote = handle->data;
    remote->open--;
}

void remote_close(struct remote *remote) {
    if (!remote || remote->closed) {
        return;
    }
    remote->closed = true;
    process_set_close(&remote->processes);
    while (remote->calls) {
        /* Whoever waits for it would wait for ever. */
        const struct buf nothing = BUF_NULL;
        remote_done *done = remote->calls->done;
        void *arg = remote->calls->arg;
        call_free(remote->calls);
        if (done) {
            done(arg, REMOTE_UNREACHABLE, 0, &nothing, &nothing);
        }
    }
    uv_close((uv_handle_t *)&remote->turn, on_closed);
}

bool remote_is_closed(const struct remote *remote) {
    return remote->closed && remote->open == 0 &&
           process_set_is_empty(&remote->processes);
}

struct remote *remote_free(struct remote *remote) {
    if (remote) {
        free(remote->host);
        free(remote->command);
        free(remote->control);
        free(remote);
    }
    return NULL;
}

/* ---- the state ---- */

struct remote_status remote_status(const struct remote *remote) {
    return (struct remote_status){.state = remote->state,
                                  .tries = remote->tries,
                                  .next_ms = remote->next_ms,
                                  .why = remote->why};
}

void remote_watch(struct remote *remote, void (*changed)(void *arg), void *arg) {
    remote->changed = changed;
    remote->changed_arg = arg;
}

const char *remote_host(const struct remote *remote) {
    return remote->host;
}

static void set_state(struct remote *remote, enum remote_state state) {
    remote->told = true;
    remote->state = state;
    if (state == REMOTE_CONNECTED) {
        remote->tries = 0;
        remote->next_ms = 0;
        remote->why[0] = '\0';
    }
    turn_soon(remote);
}

/* The last line of what ssh said: what comes before is often a banner. */
static void set_why(struct remote *remote, const char *text, size_t n) {
    while (n > 0 && (unsigned char)text[n - 1] <= ' ') {
        n--;
    }
    size_t from = n;
    while (from > 0 && text[from - 1] != '\n' && text[from - 1] != '\r') {
        from--;
    }
    _cleanup_free_ char *line = str_to_utf8(text + from, n - from);
    (void)snprintf(remote->why, sizeof remote->why, "%s", line ? line : "");
    remote->why[str_utf8_uncut(remote->why, strlen(remote->why))] = '\0';
    for (char *at = remote->why; *at; at++) {
        *at = (unsigned char)*at < ' ' ? ' ' : *at;
    }
}

static void set_lost(struct remote *remote) {
    int64_t pause = remote->pause_ms;
    for (int i = 0; i < remote->tries && pause < PAUSE_MS_MAX; i++) {
        pause *= 2;
    }
    pause = pause < PAUSE_MS_MAX ? pause : PAUSE_MS_MAX;
    remote->tries++;
    remote->next_ms = clock_realtime_ms() + pause;
    remote->due_ms = clock_monotonic_ms() + pause;
    remote->wanted = false;
    set_state(remote, REMOTE_LOST);
}

static bool wants_login(const char *text, size_t n) {
    static const char *const words[] = {
        "Permission denied", "Host key verification failed",
        "Too many authentication failures", "No more authentication methods"};
    for (size_t i = 0; i < sizeof words / sizeof words[0]; i++) {
        if (memmem(text, n, words[i], strlen(words[i]))) {
            return true;
        }
    }
    return false;
}

void remote_retry(struct remote *remote) {
    if (remote->host) {
        remote->next_ms = 0;
        remote->held_until_ms = 0;
        if (remote->state == REMOTE_LOST || remote->state == REMOTE_NEEDS_LOGIN) {
            set_state(remote, REMOTE_UNKNOWN);
        }
    }
}

void remote_hold(struct remote *remote, int ms) {
    remote->held_until_ms = clock_monotonic_ms() + ms;
}

int remote_login_argv(const struct remote *remote, char ***out) {
    struct ssh_way way = remote->way;
    way.asks = true;
    return remote->host ? ssh_open_argv(out, &way, remote->control) : -ENOTSUP;
}

int remote_ssh_argv(const struct remote *remote, char ***out) {
    return remote->host ? ssh_through_argv(out, &remote->way, remote->control, NULL)
                        : -ENOTSUP;
}

/* ---- opening ---- */

static bool socket_answers(const struct remote *remote) {
    _cleanup_close_ int fd = -1;
    int r = unix_socket_connect(remote->control, &fd);
    return r == 0 || r == -EAGAIN;
}

static void on_opened(void *arg, enum process_outcome outcome, int status,
                      struct buf *out, struct buf *err) {
    struct remote *remote = arg;
    (void)out;
    remote->opening = NULL;
    if (outcome == PROCESS_EXITED && status == 0) {
        remote->suspect = false;
        set_state(remote, REMOTE_CONNECTED);
        return;
    }
    const char *text = buf_bytes(err);
    size_t n = buf_len(err);
    if (outcome == PROCESS_TIMED_OUT) {
        (void)snprintf(remote->why, sizeof remote->why, "ssh did not answer in time");
    } else {
        set_why(remote, text, n);
    }
    if (outcome == PROCESS_EXITED && wants_login(text, n)) {
        remote->tries++;
        remote->next_ms = 0;
        set_state(remote, REMOTE_NEEDS_LOGIN);
    } else {
        set_lost(remote);
    }
}

static int open_start(struct remote *remote, bool probe) {
    _cleanup_(strv_freep) char **argv = NULL;
    int r = probe ? ssh_through_argv(&argv, &remote->way, remote->control, "exit 0")
                  : ssh_open_argv(&argv, &remote->way, remote->control);
    if (r < 0) {
        return r;
    }
    struct buf none = BUF_NULL;
    const struct process_spec spec = {
        .argv = argv,
        .in_take = &none,
        .out_max = GREETING_MAX,
        .deadline_ms = probe ? PROBE_DEADLINE_MS : OPEN_DEADLINE_MS,
    };
    return process_start(&remote->opening, &remote->processes, &spec, on_opened,
                         remote);
}

static void open_way(struct remote *remote) {
    bool there = socket_answers(remote);
    if (there && !remote->suspect) {
        set_state(remote, REMOTE_CONNECTED);
        return;
    }
    if (!there && remote->held_until_ms > clock_monotonic_ms()) {
        (void)snprintf(remote->why, sizeof remote->why, "a login is under way");
        set_state(remote, REMOTE_NEEDS_LOGIN);
        return;
    }
    int r = open_start(remote, there);
    if (r < 0) {
        char space[128];
        (void)snprintf(remote->why, sizeof remote->why, "%s could not be run: %s",
                       remote->command, errmsg_errno(r, space, sizeof space));
        set_lost(remote);
    }
}

/* Whether commands may run now. Otherwise it is found out. */
static bool way_is_open(struct remote *remote) {
    if (!remote->host) {
        return true;
    }
    if (remote->opening) {
        return false;
    }
    if (remote->state == REMOTE_CONNECTED) {
        if (socket_answers(remote)) {
            return true;
        }
        remote->suspect = false;
        set_state(remote, REMOTE_UNKNOWN);
    }
    /* Somebody may have logged in meanwhile. */
    if (remote->state == REMOTE_NEEDS_LOGIN && socket_answers(remote)) {
        set_state(remote, REMOTE_CONNECTED);
        return true;
    }
    if (remote->state == REMOTE_LOST && clock_monotonic_ms() >= remote->due_ms) {
        remote->next_ms = 0;
        remote->state = REMOTE_UNKNOWN;
    }
    if (remote->state == REMOTE_UNKNOWN) {
        open_way(remote);
    }
    return remote->state == REMOTE_CONNECTED;
}

/* ---- calls ---- */

static void finish(struct remote_call *call, enum remote_outcome outcome, int status,
                   const struct buf *out, const struct buf *err) {
    static const struct buf none = BUF_NULL;
    remote_done *done = call->done;
    void *arg = call->arg;
    call_free(call);
    done(arg, outcome, status, out ? out : &none, err ? err : &none);
}

/* Take the greeting of the login off. False: the command never began. */
static bool drop_greeting(struct buf *out) {
    const char *begin =
        memmem(buf_bytes(out), buf_len(out), SSH_BEGIN, strlen(SSH_BEGIN));
    if (begin) {
        buf_consume(out, (size_t)(begin - buf_bytes(out)) + strlen(SSH_BEGIN));
    }
    return begin;
}

static void on_late(struct remote *remote, const struct remote_call *call) {
    /* Was it the command that took so long, or the way? */
    if (call->through && remote->answered == call->since &&
        remote->state == REMOTE_CONNECTED) {
        remote->suspect = true;
        (void)snprintf(remote->why, sizeof remote->why,
                       "the connection is there, but does not answer");
        set_lost(remote);
    }
}

static void on_lost(struct remote *remote, const struct buf *err) {
    if (remote->state == REMOTE_CONNECTED) {
        set_why(remote, buf_bytes(err), buf_len(err));
        remote->suspect = true;
        set_state(remote, REMOTE_UNKNOWN);
    }
}

static void on_process(void *arg, enum process_outcome outcome, int status,
                       struct buf *out, struct buf *err) {
    struct remote_call *call = arg;
    struct remote *remote = call->remote;
    enum remote_outcome what = outcome == PROCESS_EXITED      ? REMOTE_RAN
                               : outcome == PROCESS_TIMED_OUT ? REMOTE_TIMED_OUT
                                                              : REMOTE_TOO_LONG;
    bool begun = !call->through || drop_greeting(out);
    if (what == REMOTE_TIMED_OUT) {
        on_late(remote, call);
    } else if (call->through && what == REMOTE_RAN && status == SSH_FAILED) {
        what = REMOTE_UNREACHABLE;
        on_lost(remote, err);
    } else {
        remote->answered += begun && call->through;
    }
    if (buf_len(out) > call->out_max) {
        what = what == REMOTE_RAN ? REMOTE_TOO_LONG : what;
        buf_cut(out, call->out_max);
    }
    turn_soon(remote);
    finish(call, what, what == REMOTE_RAN ? status : 0, out, err);
}

static void start(struct remote_call *call) {
    struct remote *remote = call->remote;
    const struct process_spec spec = {
        .argv = call->argv,
        .in_take = &call->in,
        .out_max = call->out_max + (call->through ? GREETING_MAX : 0),
        .deadline_ms = call->deadline_ms,
    };
    call->since = remote->answered;
    call->failed =
        process_start(&call->process, &remote->processes, &spec, on_process, call);
}

/* As a shell tells it. */
static void finish_unstarted(struct remote_call *call) {
    _cleanup_buf_ struct buf err = BUF_NULL;
    char space[128];
    int failed = call->failed;
    bool missing = failed == -ENOENT;
    (void)buf_printf(&err, "%s: %s\n", call->argv[0],
                     missing ? "not found" : errmsg_errno(failed, space, sizeof space));
    finish(call, REMOTE_RAN, missing ? NOT_FOUND : NOT_EXECUTABLE, NULL, &err);
}

static size_t n_running(const struct remote *remote) {
    size_t n = 0;
    for (struct remote_call *at = remote->calls; at; at = at->next) {
        n += at->process && !at->here;
    }
    return n;
}

/* The first that waits, of those that stay `here` or of those that go to the host. */
static struct remote_call *next_waiting(const struct remote *remote, bool here) {
    for (struct remote_call *at = remote->calls; at; at = at->next) {
        if (!at->process && at->here == here) {
            return at;
        }
    }
    return NULL;
}

static void start_one(struct remote_call *call) {
    start(call);
    if (call->failed < 0) {
        finish_unstarted(call);
    }
}

static void answer_unreachable(struct remote *remote) {
    struct remote_call *call = NULL;
    /* Those that are asked for by the answers wait for the next turn. */
    size_t n = 0;
    for (struct remote_call *at = remote->calls; at; at = at->next) {
        n += !at->process && !at->here;
    }
    while (n-- > 0 && !remote->closed && (call = next_waiting(remote, false))) {
        remote->wanted = true;
        _cleanup_buf_ struct buf err = BUF_NULL;
        (void)buf_append_str(&err, remote->why);
        finish(call, REMOTE_UNREACHABLE, 0, NULL, &err);
    }
}

static void pause_on(struct remote *remote) {
    if (remote->state == REMOTE_LOST && remote->wanted && !remote->closed) {
        int64_t ms = remote->due_ms - clock_monotonic_ms();
        (void)uv_timer_start(&remote->turn, on_turn, ms > 0 ? (uint64_t)ms + 1 : 1, 0);
    }
}

static void run_waiting(struct remote *remote) {
    struct remote_call *call = NULL;
    while (!remote->closed && (call = next_waiting(remote, true))) {
        start_one(call);
    }
    bool wanted =
        next_waiting(remote, false) || (remote->state == REMOTE_LOST && remote->wanted);
    if (remote->closed || !wanted) {
        return;
    }
    bool open = way_is_open(remote);
    if (!open && !remote->opening) {
        answer_unreachable(remote);
        pause_on(remote);
    }
    while (open && !remote->closed && n_running(remote) < AT_ONCE_MAX &&
           (call = next_waiting(remote, false))) {
        start_one(call);
    }
}

static void on_turn(uv_timer_t *timer) {
    struct remote *remote = timer->data;
    run_waiting(remote);
    if (remote->told && !remote->closed && remote->changed) {
        remote->told = false;
        remote->changed(remote->changed_arg);
    }
}

static int words_of(struct remote_call *call, const struct remote_command *command) {
    if (!call->through) {
        call->argv = strv_copy((char *const *)command->argv);
        return call->argv ? 0 : -ENOMEM;
    }
    _cleanup_buf_ struct buf text = BUF_NULL;
    int r = ssh_remote_text(&text, (char *const *)command->argv);
    r = r < 0 ? r : buf_append(&text, "", 1);
    return r < 0 ? r
                 : ssh_through_argv(&call->argv, &call->remote->way,
                                    call->remote->control, buf_bytes(&text));
}

int remote_run(struct remote *remote, const struct remote_command *command,
               remote_done *done, void *arg, struct remote_call **ret) {
    struct remote_call *call = remote->closed ? NULL : calloc(1, sizeof *call);
    if (!call) {
        return remote->closed ? -ESHUTDOWN : -ENOMEM;
    }
    call->remote = remote;
    call->out_max = command->out_max ? command->out_max : OUT_MAX;
    call->deadline_ms = command->deadline_ms ? command->deadline_ms : DEADLINE_MS;
    call->here = command->here;
    call->through = remote->host && !command->here;
    call->done = done;
    call->arg = arg;
    int r = words_of(call, command);
    r = r < 0 ? r : buf_append(&call->in, command->in, command->in_len);
    if (r < 0) {
        call_free(call);
        return r;
    }
    struct remote_call **at = &remote->calls;
    while (*at) {
        at = &(*at)->next;
    }
    *at = call;
    turn_soon(remote);
    if (ret) {
        *ret = call;
    }
    return 0;
}

struct remote_call *remote_call_cancel(struct remote_call *call) {
    if (call) {
        if (call->process) {
            process_cancel(call->process);
        }
        turn_soon(call->remote);
        call_free(call);
    }
    return NULL;
}
