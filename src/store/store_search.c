/* Lists and searches, from the newest job to older ones. A page of all jobs, or of
 * those in some states, ends when it is full, for there are counters for how many there
 * are. With other conditions a walk over jobs_search, which holds all that is asked
 * for, looks at each job once: it finds the page as numbers, and goes on from there to
 * count, which SQLite does by itself. A job's row is read only when it is handed out.
 *
 * What has a tag is looked up first. Of a few jobs, these are walked; when there are
 * many, all are, for a step of a walk costs an eighth of what a job costs that is
 * looked up. What has a text in a tag, where nothing else is asked, is found with that:
 * the walk then asks only for other jobs, and which job it looks at, which stands at
 * the end of a row of jobs_search, is read of those alone that have the text elsewhere.
 */
#include "store/ids.h"
#include "store/store_internal.h"
#include "store/words.h"

#include "base/str.h"

#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <string.h>

enum {
    VALUES_MAX = 24,
    STEPS_OF_A_LOOKUP = 8,
    FEW_STEPS = 32, /* for each job found; SQLite takes some ten to look at one */
};

struct query {
    struct buf conditions; /* each with AND before it */
    struct value {
        char *text;          /* owned; NULL: another one */
        struct words *words; /* owned; likewise */
        struct ids *ids;     /* likewise */
        double real;
        int64_t integer;
    } values[VALUES_MAX];
    size_t n;
    struct ids tagged;  /* the jobs that have the tag */
    struct ids in_tags; /* those that have the text in a tag */
    bool from_tag;      /* the former are walked, instead of all */
    bool apart;         /* the latter are found already; the walk is for others */
    int r;
};

/* The jobs from one on and below another. */
struct span {
    int64_t from;
    int64_t below; /* INT64_MAX: all */
};

