/* Wall and monotonic time. The calendar is UTC alone; no time zone is consulted. */
#include "base/clock.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <time.h>

static struct timespec now(clockid_t id) {
    struct timespec ts = {0};
    (void)clock_gettime(id, &ts);
    return ts;
}

int64_t clock_realtime_ms(void) {
    struct timespec ts = now(CLOCK_REALTIME);
    return (int64_t)ts.tv_sec * 1000 + ts.tv_nsec / 1000000;
}

int64_t clock_monotonic_ms(void) {
    struct timespec ts = now(CLOCK_MONOTONIC);
    return (int64_t)ts.tv_sec * 1000 + ts.tv_nsec / 1000000;
}

uint64_t clock_monotonic_ns(void) {
    struct timespec ts = now(CLOCK_MONOTONIC);
    return (uint64_t)ts.tv_sec * 1000000000U + (uint64_t)ts.tv_nsec;
}

char *clock_format_iso8601(int64_t realtime_ms, char out[CLOCK_ISO8601_SIZE]) {
    int64_t ms = realtime_ms % 1000;
    if (ms < 0) {
        ms += 1000;
    }
    time_t seconds = (time_t)((realtime_ms - ms) / 1000);
    struct tm tm = {0};
    (void)gmtime_r(&seconds, &tm);
    size_t n = strftime(out, CLOCK_ISO8601_SIZE, "%Y-%m-%dT%H:%M:%S", &tm);
    (void)snprintf(out + n, CLOCK_ISO8601_SIZE - n, ".%03dZ", (int)ms);
    return out;
}

int clock_parse_iso8601(const char *text, int64_t *realtime_ms) {
    struct tm tm = {0};
    int used = 0;
    if (sscanf(text, "%4d-%2d-%2dT%2d:%2d:%2d%n", &tm.tm_year, &tm.tm_mon, &tm.tm_mday,
               &tm.tm_hour, &tm.tm_min, &tm.tm_sec, &used) != 6) {
        return -EINVAL;
    }
    const char *rest = text + used;
    int ms = 0;
    if (*rest == '.') {
        int scale = 100;
        for (rest++; *rest >= '0' && *rest <= '9'; rest++) {
            ms += (*rest - '0') * scale;
            scale /= 10;
        }
    }
    if (strcmp(rest, "Z") != 0) {
        return -EINVAL;
    }
    tm.tm_year -= 1900;
    tm.tm_mon -= 1;
    *realtime_ms = (int64_t)timegm(&tm) * 1000 + ms;
    return 0;
}
