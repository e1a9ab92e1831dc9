/* Three pipes, a timer, and the process itself, each a handle of the loop; the memory
 * goes when the last of them is closed. Whoever the program leaves behind may hold the
 * pipes open, so their ends are not waited for: behind the end of the program what is
 * in them is read, and that is all.
 *
 * A program that was killed is told at once and reaped when it goes: one that hangs in
 * the kernel holds up nobody. */
#include "exec/process.h"

#include "base/cleanup.h"
#include "base/platform.h"

#include <errno.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>

enum {
    PIPES = 3,
    READ_SIZE = 16 * 1024,
    ERR_MAX = 8 * 1024, /* the first of what it says of its errors */
};

struct process {
    struct process_set *set; /* borrowed */
    struct process *next;
    uv_process_t handle;
    uv_pipe_t pipes[PIPES]; /* our ends of stdin, stdout and stderr */
    uv_timer_t limit;
    uv_write_t write;
    struct buf in, out, err;
    size_t out_max;
    process_done *done; /* NULL: told already, or cancelled */
    void *arg;
    int open;     /* handles that are not closed yet */
    bool spawned; /* `handle` is one */
    bool ended;   /* and reaped */
};

static void on_closed(uv_handle_t *handle) {
    struct process *process = handle->data;
    if (--process->open > 0) {
        return;
    }
    struct process **at = &process->set->first;
    while (*at != process) {
        at = &(*at)->next;
    }
    *at = process->next;
    buf_deinit(&process->in);
    buf_deinit(&process->out);
    buf_deinit(&process->err);
    free(process);
}

static void close_one(uv_handle_t *handle) {
    if (!uv_is_closing(handle)) {
        uv_close(handle, on_closed);
    }
}

/* All but the process itself, which has to be reaped. */
static void close_ways(struct process *process) {
    for (size_t i = 0; i < PIPES; i++) {
        close_one((uv_handle_t *)&process->pipes[i]);
    }
    close_one((uv_handle_t *)&process->limit);
}

static void tell(struct process *process, enum process_outcome outcome, int status) {
    process_done *done = process->done;
    process->done = NULL;
    if (done) {
        done(process->arg, outcome, status, &process->out, &process->err);
    }
    close_ways(process);
}

static void kill_group(struct process *process) {
    if (process->spawned && !process->ended) {
        (void)kill(-process->handle.pid, SIGKILL);
    }
}

static void on_late(uv_timer_t *timer) {
    struct process *process = timer->data;
    kill_group(process);
    tell(process, PROCESS_TIMED_OUT, 0);
}

void process_cancel(struct process *process) {
    process->done = NULL;
    kill_group(process);
    close_ways(process);
}

/* ---- what it says ---- */

static bool is_err(const struct process *process, const uv_stream_t *stream) {
    return stream == (const uv_stream_t *)&process->pipes[2];
}

static void on_room(uv_handle_t *handle, size_t size, uv_buf_t *out) {
    (void)size;
    struct process *process = handle->data;
    struct buf *buf =
        is_err(process, (uv_stream_t *)handle) ? &process->err : &process->out;
    bool room = buf_reserve(buf, READ_SIZE) == 0;
    *out = uv_buf_init(room ? buf->data + buf->end : NULL, room ? READ_SIZE : 0);
}

/* False: it has written too much. */
static bool keep(struct process *process, bool err, size_t n) {
    struct buf *buf = err ? &process->err : &process->out;
    buf->end += n;
    if (err && buf_len(buf) > ERR_MAX) {
        buf_cut(buf, ERR_MAX);
    }
    return err || buf_len(buf) <= process->out_max;
}

static void on_said(uv_stream_t *stream, ssize_t n, const uv_buf_t *bytes) {
    (void)bytes;
    struct process *process = stream->data;
    if (n == 0) {
        return;
    }
    if (n < 0 && n != UV_ENOBUFS) {
        close_one((uv_handle_t *)stream);
    } else if (n < 0 || !keep(process, is_err(process, stream), (size_t)n)) {
        kill_group(process);
        tell(process, PROCESS_TOO_LONG, 0);
    }
}

/* False: it has written too much. */
static bool read_rest(struct process *process, size_t which) {
    uv_os_fd_t fd = -1;
    uv_handle_t *handle = (uv_handle_t *)&process->pipes[which];
    if (uv_is_closing(handle) || uv_fileno(handle, &fd) < 0) {
        return true;
    }
    struct buf *buf = which == 2 ? &process->err : &process->out;
    for (;;) {
        if (buf_reserve(buf, READ_SIZE) < 0) {
            return false;
        }
        ssize_t n = read(fd, buf->data + buf->end, READ_SIZE);
        if (n < 0 && errno == EINTR) {
            continue;
        }
        if (n <= 0) {
            return true;
        }
        if (!keep(process, which == 2, (size_t)n)) {
            return false;
        }
    }
}

