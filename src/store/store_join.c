/* Joining two databases of one history: an older copy that is put back, and the one
 * that it takes the place of. All of it is one transaction of ours. */
#include "store/store_care.h"
#include "store/store_internal.h"

#include "base/str.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

/* A job is the same in both when it was made at the same time in the same folder by the
 * same submission: its number alone may be another job's in a list that went its own
 * way. Rows that refer to a removed job go with it. */
#define UNFINISHED "state < 6"
#define TAKEN "(SELECT id FROM temp.taken)"

static const char choose[] =
    "DROP TABLE IF EXISTS temp.taken;"
    "CREATE TEMP TABLE taken (id INTEGER PRIMARY KEY, added INTEGER);"
    "INSERT INTO temp.taken SELECT id, 1 FROM other.jobs WHERE id >"
    " coalesce((SELECT seq FROM main.sqlite_sequence WHERE name = 'jobs'), 0);"
    "INSERT INTO temp.taken SELECT o.id, 0 FROM other.jobs AS o JOIN main.jobs AS m"
    " ON m.id = o.id AND m." UNFINISHED " AND m.created_at = o.created_at"
    " AND m.directory = o.directory AND m.token IS o.token;"
    "DELETE FROM main.jobs WHERE id IN " TAKEN ";"
    "INSERT OR IGNORE INTO main.clusters (name, settings)"
    " SELECT name, settings FROM other.clusters;";

#define SAME_CONTENT(of)                                                               \
    "(SELECT m.id FROM main.contents AS m JOIN other.contents AS c"                    \
    " ON c.sha256 = m.sha256 WHERE c.id = " of ")"

static const char take_parts[] =
    "INSERT OR IGNORE INTO main.contents (sha256, size, bytes)"
    " SELECT sha256, size, bytes FROM other.contents WHERE id IN"
    " (SELECT env FROM other.commands WHERE job IN " TAKEN
    " UNION SELECT content FROM other.inputs WHERE job IN " TAKEN ");"
    "INSERT INTO main.commands (job, argv, env)"
    " SELECT job, argv, " SAME_CONTENT(
        "env") " FROM other.commands"
               " WHERE job IN " TAKEN ";"
               "INSERT INTO main.inputs (job, n, path, content)"
               " SELECT job, n, path, " SAME_CONTENT(
                   "content") " FROM other.inputs"
                              " WHERE job IN " TAKEN ";"
                              "INSERT INTO main.tags (tag, job)"
                              " SELECT tag, job FROM other.tags WHERE job IN " TAKEN ";"
                              "INSERT INTO main.dependencies (job, n, other, kind)"
                              " SELECT job, n, other, kind FROM other.dependencies "
                              "WHERE job IN " TAKEN ";"
                              "INSERT INTO main.history (job, at, state, reason)"
                              " SELECT job, at, state, reason FROM other.history WHERE "
                              "job IN " TAKEN " ORDER BY rowid;"
                              "INSERT INTO main.results (job, json)"
                              " SELECT job, json FROM other.results WHERE job IN " TAKEN
                              ";"
                              "DELETE FROM main.contents WHERE id NOT IN (SELECT env "
                              "FROM main.commands)"
                              " AND id NOT IN (SELECT content FROM main.inputs);";

static int exec(sqlite3 *db, const char *sql) {
    return sqlite3_exec(db, sql, NULL, NULL, NULL);
}

static int ask(sqlite3 *db, const char *query, int64_t *out) {
    sqlite3_stmt *statement = NULL;
    int r = sqlite3_prepare_v2(db, query, -1, &statement, NULL);
    if (r == SQLITE_OK) {
        r = sqlite3_step(statement);
    }
    if (r == SQLITE_ROW) {
        *out = sqlite3_column_int64(statement, 0);
        r = SQLITE_OK;
    }
    (void)sqlite3_finalize(statement);
    return r == SQLITE_DONE ? SQLITE_OK : r;
}

/* ---- numbers ---- */

int store_ids_highest(struct store *store, int64_t *out) {
    int64_t id = 0;
    int r = ask(store->db,
                "SELECT max(coalesce((SELECT seq FROM sqlite_sequence WHERE"
                " name = 'jobs'), 0), coalesce((SELECT max(id) FROM jobs), 0))",
                &id);
    if (r != SQLITE_OK) {
        return store_fail(store, r);
    }
    *out = id;
    return 0;
}

