/* The runs that the server knows already. */
#pragma once

#include "base/cleanup.h"
#include "cli/remote.h"

#include <stdbool.h>
#include <stdint.h>

struct import_known;

/* Ask the server for all its jobs. Returns a status; *out is the caller's on CLI_OK. */
int import_known_new(struct import_known **out, struct cm_client *client);
/* Accepts NULL, returns NULL. */
struct import_known *import_known_free(struct import_known *known);
DEFINE_CLEANUP(struct import_known *, import_known_free);

/* The job whose run this is, 0: none. `output` is absolute and has no links in it;
 * `folder`: the output is one of the files of fixed names in it, and the run anything
 * that the code wrote there. `written_ms` is when the last of its files was. */
int64_t import_known_find(const struct import_known *known, const char *output,
                          bool folder, int64_t written_ms);
