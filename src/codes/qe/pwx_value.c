/* Values in namelists as Fortran reads them. gfortran, which builds most pw.x, takes
 * integers for reals but not reals for integers, exponents with e, d, q or a bare sign,
 * and for logicals everything that begins with t or f, a point before it or not.
 * Strings need quotes. */
#include "codes/qe/pwx_check.h"

#include <ctype.h>
#include <string.h>
#include <strings.h>

static bool is_one_of(char c, const char *set) {
    return c && strchr(set, c);
}

static size_t digits(const char *text, size_t n) {
    size_t i = 0;
    while (i < n && isdigit((unsigned char)text[i])) {
        i++;
    }
    return i;
}

static size_t sign(const char *text, size_t n) {
    return n > 0 && (*text == '+' || *text == '-') ? 1 : 0;
}

bool pwx_value_is_integer(const char *value, size_t n) {
    size_t i = sign(value, n);
    return i < n && i + digits(value + i, n - i) == n;
}

static bool is_exponent(const char *text, size_t n) {
    size_t letter = n > 0 && is_one_of(*text, "eEdDqQ") ? 1 : 0;
    size_t i = letter + sign(text + letter, n - letter);
    return i > 0 && i < n && i + digits(text + i, n - i) == n;
}

static bool is_infinite(const char *text, size_t n) {
    return (n == 3 &&
            (strncasecmp(text, "inf", 3) == 0 || strncasecmp(text, "nan", 3) == 0)) ||
           (n == 8 && strncasecmp(text, "infinity", 8) == 0);
}

bool pwx_value_is_real(const char *value, size_t n) {
    size_t i = sign(value, n);
    if (is_infinite(value + i, n - i)) {
        return true;
    }
    size_t before = digits(value + i, n - i);
    i += before;
    size_t point = i < n && value[i] == '.' ? 1 : 0;
    i += point;
    size_t after = point ? digits(value + i, n - i) : 0;
    i += after;
    return before + after > 0 && (i == n || is_exponent(value + i, n - i));
}

static bool is_logical(const char *value, size_t n) {
    size_t i = n > 0 && *value == '.' ? 1 : 0;
    if (i == n || !is_one_of(value[i], "tTfF")) {
        return false;
    }
    while (i < n && isalpha((unsigned char)value[i])) {
        i++;
    }
    return i == n || (i + 1 == n && value[i] == '.');
}

static const char *number_fault(const char *value, size_t n, bool quoted) {
    if (quoted) {
        return "takes a number, without quotes";
    }
    if (isdigit((unsigned char)*value) && isalpha((unsigned char)value[n - 1])) {
        return "takes a bare number, without a unit";
    }
    return "takes a number";
}

const char *pwx_value_fault(enum pwx_type type, const char *value, size_t n,
                            bool quoted) {
    switch (type) {
    case PWX_INTEGER:
        if (!quoted && pwx_value_is_integer(value, n)) {
            return NULL;
        }
        return !quoted && pwx_value_is_real(value, n)
                   ? "takes a whole number, without a decimal point"
                   : number_fault(value, n, quoted);
    case PWX_REAL:
        return !quoted && pwx_value_is_real(value, n) ? NULL
                                                      : number_fault(value, n, quoted);
    case PWX_LOGICAL:
        return !quoted && is_logical(value, n) ? NULL : "takes .true. or .false.";
    case PWX_STRING:
        break;
    }
    /* Compilers differ about digits without quotes; letters none of them takes. */
    return quoted || isdigit((unsigned char)*value) ? NULL : "takes a text in quotes";
}