int store_ids_reserve(struct store *store, int64_t id) {
    _cleanup_free_ char *sql = NULL;
    if (str_printf(&sql,
                   "INSERT INTO sqlite_sequence (name, seq) SELECT 'jobs', 0 WHERE NOT"
                   " EXISTS (SELECT 1 FROM sqlite_sequence WHERE name = 'jobs');"
                   "UPDATE sqlite_sequence SET seq = max(seq, %lld)"
                   " WHERE name = 'jobs'",
                   (long long)id) < 0) {
        return -ENOMEM;
    }
    int r = store_change_begin(store);
    return r == 0 ? store_change_end(store, store_fail(store, exec(store->db, sql)))
                  : r;
}

/* ---- the other one ---- */

/* The name is bound: it may hold anything. */
static int attach(sqlite3 *db, const char *path) {
    sqlite3_stmt *statement = NULL;
    int r = sqlite3_prepare_v2(db, "ATTACH ?1 AS other", -1, &statement, NULL);
    if (r == SQLITE_OK) {
        (void)sqlite3_bind_text(statement, 1, path, -1, SQLITE_STATIC);
        r = sqlite3_step(statement);
    }
    (void)sqlite3_finalize(statement);
    return r == SQLITE_DONE ? SQLITE_OK : r;
}

/* SQLITE_MISMATCH: it has another format. */
static int check_other(sqlite3 *db) {
    int64_t format = 0;
    int64_t faults = 0;
    int r = ask(db, "PRAGMA other.user_version", &format);
    if (r == SQLITE_OK && format != store_format()) {
        return SQLITE_MISMATCH;
    }
    if (r == SQLITE_OK) {
        r = ask(db,
                "SELECT count(*) FROM pragma_integrity_check(100, 'other')"
                " WHERE integrity_check <> 'ok'",
                &faults);
    }
    return r == SQLITE_OK && faults > 0 ? SQLITE_CORRUPT : r;
}

static int read_ids(sqlite3 *db, size_t n, struct store_joined *out) {
    sqlite3_stmt *statement = NULL;
    out->known = calloc(n + 1, sizeof *out->known);
    int r = out->known ? sqlite3_prepare_v2(db,
                                            "SELECT id FROM jobs WHERE " UNFINISHED
                                            " AND id IN " TAKEN " ORDER BY id",
                                            -1, &statement, NULL)
                       : SQLITE_NOMEM;
    while (r == SQLITE_OK && (r = sqlite3_step(statement)) == SQLITE_ROW) {
        if (out->n_known < n) {
            out->known[out->n_known++] = sqlite3_column_int64(statement, 0);
        }
        r = SQLITE_OK;
    }
    (void)sqlite3_finalize(statement);
    return r == SQLITE_DONE ? SQLITE_OK : r;
}

static int tell_what_was_taken(sqlite3 *db, struct store_joined *out) {
    int64_t n = 0;
    int r = ask(db, "SELECT count(*) FROM temp.taken WHERE added", &out->added);
    if (r == SQLITE_OK) {
        r = ask(db, "SELECT count(*) FROM jobs WHERE " UNFINISHED " AND id IN " TAKEN,
                &n);
    }
    return r == SQLITE_OK ? read_ids(db, (size_t)n, out) : r;
}

static int take(sqlite3 *db, struct store_joined *out) {
    _cleanup_free_ char *rows = NULL;
    if (str_printf(&rows,
                   "INSERT INTO main.jobs (id, %s) SELECT id, %s FROM other.jobs"
                   " WHERE id IN " TAKEN ";"
                   "UPDATE main.sqlite_sequence SET seq = max(seq, coalesce("
                   " (SELECT seq FROM other.sqlite_sequence WHERE name = 'jobs'), 0))"
                   " WHERE name = 'jobs';",
                   store_job_columns, store_job_columns) < 0) {
        return SQLITE_NOMEM;
    }
    int r = exec(db, choose);
    r = r ? r : exec(db, rows);
    r = r ? r : exec(db, take_parts);
    return r ? r : tell_what_was_taken(db, out);
}

