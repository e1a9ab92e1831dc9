/* Which column is which field of the record, and every statement's text. The columns
 * stand in one table; the lists of names and of places for values follow from it. */
#include "store/store_internal.h"

#include "base/str.h"

#include <errno.h>
#include <math.h>
#include <stddef.h>
#include <string.h>

/* X(kind, column, member) */
#define JOB_FIELDS(X)                                                                  \
    X(TEXT, name, name)                                                                \
    X(TEXT, code, code)                                                                \
    X(INT, state, state)                                                               \
    X(TEXT, reason, reason)                                                            \
    X(TEXT, directory, directory)                                                      \
    X(TEXT, input, input)                                                              \
    X(PRESENT, output, output)                                                         \
    X(TEXT, error_output, error_output)                                                \
    X(TEXT, token, token)                                                              \
    X(INT, umask, umask)                                                               \
    X(INT, cores, cores)                                                               \
    X(INT64, created_at, created_at)                                                   \
    X(INT64, started_at, started_at)                                                   \
    X(INT64, finished_at, finished_at)                                                 \
    X(INT, exit_code, exit_code)                                                       \
    X(INT, signal, signal)                                                             \
    X(REAL, cpu_seconds, cpu_seconds)                                                  \
    X(INT64, peak_memory_bytes, peak_memory_bytes)                                     \
    X(INT64, scf, progress.scf)                                                        \
    X(INT64, cycle, progress.cycle)                                                    \
    X(INT64, step, progress.step)                                                      \
    X(REAL, energy_ev, progress.energy_ev)                                             \
    X(REAL, delta_ev, progress.delta_ev)                                               \
    X(REAL, accuracy_ev, progress.accuracy_ev)                                         \
    X(INT, converged, progress.converged)                                              \
    X(INT, run_status, progress.status)                                                \
    X(INT64, memory_bytes, memory_bytes)                                               \
    X(INT, priority, priority)                                                         \
    X(INT64, begin_at, begin_at)                                                       \
    X(INT64, time_limit_seconds, time_limit_seconds)                                   \
    X(TEXT, stop_file, stop_file)                                                      \
    X(TEXT, stop_text, stop_text)                                                      \
    X(INT, retries, retries)                                                           \
    X(INT, attempt, attempt)                                                           \
    X(TEXT, note, note)                                                                \
    X(TEXT, origin, origin)                                                            \
    X(TEXT, cluster, cluster)                                                          \
    X(TEXT, placement, placement)                                                      \
    X(BOOL, imported, imported)                                                        \
    X(INT64, continues, continues)                                                     \
    X(INT, chain, chain)

enum kind { TEXT, PRESENT /* NULL is "" */, INT, INT64, REAL, BOOL };

#define AS_FIELD(kind, column, member) {kind, offsetof(struct job, member)},
static const struct field {
    enum kind kind;
    size_t offset;
} fields[] = {JOB_FIELDS(AS_FIELD)};

enum { FIELDS = sizeof fields / sizeof fields[0] };

#define AS_NAME(kind, column, member) #column ", "
#define AS_PLACE(kind, column, member) "?, "
#define AS_CHANGE(kind, column, member) #column " = ?, "
#define COLUMNS JOB_FIELDS(AS_NAME) "parts"

const char store_job_columns[] = COLUMNS;

