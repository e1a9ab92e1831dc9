/* A cluster in words. */
#include "tui/place_facts.h"

#include "base/cleanup.h"
#include "support/alloc_fault.h"

#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

static const struct place_load some = {.running = 2, .waiting = 1};

static void begin(struct places *places, const char *text) {
    json_t *json = json_loads(text, 0, NULL);
    assert_non_null(json);
    places_init(places);
    assert_int_equal(places_put(places, json), 0);
    json_decref(json);
}

/* The line with this label; NULL: there is none. */
static const struct fact *find(const struct facts *facts, const char *label) {
    for (size_t i = 0; i < facts->n; i++) {
        if (strcmp(facts->items[i].label, label) == 0) {
            return &facts->items[i];
        }
    }
    return NULL;
}

static void assert_fact(const struct facts *facts, const char *label,
                        const char *text) {
    const struct fact *fact = find(facts, label);
    if (!fact) {
        fail_msg("no line \"%s\"", label);
        return;
    }
    assert_string_equal(fact->text, text);
}

static void one_that_needs_a_login_says_what_to_do(void **state) {
    (void)state;
    struct places places;
    struct facts facts;
    begin(&places, "{\"name\":\"big\",\"settings\":{\"ssh\":\"login1\"},"
                   "\"state\":\"needs login\",\"trouble\":\"Permission denied\"}");
    assert_int_equal(place_facts_build(&facts, places.items, &some), 0);
    assert_fact(&facts, "state", "needs login");
    assert_fact(&facts, "because", "Permission denied");
    assert_fact(&facts, "what to do",
                "l gives this terminal to ssh, for a password or a code");
    assert_fact(&facts, "host", "login1");
    assert_fact(&facts, "jobs", "2 running, 1 waiting");
    assert_null(find(&facts, "tries"));
    facts_deinit(&facts);
    places_deinit(&places);
}

static void one_that_is_unreachable_says_when_it_is_tried_next(void **state) {
    (void)state;
    struct places places;
    struct facts facts;
    begin(&places, "{\"name\":\"big\",\"settings\":{\"ssh\":\"login1\"},\"tries\":3,"
                   "\"state\":\"unreachable\",\"trouble\":\"no route\","
                   "\"next_try_at\":\"2026-01-31T12:00:00.000Z\"}");
    assert_int_equal(place_facts_build(&facts, places.items, &some), 0);
    assert_fact(&facts, "tries", "3 failed");
    assert_non_null(strstr(find(&facts, "next try")->text, "2026-01-31"));
    facts_deinit(&facts);
    places_deinit(&places);
}

static void one_of_this_machine_is_simply_ready(void **state) {
    (void)state;
    struct places places;
    struct facts facts;
    begin(&places, "{\"name\":\"slurm\",\"settings\":{\"partition\":\"long\","
                   "\"template\":\"x\"},\"state\":\"connected\",\"others\":4}");
    assert_int_equal(place_facts_build(&facts, places.items, &some), 0);
    assert_fact(&facts, "state", "ready");
    assert_fact(&facts, "host", "this machine");
    assert_fact(&facts, "other jobs", "4 that were submitted otherwise");
    assert_fact(&facts, "partition", "long");
    assert_fact(&facts, "batch script", "a template of its own");
    assert_null(find(&facts, "what to do"));
    facts_deinit(&facts);
    places_deinit(&places);
}

static void what_a_test_found_stands_with_what_to_do(void **state) {
    (void)state;
    struct places places;
    struct facts facts;
    begin(&places, "{\"name\":\"slurm\",\"settings\":{},\"state\":\"connected\"}");
    places_tested(&places, "slurm", NULL);
    assert_int_equal(place_facts_build(&facts, places.items, &some), 0);
    assert_fact(&facts, "test", "is being made");
    facts_deinit(&facts);
    json_t *checks = json_loads("[{\"what\":\"sbatch\",\"ok\":false,\"text\":\"not "
                                "found\",\"mend\":\"set the PATH\"}]",
                                0, NULL);
    places_tested(&places, "slurm", checks);
    json_decref(checks);
    assert_int_equal(place_facts_build(&facts, places.items, &some), 0);
    assert_fact(&facts, "test", "not ok sbatch: not found");
    assert_int_equal(find(&facts, "test")->mood, FACT_BAD);
    assert_fact(&facts, "", "set the PATH");
    facts_deinit(&facts);
    places_deinit(&places);
}

static int build(void *data) {
    struct facts facts;
    int r = place_facts_build(&facts, data, &some);
    facts_deinit(&facts);
    return r;
}

static void without_memory_it_is_told(void **state) {
    (void)state;
    struct places places;
    begin(&places, "{\"name\":\"big\",\"settings\":{\"ssh\":\"login1\",\"qos\":\"q\"},"
                   "\"tries\":3,\"state\":\"unreachable\",\"trouble\":\"no route\"}");
    assert_true(alloc_fault_sweep(build, places.items, -ENOMEM) > 0);
    places_deinit(&places);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(one_that_needs_a_login_says_what_to_do),
        cmocka_unit_test(one_that_is_unreachable_says_when_it_is_tried_next),
        cmocka_unit_test(one_of_this_machine_is_simply_ready),
        cmocka_unit_test(what_a_test_found_stands_with_what_to_do),
        cmocka_unit_test(without_memory_it_is_told),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
