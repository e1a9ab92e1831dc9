/* Samples are kept whole and sorted at the end, so that no quantile is an estimate. */
#include "sample.h"

#include <inttypes.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>

enum { NAME_WIDTH = 52 };

void sample_deinit(struct sample *sample) {
    free(sample->ns);
    *sample = (struct sample)SAMPLE_NULL;
}

void sample_add(struct sample *sample, uint64_t ns) {
    if (sample->n == sample->cap) {
        size_t cap = sample->cap ? sample->cap * 2 : 1024;
        uint64_t *grown = realloc(sample->ns, cap * sizeof *grown);
        if (!grown) {
            abort();
        }
        sample->ns = grown;
        sample->cap = cap;
    }
    sample->ns[sample->n++] = ns;
}

static int compare(const void *a, const void *b) {
    uint64_t x = *(const uint64_t *)a;
    uint64_t y = *(const uint64_t *)b;
    return (x > y) - (x < y);
}

uint64_t sample_quantile(struct sample *sample, double share) {
    if (sample->n == 0) {
        return 0;
    }
    qsort(sample->ns, sample->n, sizeof *sample->ns, compare);
    size_t rank = (size_t)ceil(share * (double)sample->n);
    return sample->ns[rank > 0 ? rank - 1 : 0];
}

double sample_ratio(struct sample *sample, struct sample *floor, double share) {
    uint64_t below = sample_quantile(floor, share);
    return below ? (double)sample_quantile(sample, share) / (double)below : 0;
}

double sample_rate(struct sample *sample, double share) {
    uint64_t each = sample_quantile(sample, share);
    return each ? 1e9 * SAMPLE_PARTS / (double)each : 0;
}

static void print_ratio(struct sample *sample, struct sample *floor, double share) {
    (void)printf("  %6.2f x", sample_ratio(sample, floor, share));
}

static void print_time(uint64_t ns) {
    if (ns < 1000000) {
        (void)printf("  %7.1f us", (double)ns / 1e3);
    } else {
        (void)printf("  %7.2f ms", (double)ns / 1e6);
    }
}

void sample_print_head(const char *title) {
    (void)printf("\n%-*s  %10s  %10s  %10s  %8s  %8s\n", NAME_WIDTH, title, "least",
                 "median", "99th pct", "median", "99th pct");
}

void sample_print(const char *name, struct sample *sample, struct sample *floor) {
    (void)printf("  %-*s", NAME_WIDTH - 2, name);
    print_time(sample_quantile(sample, 0));
    print_time(sample_quantile(sample, 0.5));
    print_time(sample_quantile(sample, 0.99));
    print_ratio(sample, floor, 0.5);
    print_ratio(sample, floor, 0.99);
    (void)printf("\n");
    (void)fflush(stdout);
}

void sample_print_rate_head(const char *title) {
    (void)printf("\n%-*s  %10s  %10s  %10s  %8s\n", NAME_WIDTH, title, "best/s",
                 "median/s", "worst/s", "time");
}

void sample_print_rate(const char *name, struct sample *sample, struct sample *floor) {
    (void)printf("  %-*s  %10.0f  %10.0f  %10.0f", NAME_WIDTH - 2, name,
                 sample_rate(sample, 0), sample_rate(sample, 0.5),
                 sample_rate(sample, 0.99));
    print_ratio(sample, floor, 0.5);
    (void)printf("\n");
    (void)fflush(stdout);
}
