/* Searches, against a model that looks at every job: the same jobs in the same order,
 * whatever the conditions and however small the pages. */
#include "unit/store/place.h"

#include "base/str.h"
#include "support/alloc_fault.h"

#include <errno.h>
#include <malloc.h>
#include <setjmp.h>
#include <sqlite3.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include <cmocka.h>

enum {
    JOBS = 150,
    SEARCHES = 250,
    FIRST_TIME = 1000,
    TIMES = 40,
};

/* The same numbers in every run (Knuth, MMIX). */
struct dice {
    uint64_t state;
};

static int roll(struct dice *dice, int sides) {
    dice->state = dice->state * 6364136223846793005U + 1442695040888963407U;
    return (int)((dice->state >> 33) % (uint64_t)sides);
}

static bool chance(struct dice *dice, int one_in) {
    return roll(dice, one_in) == 0;
}

#define PICK(dice, words) ((words)[roll(dice, sizeof(words) / sizeof *(words))])

static const char *const names[] = {"si",  "Si bulk", "100%", "1000",
                                    "a_b", "aXb",     "c\\d"};
static const char *const codes[] = {"command", "quantum_espresso", "vasp"};
static const char *const folders[] = {"/a",       "/a/b",   "/a/b/c", "/a/bc", "/a/b/",
                                      "/a/b/c/d", "/a/b-c", "/a/b0",  "/",     "/A/B"};
/* The last one is had by few, which are looked up; where many have one, all are walked.
 */
static const char *const tags[] = {"new", "NEW", "sweep:si", "50%", "b", "rare bulk"};
enum { COMMON_TAGS = 5, RARE = 5 };
static const char *const notes[] = {"Bulk again", "a/b", "_", ""};
static const char *const words[] = {"si", "SI", "%", "_",   "0%",   "b/c",
                                    "\\", "b",  "",  "new", "bulk", "no such word"};

/* What the model knows: the records, oldest first. */
struct model {
    struct place *place;
    struct job *jobs[JOBS];
    size_t n;
};

static struct job *random_job(struct dice *dice) {
    struct job *job = place_job(PICK(dice, names));
    free(job->code);
    free(job->directory);
    job->code = strdup(PICK(dice, codes));
    job->directory = strdup(PICK(dice, folders));
    job->state = JOB_HELD + (enum job_state)roll(dice, JOB_STATES - JOB_HELD);
    job->created_at = FIRST_TIME + roll(dice, TIMES);
    job->finished_at =
        job_state_is_final(job->state) ? FIRST_TIME + roll(dice, TIMES) : 0;
    job->progress.converged = roll(dice, 3) - 1;
    job->progress.energy_ev = chance(dice, 3) ? NAN : -10 + roll(dice, 20) * 0.5;
    job->note = chance(dice, 2) ? strdup(PICK(dice, notes)) : NULL;
    if (chance(dice, 2)) {
        job->tags = calloc(3, sizeof *job->tags);
        job->tags[0] = strdup(tags[chance(dice, 15) ? RARE : roll(dice, COMMON_TAGS)]);
        const char *other = tags[roll(dice, COMMON_TAGS)];
        job->tags[1] = strcmp(job->tags[0], other) != 0 ? strdup(other) : NULL;
    }
    return job;
}

/* Some are removed, so that numbers are missing, the first and the last among them. */
static void fill(struct model *model, struct place *place) {
    struct dice dice = {1};
    *model = (struct model){.place = place};
    assert_int_equal(store_begin(place->store), 0);
    for (int i = 0; i < JOBS; i++) {
        _cleanup_(job_freep) struct job *job = random_job(&dice);
        assert_int_equal(store_job_insert(place->store, job), 0);
        if (i == 0 || i == JOBS - 1 || chance(&dice, 10)) {
            assert_int_equal(store_job_remove(place->store, job->id), 0);
        } else {
            model->jobs[model->n++] = TAKE_PTR(job);
        }
    }
    assert_int_equal(store_commit(place->store), 0);
}

static void empty(struct model *model) {
    for (size_t i = 0; i < model->n; i++) {
        (void)job_free(model->jobs[i]);
    }
}