static const char *const texts[STATEMENTS] = {
    [STATEMENT_BEGIN] = "BEGIN IMMEDIATE",
    [STATEMENT_COMMIT] = "COMMIT",
    [STATEMENT_SAVEPOINT] = "SAVEPOINT change",
    [STATEMENT_RELEASE] = "RELEASE change",
    [STATEMENT_ROLLBACK_TO] = "ROLLBACK TO change",
    [STATEMENT_INSERT] =
        "INSERT INTO jobs (" COLUMNS ") VALUES (" JOB_FIELDS(AS_PLACE) "?)",
    [STATEMENT_UPDATE] =
        "UPDATE jobs SET " JOB_FIELDS(AS_CHANGE) "parts = ? WHERE id = ?",
    [STATEMENT_REMOVE] = "DELETE FROM jobs WHERE id = ?1",
    [STATEMENT_BY_TOKEN] = "SELECT id FROM jobs WHERE token = ?1",
    [STATEMENT_GET] = "SELECT id, " COLUMNS " FROM jobs WHERE id = ?1",
    /* The states that are not final stand first in the enumeration; the number must be
     * the index's. */
    [STATEMENT_UNFINISHED] =
        "SELECT id, " COLUMNS " FROM jobs WHERE state < 6 ORDER BY id",
    [STATEMENT_CONTINUED] =
        "SELECT max(id) FROM jobs WHERE continues = ?1 AND continues <> 0",
    [STATEMENT_CHAINED] =
        "SELECT id FROM jobs WHERE chain > 0 AND state >= 6 ORDER BY id",
    [STATEMENT_COUNT] = "SELECT total(n) FROM counts WHERE ?1 = 0 OR (?1 >> state) & 1",
    [STATEMENT_WAITING] =
        "SELECT count(DISTINCT job) FROM dependencies JOIN jobs ON jobs.id = job"
        " WHERE other = ?1 AND state < 6",
    [STATEMENT_HISTORY_ADD] =
        "INSERT INTO history (job, at, state, reason) VALUES (?1, ?2, ?3, ?4)",
    [STATEMENT_HISTORY] =
        "SELECT at, state, reason FROM history WHERE job = ?1 ORDER BY rowid",
    [STATEMENT_RESULTS_PUT] = "INSERT INTO results (job, json) VALUES (?1, ?2)"
                              " ON CONFLICT (job) DO UPDATE SET json = excluded.json",
    [STATEMENT_RESULTS] = "SELECT json FROM results WHERE job = ?1",
    [STATEMENT_COMMAND_PUT] =
        "INSERT INTO commands (job, argv, env) VALUES (?1, ?2, ?3)"
        " ON CONFLICT (job) DO UPDATE SET argv = excluded.argv, env = excluded.env",
    [STATEMENT_COMMAND] = "SELECT argv, bytes FROM commands"
                          " JOIN contents ON contents.id = env WHERE job = ?1",
    [STATEMENT_CONTENT_FIND] =
        "SELECT id, bytes IS NULL FROM contents WHERE sha256 = ?1",
    [STATEMENT_CONTENT_ADD] =
        "INSERT INTO contents (sha256, size, bytes) VALUES (?1, ?2, ?3)",
    [STATEMENT_CONTENT_FILL] =
        "UPDATE contents SET size = ?2, bytes = ?3 WHERE id = ?1",
    [STATEMENT_CONTENT] =
        "SELECT id FROM contents WHERE sha256 = ?1 AND bytes IS NOT NULL",
    /* What this job alone refers to. */
    [STATEMENT_CONTENT_DROP] =
        "DELETE FROM contents WHERE id IN (SELECT env FROM commands WHERE job = ?1"
        " UNION SELECT content FROM inputs WHERE job = ?1)"
        " AND NOT EXISTS (SELECT 1 FROM commands WHERE env = contents.id"
        " AND job <> ?1)"
        " AND NOT EXISTS (SELECT 1 FROM inputs WHERE content = contents.id"
        " AND job <> ?1)",
    [STATEMENT_TAGS] = "SELECT tag FROM tags WHERE job = ?1 ORDER BY tag",
    [STATEMENT_TAGS_CLEAR] = "DELETE FROM tags WHERE job = ?1",
    [STATEMENT_TAG_ADD] = "INSERT OR IGNORE INTO tags (job, tag) VALUES (?1, ?2)",
    [STATEMENT_AFTER] =
        "SELECT other, kind FROM dependencies WHERE job = ?1 ORDER BY n",
    [STATEMENT_AFTER_CLEAR] = "DELETE FROM dependencies WHERE job = ?1",
    [STATEMENT_AFTER_ADD] =
        "INSERT INTO dependencies (job, n, other, kind) VALUES (?1, ?2, ?3, ?4)",
    [STATEMENT_CLUSTER_PUT] = "INSERT INTO clusters (name, settings) VALUES (?1, ?2)"
                              " ON CONFLICT (name) DO UPDATE SET settings = ?2",
    [STATEMENT_CLUSTER_DROP] = "DELETE FROM clusters WHERE name = ?1",
    [STATEMENT_CLUSTERS] = "SELECT name, settings FROM clusters ORDER BY name",
    [STATEMENT_INPUTS] = "SELECT path, sha256, size FROM inputs"
                         " JOIN contents ON contents.id = content"
                         " WHERE job = ?1 ORDER BY n",
    [STATEMENT_INPUTS_CLEAR] = "DELETE FROM inputs WHERE job = ?1",
    [STATEMENT_INPUT_ADD] =
        "INSERT INTO inputs (job, n, path, content) VALUES (?1, ?2, ?3, ?4)",
};

