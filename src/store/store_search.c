/* Lists and searches. A query is put together of the conditions that the filter has and
 * walks from the newest job to older ones. A page of all jobs, or of those in some
 * states, ends when it is full, for there are counters for how many there are. With
 * other conditions one walk over jobs_search, which holds all that is asked for, both
 * counts and finds the page; a job's row is read only when it is handed out. A tag is
 * looked up first, and the jobs that have it are walked. */
#include "store/store_internal.h"
#include "store/words.h"

#include "base/str.h"

#include <errno.h>
#include <string.h>

enum { VALUES_MAX = 24 };

struct query {
    struct buf conditions;
    struct value {
        char *text;          /* owned; NULL: another one */
        struct words *words; /* owned; likewise */
        double real;
        int64_t integer;
    } values[VALUES_MAX];
    size_t n;
    int r;
};

static void query_deinit(struct query *query) {
    buf_deinit(&query->conditions);
    for (size_t i = 0; i < query->n; i++) {
        free(query->values[i].text);
        free(query->values[i].words);
    }
}

static void add_condition(struct query *query, const char *text) {
    if (query->r == 0) {
        query->r = buf_append_str(&query->conditions, text);
    }
}

static void add_integer(struct query *query, const char *condition, int64_t value) {
    add_condition(query, condition);
    query->values[query->n++] = (struct value){.real = NAN, .integer = value};
}

static void add_real(struct query *query, const char *condition, double value) {
    add_condition(query, condition);
    query->values[query->n++] = (struct value){.real = value};
}

static void add_text(struct query *query, const char *condition, const char *prefix,
                     const char *text, size_t n, const char *suffix) {
    add_condition(query, condition);
    char *value = NULL;
    int r = str_printf(&value, "%s%.*s%s", prefix, (int)n, text, suffix);
    query->r = query->r ? query->r : r;
    query->values[query->n++] = (struct value){.text = value};
}

static void add_words(struct query *query, const char *condition, const char *text) {
    add_condition(query, condition);
    struct words *words = words_new(text);
    query->r = query->r ? query->r : words ? 0 : -ENOMEM;
    query->values[query->n++] = (struct value){.words = words};
}

/* Below a folder is what begins with its path and '/'; '0' is the byte behind '/'. */
static void add_directory(struct query *query, const char *directory) {
    size_t n = strlen(directory);
    while (n > 0 && directory[n - 1] == '/') {
        n--;
    }
    if (n > 0) {
        add_text(query, " AND (directory = ?", "", directory, n, "");
        add_text(query, " OR (directory >= ?", "", directory, n, "/");
        add_text(query, " AND directory < ?))", "", directory, n, "0");
    }
}

/* A job that has not ended has 0 for the time of its end. */
static bool asks_end(const struct store_filter *f) {
    return f->finished_from || f->finished_to != INT64_MAX;
}

/* What a calculation came to is told of jobs that have ended; of others, what the last
 * write happened to find. */
static bool asks_results(const struct store_filter *f) {
    return f->converged >= 0 || !isnan(f->energy_min_ev) || !isnan(f->energy_max_ev);
}

/* What is decided by a number stands first, what costs most last. */
static void add_conditions(struct query *query, const struct store_filter *f) {
    if (f->states) {
        add_integer(query, " AND (? >> state) & 1", f->states);
    }
    if (f->code) {
        add_text(query, " AND code = ?", "", f->code, strlen(f->code), "");
    }
    if (f->created_from) {
        add_integer(query, " AND created_at >= ?", f->created_from);
    }
    if (f->created_to != INT64_MAX) {
        add_integer(query, " AND created_at < ?", f->created_to);
    }
    if (asks_end(f)) {
        add_integer(query, " AND finished_at >= ?",
                    f->finished_from > 1 ? f->finished_from : 1);
        add_integer(query, " AND finished_at < ?", f->finished_to);
    }
    if (asks_results(f)) {
        add_integer(query, " AND state >= ?", JOB_COMPLETED);
    }
    if (f->converged >= 0) {
        add_integer(query, " AND converged = ?", f->converged);
    }
    if (!isnan(f->energy_min_ev)) {
        add_real(query, " AND energy_ev >= ?", f->energy_min_ev);
    }
    if (!isnan(f->energy_max_ev)) {
        add_real(query, " AND energy_ev <= ?", f->energy_max_ev);
    }
    if (f->directory) {
        add_directory(query, f->directory);
    }
    if (f->name) {
        add_words(query, " AND has_words(?, name)", f->name);
    }
    if (f->text) {
        add_words(query, " AND (has_words(?, name, directory, note)", f->text);
        add_words(query, " OR id IN (SELECT job FROM tags WHERE has_words(?, tag)))",
                  f->text);
    }
}

