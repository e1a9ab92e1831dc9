/* A forecast as JSON, and that JSON in words. The words are made from the JSON, so that
 * one that the server tells reads as one that was made here. */
#include "codes/forecast.h"

#include <math.h>
#include <stdio.h>
#include <string.h>

static const char *const names[] = {
    [FORECAST_CONVERGING] = "converging",
    [FORECAST_OSCILLATING] = "oscillating",
    [FORECAST_STALLED] = "stalled",
    [FORECAST_DIVERGING] = "diverging",
    [FORECAST_MISSES_CYCLES] = "will_not_make_cycles",
    [FORECAST_MISSES_TIME] = "will_not_make_time",
};

enum {
    BADGES = sizeof names / sizeof *names,
};

const char *forecast_badge_name(enum forecast_badge badge) {
    return (size_t)badge < BADGES ? names[badge] : NULL;
}

/* ---- as JSON ---- */

struct forecast_told forecast_told(const struct forecast *forecast,
                                   const struct forecast_aim *aim, size_t n,
                                   const char *limit_name) {
    long left = aim->cycle_limit + aim->cycles_after - (long)n;
    return (struct forecast_told){
        .forecast = *forecast,
        .threshold_ev = aim->threshold_ev,
        .cycles_left = aim->cycle_limit <= 0 ? -1
                       : left < 0            ? 0
                                             : left,
        .limit_name = limit_name,
        .seconds_left = aim->seconds_left,
    };
}

static json_t *count(long value, long none) {
    return value == none ? json_null() : json_integer(value);
}

static json_t *number(double value) {
    return isfinite(value) ? json_real(value) : json_null();
}

static const char *forces_name(enum forecast_badge forces) {
    switch (forces) {
    case FORECAST_CONVERGING:
        return "falling";
    case FORECAST_DIVERGING:
        return "rising";
    case FORECAST_OSCILLATING:
    case FORECAST_STALLED:
        return "not_falling";
    default:
        return NULL;
    }
}

json_t *forecast_to_json(const struct forecast_told *told) {
    const struct forecast *f = &told->forecast;
    const char *name = forecast_badge_name(f->badge);
    const char *forces = forces_name(told->forces);
    if (!name && !forces) {
        return json_null();
    }
    return json_pack("{s:s?, s:o, s:o, s:o, s:o, s:o, s:s?, s:o, s:o, s:s?}", "badge",
                     name, "cycles_low", count(f->cycles_low, 0), "cycles_high",
                     count(f->cycles_high, 0), "seconds_low", number(f->seconds_low),
                     "seconds_high", number(f->seconds_high), "cycles_left",
                     count(told->cycles_left, -1), "cycle_limit_name", told->limit_name,
                     "seconds_left", number(told->seconds_left), "threshold_ev",
                     number(told->threshold_ev), "forces", forces);
}

/* ---- in words ---- */

static enum forecast_badge badge_of(const json_t *forecast) {
    const char *name = json_string_value(json_object_get(forecast, "badge"));
    for (size_t i = 0; name && i < BADGES; i++) {
        if (names[i] && strcmp(names[i], name) == 0) {
            return (enum forecast_badge)i;
        }
    }
    return FORECAST_NONE;
}

const char *forecast_forces_words(const json_t *forecast) {
    const char *name = json_string_value(json_object_get(forecast, "forces"));
    bool known = name && (strcmp(name, "falling") == 0 || strcmp(name, "rising") == 0);
    return known ? name : name && strcmp(name, "not_falling") == 0 ? "not falling" : "";
}

enum forecast_mood forecast_mood(const json_t *forecast) {
    switch (badge_of(forecast)) {
    case FORECAST_CONVERGING:
        return FORECAST_GOOD;
    case FORECAST_DIVERGING:
    case FORECAST_MISSES_CYCLES:
    case FORECAST_MISSES_TIME:
        return FORECAST_BAD;
    default:
        return FORECAST_DOUBTFUL;
    }
}

char *forecast_badge_words(const json_t *forecast, char out[FORECAST_WORDS_SIZE]) {
    enum forecast_badge badge = badge_of(forecast);
    const char *limit =
        json_string_value(json_object_get(forecast, "cycle_limit_name"));
    const char *words = badge == FORECAST_NONE ? "" : names[badge];
    if (badge == FORECAST_MISSES_CYCLES) {
        (void)snprintf(out, FORECAST_WORDS_SIZE, "will not make %.40s",
                       limit ? limit : "its cycles");
    } else if (badge == FORECAST_MISSES_TIME) {
        (void)snprintf(out, FORECAST_WORDS_SIZE, "will not make its time limit");
    } else {
        (void)snprintf(out, FORECAST_WORDS_SIZE, "%s", words);
    }
    return out;
}

static double number_of(const json_t *forecast, const char *key) {
    const json_t *value = json_object_get(forecast, key);
    return json_is_number(value) ? json_number_value(value) : NAN;
}

/* "4–7", "4" for an end that is the same, "4 or more" for one that is not known. */
static void put_range(char *out, size_t size, double low, double high, int digits,
                      bool utf8) {
    char from[24];
    char to[24];
    /* Whatever a server says. */
    (void)snprintf(from, sizeof from, "%.*f", digits, fmin(low, 1e9));
    (void)snprintf(to, sizeof to, "%.*f", digits, fmin(high, 1e9));
    if (isnan(high)) {
        (void)snprintf(out, size, "%s or more", from);
    } else if (strcmp(from, to) == 0) {
        (void)snprintf(out, size, "%s", from);
    } else {
        (void)snprintf(out, size, "%s%s%s", from, utf8 ? "–" : "-", to);
    }
}

/* In the largest unit of which the longer time is two at least. */
static void put_seconds(char *out, size_t size, double low, double high, bool utf8) {
    static const struct {
        double seconds;
        const char *name;
    } units[] = {{86400, "days"}, {3600, "h"}, {60, "min"}, {1, "s"}};
    double longer = isnan(high) ? low : high;
    size_t i = 0;
    while (i < 3 && longer < 2 * units[i].seconds) {
        i++;
    }
    double unit = units[i].seconds;
    char range[64];
    if (longer < 0.5) {
        (void)snprintf(out, size, "less than a second");
        return;
    }
    put_range(range, sizeof range, low / unit, high / unit,
              low / unit < 2 && i < 3 ? 1 : 0, utf8);
    (void)snprintf(out, size, "%s %s", range, units[i].name);
}

char *forecast_range_words(const json_t *forecast, bool utf8,
                           char out[FORECAST_WORDS_SIZE]) {
    double low = number_of(forecast, "cycles_low");
    double high = number_of(forecast, "cycles_high");
    double left = number_of(forecast, "cycles_left");
    double seconds = number_of(forecast, "seconds_low");
    char range[80];
    char time[80] = "";
    char of[48] = "";
    *out = '\0';
    if (isnan(low)) {
        return out;
    }
    put_range(range, sizeof range, low, high, 0, utf8);
    if (!isnan(seconds)) {
        time[0] = ',';
        time[1] = ' ';
        put_seconds(time + 2, sizeof time - 2, seconds,
                    number_of(forecast, "seconds_high"), utf8);
    }
    if (badge_of(forecast) == FORECAST_MISSES_CYCLES && !isnan(left)) {
        (void)snprintf(of, sizeof of, " where %.0f %s left", left,
                       left == 1 ? "is" : "are");
    }
    (void)snprintf(out, FORECAST_WORDS_SIZE, "%s %.50s cycle%s%s%s", utf8 ? "≈" : "~",
                   range, low == 1 && high == 1 ? "" : "s", of, time);
    return out;
}
