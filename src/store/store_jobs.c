/* Jobs as rows. A change of a job, its line of history and its results are one
 * transaction. Lists of strings are stored as their bytes, NUL-terminated one behind
 * the other, so that any byte a file system or an environment allows survives. */
#include "store/store_internal.h"

#include "base/buf.h"
#include "base/str.h"

#include <errno.h>
#include <math.h>
#include <string.h>

/* Column numbers of JOB_COLUMNS, and of argv and env behind them. */
enum { COLUMN_ARGV = 27, COLUMN_ENV = 28 };

static void bind_text(sqlite3_stmt *statement, int at, const char *text) {
    (void)sqlite3_bind_text(statement, at, text, -1, SQLITE_STATIC);
}

static void bind_real(sqlite3_stmt *statement, int at, double value) {
    if (isfinite(value)) {
        (void)sqlite3_bind_double(statement, at, value);
    }
}

/* Parameters 1 to 27, in the order of JOB_COLUMNS. */
static void bind_job(sqlite3_stmt *s, const struct job *job) {
    (void)sqlite3_bind_int64(s, 1, job->id);
    bind_text(s, 2, job->name);
    bind_text(s, 3, job->code);
    (void)sqlite3_bind_int(s, 4, (int)job->state);
    bind_text(s, 5, job->reason);
    bind_text(s, 6, job->directory);
    bind_text(s, 7, job->input);
    bind_text(s, 8, job->output ? job->output : "");
    bind_text(s, 9, job->error_output);
    bind_text(s, 10, job->token);
    (void)sqlite3_bind_int(s, 11, job->umask);
    (void)sqlite3_bind_int(s, 12, job->cores);
    (void)sqlite3_bind_int64(s, 13, job->created_at);
    (void)sqlite3_bind_int64(s, 14, job->started_at);
    (void)sqlite3_bind_int64(s, 15, job->finished_at);
    (void)sqlite3_bind_int(s, 16, job->exit_code);
    (void)sqlite3_bind_int(s, 17, job->signal);
    bind_real(s, 18, job->cpu_seconds);
    (void)sqlite3_bind_int64(s, 19, job->peak_memory_bytes);
    (void)sqlite3_bind_int64(s, 20, job->progress.scf);
    (void)sqlite3_bind_int64(s, 21, job->progress.cycle);
    (void)sqlite3_bind_int64(s, 22, job->progress.step);
    bind_real(s, 23, job->progress.energy_ev);
    bind_real(s, 24, job->progress.delta_ev);
    bind_real(s, 25, job->progress.accuracy_ev);
    (void)sqlite3_bind_int(s, 26, job->progress.converged);
    (void)sqlite3_bind_int(s, 27, job->progress.status);
}

static int pack_strings(char *const *strings, struct buf *out) {
    for (size_t i = 0; strings && strings[i]; i++) {
        int r = buf_append(out, strings[i], strlen(strings[i]) + 1);
        if (r < 0) {
            return r;
        }
    }
    return 0;
}

static char **unpack_strings(const char *bytes, size_t n) {
    size_t count = 0;
    for (size_t i = 0; i < n; i++) {
        count += bytes[i] == '\0';
    }
    char **strings = calloc(count + 1, sizeof *strings);
    for (size_t i = 0; strings && i < count; i++) {
        strings[i] = strdup(bytes);
        if (!strings[i]) {
            return strv_free(strings);
        }
        bytes += strlen(bytes) + 1;
    }
    return strings;
}

static int copy_column(sqlite3_stmt *s, int column, char **out) {
    const char *text = (const char *)sqlite3_column_text(s, column);
    if (!text) {
        *out = NULL;
        return sqlite3_column_type(s, column) == SQLITE_NULL ? 0 : -ENOMEM;
    }
    *out = strdup(text);
    return *out ? 0 : -ENOMEM;
}

static double real_column(sqlite3_stmt *s, int column) {
    return sqlite3_column_type(s, column) == SQLITE_NULL
               ? NAN
               : sqlite3_column_double(s, column);
}

static int read_texts(sqlite3_stmt *s, struct job *job) {
    const struct {
        int column;
        char **to;
    } texts[] = {
        {1, &job->name},         {2, &job->code},  {4, &job->reason},
        {5, &job->directory},    {6, &job->input}, {7, &job->output},
        {8, &job->error_output}, {9, &job->token},
    };
    for (size_t i = 0; i < sizeof texts / sizeof texts[0]; i++) {
        int r = copy_column(s, texts[i].column, texts[i].to);
        if (r < 0) {
            return r;
        }
    }
    return 0;
}

