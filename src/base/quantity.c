/* Durations, sizes and times as people type and read them. Of what is typed, only what
 * can be read in one way is taken; nothing here looks at the clock. */
#include "base/quantity.h"

#include <ctype.h>
#include <errno.h>
#include <inttypes.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <time.h>

enum {
    MINUTE = 60,
    HOUR = 3600,
    DAY = 86400,
    PARTS = 3, /* hours, minutes, seconds */
};

#define LONGEST ((int64_t)10 * 366 * DAY)
#define LARGEST ((double)((int64_t)1 << 60))

/* Digits at *at, at most so many; -1 where there are none or more. */
static int64_t digits(const char **at, int most) {
    int64_t value = 0;
    int n = 0;
    for (; isdigit((unsigned char)(*at)[n]); n++) {
        if (n == most) {
            return -1;
        }
        value = value * 10 + ((*at)[n] - '0');
    }
    *at += n;
    return n > 0 ? value : -1;
}

/* A number with or without a fraction, whatever the locale; negative where none is. */
static double decimal(const char **at) {
    int64_t whole = digits(at, 15);
    double value = (double)whole;
    if (whole >= 0 && **at == '.') {
        double scale = 0.1;
        (*at)++;
        if (!isdigit((unsigned char)**at)) {
            return -1;
        }
        for (; isdigit((unsigned char)**at); (*at)++, scale /= 10) {
            value += (**at - '0') * scale;
        }
    }
    return value;
}

/* Numbers with colons between; how many, 0 when it is not that to the end of the text.
 * All but the first stay below 60. */
static int colons(const char *at, int64_t parts[PARTS]) {
    for (int n = 0; n < PARTS; n++) {
        parts[n] = digits(&at, n == 0 ? 9 : 2);
        if (parts[n] < 0 || (n > 0 && parts[n] >= 60)) {
            return 0;
        }
        if (*at == '\0') {
            return n + 1;
        }
        if (*at++ != ':') {
            return 0;
        }
    }
    return 0;
}

static int64_t unit_seconds(char unit) {
    switch (unit) {
    case 'd':
        return DAY;
    case 'h':
        return HOUR;
    case 'm':
        return MINUTE;
    case 's':
        return 1;
    default:
        return 0;
    }
}

/* "1h30m": each unit smaller than the one before it. Negative: it is not that. */
static double with_units(const char *at) {
    double total = 0;
    int64_t before = DAY + 1;
    while (*at) {
        double value = decimal(&at);
        int64_t unit = unit_seconds(*at);
        if (value < 0 || unit == 0 || unit >= before) {
            return -1;
        }
        total += value * (double)unit;
        before = unit;
        at++;
    }
    return before > DAY ? -1 : total;
}

static int64_t with_colons(const char *text) {
    int64_t parts[PARTS] = {0};
    const char *dash = strchr(text, '-');
    if (dash) {
        int64_t days = digits(&text, 9);
        int n = text == dash ? colons(dash + 1, parts) : 0;
        return days < 0 || n == 0
                   ? -1
                   : days * DAY + parts[0] * HOUR + parts[1] * MINUTE + parts[2];
    }
    switch (colons(text, parts)) {
    case 1:
        return parts[0] * MINUTE;
    case 2:
        return parts[0] * MINUTE + parts[1];
    case 3:
        return parts[0] * HOUR + parts[1] * MINUTE + parts[2];
    default:
        return -1;
    }
}

int quantity_duration(const char *text, int64_t *seconds) {
    double units = with_units(text);
    if (units > (double)LONGEST) {
        return -ERANGE;
    }
    int64_t value = units >= 0 ? (int64_t)(units + 0.5) : with_colons(text);
    if (value <= 0) {
        return -EINVAL;
    }
    if (value > LONGEST) {
        return -ERANGE;
    }
    *seconds = value;
    return 0;
}

int quantity_size(const char *text, int64_t *bytes) {
    static const char units[] = "KMGT";
    double value = decimal(&text);
    const char *unit = *text ? strchr(units, toupper((unsigned char)*text)) : NULL;
    if (!(value > 0) || !unit) {
        return -EINVAL;
    }
    text++;
    if (*text && strcasecmp(text, "B") != 0 && strcasecmp(text, "iB") != 0) {
        return -EINVAL;
    }
    for (const char *at = units; at <= unit; at++) {
        value *= 1024;
    }
    if (value > LARGEST) {
        return -ERANGE;
    }
    *bytes = value < 1 ? 1 : (int64_t)value;
    return 0;
}