static struct store_filter random_filter(struct dice *dice) {
    struct store_filter f = STORE_FILTER_ANY;
    int rare = 2 + roll(dice, 6);
    f.states =
        chance(dice, rare) ? 1U + (unsigned)roll(dice, (1 << JOB_STATES) - 1) : 0;
    f.name = chance(dice, rare) ? PICK(dice, words) : NULL;
    f.code = chance(dice, rare) ? PICK(dice, codes) : NULL;
    f.directory = chance(dice, rare) ? PICK(dice, folders) : NULL;
    f.tag = chance(dice, rare) ? PICK(dice, tags) : NULL;
    f.text = chance(dice, rare) ? PICK(dice, words) : NULL;
    int64_t *const times[] = {&f.created_from, &f.created_to, &f.finished_from,
                              &f.finished_to};
    for (size_t i = 0; i < sizeof times / sizeof *times; i++) {
        if (chance(dice, rare)) {
            *times[i] = FIRST_TIME - 1 + roll(dice, TIMES + 2);
        }
    }
    f.energy_min_ev = chance(dice, rare) ? -10 + roll(dice, 20) * 0.5 : NAN;
    f.energy_max_ev = chance(dice, rare) ? -10 + roll(dice, 20) * 0.5 : NAN;
    f.converged = chance(dice, rare) ? roll(dice, 2) : -1;
    return f;
}

static bool is_below(const char *folder, const char *asked) {
    size_t n = strlen(asked);
    while (n > 0 && asked[n - 1] == '/') {
        n--;
    }
    return strncmp(folder, asked, n) == 0 && (folder[n] == '/' || folder[n] == '\0');
}

static bool has_tag(const struct job *job, const char *tag) {
    return job->tags && (strcmp(job->tags[0], tag) == 0 ||
                         (job->tags[1] && strcmp(job->tags[1], tag) == 0));
}

static bool has_text(const struct job *job, const char *text) {
    return strcasestr(job->name, text) || strcasestr(job->directory, text) ||
           (job->note && strcasestr(job->note, text)) ||
           (job->tags && (strcasestr(job->tags[0], text) ||
                          (job->tags[1] && strcasestr(job->tags[1], text))));
}

static bool lies_between(int64_t time, int64_t from, int64_t to) {
    return time >= from && time < to;
}

static bool fits_results(const struct job *job, const struct store_filter *f) {
    double energy = job->progress.energy_ev;
    bool asked =
        f->converged >= 0 || !isnan(f->energy_min_ev) || !isnan(f->energy_max_ev);
    return (!asked || job_state_is_final(job->state)) &&
           (f->converged < 0 || job->progress.converged == f->converged) &&
           (isnan(f->energy_min_ev) || energy >= f->energy_min_ev) &&
           (isnan(f->energy_max_ev) || energy <= f->energy_max_ev);
}

static bool fits(const struct job *job, const struct store_filter *f) {
    bool any_end = f->finished_from == 0 && f->finished_to == INT64_MAX;
    return (!f->states || (f->states >> job->state & 1)) &&
           (!f->name || strcasestr(job->name, f->name)) &&
           (!f->code || strcmp(job->code, f->code) == 0) &&
           (!f->directory || is_below(job->directory, f->directory)) &&
           (!f->tag || has_tag(job, f->tag)) && (!f->text || has_text(job, f->text)) &&
           lies_between(job->created_at, f->created_from, f->created_to) &&
           (any_end ||
            (job->finished_at > 0 &&
             lies_between(job->finished_at, f->finished_from, f->finished_to))) &&
           fits_results(job, f);
}

/* The numbers that a walk handed out. */
struct found {
    int64_t ids[JOBS + 1];
    size_t n;
};

static int add_found(const struct job *job, void *data) {
    struct found *found = data;
    assert_true(found->n < JOBS && job->name && job->directory);
    found->ids[found->n++] = job->id;
    return 0;
}

static void ask_model(const struct model *model, const struct store_filter *filter,
                      struct found *out) {
    out->n = 0;
    for (size_t i = model->n; i > 0; i--) {
        if (fits(model->jobs[i - 1], filter)) {
            out->ids[out->n++] = model->jobs[i - 1]->id;
        }
    }
}

