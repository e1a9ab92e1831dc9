/* Inside of exec/: the files of a run folder. */
#pragma once

#include "base/buf.h"

#include <stdbool.h>
#include <stdint.h>

#define LOCAL_FILE_LOCK "lock"
#define LOCAL_FILE_ALIVE "alive"
#define LOCAL_FILE_STARTED "started"
#define LOCAL_FILE_EXIT "exit"
#define LOCAL_FILE_NEW_RECORD "started.new" /* before it gets its name */

/* A record is text of "key=value" lines; see local_record_text for the escapes. */
struct local_record {
    char *text; /* owned */
};

#define LOCAL_RECORD_NULL                                                              \
    { NULL }

/* 0, -ENOENT, -EBADMSG when it is no record, or another negative errno. */
int local_record_read(const char *run_dir, const char *name, struct local_record *out);
void local_record_deinit(struct local_record *record);

/* What `started` told, which may have become `exit` meanwhile; -ENOENT also where that
 * is of a job that did not start. */
int local_record_read_started(const char *run_dir, struct local_record *out);

/* 0, -ENOENT when the key is missing, -EBADMSG when it is no number in that range. */
int local_record_number(const struct local_record *record, const char *key, int64_t min,
                        int64_t max, int64_t *out);

/* The value with its escapes (\\, \n, \r) undone, cut to `size`. 0 or -ENOENT. */
int local_record_text(const struct local_record *record, const char *key, char *out,
                      size_t size);

/* 1 when the job was let go, or may have been: `started` is there, and neither empty
 * nor of another job, as the machine leaves it when it goes down before that. 0 when
 * not, or a negative errno. */
int local_was_started(const char *run_dir);

/* Send `number` (0: none) to each process that carries the name of this run folder in
 * its environment, and say how many there were. 0 or a negative errno. */
int local_bearers_signal(const char *run_dir, int number, size_t *found);

/* Whether the job of a `started` record was started on another machine, or on this one
 * before that was started last. Records of older supervisors only tell its name, which
 * may have changed since. */
bool local_record_is_foreign(const struct local_record *started);
/* Whether a machine by this machine's name did. */
bool local_record_has_our_name(const struct local_record *started);

/* 1 when the lock is held, 0 when it is free or does not exist, or a negative errno.
 * Unlike file_lock_probe this does not disturb another probe. */
int local_lock_is_held(const char *run_dir);

#define _cleanup_local_record_ _cleanup_(local_record_deinit)
