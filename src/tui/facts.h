/* What is known about a job as lines of "label  value", the important first. Pure. */
#pragma once

#include "tui/summary.h"

#include <jansson.h>
#include <stddef.h>

enum fact_mood {
    FACT_PLAIN,
    FACT_QUIET, /* background: paths, times */
    FACT_GOOD,
    FACT_WARN,
    FACT_BAD,
};

struct fact {
    const char *label; /* static; "" goes on with what is above */
    char *text;        /* owned; may hold newlines */
    enum fact_mood mood;
};

struct facts {
    struct fact *items; /* owned */
    size_t n, cap;
};

/* From the summary and, when it has come, the answer of jobs.get (else NULL).
 * 0 or -ENOMEM; *out is then good for facts_deinit only. */
int facts_build(struct facts *out, const struct summary *job, const json_t *full);
void facts_deinit(struct facts *facts);
/* One more line; the label is static. 0 or -ENOMEM. */
int facts_add(struct facts *facts, const char *label, enum fact_mood mood,
              const char *format, ...) __attribute__((format(printf, 4, 5)));
