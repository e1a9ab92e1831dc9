/* The tables, and how an older file becomes this version. PRAGMA user_version holds the
 * schema's number; it is raised in the same transaction that changes the tables. */
#include "store/store_internal.h"

enum { SCHEMA_VERSION = 1 };

static const char schema_1[] =
    "CREATE TABLE jobs ("
    " id INTEGER PRIMARY KEY AUTOINCREMENT,"
    " name TEXT NOT NULL,"
    " code TEXT NOT NULL,"
    " state INTEGER NOT NULL,"
    " reason TEXT,"
    " directory TEXT NOT NULL,"
    " input TEXT,"
    " output TEXT NOT NULL,"
    " error_output TEXT,"
    " argv BLOB NOT NULL," /* NUL-terminated strings, one behind the other */
    " env BLOB NOT NULL,"
    " token TEXT UNIQUE,"
    " umask INTEGER NOT NULL,"
    " cores INTEGER NOT NULL,"
    " created_at INTEGER NOT NULL," /* milliseconds since 1970, UTC */
    " started_at INTEGER NOT NULL,"
    " finished_at INTEGER NOT NULL,"
    " exit_code INTEGER NOT NULL,"
    " signal INTEGER NOT NULL,"
    " cpu_seconds REAL,"
    " peak_memory_bytes INTEGER NOT NULL,"
    " scf INTEGER NOT NULL,"
    " cycle INTEGER NOT NULL,"
    " step INTEGER NOT NULL,"
    " energy_ev REAL,"
    " delta_ev REAL,"
    " accuracy_ev REAL,"
    " converged INTEGER NOT NULL,"
    " run_status INTEGER NOT NULL"
    ");"
    "CREATE INDEX jobs_by_state ON jobs (state, id);"
    "CREATE TABLE history ("
    " job INTEGER NOT NULL REFERENCES jobs (id) ON DELETE CASCADE,"
    " at INTEGER NOT NULL,"
    " state INTEGER NOT NULL,"
    " reason TEXT"
    ");"
    "CREATE INDEX history_by_job ON history (job);"
    "CREATE TABLE results ("
    " job INTEGER PRIMARY KEY REFERENCES jobs (id) ON DELETE CASCADE,"
    " json TEXT NOT NULL"
    ");"
    "PRAGMA user_version = 1;";

static int user_version(sqlite3 *db, int *out) {
    sqlite3_stmt *statement = NULL;
    int r = sqlite3_prepare_v2(db, "PRAGMA user_version", -1, &statement, NULL);
    if (r == SQLITE_OK) {
        r = sqlite3_step(statement);
        if (r == SQLITE_ROW) {
            *out = sqlite3_column_int(statement, 0);
            r = SQLITE_OK;
        }
    }
    (void)sqlite3_finalize(statement);
    return r;
}

int schema_prepare(sqlite3 *db, int *version_found) {
    /* Exclusive locking before the write-ahead log: the log's index then lives in this
     * process's memory and needs no shared memory, which network file systems lack. */
    static const char settings[] = "PRAGMA locking_mode = EXCLUSIVE;"
                                   "PRAGMA journal_mode = WAL;"
                                   "PRAGMA synchronous = FULL;"
                                   "PRAGMA foreign_keys = ON;";
    int r = sqlite3_exec(db, settings, NULL, NULL, NULL);
    int version = 0;
    if (r == SQLITE_OK) {
        r = user_version(db, &version);
    }
    if (r != SQLITE_OK) {
        return -r;
    }
    *version_found = version;
    if (version > SCHEMA_VERSION) {
        return STORE_E_NEWER;
    }
    if (version < 1) {
        r = sqlite3_exec(db, "BEGIN IMMEDIATE", NULL, NULL, NULL);
        if (r == SQLITE_OK) {
            r = sqlite3_exec(db, schema_1, NULL, NULL, NULL);
        }
        if (r == SQLITE_OK) {
            r = sqlite3_exec(db, "COMMIT", NULL, NULL, NULL);
        }
        if (r != SQLITE_OK && !sqlite3_get_autocommit(db)) {
            (void)sqlite3_exec(db, "ROLLBACK", NULL, NULL, NULL);
        }
    }
    return -r;
}
