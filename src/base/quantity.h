/* Durations, sizes and times as people and Slurm write them. */
#pragma once

#include <stdint.h>

/* Each: 0; -EINVAL when `text` is none such; -ERANGE when it is too large. Nothing is
 * written then. */

/* Seconds, at least 1: a number alone is minutes; "M:SS", "H:MM:SS", "D-H", "D-H:MM"
 * and "D-H:MM:SS" as Slurm reads them; or numbers with the units d, h, m, s one behind
 * the other: "2h", "1h30m", "90s", "1.5h". At most ten years. */
int quantity_duration(const char *text, int64_t *seconds);

/* Bytes, at least 1: a number with K, M, G or T (of 1024), behind which "B" or "iB" may
 * stand: "4G", "1.5GiB", "512M". The unit is needed. */
int quantity_size(const char *text, int64_t *bytes);

enum { QUANTITY_SIZE_TEXT = 32 };
/* Bytes for people: "512 B", "1.5 KiB", "10.0 GiB"; of less than none, as of none.
 * Returns `out`. */
char *quantity_size_text(int64_t bytes, char out[QUANTITY_SIZE_TEXT]);

/* Wall clock milliseconds, in the local time zone: "18:30" and "18:30:15" when the
 * clock next shows it; "2026-01-31", with "T18:30" or "T18:30:15" or the same behind a
 * blank, with a "Z" for UTC; "+2h" from now, with any duration. */
int quantity_time(const char *text, int64_t now_ms, int64_t *realtime_ms);

/* The same for what has been: "18:30" when the clock last showed it, "2h" or "-2h" so
 * long before now, with any duration that has units; dates as above. */
int quantity_past(const char *text, int64_t now_ms, int64_t *realtime_ms);