static int join(sqlite3 *db, const char *path, struct store_joined *out) {
    int r = exec(db, "PRAGMA temp_store = MEMORY");
    r = r ? r : attach(db, path);
    r = r ? r : check_other(db);
    r = r ? r : exec(db, "BEGIN IMMEDIATE");
    r = r ? r : take(db, out);
    r = r ? r : exec(db, "COMMIT");
    if (r != SQLITE_OK && !sqlite3_get_autocommit(db)) {
        (void)exec(db, "ROLLBACK");
    }
    return r;
}

/* An error that is not of our own file. */
static int judge(struct store *store, int sqlite_code) {
    switch (sqlite_code & 0xFF) {
    case SQLITE_BUSY:
    case SQLITE_LOCKED:
        return STORE_E_LOCKED;
    case SQLITE_MISMATCH:
        return STORE_E_NEWER;
    case SQLITE_NOMEM:
    case SQLITE_FULL:
        return store_fail(store, sqlite_code);
    default:
        return STORE_E_UNUSABLE;
    }
}

int store_join(struct store *store, const char *path, struct store_joined *out) {
    struct store_joined joined = {0};
    if (access(path, F_OK) < 0) {
        return STORE_E_UNUSABLE; /* or SQLite would make one */
    }
    int r = store_ids_reserve(store, 0);
    if (r < 0) {
        return r;
    }
    int sqlite_code = join(store->db, path, &joined);
    r = sqlite_code == SQLITE_OK ? 0 : judge(store, sqlite_code);
    (void)exec(store->db, "DROP TABLE IF EXISTS temp.taken");
    (void)exec(store->db, "DETACH other");
    if (r != 0) {
        store_joined_deinit(&joined);
        return r;
    }
    *out = joined;
    return 0;
}

/* ---- its log ---- */

/* Of a log that would be empty, or that there is not: 0. */
static int waits_beside(const char *path, bool *out) {
    static const char *const suffixes[] = {"-wal", "-journal"};
    *out = false;
    for (size_t i = 0; i < sizeof suffixes / sizeof suffixes[0]; i++) {
        _cleanup_free_ char *log = NULL;
        struct stat st;
        if (str_printf(&log, "%s%s", path, suffixes[i]) < 0) {
            return -ENOMEM;
        }
        *out = *out || (stat(log, &st) == 0 && st.st_size > 0);
    }
    return 0;
}

/* Looking into it is what takes up either kind of log. */
static int move_log(const char *path, sqlite3 **db) {
    int64_t ignored = 0;
    int r = sqlite3_open_v2(path, db, SQLITE_OPEN_READWRITE, NULL);
    r = r ? r : exec(*db, "PRAGMA locking_mode = EXCLUSIVE");
    r = r ? r : ask(*db, "SELECT count(*) FROM sqlite_master", &ignored);
    return r ? r
             : sqlite3_wal_checkpoint_v2(*db, "main", SQLITE_CHECKPOINT_TRUNCATE, NULL,
                                         NULL);
}

int store_settle(const char *path, struct errmsg *msg) {
    bool waits = false;
    sqlite3 *db = NULL;
    if (access(path, F_OK) < 0) {
        return STORE_E_UNUSABLE; /* or SQLite would throw the log away */
    }
    int r = waits_beside(path, &waits);
    if (r < 0 || !waits) {
        return r;
    }
    int sqlite_code = move_log(path, &db);
    switch (sqlite_code & 0xFF) {
    case SQLITE_BUSY:
    case SQLITE_LOCKED:
        r = STORE_E_LOCKED;
        break;
    case SQLITE_CORRUPT:
    case SQLITE_NOTADB:
        r = STORE_E_UNUSABLE;
        break;
    default:
        r = store_errno_of(db, sqlite_code);
    }
    if (r < 0) {
        (void)errmsg_set(msg, r, "%s", sqlite3_errstr(sqlite_code));
    }
    int closed = sqlite3_close(db);
    return r || closed == SQLITE_OK ? r : -EIO;
}

void store_joined_deinit(struct store_joined *joined) {
    free(joined->known);
    *joined = (struct store_joined){0};
}
