/* The tables, and how an older file becomes this version. PRAGMA user_version holds the
 * schema's number; it is raised in the same transaction that changes the tables, after
 * a copy of the file has been made. */
#include "store/store_internal.h"

#include "base/sha256.h"
#include "base/str.h"

#include <errno.h>
#include <stdlib.h>
#include <unistd.h>

enum { SCHEMA_VERSION = 5 };

/* A job's row is what lists show; its command line, environment and results are read
 * for one job at a time and lie elsewhere. Contents are kept once: environments, and
 * inputs as they were at submission (without bytes where only the hash is known).
 * jobs_search holds all that a filter looks at, so that a search reads nothing else. */
static const char schema_2[] =
    "CREATE TABLE jobs ("
    " id INTEGER PRIMARY KEY AUTOINCREMENT,"
    " name TEXT NOT NULL,"
    " code TEXT NOT NULL,"
    " state INTEGER NOT NULL," /* enum job_state */
    " reason TEXT,"
    " directory TEXT NOT NULL,"
    " input TEXT,"
    " output TEXT NOT NULL,"
    " error_output TEXT,"
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
    " run_status INTEGER NOT NULL,"
    " memory_bytes INTEGER NOT NULL DEFAULT 0,"
    " priority INTEGER NOT NULL DEFAULT 0,"
    " begin_at INTEGER NOT NULL DEFAULT 0,"
    " time_limit_seconds INTEGER NOT NULL DEFAULT 0,"
    " stop_file TEXT,"
    " stop_text TEXT,"
    " retries INTEGER NOT NULL DEFAULT 0,"
    " attempt INTEGER NOT NULL DEFAULT 1,"
    " note TEXT,"
    " origin TEXT,"
    " imported INTEGER NOT NULL DEFAULT 0,"
    " parts INTEGER NOT NULL DEFAULT 0" /* PART_… that it has */
    ");"
    "CREATE INDEX jobs_search ON jobs (id, state, code, created_at, finished_at,"
    " converged, energy_ev, name, directory, note);"
    "CREATE INDEX jobs_unfinished ON jobs (id) WHERE state < 6;"
    "CREATE TABLE counts (state INTEGER PRIMARY KEY, n INTEGER NOT NULL);"
    "CREATE TRIGGER jobs_added AFTER INSERT ON jobs BEGIN"
    " INSERT INTO counts VALUES (NEW.state, 1)"
    " ON CONFLICT (state) DO UPDATE SET n = n + 1;"
    "END;"
    "CREATE TRIGGER jobs_moved AFTER UPDATE OF state ON jobs"
    " WHEN OLD.state <> NEW.state BEGIN"
    " UPDATE counts SET n = n - 1 WHERE state = OLD.state;"
    " INSERT INTO counts VALUES (NEW.state, 1)"
    " ON CONFLICT (state) DO UPDATE SET n = n + 1;"
    "END;"
    "CREATE TRIGGER jobs_removed AFTER DELETE ON jobs BEGIN"
    " UPDATE counts SET n = n - 1 WHERE state = OLD.state;"
    "END;"
    "CREATE TABLE contents ("
    " id INTEGER PRIMARY KEY,"
    " sha256 TEXT NOT NULL UNIQUE,"
    " size INTEGER NOT NULL,"
    " bytes BLOB"
    ");"
    "CREATE TABLE commands ("
    " job INTEGER PRIMARY KEY REFERENCES jobs (id) ON DELETE CASCADE,"
    " argv BLOB NOT NULL," /* NUL-terminated strings, one behind the other */
    " env INTEGER NOT NULL REFERENCES contents (id)"
    " DEFERRABLE INITIALLY DEFERRED"
    ");"
    "CREATE INDEX commands_by_env ON commands (env);"
    "CREATE TABLE inputs ("
    " job INTEGER NOT NULL REFERENCES jobs (id) ON DELETE CASCADE,"
    " n INTEGER NOT NULL," /* their order */
    " path TEXT NOT NULL,"
    " content INTEGER NOT NULL REFERENCES contents (id)"
    " DEFERRABLE INITIALLY DEFERRED,"
    " PRIMARY KEY (job, n)"
    ") WITHOUT ROWID;"
    "CREATE INDEX inputs_by_content ON inputs (content);"
    "CREATE TABLE tags ("
    " tag TEXT NOT NULL,"
    " job INTEGER NOT NULL REFERENCES jobs (id) ON DELETE CASCADE,"
    " PRIMARY KEY (tag, job)"
    ") WITHOUT ROWID;"
    "CREATE INDEX tags_by_job ON tags (job);"
    "CREATE TABLE dependencies ("
    " job INTEGER NOT NULL REFERENCES jobs (id) ON DELETE CASCADE,"
    " n INTEGER NOT NULL,"
    " other INTEGER NOT NULL," /* may have been removed since */
    " kind INTEGER NOT NULL,"  /* enum job_after */
    " PRIMARY KEY (job, n)"
    ") WITHOUT ROWID;"
    "CREATE INDEX dependencies_by_other ON dependencies (other);"
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
    "PRAGMA user_version = 2;";

