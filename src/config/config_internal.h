/* What the files of this folder share. */
#pragma once

#include "config/config.h"

struct config_held {
    int64_t number;
    char *text; /* owned; of a path or a kind of text, NULL: "" */
    enum config_source source;
    int line;
};

struct config {
    struct config_held values[CONFIG_KEYS];
    char *path; /* owned; NULL: there is no home */
    bool exists;
    struct config_problem *problems; /* owned */
    size_t n_problems;
};

enum {
    CONFIG_E_VALUE = 1, /* `msg` says what the key takes */
};

/* Read a value as a file or the environment has it into *out, whose text is then the
 * caller's. 0, CONFIG_E_VALUE with `msg`, or a negative errno. */
int config_value_read(const struct config_entry *entry, const char *text,
                      struct config_held *out, struct errmsg *msg);

/* Set a key from text. Likewise; on failure nothing is changed. */
int config_set(struct config *config, enum config_key key, const char *text,
               enum config_source source, int line, struct errmsg *msg);

/* Keep a problem. `line` 0: of the whole file; negative: `format` says where. 0 or
 * -ENOMEM. */
int config_complain(struct config *config, int line, const char *format, ...)
    __attribute__((format(printf, 3, 4)));

/* Read config->path over what there is. 0 or a negative errno; what a person can mend
 * is a problem and no error. */
int config_read_file(struct config *config);