static int read_vectors(sqlite3_stmt *s, struct job *job) {
    job->argv = unpack_strings(sqlite3_column_blob(s, COLUMN_ARGV),
                               (size_t)sqlite3_column_bytes(s, COLUMN_ARGV));
    job->env = unpack_strings(sqlite3_column_blob(s, COLUMN_ENV),
                              (size_t)sqlite3_column_bytes(s, COLUMN_ENV));
    return job->argv && job->env ? 0 : -ENOMEM;
}

static int read_job(sqlite3_stmt *s, struct job **out) {
    _cleanup_(job_freep) struct job *job = NULL;
    int r = job_new(&job);
    if (r == 0) {
        r = read_texts(s, job);
    }
    if (r == 0 && sqlite3_column_count(s) > COLUMN_ENV) {
        r = read_vectors(s, job);
    }
    if (r < 0) {
        return r;
    }
    int state = sqlite3_column_int(s, 3);
    if (state < 0 || state >= JOB_STATES) {
        return -EIO;
    }
    job->id = sqlite3_column_int64(s, 0);
    job->state = (enum job_state)state;
    job->umask = sqlite3_column_int(s, 10);
    job->cores = sqlite3_column_int(s, 11);
    job->created_at = sqlite3_column_int64(s, 12);
    job->started_at = sqlite3_column_int64(s, 13);
    job->finished_at = sqlite3_column_int64(s, 14);
    job->exit_code = sqlite3_column_int(s, 15);
    job->signal = sqlite3_column_int(s, 16);
    job->cpu_seconds = real_column(s, 17);
    job->peak_memory_bytes = sqlite3_column_int64(s, 18);
    job->progress = (struct job_progress){
        .scf = sqlite3_column_int64(s, 19),
        .cycle = sqlite3_column_int64(s, 20),
        .step = sqlite3_column_int64(s, 21),
        .energy_ev = real_column(s, 22),
        .delta_ev = real_column(s, 23),
        .accuracy_ev = real_column(s, 24),
        .converged = sqlite3_column_int(s, 25),
        .status = sqlite3_column_int(s, 26),
    };
    *out = TAKE_PTR(job);
    return 0;
}

static int add_history(struct store *store, const struct job *job, int64_t at) {
    sqlite3_stmt *s = store_statement(store, STATEMENT_HISTORY_ADD);
    (void)sqlite3_bind_int64(s, 1, job->id);
    (void)sqlite3_bind_int64(s, 2, at);
    (void)sqlite3_bind_int(s, 3, (int)job->state);
    bind_text(s, 4, job->reason);
    return store_run(s);
}

static int begin(struct store *store) {
    return store_run(store_statement(store, STATEMENT_BEGIN));
}

/* Commit when `r` is 0, else roll back; returns what the whole came to. */
static int end(struct store *store, int r) {
    if (r == 0) {
        r = store_run(store_statement(store, STATEMENT_COMMIT));
    }
    if (r != 0 && !sqlite3_get_autocommit(store->db)) {
        (void)store_run(store_statement(store, STATEMENT_ROLLBACK));
    }
    return r;
}

static int insert_row(struct store *store, struct job *job) {
    _cleanup_buf_ struct buf argv = BUF_NULL;
    _cleanup_buf_ struct buf env = BUF_NULL;
    int r = pack_strings(job->argv, &argv);
    if (r == 0) {
        r = pack_strings(job->env, &env);
    }
    if (r < 0) {
        return r;
    }
    sqlite3_stmt *s = store_statement(store, STATEMENT_INSERT);
    bind_job(s, job);
    (void)sqlite3_bind_blob64(s, 28, buf_bytes(&argv), buf_len(&argv), SQLITE_STATIC);
    (void)sqlite3_bind_blob64(s, 29, buf_bytes(&env), buf_len(&env), SQLITE_STATIC);
    r = store_run(s);
    (void)sqlite3_clear_bindings(s);
    if (r == 0) {
        job->id = sqlite3_last_insert_rowid(store->db);
    }
    return r;
}

int store_token_find(struct store *store, const char *token, int64_t *id) {
    sqlite3_stmt *s = store_statement(store, STATEMENT_BY_TOKEN);
    bind_text(s, 1, token);
    int r = sqlite3_step(s);
    if (r == SQLITE_ROW) {
        *id = sqlite3_column_int64(s, 0);
    }
    (void)sqlite3_reset(s);
    return r == SQLITE_ROW ? 0 : r == SQLITE_DONE ? STORE_E_MISSING : store_errno(r);
}