static const char from_2[] =
    "ALTER TABLE jobs ADD COLUMN cluster TEXT;" /* NULL: this machine */
    "CREATE TABLE clusters ("
    " name TEXT PRIMARY KEY,"
    " settings BLOB NOT NULL" /* see job/cluster.h */
    ") WITHOUT ROWID;"
    "PRAGMA user_version = 3;";

static const char from_3[] =
    "ALTER TABLE jobs ADD COLUMN placement TEXT;" /* see job/placement.h */
    "PRAGMA user_version = 4;";

static const char from_4[] =
    "ALTER TABLE jobs ADD COLUMN continues INTEGER NOT NULL DEFAULT 0;"
    "ALTER TABLE jobs ADD COLUMN chain INTEGER NOT NULL DEFAULT 0;"
    "CREATE INDEX jobs_by_continues ON jobs (continues) WHERE continues <> 0;"
    "CREATE INDEX jobs_chained ON jobs (id) WHERE chain > 0;"
    "PRAGMA user_version = 5;";

/* Two states were put before those of version 1; environments moved into contents. */
static const char from_1_aside[] = "DROP INDEX jobs_by_state;"
                                   "DROP INDEX history_by_job;"
                                   "ALTER TABLE jobs RENAME TO old_jobs;"
                                   "ALTER TABLE history RENAME TO old_history;"
                                   "ALTER TABLE results RENAME TO old_results;";

#define SAME_SINCE_1                                                                   \
    "reason, directory, input, output, error_output, token, umask, cores, "            \
    "created_at, started_at, finished_at, exit_code, signal, cpu_seconds, "            \
    "peak_memory_bytes, scf, cycle, step, energy_ev, delta_ev, accuracy_ev, "          \
    "converged, run_status"

static const char from_1_back[] =
    "INSERT INTO jobs (id, name, code, state, " SAME_SINCE_1 ")"
    " SELECT id, name, code, state + 2, " SAME_SINCE_1 " FROM old_jobs ORDER BY id;"
    "INSERT OR IGNORE INTO contents (sha256, size, bytes)"
    " SELECT sha256(env), length(env), env FROM old_jobs ORDER BY id;"
    "INSERT INTO commands (job, argv, env)"
    " SELECT id, argv, (SELECT id FROM contents WHERE sha256 = sha256(env))"
    " FROM old_jobs ORDER BY id;"
    "INSERT INTO history (job, at, state, reason)"
    " SELECT job, at, state + 2, reason FROM old_history ORDER BY rowid;"
    "INSERT INTO results (job, json) SELECT job, json FROM old_results ORDER BY job;"
    "UPDATE sqlite_sequence SET seq = max(seq, coalesce("
    " (SELECT seq FROM sqlite_sequence WHERE name = 'old_jobs'), 0))"
    " WHERE name = 'jobs';"
    "DROP TABLE old_results; DROP TABLE old_history; DROP TABLE old_jobs;";

/* sha256(BLOB), for the statements above. */
static void sql_sha256(sqlite3_context *context, int n, sqlite3_value **values) {
    (void)n;
    char hash[SHA256_HEX_SIZE];
    const void *bytes = sqlite3_value_blob(values[0]);
    sha256_hex(bytes ? bytes : "", (size_t)sqlite3_value_bytes(values[0]), hash);
    sqlite3_result_text(context, hash, -1, SQLITE_TRANSIENT);
}

int store_format(void) {
    return SCHEMA_VERSION;
}