/* Page by page, as a client goes through them. */
static void ask_store(struct store *store, struct store_filter filter, int64_t limit,
                      struct found *out) {
    int64_t total = -1;
    int64_t again = -1;
    out->n = 0;
    filter.limit = limit;
    filter.before = 0;
    for (;;) {
        size_t before = out->n;
        assert_int_equal(store_job_list(store, &filter, add_found, out, &again), 0);
        assert_true((int64_t)(out->n - before) <= limit);
        assert_true(before == 0 || again == total);
        total = again;
        if ((int64_t)(out->n - before) < limit) {
            assert_int_equal(total, out->n);
            return;
        }
        filter.before = out->ids[out->n - 1];
    }
}

static void assert_answers(const struct model *model, const struct store_filter *filter,
                           int64_t limit) {
    struct found want;
    struct found got;
    ask_model(model, filter, &want);
    ask_store(model->place->store, *filter, limit, &got);
    assert_int_equal(got.n, want.n);
    assert_memory_equal(got.ids, want.ids, want.n * sizeof *want.ids);
}

static void every_search_finds_what_looking_at_each_job_finds(void **state) {
    struct model model;
    struct dice dice = {2};
    fill(&model, *state);
    for (int i = 0; i < SEARCHES; i++) {
        struct store_filter filter = random_filter(&dice);
        assert_answers(&model, &filter, 1 + roll(&dice, i % 2 ? 5 : JOBS));
    }
    empty(&model);
}

/* One condition with each of its values: none of them is left to luck. */
static void every_word_folder_and_tag_finds_what_has_it(void **state) {
    struct model model;
    fill(&model, *state);
    for (size_t i = 0; i < sizeof words / sizeof *words; i++) {
        struct store_filter by_name = STORE_FILTER_ANY;
        struct store_filter by_text = STORE_FILTER_ANY;
        by_name.name = by_text.text = words[i];
        assert_answers(&model, &by_name, 7);
        assert_answers(&model, &by_text, 7);
    }
    for (size_t i = 0; i < sizeof folders / sizeof *folders; i++) {
        struct store_filter filter = STORE_FILTER_ANY;
        filter.directory = folders[i];
        assert_answers(&model, &filter, 7);
    }
    for (size_t i = 0; i < sizeof tags / sizeof *tags; i++) {
        struct store_filter filter = STORE_FILTER_ANY;
        filter.tag = tags[i];
        assert_answers(&model, &filter, 7);
        filter.text = "b";
        assert_answers(&model, &filter, 2);
        filter.text = "bulk";
        assert_answers(&model, &filter, 1);
    }
    empty(&model);
}

static void insert_in(struct place *place, const char *folder) {
    _cleanup_(job_freep) struct job *job = place_job("si");
    free(job->directory);
    job->directory = strdup(folder);
    assert_int_equal(store_job_insert(place->store, job), 0);
}

static void a_folder_ends_where_its_name_ends(void **state) {
    struct place *place = *state;
    static const char *const inside[] = {"/a/b", "/a/b/c", "/a/b/c/d"};
    static const char *const outside[] = {"/a", "/a/bc", "/a/b-c", "/a/b0", "/A/b"};
    for (size_t i = 0; i < sizeof inside / sizeof *inside; i++) {
        insert_in(place, inside[i]);
    }
    for (size_t i = 0; i < sizeof outside / sizeof *outside; i++) {
        insert_in(place, outside[i]);
    }
    static const char *const asked[] = {"/a/b", "/a/b/", "/a/b//"};
    for (size_t i = 0; i < sizeof asked / sizeof *asked; i++) {
        struct store_filter filter = STORE_FILTER_ANY;
        struct found found;
        filter.directory = asked[i];
        ask_store(place->store, filter, 100, &found);
        assert_int_equal(found.n, 3);
        assert_int_equal(found.ids[0], 3);
        assert_int_equal(found.ids[2], 1);
    }
}

/* Pages that are asked for while jobs are added and removed hand out each job that
 * stays once. */
static void pages_stay_right_while_jobs_come_and_go(void **state) {
    struct place *place = *state;
    struct store_filter filter = STORE_FILTER_ANY;
    struct found found = {.n = 0};
    int64_t total = 0;
    for (int i = 0; i < 20; i++) {
        (void)place_insert(place, i % 2 ? "odd" : "even");
    }
    filter.name = "odd";
    filter.limit = 3;
    for (;;) {
        size_t before = found.n;
        assert_int_equal(
            store_job_list(place->store, &filter, add_found, &found, &total), 0);
        if (found.n == before) {
            break;
        }
        filter.before = found.ids[found.n - 1];
        (void)place_insert(place, "odd");
        assert_int_equal(store_job_remove(place->store, filter.before), 0);
    }
    assert_int_equal(found.n, 10);
    for (size_t i = 0; i < found.n; i++) {
        assert_int_equal(found.ids[i], 20 - 2 * i);
    }
}

