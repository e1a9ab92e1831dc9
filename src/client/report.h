/* What a starting server says on its readiness pipe: one line.
 *   READY PID SOCKET            it listens there
 *   ALREADY_RUNNING PID SOCKET  another one of this account listens there
 *   BUSY REASON                 another one is coming up or going down: try again
 *   FAILED REASON               it cannot run
 * End-of-file instead of a line means that it died. */
#pragma once

#include "base/cleanup.h"

#include <stdint.h>
#include <sys/types.h>

enum report_kind {
    REPORT_READY,
    REPORT_ALREADY_RUNNING,
    REPORT_BUSY,
    REPORT_FAILED,
};

struct report {
    enum report_kind kind;
    pid_t pid;  /* READY and ALREADY_RUNNING */
    char *text; /* owned; the socket, or the reason */
};

#define REPORT_NULL                                                                    \
    { REPORT_FAILED, 0, NULL }

void report_deinit(struct report *report);
#define _cleanup_report_ _cleanup_(report_deinit)

/* Read one line without its end, as in the table above.
 * 0, -EPROTO (the line says none of this), -ENOMEM. */
int report_parse(struct report *report, const char *line);

enum {
    REPORT_E_TIMEOUT = 1, /* no line before the deadline */
    REPORT_E_END,         /* the pipe was closed before a whole line */
};

/* Wait for the line. 0, REPORT_E_…, -EPROTO, -ENOMEM or another negative errno. */
int report_read(struct report *report, int fd, int64_t deadline_ms);
