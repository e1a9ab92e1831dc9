/* Jobs that the list of jobs does not know, or knows only from before they ran: their
 * run folders tell. For a list that is new or was put back from a copy. */
#pragma once

#include "store/store_care.h"

#include <jansson.h>
#include <stddef.h>
#include <stdint.h>

/* Arrays of job numbers, each owned; NULL where nobody wants to know. */
struct adopted {
    json_t *found;   /* were in no list, and are now */
    json_t *resumed; /* had not ended in the list, and their records tell the rest */
    json_t *held;    /* had not started in the list; whether they ran is not known */
    json_t *lost;    /* ran, and how they ended is not known */
    json_t *skipped; /* their folders cannot be read; they are in no list */
};

/* 0 or -ENOMEM. */
int adopted_init(struct adopted *out);
void adopted_deinit(struct adopted *adopted);

/* Make a job of every run folder with a number beyond the list's highest, and give such
 * a number to no other job, also where its folder cannot be read, which is passed over.
 * Those that still run are taken up by the next server as
 * they are. 0 or a negative errno. */
int adopt_unknown(struct store *store, const char *runs_dir, struct adopted *out);

/* For every unfinished job of a list that is older than the run folders, but for those
 * in `joined`: what is known of it from there; what may have run is not run again, but
 * waits for a person. 0 or a negative errno. */
int adopt_unfinished(struct store *store, const char *runs_dir,
                     const struct store_joined *joined, struct adopted *out);

/* The jobs whose supervisors live, in order, added to an array. 0 or a negative errno.
 */
int adopt_find_alive(const char *runs_dir, json_t *ids);
