/* Finding a job again, and ending it.
 *
 * A process number proves nothing: after the job's end it may be anybody's. The lock
 * does, for the kernel frees it when, and only when, the supervisor is gone. What
 * happens next to the question matters as much, so each answer is put together in an
 * order in which a supervisor that ends in the middle of it cannot make it wrong. */
#include "exec/local.h"

#include "base/cleanup.h"
#include "base/path.h"
#include "base/platform.h"
#include "exec/local_files.h"
#include "exec/local_spares.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <string.h>
#include <unistd.h>

enum {
    ATTACH_ATTEMPTS = 10,
    ATTACH_PAUSE_MS = 5,
};

/* Opened for reading; -ENOENT when there is none. */
static int open_alive(const char *run_dir, int *out) {
    _cleanup_free_ char *path = NULL;
    int r = path_join(&path, run_dir, LOCAL_FILE_ALIVE);
    if (r < 0) {
        return r;
    }
    int fd = open(path, O_RDONLY | O_NONBLOCK | O_CLOEXEC | O_NOFOLLOW);
    if (fd < 0) {
        return -errno;
    }
    *out = fd;
    return 0;
}

/* Drains the FIFO. An empty one reads as end-of-file when nobody has it open for
 * writing, and as "try again" when somebody has. */
static bool has_writer(int alive) {
    char bytes[16];
    ssize_t n;
    do {
        n = read(alive, bytes, sizeof bytes);
    } while (n > 0 || (n < 0 && errno == EINTR));
    return n < 0 && errno == EAGAIN;
}

static int exit_exists(const char *run_dir) {
    _cleanup_free_ char *path = NULL;
    int r = path_join(&path, run_dir, LOCAL_FILE_EXIT);
    if (r < 0) {
        return r;
    }
    if (access(path, F_OK) == 0) {
        return 1;
    }
    return errno == ENOENT ? 0 : -errno;
}

/* Asked only after the lock was seen free: nobody writes records any more. */
static int state_from_records(const char *run_dir) {
    int r = exit_exists(run_dir);
    if (r != 0) {
        return r < 0 ? r : LOCAL_ENDED;
    }
    r = local_was_started(run_dir);
    if (r != 0) {
        return r < 0 ? r : LOCAL_LOST;
    }
    return LOCAL_NEVER_STARTED;
}

int local_is_elsewhere(const char *run_dir, char *host, size_t size) {
    _cleanup_local_record_ struct local_record record = LOCAL_RECORD_NULL;
    int r = local_record_read_started(run_dir, &record);
    if (r < 0 || !local_record_is_foreign(&record)) {
        return r == -ENOENT ? 0 : r;
    }
    *host = '\0';
    (void)local_record_text(&record, "host", host, size);
    return 1;
}

/* 1 when the job was started on another machine, 0 when not or not yet known. */
static int runs_elsewhere(const char *run_dir) {
    char host[2];
    return local_is_elsewhere(run_dir, host, sizeof host);
}

/* The FIFO is opened first, and found to have a writer last: then its end is yet to
 * come, and whoever polls it will see it. -EAGAIN: the lock is held and nobody writes.
 * That is the moment of a supervisor's death, for the kernel closes the two in any
 * order. */
static int attach_once(const char *run_dir, int *alive_fd) {
    _cleanup_close_ int alive = -1;
    int r = open_alive(run_dir, &alive);
    if (r < 0 && r != -ENOENT && r != -ENXIO) {
        return r;
    }
    int held = local_lock_is_held(run_dir);
    if (held < 0) {
        return held;
    }
    if (!held) {
        return state_from_records(run_dir);
    }
    if (alive >= 0 && has_writer(alive)) {
        *alive_fd = TAKE_FD(alive);
        return LOCAL_RUNNING;
    }
    int elsewhere = runs_elsewhere(run_dir);
    if (elsewhere != 0) {
        return elsewhere < 0 ? elsewhere : LOCAL_ELSEWHERE;
    }
    return -EAGAIN;
}

int local_is_alive(const char *run_dir) {
    return local_lock_is_held(run_dir);
}

/* Whether there is anything in the folder; a negative errno when that is not known. */
static int holds_anything(const char *run_dir) {
    DIR *dir = opendir(run_dir);
    const struct dirent *entry = NULL;
    if (!dir) {
        return errno == ENOENT ? 0 : -errno;
    }
    int found = 0;
    while (found == 0 && (entry = readdir(dir))) {
        found = strcmp(entry->d_name, ".") != 0 && strcmp(entry->d_name, "..") != 0;
    }
    (void)closedir(dir);
    return found;
}

