/* Numbers in words. Pure but for the time zone of format_local_time. */
#include "tui/format.h"

#include <math.h>
#include <stdio.h>
#include <string.h>
#include <time.h>

static char *format_unknown(char out[FORMAT_SIZE]) {
    return strcpy(out, "-");
}

char *format_elapsed(char out[FORMAT_SIZE], int64_t seconds) {
    long long s = seconds < 0 ? 0 : (long long)seconds;
    long long hours = s / 3600;

    if (hours >= 100) {
        (void)snprintf(out, FORMAT_SIZE, "%lldd %02lldh", hours / 24, hours % 24);
    } else if (hours > 0) {
        (void)snprintf(out, FORMAT_SIZE, "%lld:%02lld:%02lld", hours, s / 60 % 60,
                       s % 60);
    } else {
        (void)snprintf(out, FORMAT_SIZE, "%lld:%02lld", s / 60, s % 60);
    }
    return out;
}

char *format_seconds(char out[FORMAT_SIZE], double seconds) {
    if (!isfinite(seconds) || seconds < 0) {
        return format_unknown(out);
    }
    if (seconds >= 60) {
        return format_elapsed(out, (int64_t)(seconds + 0.5));
    }
    (void)snprintf(out, FORMAT_SIZE, "%.2f s", seconds);
    return out;
}

char *format_energy(char out[FORMAT_SIZE], double energy) {
    if (!isfinite(energy)) {
        return format_unknown(out);
    }
    (void)snprintf(out, FORMAT_SIZE, "%.4f", energy);
    return out;
}

/* Drop the zeros that printf puts before a short exponent: "4.1e-07" → "4.1e-7". */
static void shorten_exponent(char *text) {
    char *digit = strchr(text, 'e');

    if (!digit) {
        return;
    }
    digit += 2;
    size_t zeros = strspn(digit, "0");
    if (!digit[zeros]) {
        zeros--;
    }
    memmove(digit, digit + zeros, strlen(digit + zeros) + 1);
    if (digit[-1] == '+') {
        memmove(digit - 1, digit, strlen(digit) + 1);
    }
}

char *format_magnitude(char out[FORMAT_SIZE], double value) {
    if (!isfinite(value)) {
        return format_unknown(out);
    }
    if (value == 0) {
        return strcpy(out, "0");
    }
    (void)snprintf(out, FORMAT_SIZE, "%.1e", fabs(value));
    shorten_exponent(out);
    return out;
}

char *format_quantity(char out[FORMAT_SIZE], double value, int decimals,
                      const char *unit) {
    if (!isfinite(value)) {
        return format_unknown(out);
    }
    (void)snprintf(out, FORMAT_SIZE, "%.*f %s", decimals, value, unit);
    return out;
}

char *format_bytes(char out[FORMAT_SIZE], double bytes) {
    static const char *const units[] = {"B", "KiB", "MiB", "GiB", "TiB"};
    size_t unit = 0;

    if (!isfinite(bytes) || bytes < 0) {
        return format_unknown(out);
    }
    while (bytes >= 1024 && unit + 1 < sizeof units / sizeof *units) {
        bytes /= 1024;
        unit++;
    }
    (void)snprintf(out, FORMAT_SIZE, "%.*f %s", unit == 0 || bytes >= 100 ? 0 : 1,
                   bytes, units[unit]);
    return out;
}

char *format_local_time(char out[FORMAT_SIZE], int64_t realtime_ms) {
    time_t seconds = (time_t)(realtime_ms / 1000);
    struct tm local;

    if (!localtime_r(&seconds, &local) ||
        strftime(out, FORMAT_SIZE, "%Y-%m-%d %H:%M:%S", &local) == 0) {
        return format_unknown(out);
    }
    return out;
}

char *format_round_trip(char out[FORMAT_SIZE], uint64_t nanoseconds) {
    double ms = (double)nanoseconds / 1e6;

    if (ms >= 1000) {
        (void)snprintf(out, FORMAT_SIZE, "%.1f s", ms / 1000);
    } else {
        (void)snprintf(out, FORMAT_SIZE, "%.*f ms", ms < 1 ? 2 : ms < 10 ? 1 : 0, ms);
    }
    return out;
}
