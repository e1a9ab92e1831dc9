/* The records. Each appears whole, by a rename, and is on the disk before anything
 * happens next; the order `started`, job, `exit` is what lets a server that comes back
 * tell a job that never ran from one that was lost.
 *
 * There is one sync for each, of the file under its new name: with it, file systems put
 * the name on the disk that they gave a file last, and the folders above when they are
 * new. When the machine goes down before, there may be no file or an empty one. An
 * empty `started` says that the job was not let go. */
#include "supervisor/record.h"

#include "base/buf.h"
#include "base/cleanup.h"
#include "base/clock.h"
#include "base/fd.h"
#include "base/path.h"
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
    RESERVE_SIZE = 8192, /* a record and its folder entry, with room to spare */
    FIRST_PAUSE_MS = 100,
    LONGEST_PAUSE_MS = 30000,
};

static const char reserve_name[] = "reserve";

static int write_and_sync(const char *new_path, const char *path,
                          const struct buf *text) {
    _cleanup_close_ int fd =
        open(new_path, O_WRONLY | O_CREAT | O_TRUNC | O_NOFOLLOW | O_CLOEXEC, 0600);
    if (fd < 0) {
        return -errno;
    }
    int r = fd_write_all(fd, buf_bytes(text), buf_len(text));
    if (r < 0) {
        return r;
    }
    if (rename(new_path, path) < 0 || fsync(fd) < 0) {
        return -errno;
    }
    /* Closed by hand: network file systems report a failed write only now. */
    return close(TAKE_FD(fd)) < 0 ? -errno : 0;
}

/* Nobody else writes here, for we hold the lock. */
static int write_file(const char *dir, const char *name, const struct buf *text) {
    _cleanup_free_ char *path = NULL;
    _cleanup_free_ char *new_path = NULL;
    int r = path_join(&path, dir, name);
    if (r == 0) {
        r = str_printf(&new_path, "%s.new", path);
    }
    if (r == 0) {
        r = write_and_sync(new_path, path, text);
    }
    if (r < 0 && new_path) {
        (void)unlink(new_path);
    }
    return r;
}

/* Needs no sync: the space is taken, or refused, when it is written. */
static int set_room_aside(const char *dir) {
    _cleanup_free_ char *path = NULL;
    int r = path_join(&path, dir, reserve_name);
    if (r < 0) {
        return r;
    }
    _cleanup_close_ int fd = open(path, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0600);
    if (fd < 0) {
        return -errno;
    }
    /* Not zeroes, which some file systems do not store. */
    char filler[RESERVE_SIZE];
    memset(filler, 'r', sizeof filler);
    return fd_write_all(fd, filler, sizeof filler);
}

static void give_room_back(const char *dir) {
    _cleanup_free_ char *path = NULL;
    if (path_join(&path, dir, reserve_name) == 0) {
        (void)unlink(path);
    }
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
                   struct errmsg *msg) {
    const char *dir = options->record;
    char host[256] = "";
    (void)gethostname(host, sizeof host - 1);
    _cleanup_buf_ struct buf text = BUF_NULL;
    int r = buf_printf(&text, "pid=%ld\njob_pid=%ld\nstarted_at=%" PRId64 "\n",
                       (long)getpid(), (long)job, started_at);
    if (r == 0) {
        r = add_text(&text, "host", host);
    }
    r = r ? r : add_command(&text, options);
    if (r == 0) {
        r = set_room_aside(dir);
    }
    if (r == 0) {
        r = write_file(dir, "started", &text);
    }
    if (r < 0) {
        char space[64];
        return errmsg_set(msg, r,
                          "the job was not started, because nothing can be "
                          "written in %s: %s",
                          dir, errmsg_errno(r, space, sizeof space));
    }
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

static int try_exit(const char *dir, const struct outcome *outcome) {
    _cleanup_buf_ struct buf text = BUF_NULL;
    int r = format_exit(&text, outcome);
    return r < 0 ? r : write_file(dir, "exit", &text);
}

static void pause_for(int64_t ms) {
    int64_t until = clock_monotonic_ms() + ms;
    for (int64_t left = ms; left > 0; left = until - clock_monotonic_ms()) {
        (void)wakeup_wait(left);
    }
}

int record_exit(const char *dir, const struct outcome *outcome) {
    int r = try_exit(dir, outcome);
    if (r == -ENOSPC || r == -EDQUOT) {
        give_room_back(dir);
        r = try_exit(dir, outcome);
    }
    for (int64_t ms = FIRST_PAUSE_MS; r < 0 && r != -ENOENT && r != -ENOTDIR;) {
        pause_for(ms);
        ms = ms * 2 < LONGEST_PAUSE_MS ? ms * 2 : LONGEST_PAUSE_MS;
        r = try_exit(dir, outcome);
    }
    give_room_back(dir);
    return r;
}

int record_failed_start(const char *dir, enum record_stage stage, int code,
                        const struct errmsg *error) {
    struct outcome outcome = {.finished_at = clock_realtime_ms(),
                              .error = *error,
                              .stage = stage,
                              .code = -code};
    int r = try_exit(dir, &outcome);
    give_room_back(dir);
    return r;
}
