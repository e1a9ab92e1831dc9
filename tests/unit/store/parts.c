/* What belongs to a job beside its row. */
#include "unit/store/place.h"

#include "base/buf.h"
#include "base/sha256.h"
#include "base/str.h"
#include "support/alloc_fault.h"

#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

static void give_tags(struct job *job, const char *one, const char *two) {
    (void)strv_free(job->tags);
    job->tags = calloc(3, sizeof *job->tags);
    job->tags[0] = strdup(one);
    job->tags[1] = two ? strdup(two) : NULL;
}

static void give_after(struct job *job, int64_t id, enum job_after kind) {
    job->after = calloc(1, sizeof *job->after);
    job->after[0] = (struct job_dependency){id, kind};
    job->n_after = 1;
}

static void give_input(struct job *job, const char *path, const char *bytes) {
    job->inputs = calloc(1, sizeof *job->inputs);
    job->inputs[0].path = strdup(path);
    job->inputs[0].size = (int64_t)strlen(bytes);
    sha256_hex(bytes, strlen(bytes), job->inputs[0].sha256);
    job->n_inputs = 1;
}

static struct job *full_job(void) {
    struct job *job = place_job("si");
    give_tags(job, "new", "si");
    give_after(job, 7, JOB_AFTER_NOT_OK);
    give_input(job, "/somewhere/si.in", "&control");
    job->memory_bytes = 1LL << 40;
    job->priority = -3;
    job->begin_at = 1700000000999;
    job->time_limit_seconds = 86400;
    job->stop_file = strdup("/somewhere/si.EXIT");
    job->stop_text = strdup("stop\n");
    job->retries = 2;
    job->attempt = 3;
    job->note = strdup("a note");
    job->origin = strdup("/elsewhere");
    job->cluster = strdup("big");
    job->placement = strdup("nodes=2\n");
    job->imported = true;
    job->continues = 1;
    job->chain = 4;
    return job;
}

static void assert_full(const struct job *job) {
    assert_int_equal(job->memory_bytes, 1LL << 40);
    assert_int_equal(job->priority, -3);
    assert_int_equal(job->begin_at, 1700000000999);
    assert_int_equal(job->time_limit_seconds, 86400);
    assert_string_equal(job->stop_file, "/somewhere/si.EXIT");
    assert_string_equal(job->stop_text, "stop\n");
    assert_int_equal(job->retries, 2);
    assert_int_equal(job->attempt, 3);
    assert_string_equal(job->note, "a note");
    assert_string_equal(job->origin, "/elsewhere");
    assert_string_equal(job->cluster, "big");
    assert_string_equal(job->placement, "nodes=2\n");
    assert_true(job->imported);
    assert_int_equal(job->continues, 1);
    assert_int_equal(job->chain, 4);
    assert_string_equal(job->tags[0], "new");
    assert_string_equal(job->tags[1], "si");
    assert_null(job->tags[2]);
    assert_int_equal(job->n_after, 1);
    assert_int_equal(job->after[0].id, 7);
    assert_int_equal(job->after[0].kind, JOB_AFTER_NOT_OK);
}

static void assert_heavy(const struct job *job) {
    assert_string_equal(job->argv[2], "a b\n\xff.in");
    assert_string_equal(job->env[1], "EMPTY=");
    assert_int_equal(job->n_inputs, 1);
    assert_string_equal(job->inputs[0].path, "/somewhere/si.in");
    assert_int_equal(job->inputs[0].size, 8);
}

static int64_t insert_full(struct place *place) {
    _cleanup_(job_freep) struct job *job = full_job();
    assert_int_equal(store_job_insert(place->store, job), 0);
    return job->id;
}

static void all_that_a_submission_asked_for_comes_back(void **state) {
    struct place *place = *state;
    int64_t id = insert_full(place);
    place_reopen(place);
    _cleanup_(job_freep) struct job *job = NULL;
    assert_int_equal(store_job_get(place->store, id, &job), 0);
    assert_full(job);
    assert_heavy(job);
}

static void the_newest_job_that_continues_one_is_known(void **state) {
    struct place *place = *state;
    int64_t first = insert_full(place);
    int64_t second = insert_full(place);
    int64_t by = -1;
    assert_int_equal(store_job_continued(place->store, 1, &by), 0);
    assert_int_equal(by, second);
    assert_int_not_equal(first, second);
    assert_int_equal(store_job_continued(place->store, second, &by), 0);
    assert_int_equal(by, 0);
}

static int take_id(int64_t id, void *data) {
    int64_t *ids = data;
    ids[ids[0]++ + 1] = id;
    return 0;
}

