/* The connection: opening with a message a person can act on, prepared statements, and
 * the one place where SQLite's codes become ours. */
#include "store/store_internal.h"

#include <errno.h>
#include <string.h>
#include <sys/stat.h>

#define JOB_COLUMNS                                                                    \
    "id, name, code, state, reason, directory, input, output, error_output, token, "   \
    "umask, cores, created_at, started_at, finished_at, exit_code, signal, "           \
    "cpu_seconds, peak_memory_bytes, scf, cycle, step, energy_ev, delta_ev, "          \
    "accuracy_ev, converged, run_status"

static const char *const statement_texts[STATEMENTS] = {
    [STATEMENT_BEGIN] = "BEGIN IMMEDIATE",
    [STATEMENT_COMMIT] = "COMMIT",
    [STATEMENT_ROLLBACK] = "ROLLBACK",
    [STATEMENT_INSERT] =
        "INSERT INTO jobs (name, code, state, reason, directory, input, output,"
        " error_output, token, umask, cores, created_at, started_at, finished_at,"
        " exit_code, signal, cpu_seconds, peak_memory_bytes, scf, cycle, step,"
        " energy_ev, delta_ev, accuracy_ev, converged, run_status, argv, env)"
        " VALUES (?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12, ?13, ?14, ?15, ?16,"
        " ?17, ?18, ?19, ?20, ?21, ?22, ?23, ?24, ?25, ?26, ?27, ?28, ?29)",
    [STATEMENT_BY_TOKEN] = "SELECT id FROM jobs WHERE token = ?1",
    [STATEMENT_UPDATE] =
        "UPDATE jobs SET name = ?2, code = ?3, state = ?4, reason = ?5, directory = ?6,"
        " input = ?7, output = ?8, error_output = ?9, token = ?10, umask = ?11,"
        " cores = ?12, created_at = ?13, started_at = ?14, finished_at = ?15,"
        " exit_code = ?16, signal = ?17, cpu_seconds = ?18, peak_memory_bytes = ?19,"
        " scf = ?20, cycle = ?21, step = ?22, energy_ev = ?23, delta_ev = ?24,"
        " accuracy_ev = ?25, converged = ?26, run_status = ?27 WHERE id = ?1",
    [STATEMENT_HISTORY_ADD] =
        "INSERT INTO history (job, at, state, reason) VALUES (?1, ?2, ?3, ?4)",
    [STATEMENT_HISTORY] =
        "SELECT at, state, reason FROM history WHERE job = ?1 ORDER BY rowid",
    [STATEMENT_RESULTS_PUT] = "INSERT INTO results (job, json) VALUES (?1, ?2)"
                              " ON CONFLICT (job) DO UPDATE SET json = excluded.json",
    [STATEMENT_RESULTS] = "SELECT json FROM results WHERE job = ?1",
    [STATEMENT_GET] = "SELECT " JOB_COLUMNS ", argv, env FROM jobs WHERE id = ?1",
    [STATEMENT_LIST] = "SELECT " JOB_COLUMNS " FROM jobs"
                       " WHERE (?1 = 0 OR (?1 >> state) & 1) AND (?2 = 0 OR id < ?2)"
                       " ORDER BY id DESC LIMIT ?3",
    /* The states that are not final stand first in the enumeration. */
    [STATEMENT_UNFINISHED] =
        "SELECT " JOB_COLUMNS ", argv, env FROM jobs WHERE state < ?1 ORDER BY id",
    [STATEMENT_COUNT] = "SELECT count(*) FROM jobs WHERE ?1 = 0 OR (?1 >> state) & 1",
};

int store_errno(int sqlite_code) {
    switch (sqlite_code & 0xFF) {
    case SQLITE_OK:
    case SQLITE_ROW:
    case SQLITE_DONE:
        return 0;
    case SQLITE_NOMEM:
        return -ENOMEM;
    case SQLITE_FULL:
        return -ENOSPC;
    default:
        return -EIO;
    }
}

sqlite3_stmt *store_statement(struct store *store, enum statement which) {
    sqlite3_stmt *statement = store->statements[which];
    (void)sqlite3_reset(statement);
    (void)sqlite3_clear_bindings(statement);
    return statement;
}

int store_run(sqlite3_stmt *statement) {
    int r = sqlite3_step(statement);
    (void)sqlite3_reset(statement);
    return store_errno(r);
}

static int open_failure(int sqlite_code, const char *path, const char *words,
                        struct errmsg *msg) {
    switch (sqlite_code & 0xFF) {
    case SQLITE_NOMEM:
        return -ENOMEM;
    case SQLITE_BUSY:
    case SQLITE_LOCKED:
        return errmsg_set(
            msg, STORE_E_LOCKED,
            "the database %s is open in another program; close that program "
            "and try again",
            path);
    case SQLITE_NOTADB:
    case SQLITE_CORRUPT:
        return errmsg_set(
            msg, STORE_E_UNUSABLE,
            "%s is damaged or no database (%s); move it away to start with an "
            "empty list of jobs, or put a copy of it back",
            path, words);
    default:
        return errmsg_set(
            msg, STORE_E_UNUSABLE,
            "the database %s cannot be used: %s; check that its folder exists, "
            "is yours to write, and that the disk is not full",
            path, words);
    }
}

static int prepare_statements(struct store *store) {
    for (size_t i = 0; i < STATEMENTS; i++) {
        int r =
            sqlite3_prepare_v3(store->db, statement_texts[i], -1,
                               SQLITE_PREPARE_PERSISTENT, &store->statements[i], NULL);
        if (r != SQLITE_OK) {
            return -r;
        }
    }
    return 0;
}

int store_open(struct store **out, const char *path, struct errmsg *msg) {
    _cleanup_(store_freep) struct store *store = calloc(1, sizeof *store);
    if (!store) {
        return -ENOMEM;
    }
    int r = sqlite3_open_v2(path, &store->db,
                            SQLITE_OPEN_READWRITE | SQLITE_OPEN_CREATE, NULL);
    if (r != SQLITE_OK) {
        return open_failure(r, path,
                            store->db ? sqlite3_errmsg(store->db) : "no memory", msg);
    }
    int version = 0;
    r = schema_prepare(store->db, &version);
    if (r == STORE_E_NEWER) {
        return errmsg_set(
            msg, STORE_E_NEWER,
            "the database %s was written by a newer CrystalMath (format %d); "
            "use that version, or name another file with --db-path",
            path, version);
    }
    if (r == 0) {
        r = prepare_statements(store);
    }
    if (r < 0) {
        return open_failure(-r, path, sqlite3_errmsg(store->db), msg);
    }
    (void)chmod(path, 0600);
    *out = TAKE_PTR(store);
    return 0;
}

struct store *store_free(struct store *store) {
    if (store) {
        for (size_t i = 0; i < STATEMENTS; i++) {
            (void)sqlite3_finalize(store->statements[i]);
        }
        (void)sqlite3_close(store->db);
        free(store);
    }
    return NULL;
}

const char *store_error(const struct store *store) {
    return sqlite3_errmsg(store->db);
}
