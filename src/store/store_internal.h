/* Shared by the files of this folder: the connection, its prepared statements, and how
 * a change becomes whole. */
#pragma once

#include "store/store.h"
#include "store/store_care.h"

#include "base/buf.h"

#include <sqlite3.h>

enum statement {
    STATEMENT_BEGIN,
    STATEMENT_COMMIT,
    STATEMENT_SAVEPOINT,
    STATEMENT_RELEASE,
    STATEMENT_ROLLBACK_TO,
    STATEMENT_INSERT,
    STATEMENT_UPDATE,
    STATEMENT_REMOVE,
    STATEMENT_BY_TOKEN,
    STATEMENT_GET,
    STATEMENT_UNFINISHED,
    STATEMENT_CONTINUED,
    STATEMENT_CHAINED,
    STATEMENT_COUNT,
    STATEMENT_WAITING,
    STATEMENT_HISTORY_ADD,
    STATEMENT_HISTORY,
    STATEMENT_RESULTS_PUT,
    STATEMENT_RESULTS,
    STATEMENT_COMMAND_PUT,
    STATEMENT_COMMAND,
    STATEMENT_CONTENT_FIND,
    STATEMENT_CONTENT_ADD,
    STATEMENT_CONTENT_FILL,
    STATEMENT_CONTENT,
    STATEMENT_CONTENT_DROP,
    STATEMENT_TAGS,
    STATEMENT_TAGS_CLEAR,
    STATEMENT_TAG_ADD,
    STATEMENT_AFTER,
    STATEMENT_AFTER_CLEAR,
    STATEMENT_AFTER_ADD,
    STATEMENT_CLUSTER_PUT,
    STATEMENT_CLUSTER_DROP,
    STATEMENT_CLUSTERS,
    STATEMENT_INPUTS,
    STATEMENT_INPUTS_CLEAR,
    STATEMENT_INPUT_ADD,
    STATEMENTS, /* how many there are */
};

struct store {
    sqlite3 *db;
    sqlite3_stmt *statements[STATEMENTS];
    char *copy; /* see store_copy */
    bool in_group;
    int group_error; /* SQLite gave the group's transaction up: nothing of it is kept */
    char error[512]; /* see store_error */
};

/* Make the schema in an empty database. An SQLite result code. */
int schema_make(sqlite3 *db);
/* Bring an older schema up to date; `copy` is then where the older file was copied to
 * (owned by the caller), with `path` as the beginning of its name. NULL: none is made.
 * 0, STORE_E_NEWER, or an SQLite result code that is not SQLITE_OK, negated. */
int schema_prepare(sqlite3 *db, const char *path, int *version, char **copy);

/* Copy the database into a new file, 0600 and on the disk when this returns. SQLITE_OK,
 * SQLITE_CONSTRAINT when something lies there already, or another result code; what was
 * begun is removed then. */
int store_copy_file(sqlite3 *db, const char *to);

/* Open a file to read it, whatever a server left: nothing of it changes, also when the
 * connection is closed, and nobody else writes meanwhile. An SQLite result code; *db is
 * to be closed in any case. */
int store_open_to_look(const char *path, sqlite3 **db);

/* Prepare all of them. An SQLite result code; what was prepared is finalized by the
 * caller in any case. */
int store_statements_prepare(sqlite3 *db, sqlite3_stmt *out[STATEMENTS]);

/* The negative errno for an SQLite result code; 0 where it tells no error. */
int store_errno_of(sqlite3 *db, int sqlite_code);
/* The negative errno for an SQLite result code; remembers its words for store_error. */
int store_fail(struct store *store, int sqlite_code);

/* The prepared statement, reset and with nothing bound. It lives as long as the store.
 */
sqlite3_stmt *store_statement(struct store *store, enum statement which);
/* Run a statement that returns no rows: 0 or a negative errno. */
int store_run(struct store *store, sqlite3_stmt *statement);
/* Step a statement that returns rows: 1 with a row, 0 at the end, or a negative errno.
 */
int store_step(struct store *store, sqlite3_stmt *statement);

/* Begin a change that is kept whole or not at all; 0 or a negative errno. */
int store_change_begin(struct store *store);
/* Keep it when `r` is 0, else undo it; returns what the whole came to. */
int store_change_end(struct store *store, int r);

/* The columns of a job that are fields of its record, and PARTS behind them. */
extern const char store_job_columns[];
/* Bind them from parameter 1 on; returns the number of the next parameter. */
int store_job_bind(sqlite3_stmt *statement, const struct job *job);
/* Read a row that begins with the id and store_job_columns; with tags and dependencies,
 * without argv, env and inputs. */
int store_job_read(struct store *store, sqlite3_stmt *statement, struct job **out);
/* Hand each row to `fn`, then reset the statement. */
int store_job_each(struct store *store, sqlite3_stmt *statement, store_job_fn fn,
                   void *data);

/* What a job has beside its row. `parts` tells which to look for. */
enum {
    PART_TAGS = 1,
    PART_AFTER = 2,
};
int store_parts_read(struct store *store, struct job *job, int parts);
/* argv, env, inputs. */
int store_parts_read_all(struct store *store, struct job *job);
/* The command line and the environment, as the record has them. */
int store_command_write(struct store *store, const struct job *job);
/* Make the tables say what the record says; argv, env, inputs only where loaded. */
int store_parts_write(struct store *store, const struct job *job);
