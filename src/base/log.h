/* The server's log: one line an event, written at once, never waiting.
 * "2026-01-31T12:00:00.123Z info  text". */
#pragma once

enum log_level {
    LOG_LEVEL_DEBUG,
    LOG_LEVEL_INFO,
    LOG_LEVEL_WARNING,
    LOG_LEVEL_ERROR,
};

struct log;

/* Log to a descriptor, which stays the caller's. A line that a full pipe would make us
 * wait for is dropped. 0 or -ENOMEM. */
int log_new(struct log **out, int fd, enum log_level least);
/* Write each line to a second descriptor, too. */
void log_tee(struct log *log, int fd);
struct log *log_free(struct log *log);

/* Accepts a NULL log, which swallows the line. */
void log_write(struct log *log, enum log_level level, const char *format, ...)
    __attribute__((format(printf, 3, 4)));

#define log_debug(log, ...) log_write(log, LOG_LEVEL_DEBUG, __VA_ARGS__)
#define log_info(log, ...) log_write(log, LOG_LEVEL_INFO, __VA_ARGS__)
#define log_warning(log, ...) log_write(log, LOG_LEVEL_WARNING, __VA_ARGS__)
#define log_error(log, ...) log_write(log, LOG_LEVEL_ERROR, __VA_ARGS__)