static void on_exit_of(uv_process_t *handle, int64_t status, int number) {
    struct process *process = handle->data;
    process->ended = true;
    if (process->done) {
        bool whole = read_rest(process, 1) && read_rest(process, 2);
        tell(process, whole ? PROCESS_EXITED : PROCESS_TOO_LONG,
             number ? 128 + number : (int)status);
    }
    close_one((uv_handle_t *)handle);
}

static void on_written(uv_write_t *write, int status) {
    (void)status; /* a program need not read what it is given */
    struct process *process = write->data;
    close_one((uv_handle_t *)&process->pipes[0]);
}

/* ---- starting ---- */

/* Closed again by close_ways: none of these can fail. */
static void open_handles(struct process *process) {
    for (size_t i = 0; i < PIPES; i++) {
        (void)uv_pipe_init(process->set->loop, &process->pipes[i], 0);
        process->pipes[i].data = process;
    }
    (void)uv_timer_init(process->set->loop, &process->limit);
    process->limit.data = process;
    process->handle.data = process;
    process->write.data = process;
    process->open = PIPES + 1;
    process->next = process->set->first;
    process->set->first = process;
}

static int spawn(struct process *process, char *const *argv, const int theirs[PIPES]) {
    uv_stdio_container_t stdio[PIPES];
    for (size_t i = 0; i < PIPES; i++) {
        stdio[i] = (uv_stdio_container_t){.flags = UV_INHERIT_FD, .data.fd = theirs[i]};
    }
    const uv_process_options_t options = {
        .exit_cb = on_exit_of,
        .file = argv[0],
        .args = (char **)argv, /* not written to */
        .cwd = "/",
        .flags = UV_PROCESS_DETACHED,
        .stdio_count = PIPES,
        .stdio = stdio,
    };
    process->spawned = true; /* from here on, whether it works or not */
    process->open++;
    int r = uv_spawn(process->set->loop, &process->handle, &options);
    process->ended = r < 0;
    return r;
}

/* Our ends, which become the handles', and theirs. */
static int connect_ways(struct process *process, int theirs[PIPES]) {
    for (size_t i = 0; i < PIPES; i++) {
        int ends[2] = {-1, -1};
        int r = platform_pipe(ends);
        if (r < 0) {
            return r;
        }
        int our = i == 0 ? ends[1] : ends[0];
        theirs[i] = i == 0 ? ends[0] : ends[1];
        r = uv_pipe_open(&process->pipes[i], our);
        if (r < 0) {
            (void)close(our);
            return r;
        }
    }
    return 0;
}

static void give(struct process *process, const struct process_spec *spec) {
    if (spec->in_take) {
        process->in = *spec->in_take;
        *spec->in_take = (struct buf)BUF_NULL;
    }
    uv_buf_t bytes = uv_buf_init(process->in.data + process->in.start,
                                 (unsigned)buf_len(&process->in));
    if (bytes.len == 0 || uv_write(&process->write, (uv_stream_t *)&process->pipes[0],
                                   &bytes, 1, on_written) < 0) {
        close_one((uv_handle_t *)&process->pipes[0]);
    }
}

int process_start(struct process **out, struct process_set *set,
                  const struct process_spec *spec, process_done *done, void *arg) {
    int theirs[PIPES] = {-1, -1, -1};
    struct process *process = calloc(1, sizeof *process);
    if (!process) {
        return -ENOMEM;
    }
    process->set = set;
    process->out_max = spec->out_max;
    open_handles(process);
    int r = connect_ways(process, theirs);
    r = r < 0 ? r : spawn(process, spec->argv, theirs);
    for (size_t i = 0; i < PIPES; i++) {
        if (theirs[i] >= 0) {
            (void)close(theirs[i]);
        }
    }
    if (r < 0) {
        close_ways(process);
        if (process->spawned) {
            close_one((uv_handle_t *)&process->handle);
        }
        return r;
    }
    process->done = done;
    process->arg = arg;
    give(process, spec);
    (void)uv_read_start((uv_stream_t *)&process->pipes[1], on_room, on_said);
    (void)uv_read_start((uv_stream_t *)&process->pipes[2], on_room, on_said);
    (void)uv_timer_start(&process->limit, on_late, (uint64_t)spec->deadline_ms, 0);
    *out = process;
    return 0;
}

void process_set_close(struct process_set *set) {
    for (struct process *process = set->first; process; process = process->next) {
        process_cancel(process);
        if (process->spawned) {
            close_one((uv_handle_t *)&process->handle);
        }
    }
}
