/* The outputs of DFT codes that lie in one folder, and the runs that they are of. */
#pragma once

#include "base/cleanup.h"
#include "codes/code.h"

#include <jansson.h>
#include <stddef.h>
#include <stdint.h>

struct run_folder;

enum {
    RUN_FOLDER_E_CROWDED = 1, /* it holds more files than are looked at */
};

/* Look at every file of a folder, and of each that is an output keep the name. Of more
 * than `max` files none is looked at; 0: any number. 0, RUN_FOLDER_E_CROWDED, or the
 * negative errno with which the folder cannot be read. */
int run_folder_new(struct run_folder **out, const char *path, size_t max);
/* Accepts NULL, returns NULL. */
struct run_folder *run_folder_free(struct run_folder *folder);
DEFINE_CLEANUP(struct run_folder *, run_folder_free);

/* Names of the outputs, in order; NULL behind the last. Borrowed. */
const char *run_folder_file(const struct run_folder *folder, size_t i);

/* How many runs these are of. */
size_t run_folder_runs(const struct run_folder *folder);
const struct code *run_folder_code(const struct run_folder *folder, size_t run);
/* The file that says most of a run, borrowed, … */
const char *run_folder_output(const struct run_folder *folder, size_t run);
/* … and when the last of its files was written, wall clock milliseconds. */
int64_t run_folder_written(const struct run_folder *folder, size_t run);
/* Whether these are only files that go with an output, which itself is not there. */
bool run_folder_is_partial(const struct run_folder *folder, size_t run);

/* What the files of a run say together. Where the folder holds one run of that code,
 * that is all of them. CLI_OK and *out (the caller's), or CLI_FAILED and said why. */
int run_folder_read(const struct run_folder *folder, size_t run, json_t **out);
