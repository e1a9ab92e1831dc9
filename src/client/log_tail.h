/* The end of the server's log, for the error of a start that failed. */
#pragma once

#include <sys/types.h>

struct log_tail {
    char *path; /* owned; NULL: no log is known */
    off_t from; /* how long it was before the start */
};

#define LOG_TAIL_NULL                                                                  \
    { NULL, 0 }

/* Remember where the log ends now. Never fails: without a log there is nothing to
 * quote. */
void log_tail_init(struct log_tail *tail);
void log_tail_deinit(struct log_tail *tail);
#define _cleanup_log_tail_ _cleanup_(log_tail_deinit)

/* The last lines that were written since, each indented and ended by a newline, as
 * UTF-8; freed by the caller. NULL: nothing was written. */
char *log_tail_read(const struct log_tail *tail);
/* The last lines of these bytes in the same way. */
char *log_tail_quote(const char *bytes, size_t n);
