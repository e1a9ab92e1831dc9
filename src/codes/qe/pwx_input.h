/* Checking an input of pw.x before it is run. */
#pragma once

#include "codes/code.h"

#include <stdbool.h>
#include <stddef.h>

/* Whether a text is an input of pw.x rather than of another program of the suite. It
 * may be faulty; it is then the better to know. */
bool pwx_input_recognise(const char *text, size_t n);

/* As code_check_input; never -ENOMEM. */
int pwx_input_check(const char *file, const char *text, size_t n, long *line,
                    struct errmsg *msg);

struct structure;
struct structure_text;

/* Whether a text says of cell and atoms what pw.x's inputs do; cp.x's do as well. */
bool pwx_structure_recognise(const char *text, size_t n);
/* The structure of an input, which may lack what else pw.x needs. 0, STRUCTURE_E_INPUT
 * with `msg`, or -ENOMEM. */
int pwx_structure_read(const struct structure_text *text, struct structure *out,
                       struct errmsg *msg);

/* Append the namelist &system and the cards of a structure that repeats in three
 * directions; ecutwfc and the names of the pseudopotentials are not known here. 0 or
 * -ENOMEM. */
int pwx_structure_write(const struct structure *structure, struct buf *out);

struct code_findings;

/* As code_check: the pseudopotentials and cutoffs of an input that is right. */
int pwx_input_look(const char *file, const char *text, size_t n, char *const *env,
                   const struct code_beside *beside, struct code_findings *out);

/* Atoms that are too near each other, k points across vacuum. 0 or -ENOMEM. */
int pwx_geometry_check(const char *file, const char *text, size_t n,
                       struct code_findings *out);

/* As code_files, code_limits, code_set_value and code_move_input. */
int pwx_input_files(const char *input, const char *text, size_t n, char *const *env,
                    struct code_files *out);
struct code_limits pwx_input_limits(const char *text, size_t n);
int pwx_input_set(const char *file, const char *text, size_t n, const char *name,
                  const char *value, struct buf *out, struct errmsg *msg);
int pwx_input_move(const char *file, const char *text, size_t n, const char *folder,
                   struct buf *out, struct errmsg *msg);

struct code_restart;
struct code_stopped;

/* As code_restart. */
int pwx_restart(const struct code *code, const struct code_stopped *stopped,
                struct code_restart *out, struct errmsg *msg);
