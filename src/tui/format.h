/* Numbers and times as people read them. Each writes into `out` and returns it; a
 * number that is not known (NAN) becomes a dash of the caller's line, "-". */
#pragma once

#include <stdint.h>

enum {
    FORMAT_SIZE = 48,
};

/* CODATA 2018. */
#define FORMAT_RYDBERG_EV 13.605693122994

/* 12 s: "0:12"; 3723 s: "1:02:03"; from 100 hours on: "4d 05h". Negative counts as 0.
 */
char *format_elapsed(char out[FORMAT_SIZE], int64_t seconds);
/* With the fraction below a minute: "0.42 s". */
char *format_seconds(char out[FORMAT_SIZE], double seconds);
/* A total energy of a list, in its own unit: four decimals. */
char *format_energy(char out[FORMAT_SIZE], double energy);
/* A magnitude over many decades, two digits: "4.1e-7". */
char *format_magnitude(char out[FORMAT_SIZE], double value);
/* Up to `decimals` decimals, then the unit behind a space. */
char *format_quantity(char out[FORMAT_SIZE], double value, int decimals,
                      const char *unit);
/* "812 B", "4.2 KiB", "1.3 GiB". */
char *format_bytes(char out[FORMAT_SIZE], double bytes);
/* Local date and time of milliseconds since 1970: "2026-01-31 12:00:00". */
char *format_local_time(char out[FORMAT_SIZE], int64_t realtime_ms);
/* A round trip: "85 µs" as "0.09 ms", "4.2 ms", "1.3 s". */
char *format_round_trip(char out[FORMAT_SIZE], uint64_t nanoseconds);
