/* The record. It appears whole, by a rename, and is on the disk before anything happens
 * next; the order `started`, job, `exit` is what lets a server that comes back tell a
 * job that never ran from one that was lost.
 *
 * It is one file, which has a block of its own for the end, filled until then with what
 * says nothing: so there is room for the end on a disk that the job has filled, and
 * nothing is to be made or removed when many jobs end. The end is written there before
 * the file is renamed from `started` to `exit`.
 *
 * There is one sync for each name, of the file under its new one: with it, file systems
 * put the name on the disk that they gave a file last, and the folders above when they
 * are new. When the machine goes down before, there may be no file or an empty one, or
 * an `exit` without an end. An empty `started` says that the job was not let go, and so
 * does one with the record of another job, whose file is used again: each begins with
 * the name of its run folder. */
#include "supervisor/record.h"

#include "base/buf.h"
#include "base/cleanup.h"
#include "base/clock.h"
#include "base/fd.h"
#include "base/path.h"
#include "base/platform.h"
#include "base/str.h"
#include "supervisor/options.h"
#include "supervisor/wakeup.h"

#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <stdio.h>
#include <string.h>
#include <sys/wait.h>

enum {
    BLOCK = 4096, /* what disks write at once, or a multiple of it */
    FIRST_PAUSE_MS = 100,
    LONGEST_PAUSE_MS = 30000,
};

static const char started_name[] = "started";
static const char exit_name[] = "exit";

/* 0 and the open file, or a negative errno. */
static int write_and_sync(const char *new_path, const char *path,
                          const struct buf *text, int *out) {
    _cleanup_close_ int fd =
        open(new_path, O_WRONLY | O_CREAT | O_NOFOLLOW | O_CLOEXEC, 0600);
    if (fd < 0) {
        return -errno;
    }
    int r = fd_write_all(fd, buf_bytes(text), buf_len(text));
    if (r < 0) {
        return r;
    }
    /* There may be another one's record, which had its blocks on the disk. */
    if (ftruncate(fd, (off_t)buf_len(text)) < 0) {
        return -errno;
    }
    if (rename(new_path, path) < 0 || fsync(fd) < 0) {
        return -errno;
    }
    *out = TAKE_FD(fd);
    return 0;
}

/* Nobody else writes here, for we hold the lock. */
static int write_file(const char *dir, const char *name, const struct buf *text,
                      int *out) {
    _cleanup_free_ char *path = NULL;
    _cleanup_free_ char *new_path = NULL;
    int r = path_join(&path, dir, name);
    if (r == 0) {
        r = str_printf(&new_path, "%s.new", path);
    }
    if (r == 0) {
        r = write_and_sync(new_path, path, text, out);
    }
    if (r < 0 && new_path) {
        (void)unlink(new_path);
    }
    return r;
}

/* A line that says nothing, up to this length of the whole. Not of zeroes, which some
 * file systems do not store. */
static int fill_up(struct buf *text, size_t length) {
    static const char filler[] = "................................................";
    int r = 0;
    while (r == 0 && buf_len(text) + 1 < length) {
        size_t n = length - 1 - buf_len(text);
        r = buf_append(text, filler, n < sizeof filler - 1 ? n : sizeof filler - 1);
    }
    return r == 0 && buf_len(text) < length ? buf_append(text, "\n", 1) : r;
}

static int add_text(struct buf *out, const char *key, const char *value) {
    int r = buf_printf(out, "%s=", key);
    for (const char *at = value; r == 0 && *at; at++) {
        switch (*at) {
        case '\\':
            r = buf_append_str(out, "\\\\");
            break;
        case '\n':
            r = buf_append_str(out, "\\n");
            break;
        case '\r':
            r = buf_append_str(out, "\\r");
            break;
        default:
            r = buf_append(out, at, 1);
        }
    }
    return r < 0 ? r : buf_append(out, "\n", 1);
}

/* What is run, for whoever finds the folder when the list of jobs is gone. */
static int add_command(struct buf *out, const struct options *options) {
    enum { COMMAND_MAX = 1000 };
    _cleanup_buf_ struct buf words = BUF_NULL;
    int r = add_text(out, "directory", options->directory);
    r = r ? r : add_text(out, "output", options->output);
    if (r == 0 && options->error_output) {
        r = add_text(out, "error_output", options->error_output);
    }
    for (char *const *word = options->command; r == 0 && *word; word++) {
        r = buf_printf(&words, "%s%s", word == options->command ? "" : " ", *word);
        if (r == 0 && buf_len(&words) > COMMAND_MAX) {
            buf_cut(&words, COMMAND_MAX);
            break;
        }
    }
    _cleanup_free_ char *text = r == 0 ? buf_take_string(&words) : NULL;
    return text ? add_text(out, "command", text) : r < 0 ? r : -ENOMEM;
}

int record_started(const struct options *options, pid_t job, int64_t started_at,
                   struct record *out, struct errmsg *msg) {
    const char *dir = options->record;
    char host[256] = "";
    char machine[PLATFORM_MACHINE_SIZE];
    (void)gethostname(host, sizeof host - 1);
    _cleanup_buf_ struct buf text = BUF_NULL;
    int r = add_text(&text, "run", path_basename(dir));
    r = r ? r
          : buf_printf(&text, "pid=%ld\njob_pid=%ld\nstarted_at=%" PRId64 "\n",
                       (long)getpid(), (long)job, started_at);
    if (r == 0) {
        r = add_text(&text, "host", host);
    }
    if (r == 0 && *platform_machine(machine)) {
        r = add_text(&text, "machine", machine);
    }
    r = r ? r : add_command(&text, options);
    size_t end = (buf_len(&text) + BLOCK - 1) / BLOCK * BLOCK;
    r = r ? r : fill_up(&text, end);
    r = r ? r : fill_up(&text, end + BLOCK);
    struct record record = {.fd = -1, .end = end};
    r = r ? r : write_file(dir, started_name, &text, &record.fd);
    if (r < 0) {
        char space[64];
        return errmsg_set(msg, r,
                          "the job was not started, because nothing can be "
                          "written in %s: %s",
                          dir, errmsg_errno(r, space, sizeof space));
    }
    *out = record;
    return 0;
}

