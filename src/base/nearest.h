/* Guessing what somebody meant to write. */
#pragma once

#include <stdbool.h>
#include <stddef.h>

/* The candidate that comes nearest to a word, one candidate after the other. */
struct nearest {
    const char *word; /* n bytes */
    size_t n;
    const char *best; /* NULL while none is near enough */
    size_t distance;  /* of the best */
};

void nearest_init(struct nearest *nearest, const char *word, size_t n);
/* Offer a candidate; it is kept as a pointer. */
void nearest_offer(struct nearest *nearest, const char *candidate);
