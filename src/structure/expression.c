/* A reader by descent: a sum of products of powers. Depth is limited, for brackets come
 * from files. */
#include "structure/expression.h"

#include "base/fortran.h"

#include <ctype.h>
#include <math.h>
#include <string.h>
#include <strings.h>

enum {
    LENGTH_MAX = 128,
    DEPTH_MAX = 32,
};

struct reader {
    const char *at;
    int depth;
    bool wrong;
};

static double sum(struct reader *reader);

static double function_of(const char *name, size_t n, double x, bool *known) {
    static const struct {
        const char *name;
        double (*of)(double);
    } functions[] = {{"sqrt", sqrt}, {"sin", sin}, {"cos", cos}, {"tan", tan},
                     {"exp", exp},   {"log", log}, {"abs", fabs}};
    for (size_t i = 0; i < sizeof functions / sizeof *functions; i++) {
        if (strlen(functions[i].name) == n &&
            strncasecmp(functions[i].name, name, n) == 0) {
            *known = true;
            return functions[i].of(x);
        }
    }
    *known = false;
    return 0;
}

/* From behind the opening bracket. */
static double bracket(struct reader *reader) {
    reader->at++;
    reader->wrong |= ++reader->depth > DEPTH_MAX;
    double value = reader->wrong ? 0 : sum(reader);
    reader->depth--;
    reader->wrong |= *reader->at != ')';
    reader->at += !reader->wrong;
    return value;
}

static double operand(struct reader *reader) {
    double value = 0;
    if (*reader->at == '(') {
        return bracket(reader);
    }
    if (isalpha((unsigned char)*reader->at)) {
        const char *name = reader->at;
        bool known = false;
        while (isalpha((unsigned char)*reader->at)) {
            reader->at++;
        }
        size_t n = (size_t)(reader->at - name);
        reader->wrong |= *reader->at != '(';
        value = reader->wrong ? 0 : bracket(reader);
        value = function_of(name, n, value, &known);
        reader->wrong |= !known;
        return value;
    }
    bool number = isdigit((unsigned char)*reader->at) || *reader->at == '.';
    reader->wrong |= !number || !fortran_real(&reader->at, &value);
    return value;
}

static double power(struct reader *reader) {
    double value = operand(reader);
    while (!reader->wrong && *reader->at == '^') {
        reader->at++;
        int sign = *reader->at == '-' ? -1 : 1;
        reader->at += *reader->at == '-' || *reader->at == '+';
        value = pow(value, sign * operand(reader));
    }
    return value;
}

static double product(struct reader *reader) {
    int sign = 1;
    while (*reader->at == '-' || *reader->at == '+') {
        sign = *reader->at++ == '-' ? -sign : sign;
    }
    double value = sign * power(reader);
    while (!reader->wrong && (*reader->at == '*' || *reader->at == '/')) {
        bool divide = *reader->at++ == '/';
        double other = power(reader);
        value = divide ? value / other : value * other;
    }
    return value;
}

static double sum(struct reader *reader) {
    double value = product(reader);
    while (!reader->wrong && (*reader->at == '+' || *reader->at == '-')) {
        bool minus = *reader->at++ == '-';
        double other = product(reader);
        value = minus ? value - other : value + other;
    }
    return value;
}

bool expression_value(const char *text, size_t n, double *out) {
    char copy[LENGTH_MAX];
    if (n == 0 || n >= sizeof copy) {
        return false;
    }
    memcpy(copy, text, n);
    copy[n] = '\0';
    struct reader reader = {.at = copy};
    double value = sum(&reader);
    if (reader.wrong || reader.at != copy + n || !isfinite(value)) {
        return false;
    }
    *out = value;
    return true;
}
