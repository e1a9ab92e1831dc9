/* A job in words and columns, from its summary as the server sends it. */
#pragma once

#include "cli/term.h"

#include <jansson.h>
#include <stdint.h>

/* The colour that goes with a state. */
enum term_style jobline_style(const char *state);

/* Whether a job in this state has ended. */
bool jobline_is_final(const char *state);

/* What `crystalmath wait` makes of a job's end: 0 for completed, the exit code, 128 and
 * the signal, or 1. */
int jobline_exit_status(const json_t *job);

/* Its name, else its input's, else "?"; clean for the terminal, freed by the caller. */
char *jobline_name(const struct term *term, const json_t *job);

/* Its tags with `separator` between, "" when it has none; freed by the caller. */
char *jobline_tags(const json_t *job, const char *separator);

/* Seconds that it has run or did run; NAN before its start. */
double jobline_seconds(const json_t *job);

/* "0.3 s", "12 s", "4:05", "1:04:05", "3d 04:05"; "-" for NAN. Returns `out`. */
enum {
    DURATION_SIZE = 32,
};
char *jobline_duration(double seconds, char out[DURATION_SIZE]);

/* The server's time as local time, "2026-01-31 12:00:00"; "-" for NULL. Returns `out`.
 */
enum {
    LOCAL_TIME_SIZE = 32,
};
char *jobline_local_time(const char *iso8601, char out[LOCAL_TIME_SIZE]);

/* A line on stdout: "job 7: si completed in 3.2 s, energy -215.69 eV after 6 cycles".
 */
void jobline_print_completed(const struct term *term, const json_t *job);
/* For a job that did not complete: how it ended, and what to type next, on stderr. */
void jobline_report_failure(const json_t *job);