static void ended_jobs_with_some_of_their_chain_left_are_found(void **state) {
    struct place *place = *state;
    int64_t ids[4] = {0};
    int64_t ended = insert_full(place);
    (void)insert_full(place); /* waits: not due */
    _cleanup_(job_freep) struct job *job = NULL;
    assert_int_equal(store_job_get(place->store, ended, &job), 0);
    job->state = JOB_FAILED;
    assert_int_equal(store_job_update(place->store, job, 0, NULL), 0);
    assert_int_equal(store_job_chained(place->store, take_id, ids), 0);
    assert_int_equal(ids[0], 1);
    assert_int_equal(ids[1], ended);
    job->chain = 0;
    assert_int_equal(store_job_update(place->store, job, 0, NULL), 0);
    ids[0] = 0;
    assert_int_equal(store_job_chained(place->store, take_id, ids), 0);
    assert_int_equal(ids[0], 0);
}

static int update_light(const struct job *light, void *data) {
    struct place *place = data;
    assert_null(light->argv);
    assert_null(light->env);
    assert_null(light->inputs);
    assert_full(light);
    return store_job_update(place->store, light, 5, NULL);
}

static void an_update_of_a_light_record_loses_nothing(void **state) {
    struct place *place = *state;
    int64_t id = insert_full(place);
    assert_int_equal(store_job_unfinished(place->store, update_light, place), 0);
    _cleanup_(job_freep) struct job *job = NULL;
    assert_int_equal(store_job_get(place->store, id, &job), 0);
    assert_full(job);
    assert_heavy(job);
}

static void an_update_changes_what_belongs_to_a_job(void **state) {
    struct place *place = *state;
    int64_t id = insert_full(place);
    _cleanup_(job_freep) struct job *job = full_job();
    job->id = id;
    give_tags(job, "other", NULL);
    job->after[0].kind = JOB_AFTER_ANY;
    free(job->inputs[0].path);
    job->inputs[0].path = strdup("/moved/si.in");
    free(job->env[0]);
    job->env[0] = strdup("PATH=/usr/bin");
    assert_int_equal(store_job_update(place->store, job, 0, NULL), 0);
    _cleanup_(job_freep) struct job *back = NULL;
    assert_int_equal(store_job_get(place->store, id, &back), 0);
    assert_string_equal(back->tags[0], "other");
    assert_null(back->tags[1]);
    assert_int_equal(back->after[0].kind, JOB_AFTER_ANY);
    assert_string_equal(back->inputs[0].path, "/moved/si.in");
    assert_string_equal(back->env[0], "PATH=/usr/bin");
}

static void assert_kept(struct place *place, const char *hash, int64_t offset,
                        size_t limit, const char *expected) {
    _cleanup_buf_ struct buf bytes = BUF_NULL;
    int64_t size = -1;
    assert_int_equal(
        store_content_get(place->store, hash, offset, limit, &bytes, &size), 0);
    assert_int_equal(buf_len(&bytes), strlen(expected));
    assert_memory_equal(buf_bytes(&bytes), expected, strlen(expected));
    assert_int_equal(size, 8);
}

static void assert_missing(struct place *place, const char *hash) {
    _cleanup_buf_ struct buf bytes = BUF_NULL;
    assert_int_equal(store_content_get(place->store, hash, 0, 100, &bytes, NULL),
                     STORE_E_MISSING);
    assert_int_equal(buf_len(&bytes), 0);
}

static void contents_are_kept_once_and_go_with_their_last_job(void **state) {
    struct place *place = *state;
    char hash[SHA256_HEX_SIZE] = "";
    char again[SHA256_HEX_SIZE] = "";
    assert_int_equal(store_content_put(place->store, "&control", 8, hash), 0);
    assert_int_equal(store_content_put(place->store, "&control", 8, again), 0);
    assert_string_equal(hash, again);
    int64_t one = insert_full(place);
    int64_t two = insert_full(place);
    for (int64_t id = one;; id = two) {
        assert_kept(place, hash, 0, 100, "&control");
        assert_int_equal(store_job_remove(place->store, id), 0);
        if (id == two) {
            break;
        }
    }
    assert_missing(place, hash);
}

static void a_part_of_a_content_is_read_by_itself(void **state) {
    struct place *place = *state;
    char hash[SHA256_HEX_SIZE] = "";
    assert_int_equal(store_content_put(place->store, "&control", 8, hash), 0);
    assert_kept(place, hash, 0, 3, "&co");
    assert_kept(place, hash, 5, 100, "rol");
    assert_kept(place, hash, 8, 100, "");
    assert_kept(place, hash, INT64_MAX, SIZE_MAX, "");
    assert_kept(place, hash, 2, 0, "");
}

