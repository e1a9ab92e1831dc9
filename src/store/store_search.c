/* Lists and searches. A query is put together of the conditions that the filter has and
 * walks from the newest job to older ones, so that a page ends early; with conditions
 * it walks jobs_search, which holds all that is asked for, and reads a job's row only
 * when it is handed out. A tag is looked up first, and the jobs that have it are
 * walked. */
#include "store/store_internal.h"

#include "base/str.h"

#include <errno.h>
#include <string.h>

enum { VALUES_MAX = 24 };

struct query {
    struct buf conditions;
    struct value {
        char *text; /* owned; NULL: `real` or `integer` */
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

/* A pattern for LIKE that finds `text` anywhere. */
static char *pattern_of(const char *text) {
    char *pattern = malloc(2 * strlen(text) + 3);
    char *to = pattern;
    if (!pattern) {
        return NULL;
    }
    *to++ = '%';
    for (; *text; text++) {
        if (strchr("%_\\", *text)) {
            *to++ = '\\';
        }
        *to++ = *text;
    }
    *to++ = '%';
    *to = '\0';
    return pattern;
}

static void add_pattern(struct query *query, const char *condition, const char *text) {
    char *pattern = pattern_of(text);
    add_condition(query, condition);
    query->r = query->r ? query->r : pattern ? 0 : -ENOMEM;
    query->values[query->n++] = (struct value){.text = pattern};
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
        add_pattern(query, " AND name LIKE ? ESCAPE '\\'", f->name);
    }
    if (f->text) {
        add_pattern(query, " AND (name LIKE ? ESCAPE '\\'", f->text);
        add_pattern(query, " OR directory LIKE ? ESCAPE '\\'", f->text);
        add_pattern(query, " OR note LIKE ? ESCAPE '\\'", f->text);
        add_pattern(query,
                    " OR id IN (SELECT job FROM tags WHERE tag LIKE ? ESCAPE '\\'))",
                    f->text);
    }
}

static void bind_values(sqlite3_stmt *s, const struct query *query) {
    for (size_t i = 0; i < query->n; i++) {
        const struct value *value = &query->values[i];
        int at = (int)i + 1;
        if (value->text) {
            (void)sqlite3_bind_text(s, at, value->text, -1, SQLITE_TRANSIENT);
        } else if (isnan(value->real)) {
            (void)sqlite3_bind_int64(s, at, value->integer);
        } else {
            (void)sqlite3_bind_double(s, at, value->real);
        }
    }
}

/* The filter's query with its values bound; `what` is asked for. */
static int prepare(struct store *store, const struct store_filter *filter,
                   const char *what, bool page, sqlite3_stmt **out) {
    _cleanup_(query_deinit) struct query query = {.conditions = BUF_NULL};
    _cleanup_buf_ struct buf sql = BUF_NULL;
    if (filter->tag) {
        add_text(&query, "tag = ?", "", filter->tag, strlen(filter->tag), "");
    }
    if (page && filter->before > 0) {
        add_integer(&query, filter->tag ? " AND job < ?" : "id < ?", filter->before);
    } else if (!filter->tag) {
        add_condition(&query, "id > 0");
    }
    size_t simple = query.n;
    add_conditions(&query, filter);
    if (page) {
        add_integer(&query,
                    filter->tag ? " ORDER BY job DESC LIMIT ?"
                                : " ORDER BY id DESC LIMIT ?",
                    filter->limit);
    }
    bool searches = query.n > simple + page;
    const char *from = filter->tag
                           ? "tags CROSS JOIN jobs INDEXED BY jobs_search ON id = job"
                       : searches ? "jobs INDEXED BY jobs_search"
                                  : "jobs";
    int r =
        query.r ? query.r : buf_printf(&sql, "SELECT %s FROM %s WHERE ", what, from);
    r = r ? r
          : buf_append(&sql, buf_bytes(&query.conditions), buf_len(&query.conditions));
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
    *out = s;
    return 0;
}

int store_job_list(struct store *store, const struct store_filter *filter,
                   store_job_fn fn, void *data) {
    _cleanup_buf_ struct buf what = BUF_NULL;
    sqlite3_stmt *s = NULL;
    int r = buf_printf(&what, "id, %s%c", store_job_columns, '\0');
    r = r ? r : prepare(store, filter, buf_bytes(&what), true, &s);
    if (r == 0) {
        r = store_job_each(store, s, fn, data);
        (void)sqlite3_finalize(s);
    }
    return r;
}

static bool asks_states_only(const struct store_filter *f) {
    return !f->name && !f->code && !f->directory && !f->tag && !f->text &&
           !f->created_from && f->created_to == INT64_MAX && !asks_end(f) &&
           !asks_results(f);
}

int store_job_total(struct store *store, const struct store_filter *filter,
                    int64_t *out) {
    if (asks_states_only(filter)) {
        return store_job_count(store, filter->states, out);
    }
    sqlite3_stmt *s = NULL;
    int r = prepare(store, filter, "count(*)", false, &s);
    if (r < 0) {
        return r;
    }
    r = store_step(store, s);
    if (r == 1) {
        *out = sqlite3_column_int64(s, 0);
        r = 0;
    }
    (void)sqlite3_finalize(s);
    return r;
}
