/* Measured times, and their table. */
#pragma once

#include <stddef.h>
#include <stdint.h>

struct sample {
    uint64_t *ns; /* owned */
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

/* A table row: the name, then the least, the median and the 99th percentile. */
void sample_print(const char *name, struct sample *sample);
/* The row below two others: how many times as long the first takes as the second. */
void sample_print_ratio(struct sample *sample, struct sample *floor);
void sample_print_head(const char *title);