static void
an_input_known_by_its_hash_alone_has_no_content_until_it_is_put(void **state) {
    struct place *place = *state;
    int64_t id = insert_full(place);
    _cleanup_(job_freep) struct job *job = NULL;
    assert_int_equal(store_job_get(place->store, id, &job), 0);
    assert_missing(place, job->inputs[0].sha256);
    char hash[SHA256_HEX_SIZE] = "";
    assert_int_equal(store_content_put(place->store, "&control", 8, hash), 0);
    assert_kept(place, hash, 0, 100, "&control");
}

static void a_removed_job_leaves_nothing_but_its_number(void **state) {
    struct place *place = *state;
    int64_t id = insert_full(place);
    assert_int_equal(store_job_remove(place->store, id), 0);
    assert_int_equal(store_job_remove(place->store, id), STORE_E_MISSING);
    struct job *job = NULL;
    assert_int_equal(store_job_get(place->store, id, &job), STORE_E_MISSING);
    int64_t n = -1;
    assert_int_equal(store_job_count(place->store, 0, &n), 0);
    assert_int_equal(n, 0);
    assert_true(insert_full(place) > id);
}

static void those_that_wait_for_a_job_are_counted_until_they_end(void **state) {
    struct place *place = *state;
    int64_t first = place_insert(place, "first");
    _cleanup_(job_freep) struct job *job = place_job("second");
    give_after(job, first, JOB_AFTER_OK);
    assert_int_equal(store_job_insert(place->store, job), 0);
    int64_t n = 0;
    assert_int_equal(store_job_waiting(place->store, first, &n), 0);
    assert_int_equal(n, 1);
    assert_int_equal(job_transition(job, JOB_CANCELLED, NULL), 0);
    assert_int_equal(store_job_update(place->store, job, 1, NULL), 0);
    assert_int_equal(store_job_waiting(place->store, first, &n), 0);
    assert_int_equal(n, 0);
}

static int read_full(void *data) {
    struct place *place = data;
    _cleanup_(job_freep) struct job *job = NULL;
    return store_job_get(place->store, 1, &job);
}

static int update_full(void *data) {
    struct place *place = data;
    _cleanup_(job_freep) struct job *job = NULL;
    int r = store_job_get(place->store, 1, &job);
    return r == 0 ? store_job_update(place->store, job, 0, NULL) : r;
}

static int get_content(void *data) {
    struct place *place = data;
    char hash[SHA256_HEX_SIZE];
    sha256_hex("&control", 8, hash);
    _cleanup_buf_ struct buf bytes = BUF_NULL;
    return store_content_get(place->store, hash, 0, 100, &bytes, NULL);
}

static void without_memory_a_job_is_neither_half_read_nor_half_written(void **state) {
    struct place *place = *state;
    char hash[SHA256_HEX_SIZE] = "";
    assert_int_equal(insert_full(place), 1);
    assert_int_equal(store_content_put(place->store, "&control", 8, hash), 0);
    assert_true(alloc_fault_sweep(read_full, place, -ENOMEM) > 20);
    assert_true(alloc_fault_sweep(update_full, place, -ENOMEM) > 25);
    assert_true(alloc_fault_sweep(get_content, place, -ENOMEM) > 0);
    _cleanup_(job_freep) struct job *job = NULL;
    assert_int_equal(store_job_get(place->store, 1, &job), 0);
    assert_full(job);
    assert_heavy(job);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        WITH_PLACE(all_that_a_submission_asked_for_comes_back),
        WITH_PLACE(the_newest_job_that_continues_one_is_known),
        WITH_PLACE(ended_jobs_with_some_of_their_chain_left_are_found),
        WITH_PLACE(an_update_of_a_light_record_loses_nothing),
        WITH_PLACE(an_update_changes_what_belongs_to_a_job),
        WITH_PLACE(contents_are_kept_once_and_go_with_their_last_job),
        WITH_PLACE(a_part_of_a_content_is_read_by_itself),
        WITH_PLACE(an_input_known_by_its_hash_alone_has_no_content_until_it_is_put),
        WITH_PLACE(a_removed_job_leaves_nothing_but_its_number),
        WITH_PLACE(those_that_wait_for_a_job_are_counted_until_they_end),
        WITH_PLACE(without_memory_a_job_is_neither_half_read_nor_half_written),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
