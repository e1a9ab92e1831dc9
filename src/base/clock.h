/* Clocks and their text form. Wall time is milliseconds since 1970-01-01 UTC. */
#pragma once

#include <stdint.h>

int64_t clock_realtime_ms(void);
int64_t clock_monotonic_ms(void);
uint64_t clock_monotonic_ns(void);

#define CLOCK_ISO8601_SIZE 32

/* "2026-01-31T12:00:00.123Z" (ISO 8601, UTC, milliseconds). Returns `out`. */
char *clock_format_iso8601(int64_t realtime_ms, char out[CLOCK_ISO8601_SIZE]);

/* Reads what clock_format_iso8601 writes; the fraction may be absent. 0 or -EINVAL. */
int clock_parse_iso8601(const char *text, int64_t *realtime_ms);
