/* The readiness line. It is short, comes once, and is read from a pipe of our own. */
#include "client/report.h"

#include "client/deadline.h"

#include "base/buf.h"
#include "base/str.h"

#include <errno.h>
#include <limits.h>
#include <poll.h>
#include <string.h>

enum { LINE_MAX_BYTES = 16 * 1024 };

void report_deinit(struct report *report) {
    free(report->text);
    *report = (struct report)REPORT_NULL;
}

static int parse_place(struct report *report, enum report_kind kind, const char *rest) {
    const char *space = strchr(rest, ' ');
    if (!space || space[1] != '/') {
        return -EPROTO;
    }
    _cleanup_free_ char *number = strndup(rest, (size_t)(space - rest));
    _cleanup_free_ char *socket = strdup(space + 1);
    if (!number || !socket) {
        return -ENOMEM;
    }
    int64_t pid = 0;
    if (str_to_int64(number, 1, INT_MAX, &pid) < 0) {
        return -EPROTO;
    }
    *report =
        (struct report){.kind = kind, .pid = (pid_t)pid, .text = TAKE_PTR(socket)};
    return 0;
}

static int parse_reason(struct report *report, enum report_kind kind,
                        const char *rest) {
    char *reason = strdup(*rest ? rest : "without a reason");
    if (!reason) {
        return -ENOMEM;
    }
    *report = (struct report){.kind = kind, .text = reason};
    return 0;
}

int report_parse(struct report *report, const char *line) {
    static const struct {
        const char *word;
        enum report_kind kind;
        int (*parse)(struct report *report, enum report_kind kind, const char *rest);
    } words[] = {
        {"READY", REPORT_READY, parse_place},
        {"ALREADY_RUNNING", REPORT_ALREADY_RUNNING, parse_place},
        {"BUSY", REPORT_BUSY, parse_reason},
        {"FAILED", REPORT_FAILED, parse_reason},
    };
    size_t word = strcspn(line, " ");
    const char *rest = line[word] ? line + word + 1 : line + word;
    for (size_t i = 0; i < sizeof words / sizeof words[0]; i++) {
        if (strlen(words[i].word) == word && strncmp(line, words[i].word, word) == 0) {
            return words[i].parse(report, words[i].kind, rest);
        }
    }
    return -EPROTO;
}

/* Read what is there. 0, REPORT_E_END, or a negative errno. */
static int read_piece(int fd, struct buf *line) {
    int r = buf_reserve(line, 512);
    if (r < 0) {
        return r;
    }
    ssize_t n = read(fd, line->data + line->end, 512);
    if (n < 0) {
        return errno == EAGAIN || errno == EINTR ? 0 : -errno;
    }
    if (n == 0) {
        return REPORT_E_END;
    }
    line->end += (size_t)n;
    return buf_len(line) > LINE_MAX_BYTES ? -EPROTO : 0;
}

int report_read(struct report *report, int fd, int64_t deadline_ms) {
    _cleanup_buf_ struct buf line = BUF_NULL;
    for (;;) {
        int r = deadline_poll(fd, POLLIN, deadline_ms);
        if (r <= 0) {
            return r == 0 ? REPORT_E_TIMEOUT : r;
        }
        r = read_piece(fd, &line);
        if (r != 0) {
            return r;
        }
        const char *newline = memchr(buf_bytes(&line), '\n', buf_len(&line));
        if (newline) {
            _cleanup_free_ char *text =
                strndup(buf_bytes(&line), (size_t)(newline - buf_bytes(&line)));
            return text ? report_parse(report, text) : -ENOMEM;
        }
    }
}
