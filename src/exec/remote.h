/* Commands on a cluster: on this machine, or through the user's own ssh(1).
 *
 * A command is words, not text for a shell: each word reaches the program as it is,
 * whatever bytes it has and whatever shell the user has there. All commands to a host
 * go through one connection (ControlMaster in ssh_config(5)), which is opened when the
 * first is asked for, and opened again when it is gone. Nothing here waits: every
 * answer comes through the loop.
 *
 * A host that cannot be reached is tried again after a pause that grows. Until then
 * commands are answered with REMOTE_UNREACHABLE, and cost nothing. One where somebody
 * has to type a password is not tried again before somebody has (remote_retry).
 */
#pragma once

#include "base/buf.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <uv.h>

struct remote;
struct remote_call;

/* Everything is borrowed for the duration of the call. */
struct remote_spec {
    const char *ssh_command; /* what ssh is called, with options */
    const char *host;        /* for ssh; NULL or "": commands run on this machine */
    int pause_ms;            /* after the first try that failed; 0: the usual 5 s */
};

/* `loop` is borrowed, and has to outlive it. 0, -EINVAL where the host is none, or
 * another negative errno. */
int remote_new(struct remote **out, uv_loop_t *loop, const struct remote_spec *spec);
/* All calls are answered with REMOTE_UNREACHABLE, within this. The loop has to run on
 * (until remote_is_closed) before it is freed. The connection itself stays for some
 * minutes. Accepts NULL. */
void remote_close(struct remote *remote);
bool remote_is_closed(const struct remote *remote);
/* Of a remote that is closed. Accepts NULL, returns NULL. */
struct remote *remote_free(struct remote *remote);

enum remote_state {
    REMOTE_UNKNOWN, /* not tried yet, or not since the connection was lost */
    REMOTE_CONNECTED,
    REMOTE_LOST,        /* unreachable: tried, and to be tried again */
    REMOTE_NEEDS_LOGIN, /* ssh would ask for something */
};

struct remote_status {
    enum remote_state state;
    int tries;       /* that failed, in a row */
    int64_t next_ms; /* when the next is due (wall clock); 0: with the next command, or,
                      * where a login is needed, behind that */
    const char *why; /* ssh's words about the last that failed; "" */
};

/* Borrowed until the loop goes on. A machine without ssh is always connected. */
struct remote_status remote_status(const struct remote *remote);
/* Be told when the status changes; not from within a function of this file. */
void remote_watch(struct remote *remote, void (*changed)(void *arg), void *arg);
/* Do not wait for the end of the pause, or for a login. */
void remote_retry(struct remote *remote);
/* Somebody is at ssh for a login (remote_login_argv): do not try beside that for so
 * long, but use what comes of it. remote_retry ends it. */
void remote_hold(struct remote *remote, int ms);

/* The words that open the connection and ask what there is to ask: for a terminal. A
 * vector for strv_free. 0, -ENOTSUP where no ssh is needed, or a negative errno. */
int remote_login_argv(const struct remote *remote, char ***out);
/* The words that run ssh through the connection, up to but without the host, for
 * programs such as rsync; likewise. */
int remote_ssh_argv(const struct remote *remote, char ***out);
/* NULL: this machine. */
const char *remote_host(const struct remote *remote);

enum remote_outcome {
    REMOTE_RAN,         /* to its end; the exit status tells how */
    REMOTE_UNREACHABLE, /* there was no connection, or it was lost before the command's
                         * end: whether the command ran is then not known */
    REMOTE_TIMED_OUT,   /* killed; on the host it may still run */
    REMOTE_TOO_LONG,    /* killed: its answer was longer than allowed */
};

/* `exit_status` is 128 and the number for one that a signal ended, 126 and 127 as of a
 * shell; it counts with REMOTE_RAN only. `out` is as allowed by out_max, `err` the
 * first KiB of it; both are borrowed, and never NULL. Called once, from the loop. */
typedef void remote_done(void *arg, enum remote_outcome outcome, int exit_status,
                         const struct buf *out, const struct buf *err);

/* Everything is copied. */
struct remote_command {
    const char *const
        *argv;      /* the first is looked for in the PATH there; 255 of ssh's own is
                     * told apart from that of the command, which becomes 254 */
    const char *in; /* its standard input */
    size_t in_len;
    size_t out_max;  /* bytes; 0: the usual 1 MiB */
    int deadline_ms; /* counted from its start; 0: the usual 30 s */
    bool here;       /* on this machine, whatever the cluster is; is neither held back
                      * nor counted */
};

/* Run a command. `done` is called unless this fails or the call is cancelled. *ret, for
 * remote_call_cancel, may be NULL; it is the caller's until `done` or cancel. 0,
 * -ESHUTDOWN when it is closed, or another negative errno. */
int remote_run(struct remote *remote, const struct remote_command *command,
               remote_done *done, void *arg, struct remote_call **ret);

/* Kill it, with its process group here; `done` is not called any more. Accepts NULL,
 * returns NULL. */
struct remote_call *remote_call_cancel(struct remote_call *call);