int store_job_insert(struct store *store, struct job *job) {
    if (job->token) {
        int r = store_token_find(store, job->token, &job->id);
        if (r != STORE_E_MISSING) {
            return r == 0 ? STORE_E_TOKEN : r;
        }
    }
    int r = begin(store);
    if (r == 0) {
        r = insert_row(store, job);
    }
    if (r == 0) {
        r = add_history(store, job, job->created_at);
    }
    return end(store, r);
}

static int put_results(struct store *store, int64_t id, const char *json) {
    sqlite3_stmt *s = store_statement(store, STATEMENT_RESULTS_PUT);
    (void)sqlite3_bind_int64(s, 1, id);
    bind_text(s, 2, json);
    return store_run(s);
}

int store_job_update(struct store *store, const struct job *job, int64_t at,
                     const char *results_json) {
    int r = begin(store);
    if (r == 0) {
        sqlite3_stmt *s = store_statement(store, STATEMENT_UPDATE);
        bind_job(s, job);
        r = store_run(s);
    }
    if (r == 0 && sqlite3_changes(store->db) == 0) {
        r = STORE_E_MISSING;
    }
    if (r == 0 && at != 0) {
        r = add_history(store, job, at);
    }
    if (r == 0 && results_json) {
        r = put_results(store, job->id, results_json);
    }
    return end(store, r);
}

int store_job_get(struct store *store, int64_t id, struct job **out) {
    sqlite3_stmt *s = store_statement(store, STATEMENT_GET);
    (void)sqlite3_bind_int64(s, 1, id);
    int r = sqlite3_step(s);
    if (r == SQLITE_ROW) {
        r = read_job(s, out);
    } else {
        r = r == SQLITE_DONE ? STORE_E_MISSING : store_errno(r);
    }
    (void)sqlite3_reset(s);
    return r;
}

int store_job_results(struct store *store, int64_t id, char **out) {
    sqlite3_stmt *s = store_statement(store, STATEMENT_RESULTS);
    (void)sqlite3_bind_int64(s, 1, id);
    int r = sqlite3_step(s);
    char *json = NULL;
    if (r == SQLITE_ROW) {
        r = copy_column(s, 0, &json);
    } else {
        r = store_errno(r);
    }
    (void)sqlite3_reset(s);
    if (r == 0) {
        *out = json;
    }
    return r;
}

static int each_job(sqlite3_stmt *s, store_job_fn fn, void *data) {
    int r = 0;
    while (r == 0) {
        int stepped = sqlite3_step(s);
        if (stepped != SQLITE_ROW) {
            r = store_errno(stepped);
            break;
        }
        _cleanup_(job_freep) struct job *job = NULL;
        r = read_job(s, &job);
        if (r == 0) {
            r = fn(job, data);
        }
    }
    (void)sqlite3_reset(s);
    return r;
}

int store_job_list(struct store *store, const struct store_filter *filter,
                   store_job_fn fn, void *data) {
    sqlite3_stmt *s = store_statement(store, STATEMENT_LIST);
    (void)sqlite3_bind_int64(s, 1, filter->states);
    (void)sqlite3_bind_int64(s, 2, filter->before);
    (void)sqlite3_bind_int64(s, 3, filter->limit);
    return each_job(s, fn, data);
}

int store_job_unfinished(struct store *store, store_job_fn fn, void *data) {
    sqlite3_stmt *s = store_statement(store, STATEMENT_UNFINISHED);
    (void)sqlite3_bind_int(s, 1, JOB_COMPLETED);
    return each_job(s, fn, data);
}

int store_job_history(struct store *store, int64_t id, store_history_fn fn,
                      void *data) {
    sqlite3_stmt *s = store_statement(store, STATEMENT_HISTORY);
    (void)sqlite3_bind_int64(s, 1, id);
    int r = 0;
    while (r == 0) {
        int stepped = sqlite3_step(s);
        if (stepped != SQLITE_ROW) {
            r = store_errno(stepped);
            break;
        }
        int state = sqlite3_column_int(s, 1);
        r = state < 0 || state >= JOB_STATES
                ? -EIO
                : fn(sqlite3_column_int64(s, 0), (enum job_state)state,
                     (const char *)sqlite3_column_text(s, 2), data);
    }
    (void)sqlite3_reset(s);
    return r;
}

int store_job_count(struct store *store, unsigned states, int64_t *out) {
    sqlite3_stmt *s = store_statement(store, STATEMENT_COUNT);
    (void)sqlite3_bind_int64(s, 1, states);
    int r = sqlite3_step(s);
    if (r == SQLITE_ROW) {
        *out = sqlite3_column_int64(s, 0);
        r = SQLITE_OK;
    }
    (void)sqlite3_reset(s);
    return store_errno(r);
}
