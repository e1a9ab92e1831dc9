/* Reading numbers from Fortran's output. strtod is not used because the decimal point
 * it expects depends on the locale, and because it knows neither D exponents nor
 * numbers that touch. */
#include "base/fortran.h"

#include <limits.h>
#include <math.h>
#include <stdint.h>
#include <string.h>

static bool is_digit(char c) {
    return c >= '0' && c <= '9';
}

static const char *skip_blanks(const char *at) {
    while (*at == ' ' || *at == '\t') {
        at++;
    }
    return at;
}

static bool read_sign(const char **at) {
    bool negative = **at == '-';
    if (negative || **at == '+') {
        (*at)++;
    }
    return negative;
}

struct decimal {
    uint64_t mantissa;
    int exponent; /* of ten */
    bool any;     /* at least one digit was there */
};

/* Behind the digits that are there. */
static const char *take_digits(struct decimal *number, const char *at,
                               bool behind_point) {
    const char *p = at;
    uint64_t mantissa = number->mantissa;
    for (; is_digit(*p) && mantissa <= (UINT64_MAX - 9) / 10; p++) {
        mantissa = mantissa * 10 + (uint64_t)(*p - '0');
    }
    number->mantissa = mantissa;
    number->exponent -= behind_point ? (int)(p - at) : 0;
    /* Nineteen digits are more than a double holds; the rest only shifts. */
    for (; is_digit(*p); p++) {
        number->exponent += behind_point ? 0 : 1;
    }
    number->any |= p > at;
    return p;
}

/* An exponent belongs to the number only when digits follow its letter. */
static const char *read_exponent(const char *at, int *exponent) {
    char letter = (char)(*at | 0x20);
    if (letter != 'e' && letter != 'd' && letter != 'q') {
        return at;
    }
    const char *p = at + 1;
    bool negative = read_sign(&p);
    if (!is_digit(*p)) {
        return at;
    }
    int value = 0;
    for (; is_digit(*p); p++) {
        value = value < 100000 ? value * 10 + (*p - '0') : value;
    }
    *exponent += negative ? -value : value;
    return p;
}

static double compose(const struct decimal *number) {
    double mantissa = (double)number->mantissa;
    int e = number->exponent;
    if (number->mantissa == 0) {
        return 0;
    }
    /* Both operands are exact here, so that the result is rounded once. */
    if (number->mantissa < (UINT64_C(1) << 53) && e >= -22 && e <= 22) {
        static const double powers[] = {1e0,  1e1,  1e2,  1e3,  1e4,  1e5,  1e6,  1e7,
                                        1e8,  1e9,  1e10, 1e11, 1e12, 1e13, 1e14, 1e15,
                                        1e16, 1e17, 1e18, 1e19, 1e20, 1e21, 1e22};
        return e < 0 ? mantissa / powers[-e] : mantissa * powers[e];
    }
    /* In two steps, so that the power itself stays within range. */
    int half = e / 2;
    return mantissa * pow(10, half) * pow(10, e - half);
}

bool fortran_real(const char **at, double *out) {
    const char *p = skip_blanks(*at);
    bool negative = read_sign(&p);
    struct decimal number = {0};
    p = take_digits(&number, p, false);
    if (*p == '.') {
        p = take_digits(&number, p + 1, true);
    }
    if (!number.any) {
        return false;
    }
    p = read_exponent(p, &number.exponent);
    double value = compose(&number);
    if (!isfinite(value)) {
        return false;
    }
    *out = negative ? -value : value;
    *at = p;
    return true;
}

/* How many characters a number has that the next one touches, so that the point of that
 * one stands behind digits of both; 0: it touches none. */
static size_t length_of_touching(const char *at, size_t decimals) {
    const char *p = skip_blanks(at);
    (void)read_sign(&p);
    while (is_digit(*p)) {
        p++;
    }
    const char *point = p;
    if (*point != '.') {
        return 0;
    }
    do {
        p++;
    } while (is_digit(*p));
    const char *end = point + 1 + decimals;
    return *p == '.' && p > end ? (size_t)(end - at) : 0;
}

/* `decimals` 0: a number ends where nothing of it follows. */
static bool read_one(const char **at, size_t decimals, double *out) {
    char number[64];
    size_t n = decimals > 0 ? length_of_touching(*at, decimals) : 0;
    if (n == 0) {
        return fortran_real(at, out);
    }
    if (n >= sizeof number) {
        return false;
    }
    memcpy(number, *at, n);
    number[n] = '\0';
    const char *p = number;
    *at += n;
    return fortran_real(&p, out);
}

static bool read_all(const char **at, size_t decimals, double *out, size_t n) {
    const char *p = *at;
    double values[16];
    if (n > sizeof(values) / sizeof(values[0])) {
        return false;
    }
    for (size_t i = 0; i < n; i++) {
        if (!read_one(&p, decimals, &values[i])) {
            return false;
        }
    }
    memcpy(out, values, n * sizeof(*out));
    *at = p;
    return true;
}

bool fortran_reals(const char **at, double *out, size_t n) {
    return read_all(at, 0, out, n);
}

bool fortran_fixed_reals(const char **at, size_t decimals, double *out, size_t n) {
    return read_all(at, decimals, out, n);
}

bool fortran_int(const char **at, long *out) {
    const char *p = skip_blanks(*at);
    bool negative = read_sign(&p);
    if (!is_digit(*p)) {
        return false;
    }
    long value = 0;
    for (; is_digit(*p); p++) {
        int digit = *p - '0';
        if (value > (LONG_MAX - digit) / 10) {
            return false;
        }
        value = value * 10 + digit;
    }
    *out = negative ? -value : value;
    *at = p;
    return true;
}
