/* What a program that was killed while it copied the database left beside it. */
#pragma once

#include <jansson.h>

/* Append the paths to `list`, in no order: begun copies, the work of a restore that did
 * not come to its end, and copies that were made to be looked at by a process that is
 * no more. All of them belong to nobody as long as the caller holds the lock beside the
 * database. 0 or -ENOMEM. */
int leftovers_find(const char *db_path, json_t *list);
/* Remove them, and append the paths of those that are gone. What cannot be removed
 * stays; it is in nobody's way. 0 or -ENOMEM. */
int leftovers_remove(const char *db_path, json_t *removed);