char *quantity_size_text(int64_t bytes, char out[QUANTITY_SIZE_TEXT]) {
    static const char *const units[] = {"KiB", "MiB", "GiB", "TiB", "PiB", "EiB"};
    static const double step = 1024.0;
    static const double last = 1023.95; /* beyond it "%.1f" would print 1024.0 */
    if (bytes < (int64_t)step) {
        (void)snprintf(out, QUANTITY_SIZE_TEXT, "%" PRId64 " B", bytes > 0 ? bytes : 0);
        return out;
    }
    double value = (double)bytes / step;
    size_t unit = 0;
    for (; value >= last && unit + 1 < sizeof units / sizeof *units; unit++) {
        value /= step;
    }
    (void)snprintf(out, QUANTITY_SIZE_TEXT, "%.1f %s", value, units[unit]);
    return out;
}

/* "18:30" or "18:30:15" to the end of the text or a "Z" there. */
static bool day_time(const char *text, struct tm *tm, bool *utc) {
    char copy[16];
    size_t n = strlen(text);
    int64_t parts[PARTS] = {0};
    *utc = n > 0 && text[n - 1] == 'Z';
    n -= *utc ? 1 : 0;
    if (n >= sizeof copy) {
        return false;
    }
    memcpy(copy, text, n);
    copy[n] = '\0';
    if (colons(copy, parts) < 2 || parts[0] > 23) {
        return false;
    }
    tm->tm_hour = (int)parts[0];
    tm->tm_min = (int)parts[1];
    tm->tm_sec = (int)parts[2];
    return true;
}

static int from_calendar(struct tm *tm, bool utc, int64_t *realtime_ms) {
    struct tm asked = *tm;
    tm->tm_isdst = -1;
    time_t when = utc ? timegm(tm) : mktime(tm);
    /* The 31st of February comes back as another day. */
    if (when == (time_t)-1 || tm->tm_mday != asked.tm_mday ||
        tm->tm_mon != asked.tm_mon) {
        return -EINVAL;
    }
    *realtime_ms = (int64_t)when * 1000;
    return 0;
}

static int next_at(const char *text, int64_t now_ms, int64_t *realtime_ms) {
    time_t now = (time_t)(now_ms / 1000);
    struct tm tm = {0};
    bool utc = false;
    if (!localtime_r(&now, &tm) || !day_time(text, &tm, &utc) || utc) {
        return -EINVAL;
    }
    int64_t when = 0;
    struct tm today = tm;
    int r = from_calendar(&today, false, &when);
    if (r == 0 && when <= now_ms) {
        tm.tm_mday++;
        tm.tm_isdst = -1;
        when = (int64_t)mktime(&tm) * 1000;
    }
    if (r == 0) {
        *realtime_ms = when;
    }
    return r;
}

int quantity_time(const char *text, int64_t now_ms, int64_t *realtime_ms) {
    if (*text == '+') {
        int64_t seconds = 0;
        int r = quantity_duration(text + 1, &seconds);
        if (r == 0) {
            *realtime_ms = now_ms + seconds * 1000;
        }
        return r;
    }
    const char *at = text;
    struct tm tm = {0};
    bool utc = false;
    int64_t year = digits(&at, 4);
    if (at - text != 4 || *at++ != '-') {
        return next_at(text, now_ms, realtime_ms);
    }
    int64_t month = digits(&at, 2);
    int64_t day = *at++ == '-' ? digits(&at, 2) : -1;
    if (year < 1970 || month < 1 || month > 12 || day < 1 || day > 31 ||
        (*at && ((*at != 'T' && *at != ' ') || !day_time(at + 1, &tm, &utc)))) {
        return -EINVAL;
    }
    tm.tm_year = (int)year - 1900;
    tm.tm_mon = (int)month - 1;
    tm.tm_mday = (int)day;
    return from_calendar(&tm, utc, realtime_ms);
}

int quantity_past(const char *text, int64_t now_ms, int64_t *realtime_ms) {
    const char *ago = *text == '-' ? text + 1 : text;
    double seconds = with_units(ago);
    if (seconds > (double)LONGEST) {
        return -ERANGE;
    }
    if (seconds >= 0) {
        *realtime_ms = now_ms - (int64_t)(seconds * 1000);
        return 0;
    }
    /* What comes next after yesterday's now has been today or yesterday. */
    return ago != text || *text == '+'
               ? -EINVAL
               : quantity_time(text, now_ms - (int64_t)DAY * 1000, realtime_ms);
}
