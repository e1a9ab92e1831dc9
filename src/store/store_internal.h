/* Shared by the files of this folder: the connection and its prepared statements. */
#pragma once

#include "store/store.h"

#include <sqlite3.h>

enum statement {
    STATEMENT_BEGIN,
    STATEMENT_COMMIT,
    STATEMENT_ROLLBACK,
    STATEMENT_INSERT,
    STATEMENT_BY_TOKEN,
    STATEMENT_UPDATE,
    STATEMENT_HISTORY_ADD,
    STATEMENT_HISTORY,
    STATEMENT_RESULTS_PUT,
    STATEMENT_RESULTS,
    STATEMENT_GET,
    STATEMENT_LIST,
    STATEMENT_UNFINISHED,
    STATEMENT_COUNT,
    STATEMENTS, /* how many there are */
};

struct store {
    sqlite3 *db;
    sqlite3_stmt *statements[STATEMENTS];
};

/* Make the schema, or bring an older one up to date.
 * 0, STORE_E_NEWER, or an SQLite result code that is not SQLITE_OK, negated. */
int schema_prepare(sqlite3 *db, int *version_found);

/* The negative errno for an SQLite result code. */
int store_errno(int sqlite_code);

/* The prepared statement, reset and with nothing bound. It lives as long as the store.
 */
sqlite3_stmt *store_statement(struct store *store, enum statement which);
/* Run a statement that returns no rows: 0 or a negative errno. */
int store_run(sqlite3_stmt *statement);
