/* The one table of commands: help, usage errors, option parsing and shell completion
 * are all made from it. */
#pragma once

#include "cli/cli.h"

#include <stdbool.h>
#include <stddef.h>

struct args;

/* What an operand or an option's value is, for completion. */
enum arg_kind {
    ARG_NONE,
    ARG_TEXT,
    ARG_NUMBER,
    ARG_FILE,
    ARG_JOB,
    ARG_JOB_OR_FILE,
    ARG_STATE,
    ARG_COMMAND,
    ARG_SHELL,
    ARG_VERB,    /* what `crystalmath server` can do */
    ARG_DB,      /* what `crystalmath db` can do, then a file */
    ARG_CLUSTER, /* what `crystalmath cluster` can do */
    ARG_METHOD,
    ARG_YES_NO,
    ARG_PLOT,      /* what `crystalmath plot` can draw */
    ARG_STRUCTURE, /* formats that `crystalmath structure` writes */
};

enum {
    OPTIONS_MAX = 32, /* of one command */
};

struct option_spec {
    const char *name;  /* without the dashes */
    char letter;       /* 0: none */
    const char *value; /* what its value is called; NULL for a switch */
    enum arg_kind kind;
    const char *text; /* one line */
};

struct command {
    const char *name;
    const char *operands; /* as the synopsis shows them */
    enum arg_kind operand_kind;
    int min_operands;
    int max_operands;     /* -1: any number */
    bool dashed_operands; /* behind the first operand, "-word" is another one */
    const char *text;     /* one line */
    const char *details;  /* lines for `crystalmath help NAME` */
    struct option_spec options[OPTIONS_MAX + 1]; /* ended by a NULL name */
    bool at_host; /* with --host it runs there: it is about files or the machine */
    int (*run)(const struct cli *cli, const struct args *args); /* returns a status */
};

/* The options that stand before the command, ended by a NULL name. */
const struct option_spec *command_global_options(void);

/* Entry i of the table, NULL behind the last. */
const struct command *command_at(size_t i);
/* NULL when there is none such. */
const struct command *command_find(const char *name);

/* The words that an argument of this kind can be, NULL-terminated; NULL where they are
 * not fixed. ARG_COMMAND is not among them: see command_at. */
const char *const *command_words(enum arg_kind kind);

/* The word of a list nearest to one that is in none, for "did you mean"; NULL when
 * nothing is near. Options are compared by name. */
const char *command_nearest_word(const char *const *words, const char *typed);
const char *command_nearest(const char *typed);
const char *command_nearest_option(const struct option_spec *options,
                                   const char *typed);
