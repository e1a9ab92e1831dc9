/* How CRYSTAL is run. */
#pragma once

#include "codes/code.h"

struct buf;
struct code_findings;

/* As code_check. */
int crystal_check(const char *file, const char *text, size_t n, char *const *env,
                  const struct code_beside *beside, struct code_findings *out);

/* For crystal_check: the blocks line by line. 0 or -ENOMEM. */
int crystal_check_blocks(const char *file, const char *text, size_t n,
                         struct code_findings *out);
/* The numbers on the line below a keyword. 0 or -ENOMEM. */
int crystal_check_value(const char *file, const char *line, const char *keyword,
                        long number, struct code_findings *out);
/* How long the word is that a line begins with, and whether it is this one. */
size_t crystal_word_length(const char *line);
bool crystal_is_word(const char *line, const char *word);
/* Whether a word, of n bytes, is a keyword of any block; and the keyword nearest to one
 * that is none (0 or -ENOMEM; *out, freed by the caller, is NULL where none is near).
 * Capital and small letters are the same, as they are for CRYSTAL. */
bool crystal_is_keyword(const char *word, size_t n);
int crystal_keyword_nearest(const char *word, size_t n, char **out);

/* The programs for one core and for several, NULL-terminated. */
extern const char *const crystal_serial[];
extern const char *const crystal_parallel[];

/* As code_programs. */
const char *const *crystal_programs(const char *text, size_t n,
                                    const struct code_beside *beside, int cores);
/* As the `script` of a code. */
int crystal_script(const struct code_start *start, struct buf *out);

/* As code_live_file. */
int crystal_live_file(const char *input, size_t i, char **name, char **moved);

/* As code_files. */
int crystal_files(const char *input, const char *text, size_t n, char *const *env,
                  struct code_files *out);

struct code_restart;
struct code_stopped;

/* As code_restart. */
int crystal_restart(const struct code *code, const struct code_stopped *stopped,
                    struct code_restart *out, struct errmsg *msg);
