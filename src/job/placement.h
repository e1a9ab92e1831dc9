/* What a job of a cluster asks of its queue, and what it is called there: lines of
 * "key=value" in job->placement, in the order of the keys. Pure. */
#pragma once

#include "base/errmsg.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum placement_key {
    PLACEMENT_NODES,
    PLACEMENT_NTASKS,
    PLACEMENT_CPUS,
    PLACEMENT_MEM,
    PLACEMENT_PARTITION,
    PLACEMENT_ACCOUNT,
    PLACEMENT_QOS,
    PLACEMENT_ARRAY,
    PLACEMENT_WISHES, /* how many of them a person may set; those behind are ours */
    PLACEMENT_NAME = PLACEMENT_WISHES, /* nobody else's; known before it is submitted */
    PLACEMENT_ID,                      /* Slurm's number, once it is known */
    PLACEMENT_ADOPTED,                 /* "yes": somebody else wrote its script */
    PLACEMENT_DIRECTORY, /* where it runs there, where that is not its own folder */
    PLACEMENT_STEPS,     /* what is done there before, of slurm/steps.h; may be long */
    PLACEMENT_TASKS,     /* what is known of the tasks of an array, of slurm/array.h;
                            likewise */
    PLACEMENT_KEYS,
};

enum { PLACEMENT_VALUE_SIZE = 256 }; /* of a value with its NUL */

struct placement_setting {
    const char *name; /* of a parameter of jobs.submit and of an option */
    const char *text; /* one line for people */
};

const struct placement_setting *placement_setting(enum placement_key key);

/* Whether it can be the value of this key. 0, or -EINVAL with `msg`. */
int placement_check(enum placement_key key, const char *value, struct errmsg *msg);

/* The value, or "" where it is not set. `text` may be NULL. Returns `out`. */
const char *placement_get(const char *text, enum placement_key key,
                          char out[PLACEMENT_VALUE_SIZE]);
/* The same of a value that may be longer, n bytes in the text, without a NUL; NULL: it
 * is not set. */
const char *placement_find(const char *text, enum placement_key key, size_t *n);
/* Slurm's number of the job; 0: it is not known. */
int64_t placement_id(const char *text);
/* Set it in a text that is owned (NULL: none yet); "" takes it away. The value was
 * checked. 0 or -ENOMEM: then nothing has changed. */
int placement_set(char **text, enum placement_key key, const char *value);
