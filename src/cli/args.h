/* The words behind a command's name, sorted into options and operands. */
#pragma once

#include "cli/command.h"

#include <stdint.h>

struct given {
    int place; /* in the command's table */
    const char *value;
};

struct args {
    const struct command *command;
    const char
        *values[OPTIONS_MAX]; /* by place in the command's table; NULL: not given */
    struct given *given;      /* owned: every option that was given, in order */
    size_t n_given;
    char **operands; /* owned vector of borrowed words, NULL-terminated */
    int n_operands;
    int dashes; /* how many operands stood before "--"; -1 when there was none */
    bool help;  /* --help was among the options; nothing else was checked then */
};

/* Sort argv[0..argc): options may stand before or after operands, "--" ends them.
 * Returns a status; `out` is to be released in either case. */
int args_parse(struct args *out, const struct command *command, int argc, char **argv);
void args_deinit(struct args *args);

bool args_has(const struct args *args, const char *option);
/* NULL when not given. */
const char *args_value(const struct args *args, const char *option);
/* The value of the option where it was given for the n-th time, from 0; NULL when it
 * was given less often. */
const char *args_nth(const struct args *args, const char *option, size_t n);
/* A whole number in [min, max], or *out untouched when the option is not given. Returns
 * a status. */
int args_number(const struct args *args, const char *option, int64_t min, int64_t max,
                int64_t *out);

/* The operands as ids of jobs, in a fresh vector that the caller frees. Returns a
 * status. */
int args_job_ids(const struct args *args, int64_t **out);

/* For main: the options before the command. On CLI_OK *used tells how many words they
 * took, and *help and *version whether these were asked for. */
int args_parse_global(struct cli *out, int argc, char **argv, int *used, bool *help,
                      bool *version);