static void *db_malloc(int n) {
    return malloc((size_t)n);
}

static void *db_realloc(void *old, int n) {
    return realloc(old, (size_t)n);
}

static int db_size(void *block) {
    return block ? (int)malloc_usable_size(block) : 0;
}

static int db_roundup(int n) {
    return (n + 7) & ~7;
}

static int db_init(void *data) {
    (void)data;
    return SQLITE_OK;
}

static void db_shutdown(void *data) {
    (void)data;
}

/* So that a sweep counts the database's allocations too, every one of them. */
static void take_over_the_allocations_of_the_database(void) {
    static const sqlite3_mem_methods methods = {
        .xMalloc = db_malloc,
        .xFree = free,
        .xRealloc = db_realloc,
        .xSize = db_size,
        .xRoundup = db_roundup,
        .xInit = db_init,
        .xShutdown = db_shutdown,
    };
    if (sqlite3_config(SQLITE_CONFIG_MALLOC, &methods) != SQLITE_OK ||
        sqlite3_config(SQLITE_CONFIG_LOOKASIDE, 0, 0) != SQLITE_OK) {
        abort();
    }
}

/* A search with the first, second, third … allocation failing says -ENOMEM, or was done
 * without, and is right then. How many have failed. */
static size_t search_without_memory(const struct model *model,
                                    const struct store_filter *filter) {
    struct found want;
    ask_model(model, filter, &want);
    for (size_t n = 0;; n++) {
        struct found got = {.n = 0};
        int64_t total = 0;
        alloc_fault_arm(n);
        int r = store_job_list(model->place->store, filter, add_found, &got, &total);
        bool fired = alloc_fault_disarm();
        assert_true(r == 0 || (fired && r == -ENOMEM));
        if (r == 0) {
            assert_int_equal(total, want.n);
            assert_int_equal(got.n, want.n);
            assert_memory_equal(got.ids, want.ids, want.n * sizeof *want.ids);
        }
        if (!fired) {
            return n;
        }
    }
}

static void without_memory_a_search_fails_and_the_next_one_is_right(void **state) {
    struct model model = {.place = *state};
    struct store_filter filter = STORE_FILTER_ANY;
    struct job *job = place_job("S%I bulk");
    job->tags = calloc(2, sizeof *job->tags);
    job->tags[0] = strdup("new");
    job->state = JOB_COMPLETED;
    job->created_at = job->finished_at = FIRST_TIME;
    job->progress.energy_ev = -1;
    job->progress.converged = 1;
    model.jobs[model.n++] = job;
    assert_int_equal(store_job_insert(model.place->store, job), 0);
    filter.limit = 10;
    assert_true(search_without_memory(&model, &filter) > 8);
    filter.text = "bULK";
    assert_true(search_without_memory(&model, &filter) > 16);
    filter.text = "NEW";
    assert_true(search_without_memory(&model, &filter) > 16);
    filter.states = ~0U;
    filter.name = filter.text = "s%i";
    filter.code = job->code;
    filter.directory = job->directory;
    filter.created_from = filter.finished_from = 1;
    filter.created_to = filter.finished_to = INT64_MAX - 1;
    filter.energy_min_ev = filter.energy_max_ev = -1;
    filter.converged = 1;
    for (int tagged = 0; tagged < 2; tagged++) {
        filter.tag = tagged ? "new" : NULL;
        assert_true(search_without_memory(&model, &filter) > 32);
    }
    empty(&model);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        WITH_PLACE(every_search_finds_what_looking_at_each_job_finds),
        WITH_PLACE(every_word_folder_and_tag_finds_what_has_it),
        WITH_PLACE(a_folder_ends_where_its_name_ends),
        WITH_PLACE(pages_stay_right_while_jobs_come_and_go),
        WITH_PLACE(without_memory_a_search_fails_and_the_next_one_is_right),
    };
    take_over_the_allocations_of_the_database();
    return cmocka_run_group_tests(tests, NULL, NULL);
}
