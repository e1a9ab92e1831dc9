/* Lines "key=value"; of a key that stands there twice the first counts. So a record is
 * written over an older one before that is cut off: a reader finds the old or the new
 * one, and never none. */
#include "base/lock_record.h"

#include "base/buf.h"
#include "base/cleanup.h"
#include "base/file.h"
#include "base/platform.h"
#include "base/str.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <string.h>

/* The value of `key`, cut at its line's end; "" when it is not there. NULL without
 * memory. */
static char *value_of(const char *record, const char *key) {
    size_t n = strlen(key);
    for (const char *line = record; *line;) {
        size_t len = strcspn(line, "\n");
        if (len > n && strncmp(line, key, n) == 0 && line[n] == '=') {
            return strndup(line + n + 1, len - n - 1);
        }
        line += len + (line[len] ? 1 : 0);
    }
    return strdup("");
}

int lock_record_read(const char *lock_path, struct lock_record *out) {
    _cleanup_buf_ struct buf content = BUF_NULL;
    int r = file_read(lock_path, (size_t)64 * 1024, &content);
    if (r < 0 && r != -ENOENT) {
        return r;
    }
    _cleanup_free_ char *text = buf_take_string(&content);
    _cleanup_free_ char *pid = text ? value_of(text, "pid") : NULL;
    _cleanup_lock_record_ struct lock_record record = LOCK_RECORD_NULL;
    if (pid) {
        record.host = value_of(text, "host");
        record.machine = value_of(text, "machine");
        record.socket_path = value_of(text, "socket");
    }
    if (!record.host || !record.machine || !record.socket_path) {
        return -ENOMEM;
    }
    if (str_to_int64(pid, 1, INT_MAX, &record.pid) < 0) {
        record.pid = 0;
    }
    *out = (struct lock_record){
        .pid = record.pid,
        .host = TAKE_PTR(record.host),
        .machine = TAKE_PTR(record.machine),
        .socket_path = TAKE_PTR(record.socket_path),
    };
    return 0;
}

void lock_record_deinit(struct lock_record *record) {
    free(record->host);
    free(record->machine);
    free(record->socket_path);
    *record = (struct lock_record)LOCK_RECORD_NULL;
}

int lock_record_write(int fd, const char *socket_path) {
    char host[256] = "";
    char machine[PLATFORM_MACHINE_SIZE];
    (void)gethostname(host, sizeof host - 1);
    _cleanup_free_ char *record = NULL;
    int r =
        str_printf(&record, "pid=%ld\nhost=%s\nmachine=%s\nsocket=%s\n", (long)getpid(),
                   host, platform_machine(machine), socket_path ? socket_path : "");
    if (r < 0) {
        return r;
    }
    size_t len = strlen(record);
    ssize_t n = pwrite(fd, record, len, 0);
    if (n < 0 || ftruncate(fd, (off_t)len) < 0) {
        return -errno;
    }
    /* A network file system writes back when a descriptor is closed, also a duplicate;
     * only then other machines read the record. Elsewhere this costs nothing. */
    int copy = fcntl(fd, F_DUPFD_CLOEXEC, 0);
    if (copy < 0 || close(copy) < 0) {
        return -errno;
    }
    return (size_t)n == len ? 0 : -ENOSPC;
}

bool lock_record_is_here(const struct lock_record *record) {
    char here[256] = "";
    char machine[PLATFORM_MACHINE_SIZE];
    if (*platform_machine(machine) && *record->machine) {
        return strcmp(machine, record->machine) == 0;
    }
    (void)gethostname(here, sizeof here - 1);
    return !*record->host || strcmp(here, record->host) == 0;
}
