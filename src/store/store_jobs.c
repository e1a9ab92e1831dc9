/* Jobs as rows. A change of a job with all that belongs to it, its line of history and
 * its results are one transaction. */
#include "store/store_internal.h"

#include <errno.h>
#include <string.h>

static int put_history(struct store *store, int64_t id, int64_t at,
                       enum job_state state, const char *reason) {
    sqlite3_stmt *s = store_statement(store, STATEMENT_HISTORY_ADD);
    (void)sqlite3_bind_int64(s, 1, id);
    (void)sqlite3_bind_int64(s, 2, at);
    (void)sqlite3_bind_int(s, 3, (int)state);
    (void)sqlite3_bind_text(s, 4, reason, -1, SQLITE_STATIC);
    return store_run(store, s);
}

static int add_history(struct store *store, const struct job *job, int64_t at) {
    return put_history(store, job->id, at, job->state, job->reason);
}

int store_history_add(struct store *store, int64_t id, int64_t at, enum job_state state,
                      const char *reason) {
    int r = store_change_begin(store);
    return r == 0 ? store_change_end(store, put_history(store, id, at, state, reason))
                  : r;
}

/* Every job has a command, be it an empty one. */
static int insert_all(struct store *store, struct job *job) {
    sqlite3_stmt *s = store_statement(store, STATEMENT_INSERT);
    (void)store_job_bind(s, job);
    int r = store_run(store, s);
    if (r == 0) {
        job->id = sqlite3_last_insert_rowid(store->db);
        r = store_parts_write(store, job);
    }
    if (r == 0 && !job->argv) {
        r = store_command_write(store, job);
    }
    return r == 0 ? add_history(store, job, job->created_at) : r;
}

int store_token_find(struct store *store, const char *token, int64_t *id) {
    sqlite3_stmt *s = store_statement(store, STATEMENT_BY_TOKEN);
    (void)sqlite3_bind_text(s, 1, token, -1, SQLITE_STATIC);
    int r = store_step(store, s);
    if (r == 1) {
        *id = sqlite3_column_int64(s, 0);
    }
    (void)sqlite3_reset(s);
    return r == 1 ? 0 : r == 0 ? STORE_E_MISSING : r;
}

int store_job_insert(struct store *store, struct job *job) {
    if (job->token) {
        int r = store_token_find(store, job->token, &job->id);
        if (r != STORE_E_MISSING) {
            return r == 0 ? STORE_E_TOKEN : r;
        }
    }
    int r = store_change_begin(store);
    return r == 0 ? store_change_end(store, insert_all(store, job)) : r;
}

static int put_results(struct store *store, int64_t id, const char *json) {
    sqlite3_stmt *s = store_statement(store, STATEMENT_RESULTS_PUT);
    (void)sqlite3_bind_int64(s, 1, id);
    (void)sqlite3_bind_text(s, 2, json, -1, SQLITE_STATIC);
    return store_run(store, s);
}

static int update_all(struct store *store, const struct job *job, int64_t at,
                      const char *results_json) {
    sqlite3_stmt *s = store_statement(store, STATEMENT_UPDATE);
    (void)sqlite3_bind_int64(s, store_job_bind(s, job), job->id);
    int r = store_run(store, s);
    if (r == 0 && sqlite3_changes(store->db) == 0) {
        return STORE_E_MISSING;
    }
    if (r == 0) {
        r = store_parts_write(store, job);
    }
    if (r == 0 && at != 0) {
        r = add_history(store, job, at);
    }
    return r == 0 && results_json ? put_results(store, job->id, results_json) : r;
}

int store_job_update(struct store *store, const struct job *job, int64_t at,
                     const char *results_json) {
    int r = store_change_begin(store);
    return r == 0 ? store_change_end(store, update_all(store, job, at, results_json))
                  : r;
}

static int remove_all(struct store *store, int64_t id) {
    /* The contents first, while it is known which; their foreign keys are looked at
     * when the transaction ends. */
    sqlite3_stmt *s = store_statement(store, STATEMENT_CONTENT_DROP);
    (void)sqlite3_bind_int64(s, 1, id);
    int r = store_run(store, s);
    if (r < 0) {
        return r;
    }
    s = store_statement(store, STATEMENT_REMOVE);
    (void)sqlite3_bind_int64(s, 1, id);
    r = store_run(store, s);
    return r == 0 && sqlite3_changes(store->db) == 0 ? STORE_E_MISSING : r;
}

