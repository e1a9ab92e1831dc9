/* A cluster, as the user has described it: where jobs go that are too large for this
 * machine, and how they are to be run there. All settings are text; one table says what
 * each is for, and what it may be. */
#pragma once

#include "base/buf.h"
#include "base/cleanup.h"
#include "base/errmsg.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum cluster_key {
    CLUSTER_SSH,
    CLUSTER_WORKDIR,
    CLUSTER_PARTITION,
    CLUSTER_ACCOUNT,
    CLUSTER_QOS,
    CLUSTER_TIME,
    CLUSTER_LAUNCHER,
    CLUSTER_MAX_JOBS,
    CLUSTER_POLL,
    CLUSTER_SETUP,
    CLUSTER_OPTIONS,
    CLUSTER_TEMPLATE,
    CLUSTER_KEYS, /* how many there are */
};

enum cluster_kind {
    CLUSTER_WORD,   /* one word for a program */
    CLUSTER_LINE,   /* one line of text */
    CLUSTER_LINES,  /* several, of a shell or one word each */
    CLUSTER_NUMBER, /* 1 to 1,000,000 */
};

struct cluster_setting {
    const char *name; /* of the key, of a parameter and of an option */
    enum cluster_kind kind;
    const char *text; /* one line for people */
};

/* Owns every pointer. */
struct cluster {
    char *name;
    char
        *values[CLUSTER_KEYS]; /* lines end with '\n' but for the last; NULL: not set */
};

/* How a key is called, and what for. */
const struct cluster_setting *cluster_setting(enum cluster_key key);
/* 0 or -ENOENT. */
int cluster_key_from_name(const char *name, enum cluster_key *out);

/* With a name (copied) and nothing else. 0 or -ENOMEM. */
int cluster_new(struct cluster **out, const char *name);
int cluster_copy(struct cluster **out, const struct cluster *from);
/* Accepts NULL, returns NULL. */
struct cluster *cluster_free(struct cluster *cluster);
DEFINE_CLEANUP(struct cluster *, cluster_free);

/* The value, or "". */
const char *cluster_text(const struct cluster *cluster, enum cluster_key key);
/* The value of a CLUSTER_NUMBER, or the fallback. */
int64_t cluster_number(const struct cluster *cluster, enum cluster_key key,
                       int64_t fallback);

/* CLUSTER_TIME in seconds, of the forms that sbatch(1) has: "90" minutes, "1:30:00",
 * "2-12"; 0: none is set, or it is unlimited. */
int64_t cluster_time(const struct cluster *cluster);

/* Whether it can be the name of a cluster: 1 to 32 letters, digits, '-', '_' and '.',
 * the first a letter or a digit. */
bool cluster_name_is_valid(const char *name);

/* Set a value (copied; NULL or "": not set any more). 0, -EINVAL with `msg` when it
 * cannot be that, or -ENOMEM. */
int cluster_set(struct cluster *cluster, enum cluster_key key, const char *value,
                struct errmsg *msg);

/* What is set, as bytes to be kept, appended; and back: what is not known is left out,
 * for it may have been written by a newer version. 0 or -ENOMEM. */
int cluster_pack(const struct cluster *cluster, struct buf *out);
int cluster_unpack(struct cluster *cluster, const char *bytes, size_t n);
