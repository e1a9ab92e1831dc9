/* Measured times, and their tables. */
#pragma once

#include <stddef.h>
#include <stdint.h>

enum { SAMPLE_PARTS = 1000 }; /* rates are kept in picoseconds for one answer */

struct sample {
    uint64_t *ns; /* owned; picoseconds where a rate was measured */
    size_t n;
    size_t cap;
};

#define SAMPLE_NULL                                                                    \
    { NULL, 0, 0 }

void sample_deinit(struct sample *sample);
#define _cleanup_sample_ _cleanup_(sample_deinit)

void sample_add(struct sample *sample, uint64_t ns);

/* The value that a share of the sample (0 to 1) does not exceed; sorts the sample. 0 of
 * none. */
uint64_t sample_quantile(struct sample *sample, double share);
/* How many times as long as the floor, both at that share. */
double sample_ratio(struct sample *sample, struct sample *floor, double share);
/* Answers a second, at that share of the times. */
double sample_rate(struct sample *sample, double share);

/* A table of times: the least, the median, the 99th percentile, and how many times the
 * floor the latter two are. */
void sample_print_head(const char *title);
void sample_print(const char *name, struct sample *sample, struct sample *floor);

/* A table of rates in answers a second: the best round, the median, the worst of a
 * hundred, and how many times as long as the floor an answer takes. */
void sample_print_rate_head(const char *title);
void sample_print_rate(const char *name, struct sample *sample, struct sample *floor);
