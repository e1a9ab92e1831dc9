/* What this machine has for a code: the program, what launches it, what has to be set
 * up before. Of the configuration, variables of the job's environment, and PATH. */
#pragma once

#include "base/errmsg.h"

#include <stddef.h>

struct buf;
struct code;
struct code_beside;
struct code_findings;
struct config;

/* Owns every pointer but `setup`. */
struct site_way {
    char **program;    /* words, the first is a name on PATH or an absolute path */
    char **launcher;   /* words; NULL: none */
    const char *setup; /* borrowed of the configuration; "" where there is none */
    const char *from;  /* static: "config.ini", "PATH", or the name of a variable */
};

void site_way_deinit(struct site_way *way);

enum {
    SITE_E_MISSING = 1, /* there is no such program; the message tells the mend */
};

/* How to run an input of a code, one of whose `programs` (code_programs) is to be
 * found, on so many cores. `env` is the job's, with what site_environment adds. With
 * lines of setup nothing is looked for: they may bring it. 0, SITE_E_MISSING with
 * `msg`, or -ENOMEM. */
int site_find(struct site_way *out, const struct config *config,
              const struct code *code, const char *const *programs, int cores,
              char *const *env, struct errmsg *msg);

/* Put the variables of the code's section into an environment, over those that are
 * there. 0 or -ENOMEM. */
int site_environment(char ***env, const struct config *config, const struct code *code);

/* The value of a variable; NULL when it is not set. */
const char *site_variable(char *const *env, const char *name);
/* Set one, in place of what it was. 0 or -ENOMEM. */
int site_set(char ***env, const char *pair, size_t n);

/* A text cut at its blanks, with {cores} replaced by their number: a vector that
 * strv_free frees. 0 or -ENOMEM. */
int site_words(const char *text, int cores, char ***out);

/* The version that a program says it is, freed by the caller; NULL where it says none.
 * It is started without input in an empty folder, and ended after a few seconds. 0 or a
 * negative errno. */
int site_version(const struct site_way *way, const struct code *code, char *const *env,
                 char **out);

/* A folder of pseudopotentials. */
struct site_folder {
    char *path;       /* owned; NULL: none */
    const char *from; /* static: the variable that names it, or "usual place" */
    long files;       /* in it; -1: it cannot be read */
};

/* The i-th that this code may have; without a path where it has not. 0, SITE_E_MISSING
 * behind the last, or -ENOMEM. */
int site_pseudo_folder(size_t i, const char *code, char *const *env,
                       struct site_folder *out);

/* The name of the input in a folder, freed by the caller. 0, SITE_E_MISSING with `msg`
 * where there is none or there are several, or -ENOMEM. */
int site_input_of_folder(const char *folder, char **out, struct errmsg *msg);

/* Whether a run of this input could write into its folder, and where the input tells it
 * to keep its files; what stands in the way is added as errors. 0 or -ENOMEM. */
int site_check_places(const struct code *code, const char *input, const char *text,
                      size_t n, char *const *env, const char *folder,
                      struct code_findings *out);

/* For code_beside: files of the folder `data`. */
int site_read_beside(void *data, const char *name, size_t most, struct buf *out);
