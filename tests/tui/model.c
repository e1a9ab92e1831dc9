/* The list of jobs: order, selection, filter. */
#include "tui/model.h"

#include "base/cleanup.h"
#include "support/alloc_fault.h"

#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#define _cleanup_model_ _cleanup_(model_deinit)

static json_t *summary(int id, const char *name, const char *state) {
    return json_pack("{s:i, s:s, s:s, s:s, s:s, s:n}", "id", id, "name", name, "code",
                     "command", "state", state, "directory", "/home/me", "reason");
}

/* Ids from `first` down to `last`. */
static json_t *summaries(int first, int last) {
    json_t *array = json_array();

    for (int id = first; id >= last; id--) {
        char name[32];
        (void)snprintf(name, sizeof name, "job%d", id);
        (void)json_array_append_new(array, summary(id, name, "running"));
    }
    return array;
}

static void fill(struct model *model, int first, int last) {
    json_t *array = summaries(first, last);

    assert_int_equal(model_replace(model, array), 0);
    json_decref(array);
}

static void put(struct model *model, int id, const char *name, const char *state) {
    json_t *job = summary(id, name, state);

    assert_int_equal(model_put(model, job), 0);
    json_decref(job);
}

static void an_empty_list_has_no_selection(void **state) {
    _cleanup_model_ struct model model = {0};

    (void)state;
    model_init(&model);
    assert_null(model_selected(&model));
    model_move(&model, 1);
    model_move(&model, -1);
    model_select_place(&model, 7);
    model_select_id(&model, 7);
    assert_null(model_selected(&model));
    assert_int_equal(model.selected, 0);
}

static void jobs_are_listed_newest_first_in_whatever_order_they_come(void **state) {
    static const int ids[] = {5, 9, 1, 7, 3};
    _cleanup_model_ struct model model = {0};

    (void)state;
    for (size_t i = 0; i < 5; i++) {
        put(&model, ids[i], "x", "queued");
    }
    for (size_t i = 0; i < 5; i++) {
        assert_int_equal(model_at(&model, i)->id, 9 - 2 * (int)i);
    }
    assert_null(model_at(&model, 5));
}

static void a_change_renews_its_job_and_no_other(void **state) {
    _cleanup_model_ struct model model = {0};

    (void)state;
    fill(&model, 3, 1);
    put(&model, 2, "renamed", "failed");
    assert_int_equal(model.n, 3);
    assert_string_equal(model_find(&model, 2)->name, "renamed");
    assert_int_equal(model_find(&model, 2)->state, SUMMARY_FAILED);
    assert_int_equal(model_find(&model, 1)->state, SUMMARY_RUNNING);
    assert_int_equal(model_count(&model, SUMMARY_RUNNING), 2);
    assert_null(model_find(&model, 4));
}

static void the_first_job_is_selected_when_the_list_comes(void **state) {
    _cleanup_model_ struct model model = {0};

    (void)state;
    fill(&model, 30, 1);
    assert_int_equal(model_selected(&model)->id, 30);
}

static void the_selection_stays_on_its_job_when_newer_ones_come(void **state) {
    _cleanup_model_ struct model model = {0};

    (void)state;
    fill(&model, 5, 1);
    model_move(&model, 2);
    assert_int_equal(model.selected, 3);
    put(&model, 6, "new", "queued");
    assert_int_equal(model.selected, 3);
    assert_int_equal(model.selected_place, 3);
    fill(&model, 9, 2);
    assert_int_equal(model_selected(&model)->id, 3);
}

static void moving_stops_at_both_ends(void **state) {
    _cleanup_model_ struct model model = {0};

    (void)state;
    fill(&model, 3, 1);
    model_move(&model, -1);
    assert_int_equal(model.selected, 3);
    model_move(&model, 1000000000);
    assert_int_equal(model.selected, 1);
    model_move(&model, 1);
    assert_int_equal(model.selected, 1);
    model_move(&model, -1000000000);
    assert_int_equal(model.selected, 3);
}

static void
when_the_selected_job_is_hidden_the_one_in_its_place_is_selected(void **state) {
    _cleanup_model_ struct model model = {0};

    (void)state;
    fill(&model, 4, 1);
    assert_int_equal(model_set_filter(&model, "running"), 0);
    model_select_id(&model, 3);
    put(&model, 3, "job3", "completed");
    assert_int_equal(model.n_shown, 3);
    assert_int_equal(model.selected, 2);
    put(&model, 1, "job1", "completed");
    put(&model, 2, "job2", "completed");
    assert_int_equal(model.selected, 4);
    put(&model, 4, "job4", "completed");
    assert_null(model_selected(&model));
}

static void
a_filter_that_is_taken_back_shows_all_and_keeps_the_selection(void **state) {
    _cleanup_model_ struct model model = {0};

    (void)state;
    fill(&model, 20, 1);
    assert_int_equal(model_set_filter(&model, "job7"), 0);
    assert_int_equal(model.n_shown, 1);
    assert_int_equal(model.selected, 7);
    assert_int_equal(model_set_filter(&model, ""), 0);
    assert_int_equal(model.n_shown, 20);
    assert_int_equal(model.selected, 7);
}

