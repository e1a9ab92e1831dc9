/* Reading an output of a DFT code, for `crystalmath parse`. */
#pragma once

#include "base/cleanup.h"
#include "codes/code.h"

#include <jansson.h>
#include <sys/types.h>

DEFINE_CLEANUP(struct scanner *, scanner_free);

enum {
    PARSE_PIECE = 256 * 1024, /* enough for code_of_output */
};

/* Say on stderr what the system says; returns CLI_FAILED. */
int parse_say_system(const char *file, int negative_errno);

/* Fill `piece` as far as the file goes. The length, or a negative errno. */
ssize_t parse_read_piece(int fd, char piece[PARSE_PIECE]);

/* Read the rest of a file whose first n bytes are in `piece`, to its end. CLI_OK, or
 * CLI_FAILED and said why. */
int parse_rest(int fd, const char *file, char piece[PARSE_PIECE], ssize_t n,
               struct scanner *scanner);

/* The same for a file that is no output of a code: what it says of a run's death as
 * results in *out (the caller's), NULL when nothing. CLI_OK, or CLI_FAILED and said
 * why. */
int parse_outside(int fd, const char *file, char piece[PARSE_PIECE], ssize_t n,
                  json_t **out);

/* What the output, the run's folder or, for "-", standard input says. CLI_OK and *out
 * (the caller's), or CLI_FAILED and said why. */
int parse_path(const char *path, json_t **out);

/* What the files of a run in a folder say together. CLI_OK and *out (the caller's), or
 * CLI_FAILED and said why. */
int parse_folder(const char *folder, json_t **out);
