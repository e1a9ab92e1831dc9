#include "goal.h"

#include "base/cleanup.h"

#include <math.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>

static void print_number(FILE *file, double number) {
    (void)fprintf(file, number < 1000 ? "  %10.2f" : "  %10.0f", number);
}

static void note(const char *what, const char *sense, double limit, double reached,
                 bool yes) {
    const char *path = getenv("BENCH_GOALS");
    _cleanup_fclose_ FILE *file = path ? fopen(path, "ae") : NULL;
    if (!file) {
        return;
    }
    (void)fprintf(file, "  %-56s  %s", what, sense);
    print_number(file, limit);
    print_number(file, reached);
    (void)fprintf(file, "  %s\n", yes ? "yes" : "no");
}

void goal_at_most(const char *what, double limit, double reached) {
    note(what, "<=", limit, reached, reached <= limit);
}

void goal_at_least(const char *what, double limit, double reached) {
    note(what, ">=", limit, reached, reached >= limit);
}
