/* The clusters, as the server tells of them. */
#include "tui/places.h"

#include "support/alloc_fault.h"

#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#define HERE(name)                                                                     \
    "{\"name\":\"" name "\",\"settings\":{},\"state\":\"connected\",\"trouble\":null," \
    "\"tries\":0,\"next_try_at\":null,\"others\":null}"
#define FAR(name, state)                                                               \
    "{\"name\":\"" name "\",\"settings\":{\"ssh\":\"login1\",\"partition\":\"long\"}," \
    "\"state\":\"" state "\",\"trouble\":\"why\",\"tries\":3,"                         \
    "\"next_try_at\":\"2026-01-31T12:00:00.000Z\",\"others\":4}"

static json_t *load(const char *text) {
    json_t *json = json_loads(text, 0, NULL);
    assert_non_null(json);
    return json;
}

static void set(struct places *places, const char *clusters) {
    char text[2048];
    (void)snprintf(text, sizeof text, "{\"clusters\":[%s]}", clusters);
    json_t *json = load(text);
    assert_int_equal(places_set(places, json), 0);
    json_decref(json);
}

static void put(struct places *places, const char *cluster) {
    json_t *json = load(cluster);
    assert_int_equal(places_put(places, json), 0);
    json_decref(json);
}

static void each_state_has_its_words(void **state) {
    static const struct {
        const char *json, *word;
        enum place_state state;
    } cases[] = {
        {HERE("a"), "ready", PLACE_READY},
        {FAR("a", "unreachable"), "unreachable", PLACE_UNREACHABLE},
        {FAR("a", "needs login"), "needs login", PLACE_NEEDS_LOGIN},
        {FAR("a", "connected"), "trouble", PLACE_TROUBLED},
        {"{\"name\":\"a\",\"settings\":{\"ssh\":\"h\"},\"state\":\"unknown\"}",
         "not connected", PLACE_APART},
        {"{\"name\":\"a\",\"settings\":{\"ssh\":\"h\"},\"state\":\"connected\"}",
         "ready", PLACE_READY},
        {"{\"name\":\"a\",\"state\":\"connected\",\"trouble\":\"down\"}", "trouble",
         PLACE_TROUBLED},
    };
    (void)state;
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        struct places places;
        places_init(&places);
        put(&places, cases[i].json);
        assert_int_equal(places.items[0].state, cases[i].state);
        assert_string_equal(place_state_word(&places.items[0]), cases[i].word);
        places_deinit(&places);
    }
}

static void what_the_server_tells_is_kept(void **state) {
    (void)state;
    struct places places;
    places_init(&places);
    assert_false(places.loaded);
    set(&places, FAR("big", "unreachable") "," HERE("slurm"));
    assert_true(places.loaded);
    const struct place *big = places_find(&places, "big");
    assert_non_null(big);
    assert_string_equal(big->host, "login1");
    assert_string_equal(big->trouble, "why");
    assert_string_equal(place_setting(big, "partition"), "long");
    assert_null(place_setting(big, "qos"));
    assert_int_equal(big->tries, 3);
    assert_int_equal(big->others, 4);
    assert_true(big->next_ms > 0);
    const struct place *here = places_find(&places, "slurm");
    assert_null(here->host);
    assert_int_equal(here->others, -1);
    assert_null(places_find(&places, "none"));
    places_deinit(&places);
}

static void the_selection_stays_on_its_cluster(void **state) {
    (void)state;
    struct places places;
    places_init(&places);
    set(&places, HERE("b") "," HERE("d"));
    places_move(&places, 1);
    put(&places, HERE("a"));
    put(&places, HERE("c"));
    put(&places, HERE("e"));
    assert_string_equal(places_selected(&places)->name, "d");
    assert_string_equal(places.items[2].name, "c");
    places_remove(&places, "a");
    places_remove(&places, "none");
    assert_string_equal(places_selected(&places)->name, "d");
    places_remove(&places, "d");
    assert_string_equal(places_selected(&places)->name, "e");
    set(&places, HERE("b"));
    assert_int_equal(places.n, 1);
    assert_string_equal(places_selected(&places)->name, "b");
    places_remove(&places, "b");
    assert_null(places_selected(&places));
    places_deinit(&places);
}

static void a_test_stays_while_the_rest_is_renewed(void **state) {
    (void)state;
    struct places places;
    places_init(&places);
    set(&places, HERE("a"));
    places_tested(&places, "a", NULL);
    put(&places, HERE("a"));
    assert_true(places.items[0].testing);
    json_t *checks = load("[{\"what\":\"clock\",\"ok\":true}]");
    places_tested(&places, "a", checks);
    places_tested(&places, "none", checks);
    json_decref(checks);
    set(&places, HERE("a"));
    assert_false(places.items[0].testing);
    assert_int_equal(json_array_size(places.items[0].checks), 1);
    places_tested(&places, "a", NULL);
    assert_null(places.items[0].checks);
    places_untested(&places, "a");
    assert_false(places.items[0].testing);
    places_deinit(&places);
}

static void the_one_that_waits_for_a_login_is_found(void **state) {
    (void)state;
    struct places places;
    places_init(&places);
    set(&places, HERE("a") "," FAR("b", "unreachable"));
    assert_null(places_waiting(&places));
    put(&places, FAR("c", "needs login"));
    assert_string_equal(places_waiting(&places)->name, "c");
    places_deinit(&places);
}

static void one_goes_round_them_and_this_machine(void **state) {
    (void)state;
    struct places places;
    places_init(&places);
    assert_string_equal(places_next(&places, ""), "");
    set(&places, HERE("a") "," HERE("b"));
    assert_string_equal(places_next(&places, ""), "a");
    assert_string_equal(places_next(&places, "a"), "b");
    assert_string_equal(places_next(&places, "b"), "");
    assert_string_equal(places_next(&places, "gone"), "");
    places_deinit(&places);
}

static void what_is_no_cluster_is_passed_over(void **state) {
    (void)state;
    struct places places;
    places_init(&places);
    set(&places, "7,null,{},{\"name\":3}," HERE("a"));
    put(&places,
        "{\"name\":\"a name that is longer than any cluster's can be, ever\"}");
    assert_int_equal(places.n, 1);
    places_deinit(&places);
}

static void without_memory_nothing_is_half(void **state) {
    (void)state;
    struct places places;
    json_t *json = load("{\"clusters\":[" FAR("big", "unreachable") "]}");
    for (size_t i = 0; i < 3; i++) {
        places_init(&places);
        alloc_fault_arm(i);
        int r = places_set(&places, json);
        assert_true(alloc_fault_disarm());
        assert_int_equal(r, -ENOMEM);
        assert_int_equal(places.n, 0);
        places_deinit(&places);
    }
    json_decref(json);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(each_state_has_its_words),
        cmocka_unit_test(what_the_server_tells_is_kept),
        cmocka_unit_test(the_selection_stays_on_its_cluster),
        cmocka_unit_test(a_test_stays_while_the_rest_is_renewed),
        cmocka_unit_test(the_one_that_waits_for_a_login_is_found),
        cmocka_unit_test(one_goes_round_them_and_this_machine),
        cmocka_unit_test(what_is_no_cluster_is_passed_over),
        cmocka_unit_test(without_memory_nothing_is_half),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
