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

/* A date of the Gregorian calendar from the days since 1970-01-01: `civil_from_days` of
 * Howard Hinnant, "chrono-Compatible Low-Level Date Algorithms". */
struct date {
    int64_t year;
    unsigned month, day;
};

static struct date date_of(int64_t days) {
    days += 719468; /* from 0000-03-01, so that a leap day ends its year */
    int64_t era = (days >= 0 ? days : days - 146096) / 146097;
    unsigned in_era = (unsigned)(days - era * 146097);
    unsigned year = (in_era - in_era / 1460 + in_era / 36524 - in_era / 146096) / 365;
    unsigned in_year = in_era - (365 * year + year / 4 - year / 100);
    unsigned month = (5 * in_year + 2) / 153; /* 0: March */
    return (struct date){
        .year = era * 400 + year + (month >= 10),
        .month = month < 10 ? month + 3 : month - 9,
        .day = in_year - (153 * month + 2) / 5 + 1,
    };
}

/* `width` digits, and the character behind them; returns where the next ones go. */
static char *put_digits(char *out, unsigned value, int width, char behind) {
    for (int i = width - 1; i >= 0; i--) {
        out[i] = (char)('0' + value % 10);
        value /= 10;
    }
    out[width] = behind;
    return out + width + 1;
}

/* By hand, since the server does this for every ping, and strftime costs more than all
 * the rest of it. */
char *clock_format_iso8601(int64_t realtime_ms, char out[CLOCK_ISO8601_SIZE]) {
    enum { DAY_MS = 86400000 };
    int64_t days = realtime_ms / DAY_MS - (realtime_ms % DAY_MS < 0);
    unsigned ms = (unsigned)(realtime_ms - days * DAY_MS);
    struct date date = date_of(days);
    char *at = put_digits(out, (unsigned)(date.year % 10000), 4, '-');
    at = put_digits(at, date.month, 2, '-');
    at = put_digits(at, date.day, 2, 'T');
    at = put_digits(at, ms / 3600000, 2, ':');
    at = put_digits(at, ms / 60000 % 60, 2, ':');
    at = put_digits(at, ms / 1000 % 60, 2, '.');
    at = put_digits(at, ms % 1000, 3, 'Z');
    *at = '\0';
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