static int add_status(struct buf *out, const struct outcome *outcome) {
    if (!outcome->ran) {
        return 0;
    }
    if (WIFSIGNALED(outcome->status)) {
        bool dumped = false;
#if defined(WCOREDUMP)
        dumped = WCOREDUMP(outcome->status);
#endif
        return buf_printf(out, "signal=%d\ncore_dumped=%d\n", WTERMSIG(outcome->status),
                          dumped);
    }
    return buf_printf(out, "exit_code=%d\n", WEXITSTATUS(outcome->status));
}

static const char *stage_name(enum record_stage stage) {
    static const char *const names[] = {
        [RECORD_STAGE_SETUP] = "setup",
        [RECORD_STAGE_PROCESS] = "process",
        [RECORD_STAGE_RECORD] = "record",
        [RECORD_STAGE_DIRECTORY] = "directory",
        [RECORD_STAGE_OUTPUT] = "output",
        [RECORD_STAGE_ERROR_OUTPUT] = "error_output",
        [RECORD_STAGE_COMMAND] = "command",
    };
    return names[stage];
}

static int format_exit(struct buf *out, const struct outcome *outcome) {
    int r = add_status(out, outcome);
    if (r == 0) {
        r = buf_printf(
            out,
            "cancelled=%d\ntimed_out=%d\nsoft_stopped=%d\nstarted_at=%" PRId64
            "\nfinished_at=%" PRId64 "\ncpu_ms=%" PRId64 "\npeak_memory_bytes=%" PRId64
            "\nsurvivors=%zu\n",
            outcome->cancelled, outcome->timed_out, outcome->soft_stopped,
            outcome->started_at, outcome->finished_at, outcome->cpu_ms,
            outcome->peak_memory_bytes, outcome->survivors);
    }
    if (r == 0 && outcome->error.text[0]) {
        r = add_text(out, "error", outcome->error.text);
    }
    if (r == 0 && outcome->stage != RECORD_STAGE_NONE) {
        r = buf_printf(out, "stage=%s\nerrno=%d\n", stage_name(outcome->stage),
                       outcome->code);
    }
    return r;
}

static int write_end(struct record *record, const struct buf *text) {
    const char *at = buf_bytes(text);
    size_t n = buf_len(text);
    off_t to = (off_t)record->end;
    while (n > 0) {
        ssize_t wrote = pwrite(record->fd, at, n, to);
        if (wrote < 0 && errno != EINTR) {
            return -errno;
        }
        size_t done = wrote > 0 ? (size_t)wrote : 0;
        at += done;
        n -= done;
        to += (off_t)done;
    }
    return 0;
}

/* Can be repeated, however far it came. */
static int try_exit(const char *dir, struct record *record, const struct buf *text) {
    _cleanup_free_ char *from = NULL;
    _cleanup_free_ char *to = NULL;
    int r = path_join(&from, dir, started_name);
    r = r ? r : path_join(&to, dir, exit_name);
    r = r ? r : write_end(record, text);
    if (r == 0 && !record->is_exit) {
        r = rename(from, to) < 0 ? -errno : 0;
        record->is_exit = r == 0;
    }
    return r == 0 && fsync(record->fd) < 0 ? -errno : r;
}

static void pause_for(int64_t ms) {
    int64_t until = clock_monotonic_ms() + ms;
    for (int64_t left = ms; left > 0; left = until - clock_monotonic_ms()) {
        (void)wakeup_wait(left);
    }
}

/* Where the disk is full, because it writes to a new place what is written anew. */
static void give_room_back(const struct record *record) {
    (void)!ftruncate(record->fd, (off_t)record->end);
}

int record_exit(const char *dir, struct record *record, const struct outcome *outcome) {
    _cleanup_buf_ struct buf text = BUF_NULL;
    int64_t ms = FIRST_PAUSE_MS;
    for (;;) {
        int r = buf_len(&text) > 0 ? 0 : format_exit(&text, outcome);
        r = r ? r : fill_up(&text, BLOCK);
        r = r ? r : try_exit(dir, record, &text);
        if (r == -ENOSPC || r == -EDQUOT) {
            give_room_back(record);
            r = try_exit(dir, record, &text);
        }
        if (r == 0 || r == -ENOENT || r == -ENOTDIR) {
            return r;
        }
        pause_for(ms);
        ms = ms * 2 < LONGEST_PAUSE_MS ? ms * 2 : LONGEST_PAUSE_MS;
    }
}

void record_deinit(struct record *record) {
    closep(&record->fd);
    record->fd = -1;
}

int record_failed_start(const char *dir, enum record_stage stage, int code,
                        const struct errmsg *error) {
    struct outcome outcome = {.finished_at = clock_realtime_ms(),
                              .error = *error,
                              .stage = stage,
                              .code = -code};
    _cleanup_buf_ struct buf text = BUF_NULL;
    _cleanup_close_ int fd = -1;
    int r = format_exit(&text, &outcome);
    return r < 0 ? r : write_file(dir, exit_name, &text, &fd);
}