static int lock_exists(const char *run_dir) {
    _cleanup_free_ char *path = NULL;
    int r = path_join(&path, run_dir, LOCAL_FILE_LOCK);
    if (r < 0) {
        return r;
    }
    return access(path, F_OK) == 0 ? 1 : errno == ENOENT ? 0 : -errno;
}

int local_trace(const char *run_dir) {
    int r = local_lock_is_held(run_dir);
    r = r ? r : exit_exists(run_dir);
    r = r ? r : local_was_started(run_dir);
    if (r != 0) {
        return r < 0 ? r : LOCAL_TRACE_RECORDS;
    }
    /* The lock comes first and goes last: what lies there without one was left behind
     * by local_tidy. */
    r = lock_exists(run_dir);
    if (r != 0) {
        return r < 0 ? r : LOCAL_TRACE_NONE;
    }
    r = holds_anything(run_dir);
    return r < 0 ? r : r ? LOCAL_TRACE_REMAINS : LOCAL_TRACE_NONE;
}

int local_attach(const char *run_dir, int *alive_fd) {
    int r = attach_once(run_dir, alive_fd);
    for (int i = 1; r == -EAGAIN && i < ATTACH_ATTEMPTS; i++) {
        (void)poll(NULL, 0, ATTACH_PAUSE_MS);
        r = attach_once(run_dir, alive_fd);
    }
    return r;
}

void local_tidy(const char *run_dir, struct local_spares *spares) {
    /* The lock is last: it is what others find the folder's owner by. */
    static const char *const names[] = {LOCAL_FILE_ALIVE, LOCAL_FILE_NEW_RECORD,
                                        LOCAL_FILE_STARTED, LOCAL_FILE_EXIT,
                                        LOCAL_FILE_LOCK};
    local_spares_put(spares, run_dir);
    for (size_t i = 0; i < sizeof names / sizeof names[0]; i++) {
        _cleanup_free_ char *path = NULL;
        if (path_join(&path, run_dir, names[i]) == 0) {
            (void)unlink(path);
        }
    }
    (void)rmdir(run_dir);
}

void local_remove(const char *run_dir) {
    _cleanup_free_ char *path = NULL;
    if (path_join(&path, run_dir, "output") == 0) {
        (void)unlink(path);
    }
    local_tidy(run_dir, NULL);
}

/* The lock is asked after the handle was opened: held, it proves that the supervisor
 * lived until then, so the handle can only be the supervisor's. Without handles the
 * moment between the question and the signal remains. */
static int signal_supervisor(const char *run_dir, pid_t pid) {
    _cleanup_close_ int handle = -1;
    int r = platform_process_open(pid, &handle);
    if (r == -ESRCH) {
        return LOCAL_E_GONE;
    }
    if (r < 0 && r != -ENOSYS && r != -EPERM) {
        return r;
    }
    int held = local_lock_is_held(run_dir);
    if (held <= 0) {
        return held < 0 ? held : LOCAL_E_GONE;
    }
    r = platform_process_signal(handle, pid, SIGTERM);
    /* Its job may have stopped it. */
    (void)platform_process_signal(handle, pid, SIGCONT);
    return r == -ESRCH ? LOCAL_E_GONE : r;
}

/* Somebody deleted the folder while its job ran, so nothing tells who the supervisor
 * is. It ends by itself when its job has ended. */
static int end_without_folder(const char *run_dir) {
    size_t found = 0;
    int r = local_bearers_signal(run_dir, SIGKILL, &found);
    return r < 0 ? r : found > 0 ? 0 : LOCAL_E_GONE;
}

int local_cancel(const char *run_dir) {
    /* Before the record: when both are missing, none will come any more. */
    int held = local_lock_is_held(run_dir);
    if (held == 0) {
        int exists = lock_exists(run_dir);
        return exists > 0    ? LOCAL_E_GONE
               : exists == 0 ? end_without_folder(run_dir)
                             : exists;
    }
    if (held < 0) {
        return held;
    }
    struct local_started started;
    int r = local_started_read(run_dir, &started);
    if (r == -ENOENT) {
        return LOCAL_E_NOT_YET;
    }
    if (r < 0) {
        return r;
    }
    int elsewhere = runs_elsewhere(run_dir);
    if (elsewhere != 0) {
        return elsewhere < 0 ? elsewhere : LOCAL_E_ELSEWHERE;
    }
    return signal_supervisor(run_dir, started.supervisor);
}