static void query_deinit(struct query *query) {
    buf_deinit(&query->conditions);
    for (size_t i = 0; i < query->n; i++) {
        free(query->values[i].text);
        free(query->values[i].words);
    }
    ids_deinit(&query->tagged);
    ids_deinit(&query->in_tags);
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

static void add_ids(struct query *query, const char *condition, struct ids *ids) {
    add_condition(query, condition);
    query->values[query->n++] = (struct value){.ids = ids};
}

/* Below a folder is what begins with its path and '/'; '0' is the byte behind '/'. */
static void add_directory(struct query *query, const char *directory) {
    size_t n = strlen(directory);
    while (n > 0 && directory[n - 1] == '/') {
        n--;
    }
    if (n > 0) {
        add_text(query, " AND ((directory >= ?", "", directory, n, "/");
        add_text(query, " AND directory < ?)", "", directory, n, "0");
        add_text(query, " OR directory = ?)", "", directory, n, "");
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

static void add_text_search(struct query *query, const char *text) {
    bool either = query->in_tags.n > 0 && !query->apart;
    add_words(query,
              either ? " AND (has_words(?, name, directory, note)"
                     : " AND has_words(?, name, directory, note)",
              text);
    if (query->in_tags.n > 0) {
        add_ids(query, either ? " OR among(?, id))" : " AND NOT among(?, id)",
                &query->in_tags);
    }
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
        add_text_search(query, f->text);
    }
}

/* They stay the query's, which lives longer than the statement. */
static void bind_values(sqlite3_stmt *s, struct query *query) {
    for (size_t i = 0; i < query->n; i++) {
        struct value *value = &query->values[i];
        int at = (int)i + 1;
        if (value->text) {
            (void)sqlite3_bind_text(s, at, value->text, -1, SQLITE_STATIC);
        } else if (value->words) {
            (void)words_bind(s, at, value->words);
        } else if (value->ids) {
            (void)ids_bind(s, at, value->ids);
        } else if (isnan(value->real)) {
            (void)sqlite3_bind_int64(s, at, value->integer);
        } else {
            (void)sqlite3_bind_double(s, at, value->real);
        }
    }
}

/* What is selected, of what lies in the span; `end` closes the statement. */
static int prepare(struct store *store, struct query *query, const char *what,
                   const struct span *span, const char *end, sqlite3_stmt **out) {
    _cleanup_buf_ struct buf sql = BUF_NULL;
    const char *from = query->from_tag
                           ? "tags CROSS JOIN jobs INDEXED BY jobs_search ON id = job"
                       : buf_len(&query->conditions) > 0 ? "jobs INDEXED BY jobs_search"
                                                         : "jobs";
    const char *id = query->from_tag ? "job" : "id";
    int r = buf_printf(&sql, "SELECT %s FROM %s WHERE 1", what, from);
    if (r == 0 && span->from > 0) {
        r = buf_printf(&sql, " AND %s >= %" PRId64, id, span->from);
    }
    if (r == 0 && span->below < INT64_MAX) {
        r = buf_printf(&sql, " AND %s < %" PRId64, id, span->below);
    }
    r = r ? r
          : buf_append(&sql, buf_bytes(&query->conditions),
                       buf_len(&query->conditions));
    r = r ? r : buf_append_str(&sql, end);
    if (r < 0) {
        return r;
    }
    sqlite3_stmt *s = NULL;
    int prepared =
        sqlite3_prepare_v2(store->db, buf_bytes(&sql), (int)buf_len(&sql), &s, NULL);
    if (prepared != SQLITE_OK) {
        return store_fail(store, prepared);
    }
    bind_values(s, query);
    *out = s;
    return 0;
}

/* Numbers of jobs from the table of tags, for whoever a value is bound. */
static int gather(struct store *store, const char *sql, struct value *value,
                  struct ids *out) {
    struct query query = {.values = {*value}, .n = 1};
    sqlite3_stmt *s = NULL;
    int prepared = sqlite3_prepare_v2(store->db, sql, -1, &s, NULL);
    if (prepared != SQLITE_OK) {
        return store_fail(store, prepared);
    }
    bind_values(s, &query);
    int r;
    while ((r = store_step(store, s)) == 1) {
        r = ids_add(out, sqlite3_column_int64(s, 0));
        if (r < 0) {
            break;
        }
    }
    (void)sqlite3_finalize(s);
    ids_sort(out);
    return r;
}

/* The jobs that are known by their tags. */
static int look_up_tags(struct store *store, const struct store_filter *filter,
                        struct query *query) {
    int r = 0;
    if (filter->tag) {
        struct value tag = {.text = (char *)filter->tag};
        r = gather(store, "SELECT job FROM tags WHERE tag = ? ORDER BY job DESC", &tag,
                   &query->tagged);
    }
    if (r == 0 && filter->text) {
        _cleanup_free_ struct words *words = words_new(filter->text);
        struct value text = {.words = words};
        r = words ? gather(store, "SELECT job FROM tags WHERE has_words(?, tag)", &text,
                           &query->in_tags)
                  : -ENOMEM;
    }
    return r;
}

static bool asks_only(const struct store_filter *f, bool states, bool text) {
    return (states || !f->states) && (text || !f->text) && !f->name && !f->code &&
           !f->directory && !f->tag && !f->created_from && f->created_to == INT64_MAX &&
           !asks_end(f) && !asks_results(f);
}

static int make_query(struct store *store, const struct store_filter *filter,
                      struct query *query) {
    int64_t jobs = 0;
    int r = look_up_tags(store, filter, query);
    query->apart = asks_only(filter, false, true);
    if (r == 0 && filter->tag) {
        r = store_job_count(store, 0, &jobs);
        query->from_tag = (int64_t)query->tagged.n < jobs / STEPS_OF_A_LOOKUP;
        if (query->from_tag) {
            add_text(query, " AND tag = ?", "", filter->tag, strlen(filter->tag), "");
        } else {
            add_ids(query, " AND among(?, id)", &query->tagged);
        }
    }
    add_conditions(query, filter);
    return r ? r : query->r;
}

/* Every job that the conditions let through and the span has, the newest first. */
static int walk_rows(struct store *store, struct query *query, const struct span *span,
                     int64_t limit, store_job_fn fn, void *data) {
    _cleanup_buf_ struct buf what = BUF_NULL;
    char end[64];
    sqlite3_stmt *s = NULL;
    (void)snprintf(end, sizeof end, " ORDER BY id DESC LIMIT %" PRId64, limit);
    int r = buf_printf(&what, "id, %s%c", store_job_columns, '\0');
    r = r ? r : prepare(store, query, buf_bytes(&what), span, end, &s);
    if (r == 0) {
        r = store_job_each(store, s, fn, data);
        (void)sqlite3_finalize(s);
    }
    return r;
}

/* Jobs that a search has found, newest first. */
struct found {
    int64_t *ids; /* of the page */
    int64_t n;
    int64_t total; /* on every page */
    bool soon;     /* a few steps led to the end of the page */
};

static int count(struct store *store, struct query *query, const struct span *span,
                 int64_t *sum) {
    sqlite3_stmt *s = NULL;
    int r = prepare(store, query, "count(*)", span, "", &s);
    if (r == 0) {
        r = store_step(store, s);
        *sum += r == 1 ? sqlite3_column_int64(s, 0) : 0;
        (void)sqlite3_finalize(s);
    }
    return r < 0 ? r : 0;
}

static int find_page(struct store *store, struct query *query, const struct span *span,
                     int64_t limit, struct found *found) {
    char end[64];
    const char *id = query->from_tag ? "job" : "id";
    sqlite3_stmt *s = NULL;
    (void)snprintf(end, sizeof end, " ORDER BY %s DESC LIMIT %" PRId64, id, limit);
    int r = prepare(store, query, id, span, end, &s);
    if (r < 0) {
        return r;
    }
    while ((r = store_step(store, s)) == 1) {
        found->ids[found->n++] = sqlite3_column_int64(s, 0);
    }
    found->soon =
        sqlite3_stmt_status(s, SQLITE_STMTSTATUS_VM_STEP, 0) <= FEW_STEPS * found->n;
    (void)sqlite3_finalize(s);
    return r;
}

/* A page that is not full has looked at all that is older; else these are counted, and
 * in any case those that were on the pages before. What was found soon is not worth to
 * be left out: a walk without bounds need not look for them in each step. */
static int find(struct store *store, struct query *query,
                const struct store_filter *filter, struct found *found) {
    struct span all = {0, INT64_MAX};
    struct span page = {0, filter->before > 0 ? filter->before : INT64_MAX};
    int r = find_page(store, query, &page, filter->limit, found);
    bool full = found->n == filter->limit;
    if (r == 0 && full && found->soon) {
        return count(store, query, &all, &found->total);
    }
    found->total = found->n;
    if (r == 0 && full) {
        struct span older = {0, found->n > 0 ? found->ids[found->n - 1] : page.below};
        r = count(store, query, &older, &found->total);
    }
    if (r == 0 && page.below < INT64_MAX) {
        struct span newer = {page.below, INT64_MAX};
        r = count(store, query, &newer, &found->total);
    }
    return r;
}

/* Others, which are found without a condition, join the page at their places. */
static void join_page(const struct ids *others, const struct store_filter *filter,
                      struct found *found) {
    size_t first = filter->before > 0 ? ids_from(others, filter->before) : 0;
    size_t at = first;
    int64_t own = 0;
    int64_t n = 0;
    for (; n < filter->limit && (own < found->n || at < others->n); n++) {
        bool other =
            own == found->n || (at < others->n && others->list[at] > found->ids[own]);
        at += other ? 1 : 0;
        own += other ? 0 : 1;
    }
    found->n = n;
    found->total += (int64_t)others->n;
    /* From the end, where nothing stands that is still to be moved. */
    while (n-- > 0) {
        bool other =
            at > first && (own == 0 || others->list[at - 1] < found->ids[own - 1]);
        found->ids[n] = other ? others->list[--at] : found->ids[--own];
    }
}

/* States alone have counters, so that the walk may end with the page. */
static int list_by_state(struct store *store, const struct store_filter *filter,
                         store_job_fn fn, void *data, int64_t *total) {
    _cleanup_(query_deinit) struct query query = {.conditions = BUF_NULL};
    struct span span = {0, filter->before > 0 ? filter->before : INT64_MAX};
    int64_t n = 0;
    int r = store_job_count(store, filter->states, &n);
    if (r == 0 && n > 0) {
        add_conditions(&query, filter);
        r = query.r ? query.r
                    : walk_rows(store, &query, &span, filter->limit, fn, data);
    }
    if (r == 0) {
        *total = n;
    }
    return r;
}

static int hand_out(struct store *store, int64_t id, store_job_fn fn, void *data) {
    sqlite3_stmt *s = store_statement(store, STATEMENT_GET);
    (void)sqlite3_bind_int64(s, 1, id);
    return store_job_each(store, s, fn, data);
}

static int search(struct store *store, const struct store_filter *filter,
                  struct found *found) {
    _cleanup_(query_deinit) struct query query = {.conditions = BUF_NULL};
    int r = make_query(store, filter, &query);
    if (r < 0) {
        return r;
    }
    if (filter->tag && query.n == 1) {
        join_page(&query.tagged, filter, found);
        return 0;
    }
    r = find(store, &query, filter, found);
    if (r == 0 && query.apart) {
        join_page(&query.in_tags, filter, found);
    }
    return r;
}

int store_job_list(struct store *store, const struct store_filter *filter,
                   store_job_fn fn, void *data, int64_t *total) {
    if (asks_only(filter, true, false)) {
        return list_by_state(store, filter, fn, data, total);
    }
    _cleanup_free_ int64_t *ids = calloc((size_t)filter->limit + 1, sizeof *ids);
    struct found found = {.ids = ids};
    int r = ids ? search(store, filter, &found) : -ENOMEM;
    for (int64_t i = 0; r == 0 && i < found.n; i++) {
        r = hand_out(store, ids[i], fn, data);
    }
    if (r == 0) {
        *total = found.total;
    }
    return r;
}