/* The texts and words become the statement's. */
static void bind_values(sqlite3_stmt *s, struct query *query) {
    for (size_t i = 0; i < query->n; i++) {
        struct value *value = &query->values[i];
        int at = (int)i + 1;
        if (value->text) {
            (void)sqlite3_bind_text(s, at, TAKE_PTR(value->text), -1, free);
        } else if (value->words) {
            (void)words_bind(s, at, TAKE_PTR(value->words));
        } else if (isnan(value->real)) {
            (void)sqlite3_bind_int64(s, at, value->integer);
        } else {
            (void)sqlite3_bind_double(s, at, value->real);
        }
    }
}

/* The filter's query with its values bound; `what` is asked for. A page is cut out by
 * the filter's `before` and `limit`, else all is walked that the conditions let
 * through.
 */
static int prepare(struct store *store, const struct store_filter *filter,
                   const char *what, bool page, sqlite3_stmt **out) {
    _cleanup_(query_deinit) struct query query = {.conditions = BUF_NULL};
    _cleanup_buf_ struct buf sql = BUF_NULL;
    const char *id = filter->tag ? "job" : "id";
    if (filter->tag) {
        add_text(&query, "tag = ?", "", filter->tag, strlen(filter->tag), "");
    } else {
        add_condition(&query, "id > 0");
    }
    if (page && filter->before > 0) {
        add_integer(&query, filter->tag ? " AND job < ?" : " AND id < ?",
                    filter->before);
    }
    size_t simple = query.n;
    add_conditions(&query, filter);
    const char *from = filter->tag
                           ? "tags CROSS JOIN jobs INDEXED BY jobs_search ON id = job"
                       : query.n > simple ? "jobs INDEXED BY jobs_search"
                                          : "jobs";
    int r =
        query.r ? query.r : buf_printf(&sql, "SELECT %s FROM %s WHERE ", what, from);
    r = r ? r
          : buf_append(&sql, buf_bytes(&query.conditions), buf_len(&query.conditions));
    r = r ? r : buf_printf(&sql, " ORDER BY %s DESC%s", id, page ? " LIMIT ?" : "");
    if (r < 0) {
        return r;
    }
    sqlite3_stmt *s = NULL;
    int prepared =
        sqlite3_prepare_v2(store->db, buf_bytes(&sql), (int)buf_len(&sql), &s, NULL);
    if (prepared != SQLITE_OK) {
        return store_fail(store, prepared);
    }
    bind_values(s, &query);
    if (page) {
        (void)sqlite3_bind_int64(s, (int)query.n + 1, filter->limit);
    }
    *out = s;
    return 0;
}

static bool asks_states_only(const struct store_filter *f) {
    return !f->name && !f->code && !f->directory && !f->tag && !f->text &&
           !f->created_from && f->created_to == INT64_MAX && !asks_end(f) &&
           !asks_results(f);
}

/* States alone have counters, so that the walk may end with the page. */
static int list_by_state(struct store *store, const struct store_filter *filter,
                         store_job_fn fn, void *data, int64_t *total) {
    _cleanup_buf_ struct buf what = BUF_NULL;
    sqlite3_stmt *s = NULL;
    int64_t n = 0;
    int r = store_job_count(store, filter->states, &n);
    if (r == 0 && n > 0) {
        r = buf_printf(&what, "id, %s%c", store_job_columns, '\0');
        r = r ? r : prepare(store, filter, buf_bytes(&what), true, &s);
    }
    if (r == 0 && n > 0) {
        r = store_job_each(store, s, fn, data);
        (void)sqlite3_finalize(s);
    }
    if (r == 0) {
        *total = n;
    }
    return r;
}

/* Jobs that a walk has found, newest first. */
struct found {
    int64_t *ids; /* of the page */
    int64_t n;
    int64_t total; /* on every page */
};

/* Count what the filter lets through, and remember the page's part of it. */
static int find(struct store *store, const struct store_filter *filter,
                struct found *found) {
    sqlite3_stmt *s = NULL;
    int r = prepare(store, filter, "id", false, &s);
    if (r < 0) {
        return r;
    }
    while ((r = store_step(store, s)) == 1) {
        int64_t id = sqlite3_column_int64(s, 0);
        found->total++;
        if (found->n < filter->limit && (filter->before <= 0 || id < filter->before)) {
            found->ids[found->n++] = id;
        }
    }
    (void)sqlite3_finalize(s);
    return r;
}

static int hand_out(struct store *store, int64_t id, store_job_fn fn, void *data) {
    sqlite3_stmt *s = store_statement(store, STATEMENT_GET);
    (void)sqlite3_bind_int64(s, 1, id);
    return store_job_each(store, s, fn, data);
}

int store_job_list(struct store *store, const struct store_filter *filter,
                   store_job_fn fn, void *data, int64_t *total) {
    if (asks_states_only(filter)) {
        return list_by_state(store, filter, fn, data, total);
    }
    _cleanup_free_ int64_t *ids = calloc((size_t)filter->limit + 1, sizeof *ids);
    struct found found = {.ids = ids};
    int r = ids ? find(store, filter, &found) : -ENOMEM;
    for (int64_t i = 0; r == 0 && i < found.n; i++) {
        r = hand_out(store, ids[i], fn, data);
    }
    if (r == 0) {
        *total = found.total;
    }
    return r;
}
