/* The command line of crystalmath-supervisor. */
#pragma once

#include "base/errmsg.h"

#include <stdbool.h>
#include <sys/types.h>

struct options {
    char *record;          /* owned; absolute */
    char *directory;       /* owned; absolute */
    char *stop_file;       /* owned; absolute; NULL: the code knows none */
    const char *stop_text; /* NULL: an empty file will do */
    const char *output;
    const char *error_output; /* NULL: into the output */
    char *const *command;     /* NULL-terminated */
    mode_t umask;
    int grace_seconds;
    int time_limit_seconds; /* 0: none */
    int lock_fd;
    int alive_fd;
    int starts_fd; /* -1: there is a job; else nothing else is set */
    bool help;
    bool version;
};

/* Strings that are not owned point into argv. On failure `msg` says what is wrong with
 * the command line. 0, -EINVAL or another negative errno. */
int options_parse(struct options *out, int argc, char **argv, struct errmsg *msg);
void options_deinit(struct options *options);

extern const char options_help[];
