/* The log: a line is formatted on the stack and written with one write(2), so lines of
 * several processes that append to one file do not mix. Nobody ever waits for the log:
 * a full pipe loses the line. */
#include "base/log.h"

#include "base/clock.h"

#include <errno.h>
#include <poll.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

struct log {
    int fds[2]; /* borrowed; -1: none */
    enum log_level least;
};

int log_new(struct log **out, int fd, enum log_level least) {
    struct log *log = malloc(sizeof *log);
    if (!log) {
        return -ENOMEM;
    }
    *log = (struct log){.fds = {fd, -1}, .least = least};
    *out = log;
    return 0;
}

void log_tee(struct log *log, int fd) {
    log->fds[1] = fd;
}

struct log *log_free(struct log *log) {
    free(log);
    return NULL;
}

/* A line is shorter than PIPE_BUF, so a pipe that takes anything takes it whole. */
static void write_unless_full(int fd, const char *line, size_t len) {
    struct pollfd ready = {.fd = fd, .events = POLLOUT};
    if (fd >= 0 && poll(&ready, 1, 0) == 1 && (ready.revents & POLLOUT)) {
        ssize_t ignored = write(fd, line, len);
        (void)ignored;
    }
}

/* One event is one line, and none commands the terminal that it is read on, whatever a
 * client put into the text. */
static void clean(char *line, size_t len) {
    for (size_t i = 0; i < len; i++) {
        unsigned char c = (unsigned char)line[i];
        unsigned char next = i + 1 < len ? (unsigned char)line[i + 1] : 0;
        if (c == '\n' || c == '\r' || c == '\t') {
            line[i] = ' ';
        } else if (c < 0x20 || c == 0x7F) {
            line[i] = '?';
        } else if (c == 0xC2 && next >= 0x80 && next < 0xA0) {
            line[i] = '?'; /* a control character in UTF-8 */
            line[i + 1] = '?';
        }
    }
}

void log_write(struct log *log, enum log_level level, const char *format, ...) {
    static const char *const words[] = {"debug", "info", "warning", "error"};
    if (!log || level < log->least) {
        return;
    }
    char line[2048];
    char when[CLOCK_ISO8601_SIZE];
    int n = snprintf(line, sizeof line, "%s %-7s ",
                     clock_format_iso8601(clock_realtime_ms(), when), words[level]);
    va_list args;
    va_start(args, format);
    int m = vsnprintf(line + n, sizeof line - (size_t)n, format, args);
    va_end(args);
    size_t len = (size_t)n + (m > 0 ? (size_t)m : 0);
    if (len > sizeof line - 1) {
        len = sizeof line - 1;
    }
    clean(line, len);
    line[len++] = '\n';
    write_unless_full(log->fds[0], line, len);
    write_unless_full(log->fds[1], line, len);
}
