/* What stands on the line below some keywords. CRYSTAL reads it as Fortran reads lists:
 * so many numbers, and what is no number, or no whole one where such is wanted, ends
 * the run. */
#include "codes/crystal/crystal_run.h"

#include "base/fortran.h"
#include "codes/code_check.h"

#include <string.h>

struct rule {
    const char *keyword;
    int n;         /* how many numbers */
    bool whole;    /* all of them */
    double lowest; /* of the first; what is beyond is a warning, … */
    double highest;
    const char *what; /* … and this is told of them, with an example */
};

static const struct rule rules[] = {
    {"BETALOCK", 2, true, -1e9, 1e9,
     "how many electrons of spin beta, and for how many cycles, as in \"5 10\""},
    {"FMIXING", 1, true, 0, 100,
     "how much of the matrix of the cycle before is mixed in, in percent, as in "
     "\"30\""},
    {"LEVSHIFT", 2, true, 0, 1e9,
     "the shift in tenths of a hartree, and 1 or 0 (the state is locked, or not), as "
     "in "
     "\"6 1\""},
    {"MAXCYCLE", 1, true, 0, 1e9, "the largest number of cycles, as in \"100\""},
    {"SHRINK", 1, false, 0, 1e9, "the net of k points, as in \"8 8\""},
    {"SMEAR", 1, false, 0, 1, "the width in hartree, as in \"0.005\""},
    {"SPINLOCK", 2, true, -1e9, 1e9,
     "how many electrons of spin alpha there are more than of beta, and for how many "
     "cycles, as in \"2 10\""},
    {"TOLDEE", 1, true, 1, 16, "an exponent, as in \"8\" for a change below 1e-8"},
};

static const struct rule *find_rule(const char *keyword) {
    for (size_t i = 0; i < sizeof rules / sizeof *rules; i++) {
        if (crystal_is_word(keyword, rules[i].keyword)) {
            return &rules[i];
        }
    }
    return NULL;
}

/* How many of the numbers that a rule asks for a line begins with; *first the first. */
static int count(const struct rule *rule, const char *line, double *first) {
    int n = 0;
    while (n < rule->n) {
        const char *at = line;
        double value = 0;
        long whole = 0;
        if (!fortran_real(&line, &value)) {
            return n;
        }
        if (rule->whole && (!fortran_int(&at, &whole) || at != line)) {
            return n;
        }
        *first = n == 0 ? value : *first;
        n++;
        line += strspn(line, " \t");
        line += *line == ',';
    }
    return n;
}

int crystal_check_value(const char *file, const char *line, const char *keyword,
                        long number, struct code_findings *out) {
    const struct rule *rule = find_rule(keyword);
    double first = 0;
    if (!rule || !*line || *line == '#' || *line == '!') {
        return 0;
    }
    if (count(rule, line, &first) < rule->n) {
        return code_find(out, true, file, number,
                         "%s takes %s on the line below it (%s), and %.*s stands here",
                         rule->keyword,
                         rule->n == 2  ? "two whole numbers"
                         : rule->whole ? "a whole number"
                                       : "a number",
                         rule->what, (int)strnlen(line, 40), line);
    }
    return first >= rule->lowest && first <= rule->highest
               ? 0
               : code_find(out, false, file, number, "%g is odd for %s, which takes %s",
                           first, rule->keyword, rule->what);
}
