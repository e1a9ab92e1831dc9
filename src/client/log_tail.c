/* Only what this start has written is quoted: the words of an earlier failure would
 * mislead. */
#include "client/log_tail.h"

#include "base/buf.h"
#include "base/path.h"
#include "base/str.h"

#include <errno.h>
#include <fcntl.h>
#include <stdint.h>
#include <string.h>
#include <sys/stat.h>

enum {
    TAIL_BYTES = 4096,
    TAIL_LINES = 10,
};

void log_tail_init(struct log_tail *tail) {
    *tail = (struct log_tail)LOG_TAIL_NULL;
    _cleanup_free_ char *folder = NULL;
    if (path_state_dir(&folder) < 0 ||
        path_join(&tail->path, folder, "server.log") < 0) {
        tail->path = NULL;
        return;
    }
    struct stat st;
    if (stat(tail->path, &st) == 0) {
        tail->from = st.st_size;
    }
}

void log_tail_deinit(struct log_tail *tail) {
    free(tail->path);
    *tail = (struct log_tail)LOG_TAIL_NULL;
}

/* The bytes written since, at most the last TAIL_BYTES. */
static size_t read_end(const struct log_tail *tail, char bytes[TAIL_BYTES]) {
    if (!tail->path) {
        return 0;
    }
    _cleanup_close_ int fd = open(tail->path, O_RDONLY | O_CLOEXEC | O_NONBLOCK);
    struct stat st;
    if (fd < 0 || fstat(fd, &st) < 0 || !S_ISREG(st.st_mode)) {
        return 0;
    }
    /* A log that got shorter was begun anew. */
    off_t from = st.st_size >= tail->from ? tail->from : 0;
    if (st.st_size - from > TAIL_BYTES) {
        from = st.st_size - TAIL_BYTES;
    }
    ssize_t n = pread(fd, bytes, TAIL_BYTES, from);
    return n > 0 ? (size_t)n : 0;
}

/* Where the last TAIL_LINES lines of a text begin. */
static const char *last_lines(const char *text) {
    const char *at = text + strlen(text);
    int lines = 0;
    while (at > text) {
        if (at[-1] == '\n' && *at && ++lines == TAIL_LINES) {
            break;
        }
        at--;
    }
    return at;
}

char *log_tail_read(const struct log_tail *tail) {
    char bytes[TAIL_BYTES];
    return log_tail_quote(bytes, read_end(tail, bytes));
}

char *log_tail_quote(const char *bytes, size_t n) {
    if (n == 0) {
        return NULL;
    }
    _cleanup_free_ char *text = str_to_utf8(bytes, n);
    if (!text) {
        return NULL;
    }
    _cleanup_buf_ struct buf out = BUF_NULL;
    for (const char *at = last_lines(text); *at;) {
        size_t line = strcspn(at, "\n");
        if (buf_printf(&out, "  %.*s\n", (int)line, at) < 0) {
            return NULL;
        }
        at += line + (at[line] ? 1 : 0);
    }
    return buf_take_string(&out);
}
