/* One run of a folder, as jobs.import takes it. */
#pragma once

#include "cli/run_folder.h"

#include <jansson.h>
#include <stdbool.h>
#include <stdint.h>

/* Where a run lies. Owns the path. */
struct import_run {
    char *output; /* absolute, without links; may be no UTF-8 */
    int64_t size; /* of that file, bytes */
    int64_t written_ms;
    bool fixed; /* the code's outputs have fixed names */
};

/* Returns a status; `out` is to be released on CLI_OK. */
int import_run_init(struct import_run *out, const char *path,
                    const struct run_folder *folder, size_t run);
void import_run_deinit(struct import_run *run);

/* Whether results say that the run has not ended, and it may still go on: its files
 * were written lately. */
bool import_run_goes_on(const struct import_run *run, const json_t *results);

/* An element of `runs`, new, that takes the results; NULL where a name in it is not
 * UTF-8, which JSON cannot carry. `path` is the folder's, absolute. */
json_t *import_run_json(const struct import_run *run, const char *path,
                        const struct run_folder *folder, size_t number,
                        json_t *results_take);
