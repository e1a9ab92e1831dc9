/* What a DFT code has to offer. For this folder and the codes' own only. */
#pragma once

#include "codes/code.h"
#include "codes/line_reader.h"

struct code_findings;
struct code_restart;
struct code_stopped;

/* A command line that grows. */
struct words {
    char **words; /* owned, NULL-terminated */
    size_t n;
};

/* Append a copy. 0 or -ENOMEM. */
int words_add(struct words *words, const char *word);
/* Append text as one word of the shell, in quotes. 0 or -ENOMEM. */
int words_quote(struct buf *out, const char *text);

/* Most outputs are read line by line: the bounded line reader is common to all codes,
 * the meaning of a line is each code's own. */
struct code {
    const char *name;    /* on the wire */
    const char *title;   /* as people write it */
    const char *program; /* as looked for on PATH */

    bool (*is_input)(const char *text, size_t n);
    bool (*is_output)(const char *text, size_t n);
    /* As code_of_sibling; NULL: the code is one program. */
    bool (*is_sibling)(const char *text, size_t n, char *name, size_t room);
    /* As code_check_input. */
    int (*check_input)(const char *file, const char *text, size_t n, long *line,
                       struct errmsg *msg);
    /* As code_check, for an input whose syntax is right. */
    int (*check)(const char *file, const char *text, size_t n, char *const *env,
                 const struct code_beside *beside, struct code_findings *out);
    /* As code_files, code_set_value and code_move_input. */
    int (*files)(const char *input, const char *text, size_t n, char *const *env,
                 struct code_files *out);
    int (*set_value)(const char *file, const char *text, size_t n, const char *name,
                     const char *value, struct buf *out, struct errmsg *msg);
    int (*move_input)(const char *file, const char *text, size_t n, const char *folder,
                      struct buf *out, struct errmsg *msg);
    /* As code_limits; NULL: the output tells them all. */
    struct code_limits (*limits)(const char *text, size_t n);
    const char *cycle_limit; /* as code_cycle_limit_name */
    /* As code_restart. */
    int (*restart)(const struct code *code, const struct code_stopped *stopped,
                   struct code_restart *out, struct errmsg *msg);
    /* As code_programs. */
    const char *const *(*programs)(const char *text, size_t n,
                                   const struct code_beside *beside, int cores);
    const struct code_place *places; /* as code_places */
    const struct code_role *roles;   /* as code_roles */
    const char *how_to_get;
    /* Append the words that stand behind the program. 0 or -ENOMEM; NULL: none. */
    int (*arguments)(const struct code_start *start, struct words *out);
    /* Append lines for the shell that run "$@", where there is more to do than that;
     * NULL: there is not. 0 or -ENOMEM. */
    int (*script)(const struct code_start *start, struct buf *out);
    const char *const *fixed_inputs; /* names of inputs that say nothing; NULL: none */
    const char *output;              /* instead of a name made of the input's */
    bool has_pools, has_serial, joins_errors; /* as code_has_pools, … */
    /* As code_live_file; NULL: there are none. */
    int (*live_file)(const char *input, size_t i, char **name, char **moved);
    bool live_adds, exit_says_nothing; /* as code_live_adds, … */
    /* The endings that an input's name loses before its output's is made of it, longest
     * first; ended by NULL. */
    const char *const *input_endings;
    const char *const *output_names; /* as code_output_names; NULL: none */

    /* The state of one scanner, which writes into `results` (not its own). */
    int (*scan_new)(void **state, struct results *results);
    void *(*scan_free)(void *state);
    line_reader_fn *scan_line;
    /* Instead of scan_line, for a code whose outputs are not all made of lines: the
     * bytes as they come. */
    int (*scan_feed)(void *state, const char *bytes, size_t n);
    int (*scan_finish)(void *state);
    bool (*scan_is_capture)(const void *state); /* NULL: never */
};

extern const struct code code_crystal;
extern const struct code code_pwx;
extern const struct code code_vasp;