static void a_filter_hides_what_comes_later_too(void **state) {
    _cleanup_model_ struct model model = {0};

    (void)state;
    assert_int_equal(model_set_filter(&model, "si"), 0);
    put(&model, 1, "graphene", "queued");
    put(&model, 2, "SiC", "queued");
    assert_int_equal(model.n_shown, 1);
    assert_string_equal(model_at(&model, 0)->name, "SiC");
    assert_int_equal(model.n, 2);
}

static void a_filter_that_is_too_long_is_cut(void **state) {
    _cleanup_model_ struct model model = {0};
    char filter[4 * MODEL_FILTER_SIZE];

    (void)state;
    memset(filter, 'a', sizeof filter);
    filter[sizeof filter - 1] = '\0';
    assert_int_equal(model_set_filter(&model, filter), 0);
    assert_int_equal(strlen(model.filter), MODEL_FILTER_SIZE - 1);
}

static void older_jobs_join_the_list_at_its_end(void **state) {
    _cleanup_model_ struct model model = {0};

    (void)state;
    fill(&model, 10, 8);
    json_t *older = summaries(8, 1);
    assert_int_equal(model_merge(&model, older), 0);
    json_decref(older);
    assert_int_equal(model.n_shown, 10);
    assert_int_equal(model_at(&model, 9)->id, 1);
    assert_int_equal(model.selected, 10);
}

static void what_is_no_job_is_left_out(void **state) {
    static const char *const texts[] = {
        "[null]", "[{}]", "[{\"id\": \"7\"}]", "[{\"id\": 0}]", "[{\"id\": -3}]",
        "[[]]",   "{}",
    };
    _cleanup_model_ struct model model = {0};

    (void)state;
    for (size_t i = 0; i < sizeof texts / sizeof *texts; i++) {
        json_t *json = json_loads(texts[i], 0, NULL);
        assert_non_null(json);
        assert_int_equal(model_merge(&model, json), 0);
        assert_int_equal(model.n, 0);
        json_decref(json);
    }
}

static void a_job_with_nothing_but_an_id_is_listed(void **state) {
    _cleanup_model_ struct model model = {0};
    json_t *json = json_loads("{\"id\": 3, \"state\": \"dreaming\"}", 0, NULL);

    (void)state;
    assert_int_equal(model_put(&model, json), 0);
    json_decref(json);
    assert_int_equal(model_at(&model, 0)->state, SUMMARY_UNKNOWN);
    assert_int_equal(model_set_filter(&model, "x"), 0);
    assert_int_equal(model.n_shown, 0);
}

static int fill_with_faults(void *data) {
    _cleanup_model_ struct model model = {0};
    int r = model_replace(&model, data);

    if (r == 0) {
        r = model_set_filter(&model, "job");
    }
    /* Whatever failed, what is there can be walked. */
    for (size_t i = 0; i < model.n_shown; i++) {
        assert_non_null(model_at(&model, i)->name);
    }
    return r;
}

static void without_memory_the_list_stays_sound(void **state) {
    json_t *array = summaries(70, 1);

    (void)state;
    assert_true(alloc_fault_sweep(fill_with_faults, array, -ENOMEM) > 140);
    json_decref(array);
}

static void a_job_that_is_removed_leaves_the_selection_in_its_place(void **state) {
    _cleanup_model_ struct model model;

    (void)state;
    model_init(&model);
    fill(&model, 5, 1);
    model_select_id(&model, 3);
    assert_int_equal(model_remove(&model, 3), 0);
    assert_null(model_find(&model, 3));
    assert_int_equal(model.n_shown, 4);
    assert_int_equal(model.selected, 2);
    assert_int_equal(model_remove(&model, 3), 0);
    assert_int_equal(model_remove(&model, 5), 0);
    assert_int_equal(model.selected, 2);
    assert_int_equal(model_remove(&model, 1), 0);
    assert_int_equal(model_remove(&model, 2), 0);
    assert_int_equal(model.selected, 4);
    assert_int_equal(model_remove(&model, 4), 0);
    assert_int_equal(model.selected, 0);
    assert_null(model_selected(&model));
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_job_that_is_removed_leaves_the_selection_in_its_place),
        cmocka_unit_test(an_empty_list_has_no_selection),
        cmocka_unit_test(jobs_are_listed_newest_first_in_whatever_order_they_come),
        cmocka_unit_test(a_change_renews_its_job_and_no_other),
        cmocka_unit_test(the_first_job_is_selected_when_the_list_comes),
        cmocka_unit_test(the_selection_stays_on_its_job_when_newer_ones_come),
        cmocka_unit_test(moving_stops_at_both_ends),
        cmocka_unit_test(
            when_the_selected_job_is_hidden_the_one_in_its_place_is_selected),
        cmocka_unit_test(a_filter_that_is_taken_back_shows_all_and_keeps_the_selection),
        cmocka_unit_test(a_filter_hides_what_comes_later_too),
        cmocka_unit_test(a_filter_that_is_too_long_is_cut),
        cmocka_unit_test(older_jobs_join_the_list_at_its_end),
        cmocka_unit_test(what_is_no_job_is_left_out),
        cmocka_unit_test(a_job_with_nothing_but_an_id_is_listed),
        cmocka_unit_test(without_memory_the_list_stays_sound),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