/* The one number that a query gives. */
static int ask_number(sqlite3 *db, const char *query, int *out) {
    sqlite3_stmt *statement = NULL;
    int r = sqlite3_prepare_v2(db, query, -1, &statement, NULL);
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

static int run_all(sqlite3 *db, const char *const *texts) {
    int r = sqlite3_exec(db, "BEGIN IMMEDIATE", NULL, NULL, NULL);
    for (; r == SQLITE_OK && *texts; texts++) {
        r = sqlite3_exec(db, *texts, NULL, NULL, NULL);
    }
    if (r == SQLITE_OK) {
        r = sqlite3_exec(db, "COMMIT", NULL, NULL, NULL);
    }
    return r;
}

/* With foreign keys off, for dropping a table would take the rows with it that refer to
 * it; and with the renames of old, for those rows shall refer to the new one. */
static int from_1(sqlite3 *db) {
    const char *const texts[] = {from_1_aside, schema_2, from_1_back, from_2,
                                 from_3,       from_4,   NULL};
    int r = sqlite3_create_function(db, "sha256", 1, SQLITE_UTF8 | SQLITE_DETERMINISTIC,
                                    NULL, sql_sha256, NULL, NULL);
    if (r == SQLITE_OK) {
        r = sqlite3_exec(db, "PRAGMA legacy_alter_table = ON", NULL, NULL, NULL);
    }
    if (r == SQLITE_OK) {
        r = run_all(db, texts);
    }
    return r == SQLITE_OK
               ? sqlite3_exec(db, "PRAGMA legacy_alter_table = OFF", NULL, NULL, NULL)
               : r;
}

/* The first name that nothing lies under: an older copy is not written over. */
static int copy_beside(sqlite3 *db, const char *path, int version, char **out) {
    enum { TRIES = 100 };
    for (int i = 1; i <= TRIES; i++) {
        _cleanup_free_ char *name = NULL;
        int r = i == 1 ? str_printf(&name, "%s.v%d-backup", path, version)
                       : str_printf(&name, "%s.v%d-backup-%d", path, version, i);
        if (r < 0) {
            return SQLITE_NOMEM;
        }
        r = store_copy_file(db, name);
        if (r != SQLITE_CONSTRAINT) {
            *out = r == SQLITE_OK ? TAKE_PTR(name) : NULL;
            return r;
        }
    }
    return SQLITE_CANTOPEN;
}

int schema_make(sqlite3 *db) {
    const char *const fresh[] = {schema_2, from_2, from_3, from_4, NULL};
    return run_all(db, fresh);
}

static int migrate(sqlite3 *db, const char *path, int version, char **copy) {
    int r = copy ? copy_beside(db, path, version, copy) : SQLITE_OK;
    if (r == SQLITE_OK) {
        const char *const texts[] = {from_2, from_3, from_4, NULL};
        r = version == 1 ? from_1(db) : run_all(db, texts + version - 2);
    }
    if (r != SQLITE_OK && !sqlite3_get_autocommit(db)) {
        (void)sqlite3_exec(db, "ROLLBACK", NULL, NULL, NULL);
    }
    if (copy && *copy && (r == SQLITE_NOMEM || r == SQLITE_FULL)) {
        /* Nothing has changed, and the next try makes a copy again: a disk that is
         * nearly full is not filled with them. */
        (void)unlink(*copy);
        free(TAKE_PTR(*copy));
    }
    return r;
}

/* Nothing is written before it is known to be ours and of a version that we know. */
static int look_at_version(sqlite3 *db, int *version) {
    int r = ask_number(db, "PRAGMA user_version", version);
    if (r != SQLITE_OK) {
        return -r;
    }
    return *version > SCHEMA_VERSION ? STORE_E_NEWER
           : *version < 1            ? -SQLITE_NOTADB
                                     : 0;
}

int schema_prepare(sqlite3 *db, const char *path, int *version, char **copy) {
    /* Exclusive locking before the write-ahead log: the log's index then lives in this
     * process's memory and needs no shared memory, which network file systems lack. */
    static const char settings[] = "PRAGMA journal_mode = WAL;"
                                   "PRAGMA synchronous = FULL;"
                                   "PRAGMA foreign_keys = OFF;";
    int r = sqlite3_exec(db, "PRAGMA locking_mode = EXCLUSIVE", NULL, NULL, NULL);
    if (r != SQLITE_OK) {
        return -r;
    }
    r = look_at_version(db, version);
    if (r != 0) {
        return r;
    }
    r = sqlite3_exec(db, settings, NULL, NULL, NULL);
    if (r == SQLITE_OK && *version < SCHEMA_VERSION) {
        r = migrate(db, path, *version, copy);
    }
    if (r == SQLITE_OK) {
        r = sqlite3_exec(db, "PRAGMA foreign_keys = ON", NULL, NULL, NULL);
    }
    return -r;
}