int store_job_remove(struct store *store, int64_t id) {
    int r = store_change_begin(store);
    return r == 0 ? store_change_end(store, remove_all(store, id)) : r;
}

int store_job_get(struct store *store, int64_t id, struct job **out) {
    sqlite3_stmt *s = store_statement(store, STATEMENT_GET);
    (void)sqlite3_bind_int64(s, 1, id);
    _cleanup_(job_freep) struct job *job = NULL;
    int r = store_step(store, s);
    if (r == 1) {
        r = store_job_read(store, s, &job);
    } else if (r == 0) {
        r = STORE_E_MISSING;
    }
    (void)sqlite3_reset(s);
    if (r == 0) {
        r = store_parts_read_all(store, job);
    }
    if (r == 0) {
        *out = TAKE_PTR(job);
    }
    return r;
}

int store_job_results(struct store *store, int64_t id, char **out) {
    sqlite3_stmt *s = store_statement(store, STATEMENT_RESULTS);
    (void)sqlite3_bind_int64(s, 1, id);
    int r = store_step(store, s);
    char *json = NULL;
    if (r == 1) {
        const char *text = (const char *)sqlite3_column_text(s, 0);
        json = text ? strdup(text) : NULL;
        r = json ? 0 : -ENOMEM;
    }
    (void)sqlite3_reset(s);
    if (r == 0) {
        *out = json;
    }
    return r;
}

int store_job_each(struct store *store, sqlite3_stmt *s, store_job_fn fn, void *data) {
    int r;
    while ((r = store_step(store, s)) == 1) {
        _cleanup_(job_freep) struct job *job = NULL;
        r = store_job_read(store, s, &job);
        if (r == 0) {
            r = fn(job, data);
        }
        if (r != 0) {
            break;
        }
    }
    (void)sqlite3_reset(s);
    return r;
}

int store_job_unfinished(struct store *store, store_job_fn fn, void *data) {
    return store_job_each(store, store_statement(store, STATEMENT_UNFINISHED), fn,
                          data);
}

int store_job_history(struct store *store, int64_t id, store_history_fn fn,
                      void *data) {
    sqlite3_stmt *s = store_statement(store, STATEMENT_HISTORY);
    (void)sqlite3_bind_int64(s, 1, id);
    int r;
    while ((r = store_step(store, s)) == 1) {
        int state = sqlite3_column_int(s, 1);
        r = state < JOB_HELD || state >= JOB_STATES
                ? store_fail(store, SQLITE_CORRUPT)
                : fn(sqlite3_column_int64(s, 0), (enum job_state)state,
                     (const char *)sqlite3_column_text(s, 2), data);
        if (r != 0) {
            break;
        }
    }
    (void)sqlite3_reset(s);
    return r;
}

static int count(struct store *store, sqlite3_stmt *s, int64_t *out) {
    int r = store_step(store, s);
    if (r == 1) {
        *out = sqlite3_column_int64(s, 0);
    }
    (void)sqlite3_reset(s);
    return r == 1 ? 0 : r;
}

int store_job_chained(struct store *store, store_id_fn fn, void *data) {
    sqlite3_stmt *s = store_statement(store, STATEMENT_CHAINED);
    int r;
    while ((r = store_step(store, s)) == 1) {
        r = fn(sqlite3_column_int64(s, 0), data);
        if (r != 0) {
            break;
        }
    }
    (void)sqlite3_reset(s);
    return r;
}

int store_job_continued(struct store *store, int64_t id, int64_t *out) {
    sqlite3_stmt *s = store_statement(store, STATEMENT_CONTINUED);
    (void)sqlite3_bind_int64(s, 1, id);
    return count(store, s, out);
}

int store_job_count(struct store *store, unsigned states, int64_t *out) {
    sqlite3_stmt *s = store_statement(store, STATEMENT_COUNT);
    (void)sqlite3_bind_int64(s, 1, states);
    return count(store, s, out);
}

int store_job_waiting(struct store *store, int64_t id, int64_t *out) {
    sqlite3_stmt *s = store_statement(store, STATEMENT_WAITING);
    (void)sqlite3_bind_int64(s, 1, id);
    return count(store, s, out);
}
