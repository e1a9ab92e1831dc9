/* What a killed supervisor left behind. Its processes are nobody's children now, and
 * their groups and sessions may be any; but each carries the run folder in its
 * environment, which was given to the job's first process and handed down. That cannot
 * be said of a stranger that got the same process number later. */
#include "exec/local.h"

#include "base/buf.h"
#include "base/cleanup.h"
#include "base/file.h"
#include "base/platform.h"
#include "base/str.h"
#include "exec/local_files.h"

#include <dirent.h>
#include <errno.h>
#include <limits.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>

enum {
    ENVIRONMENT_MAX = 16 * 1024 * 1024,
};

static void closedirp(DIR **dir) {
    if (*dir) {
        (void)closedir(*dir);
    }
}

static bool has_variable(const struct buf *environment, const char *variable) {
    const char *at = buf_bytes(environment);
    const char *end = at + buf_len(environment);
    size_t n = strlen(variable) + 1;
    while (at < end) {
        const char *stop = memchr(at, '\0', (size_t)(end - at));
        size_t length = (size_t)((stop ? stop + 1 : end) - at);
        if (stop && length == n && memcmp(at, variable, n) == 0) {
            return true;
        }
        at += length;
    }
    return false;
}

/* 1, 0, or -ENOMEM. A process that is gone or another user's is not ours. */
static int carries(pid_t pid, const char *variable) {
    char path[48];
    (void)snprintf(path, sizeof path, "/proc/%ld/environ", (long)pid);
    struct stat st;
    if (stat(path, &st) < 0 || st.st_uid != geteuid()) {
        return 0;
    }
    _cleanup_buf_ struct buf environment = BUF_NULL;
    int r = file_read(path, ENVIRONMENT_MAX, &environment);
    if (r < 0) {
        return r == -ENOMEM ? r : 0;
    }
    return has_variable(&environment, variable);
}

/* Whether it was one, or -ENOMEM. */
static int serve_process(pid_t pid, const char *variable, int number) {
    /* Before its environment is read, so that the two are of one process. */
    _cleanup_close_ int handle = -1;
    int r = platform_process_open(pid, &handle);
    if (r == -ESRCH) {
        return 0;
    }
    r = carries(pid, variable);
    if (r > 0 && number != 0) {
        (void)platform_process_signal(handle, pid, number);
    }
    return r;
}

static int serve_all(const char *variable, int number, size_t *found) {
    _cleanup_(closedirp) DIR *proc = opendir("/proc");
    size_t count = 0;
    const struct dirent *entry;
    while (proc && (entry = readdir(proc))) {
        int64_t pid;
        if (str_to_int64(entry->d_name, 2, INT_MAX, &pid) != 0 || pid == getpid()) {
            continue;
        }
        int r = serve_process((pid_t)pid, variable, number);
        if (r < 0) {
            return r;
        }
        count += (size_t)r;
    }
    *found = count;
    return 0;
}

int local_bearers_signal(const char *run_dir, int number, size_t *found) {
    _cleanup_free_ char *variable = NULL;
    int r = str_printf(&variable, "%s=%s", LOCAL_RUN_VARIABLE, run_dir);
    return r < 0 ? r : serve_all(variable, number, found);
}

int local_orphans_signal(const char *run_dir, int number, size_t *found) {
    int held = local_lock_is_held(run_dir);
    if (held != 0) {
        return held < 0 ? held : LOCAL_E_RUNNING;
    }
    _cleanup_local_record_ struct local_record started = LOCAL_RECORD_NULL;
    int r = local_record_read_started(run_dir, &started);
    /* Without a record, which may have been deleted, it is looked for here all the
     * same: whatever carries the name is of this job. Of the same machine before it was
     * started last there is none. */
    if (r == 0 && local_record_is_foreign(&started) &&
        !local_record_has_our_name(&started)) {
        return LOCAL_E_ELSEWHERE;
    }
    return r < 0 && r != -ENOENT ? r : local_bearers_signal(run_dir, number, found);
}