int store_statements_prepare(sqlite3 *db, sqlite3_stmt *out[STATEMENTS]) {
    for (size_t i = 0; i < STATEMENTS; i++) {
        int r = sqlite3_prepare_v3(db, texts[i], -1, SQLITE_PREPARE_PERSISTENT, &out[i],
                                   NULL);
        if (r != SQLITE_OK) {
            return r;
        }
    }
    return SQLITE_OK;
}

static void bind_field(sqlite3_stmt *s, int at, enum kind kind, const void *from) {
    switch (kind) {
    case TEXT:
        (void)sqlite3_bind_text(s, at, *(char *const *)from, -1, SQLITE_STATIC);
        break;
    case PRESENT: {
        const char *text = *(char *const *)from;
        (void)sqlite3_bind_text(s, at, text ? text : "", -1, SQLITE_STATIC);
        break;
    }
    case INT:
        (void)sqlite3_bind_int(s, at, *(const int *)from);
        break;
    case INT64:
        (void)sqlite3_bind_int64(s, at, *(const int64_t *)from);
        break;
    case REAL:
        if (isfinite(*(const double *)from)) {
            (void)sqlite3_bind_double(s, at, *(const double *)from);
        }
        break;
    case BOOL:
        (void)sqlite3_bind_int(s, at, *(const bool *)from);
        break;
    }
}

int store_job_bind(sqlite3_stmt *s, const struct job *job) {
    int at = 1;
    for (size_t i = 0; i < FIELDS; i++) {
        bind_field(s, at++, fields[i].kind, (const char *)job + fields[i].offset);
    }
    int parts =
        (job->tags && job->tags[0] ? PART_TAGS : 0) | (job->n_after ? PART_AFTER : 0);
    (void)sqlite3_bind_int(s, at++, parts);
    return at;
}

static int read_field(sqlite3_stmt *s, int column, enum kind kind, void *to) {
    switch (kind) {
    case TEXT:
    case PRESENT: {
        const char *text = (const char *)sqlite3_column_text(s, column);
        if (!text) {
            return sqlite3_column_type(s, column) == SQLITE_NULL ? 0 : -ENOMEM;
        }
        *(char **)to = strdup(text);
        return *(char **)to ? 0 : -ENOMEM;
    }
    case INT:
        *(int *)to = sqlite3_column_int(s, column);
        return 0;
    case INT64:
        *(int64_t *)to = sqlite3_column_int64(s, column);
        return 0;
    case REAL:
        *(double *)to = sqlite3_column_type(s, column) == SQLITE_NULL
                            ? NAN
                            : sqlite3_column_double(s, column);
        return 0;
    case BOOL:
        *(bool *)to = sqlite3_column_int(s, column) != 0;
        return 0;
    }
    return -EIO;
}

int store_job_read(struct store *store, sqlite3_stmt *s, struct job **out) {
    _cleanup_(job_freep) struct job *job = NULL;
    int r = job_new(&job);
    for (size_t i = 0; r == 0 && i < FIELDS; i++) {
        r = read_field(s, (int)i + 1, fields[i].kind, (char *)job + fields[i].offset);
    }
    if (r < 0) {
        return r;
    }
    if ((int)job->state < JOB_HELD || job->state >= JOB_STATES || !job->name ||
        !job->code || !job->directory) {
        return store_fail(store, SQLITE_CORRUPT);
    }
    job->id = sqlite3_column_int64(s, 0);
    r = store_parts_read(store, job, sqlite3_column_int(s, FIELDS + 1));
    if (r == 0) {
        *out = TAKE_PTR(job);
    }
    return r;
}
