/* Reading what a supervisor wrote. The records may come from a supervisor of an older
 * or newer build: unknown keys are skipped, and a reader says which ones it needs. */
#include "exec/local_files.h"

#include "base/cleanup.h"
#include "base/file.h"
#include "base/path.h"
#include "base/platform.h"
#include "base/str.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>

enum {
    RECORD_MAX = 64 * 1024,
};

int local_record_read(const char *run_dir, const char *name, struct local_record *out) {
    _cleanup_free_ char *path = NULL;
    _cleanup_buf_ struct buf content = BUF_NULL;
    int r = path_join(&path, run_dir, name);
    if (r == 0) {
        r = file_read(path, RECORD_MAX, &content);
    }
    if (r < 0) {
        return r == -EFBIG ? -EBADMSG : r;
    }
    size_t n = buf_len(&content);
    if (n == 0 || buf_bytes(&content)[n - 1] != '\n' ||
        memchr(buf_bytes(&content), '\0', n)) {
        return -EBADMSG;
    }
    char *text = buf_take_string(&content);
    if (!text) {
        return -ENOMEM;
    }
    out->text = text;
    return 0;
}

void local_record_deinit(struct local_record *record) {
    free(record->text);
    record->text = NULL;
}

/* Points to the value, which ends at a line feed; NULL when the key is missing. */
static const char *find(const struct local_record *record, const char *key) {
    size_t n = strlen(key);
    for (const char *line = record->text; *line;) {
        if (strncmp(line, key, n) == 0 && line[n] == '=') {
            return line + n + 1;
        }
        line = strchr(line, '\n') + 1;
    }
    return NULL;
}

int local_record_read_started(const char *run_dir, struct local_record *out) {
    _cleanup_local_record_ struct local_record record = LOCAL_RECORD_NULL;
    int r = local_record_read(run_dir, LOCAL_FILE_STARTED, &record);
    if (r == -ENOENT) {
        r = local_record_read(run_dir, LOCAL_FILE_EXIT, &record);
        r = r == 0 && !find(&record, "pid") ? -ENOENT : r;
    }
    if (r == 0) {
        *out = record;
        record = (struct local_record)LOCAL_RECORD_NULL;
    }
    return r;
}

int local_record_number(const struct local_record *record, const char *key, int64_t min,
                        int64_t max, int64_t *out) {
    const char *value = find(record, key);
    if (!value) {
        return -ENOENT;
    }
    char digits[24];
    size_t n = strcspn(value, "\n");
    if (n >= sizeof digits) {
        return -EBADMSG;
    }
    memcpy(digits, value, n);
    digits[n] = '\0';
    return str_to_int64(digits, min, max, out) == 0 ? 0 : -EBADMSG;
}

int local_record_text(const struct local_record *record, const char *key, char *out,
                      size_t size) {
    const char *at = find(record, key);
    if (!at) {
        return -ENOENT;
    }
    size_t n = 0;
    for (; *at != '\n' && n + 1 < size; at++) {
        char c = *at;
        if (c == '\\' && at[1] != '\n') {
            at++;
            c = *at == 'n' ? '\n' : *at == 'r' ? '\r' : *at;
        }
        out[n++] = c;
    }
    out[n] = '\0';
    return 0;
}

/* Whether it says so; the folder of all runs may have been moved. */
static bool is_of_another(const struct local_record *record, const char *run_dir) {
    char run[NAME_MAX + 1];
    return local_record_text(record, "run", run, sizeof run) == 0 &&
           strcmp(run, path_basename(run_dir)) != 0;
}

int local_was_started(const char *run_dir) {
    _cleanup_free_ char *path = NULL;
    int r = path_join(&path, run_dir, LOCAL_FILE_STARTED);
    if (r < 0) {
        return r;
    }
    struct stat st;
    if (lstat(path, &st) < 0) {
        return errno == ENOENT ? 0 : -errno;
    }
    if (S_ISREG(st.st_mode) && st.st_size == 0) {
        return 0;
    }
    _cleanup_local_record_ struct local_record record = LOCAL_RECORD_NULL;
    r = local_record_read(run_dir, LOCAL_FILE_STARTED, &record);
    return r == -ENOMEM ? r : r < 0 || !is_of_another(&record, run_dir);
}

bool local_record_has_our_name(const struct local_record *started) {
    char theirs[256];
    char ours[256] = "";
    (void)gethostname(ours, sizeof ours - 1);
    return local_record_text(started, "host", theirs, sizeof theirs) != 0 ||
           strcmp(theirs, ours) == 0;
}

bool local_record_is_foreign(const struct local_record *started) {
    char theirs[PLATFORM_MACHINE_SIZE];
    char ours[PLATFORM_MACHINE_SIZE];
    if (*platform_machine(ours) &&
        local_record_text(started, "machine", theirs, sizeof theirs) == 0) {
        return strcmp(theirs, ours) != 0;
    }
    return !local_record_has_our_name(started);
}

int local_lock_is_held(const char *run_dir) {
    _cleanup_free_ char *path = NULL;
    int r = path_join(&path, run_dir, LOCAL_FILE_LOCK);
    if (r < 0) {
        return r;
    }
    _cleanup_close_ int fd = open(path, O_RDWR | O_CLOEXEC | O_NOFOLLOW);
    if (fd < 0) {
        return errno == ENOENT ? 0 : -errno;
    }
    while (flock(fd, LOCK_SH | LOCK_NB) < 0) {
        if (errno == EWOULDBLOCK) {
            return 1;
        }
        if (errno != EINTR) {
            return -errno;
        }
    }
    return 0;
}
