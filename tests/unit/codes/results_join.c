/* One set of results out of those of several files. */
#include "samples.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdlib.h>

#include <cmocka.h>

static json_t *parse(const char *text) {
    json_t *json = json_loads(text, 0, NULL);
    assert_non_null(json);
    return json;
}

static void check(const char *into, const char *other, const char *want) {
    _cleanup_json_ json_t *all = parse(into);
    _cleanup_json_ json_t *more = parse(other);
    _cleanup_json_ json_t *expected = parse(want);
    assert_int_equal(results_join(all, more), 0);
    assert_true(json_equal(all, expected));
}

static void what_is_not_said_is_taken(void **state) {
    (void)state;
    check("{\"version\":null,\"scf\":[],\"fermi_ev\":1.5,\"problems\":[]}",
          "{\"version\":\"6\",\"scf\":[1],\"fermi_ev\":2.5,\"wall_seconds\":3,"
          "\"problems\":[]}",
          "{\"version\":\"6\",\"scf\":[1],\"fermi_ev\":1.5,\"wall_seconds\":3,"
          "\"problems\":[]}");
}

static void energies_are_not_mixed(void **state) {
    (void)state;
    check("{\"energy_ev\":-1,\"free_energy_ev\":null,\"problems\":[]}",
          "{\"energy_ev\":-2,\"free_energy_ev\":-3,\"problems\":[]}",
          "{\"energy_ev\":-2,\"free_energy_ev\":-3,\"problems\":[]}");
    check("{\"energy_ev\":-1,\"free_energy_ev\":-4,\"problems\":[]}",
          "{\"energy_ev\":-2,\"free_energy_ev\":-3,\"problems\":[]}",
          "{\"energy_ev\":-1,\"free_energy_ev\":-4,\"problems\":[]}");
    check("{\"energy_ev\":-1,\"energy_with_corrections_ev\":null,\"energy\":1,"
          "\"problems\":[]}",
          "{\"energy_ev\":-2,\"energy_with_corrections_ev\":-3,\"problems\":[]}",
          "{\"energy_ev\":-1,\"energy_with_corrections_ev\":null,\"energy\":1,"
          "\"problems\":[]}");
}

static void each_kind_of_problem_counts_once(void **state) {
    (void)state;
    check("{\"problems\":[{\"category\":\"brmix\",\"line\":1}]}",
          "{\"problems\":[{\"category\":\"brmix\",\"line\":2},"
          "{\"category\":\"amin\",\"line\":3},{\"category\":\"truncated\"}]}",
          "{\"problems\":[{\"category\":\"brmix\",\"line\":1},"
          "{\"category\":\"amin\",\"line\":3}]}");
}

static void what_converged_is_not_called_in_question_by_a_file_beside_it(void **state) {
    (void)state;
    check("{\"converged\":true,\"problems\":[]}",
          "{\"converged\":false,\"problems\":[{\"category\":"
          "\"geometry_not_converged\"},{\"category\":\"brmix\"}]}",
          "{\"converged\":true,\"problems\":[{\"category\":\"brmix\"}]}");
}

static void an_output_that_just_ends_failed_where_another_says_so(void **state) {
    (void)state;
    check("{\"status\":\"truncated\",\"converged\":null,"
          "\"problems\":[{\"category\":\"truncated\"}]}",
          "{\"status\":\"failed\",\"converged\":false,"
          "\"problems\":[{\"category\":\"zbrent\"}]}",
          "{\"status\":\"failed\",\"converged\":false,"
          "\"problems\":[{\"category\":\"zbrent\"}]}");
}

static void
why_a_run_was_ended_takes_the_place_of_an_output_that_just_ends(void **state) {
    (void)state;
    check("{\"status\":\"truncated\",\"problems\":[{\"category\":\"truncated\"}]}",
          "{\"status\":\"truncated\",\"problems\":[{\"category\":\"out_of_time\"}]}",
          "{\"status\":\"truncated\",\"problems\":[{\"category\":\"out_of_time\"}]}");
    check("{\"status\":\"finished\",\"problems\":[]}",
          "{\"status\":\"truncated\",\"problems\":[{\"category\":\"killed\"}]}",
          "{\"status\":\"finished\",\"problems\":[]}");
}

static void a_failure_beside_an_end_is_of_another_run(void **state) {
    (void)state;
    check("{\"status\":\"finished\",\"version\":null,\"problems\":[]}",
          "{\"status\":\"failed\",\"version\":\"5\","
          "\"problems\":[{\"category\":\"zbrent\"}]}",
          "{\"status\":\"finished\",\"version\":null,\"problems\":[]}");
}

static void an_end_beside_a_failure_is_of_another_run(void **state) {
    (void)state;
    check("{\"status\":\"failed\",\"energy_ev\":null,\"problems\":[]}",
          "{\"status\":\"finished\",\"energy_ev\":-3,\"problems\":[]}",
          "{\"status\":\"failed\",\"energy_ev\":null,\"problems\":[]}");
}

static void two_ends_with_other_energies_are_of_two_runs(void **state) {
    (void)state;
    check("{\"status\":\"finished\",\"energy_ev\":-2,\"gap_ev\":null,\"problems\":[]}",
          "{\"status\":\"finished\",\"energy_ev\":-3,\"gap_ev\":1,\"problems\":[]}",
          "{\"status\":\"finished\",\"energy_ev\":-2,\"gap_ev\":null,\"problems\":[]}");
    check("{\"status\":\"finished\",\"energy_ev\":-2,\"gap_ev\":null,\"problems\":[]}",
          "{\"status\":\"finished\",\"energy_ev\":-2.0001,\"gap_ev\":1,"
          "\"problems\":[]}",
          "{\"status\":\"finished\",\"energy_ev\":-2,\"gap_ev\":1,\"problems\":[]}");
}

static void an_xml_of_another_calculation_is_of_another_run(void **state) {
    (void)state;
    check("{\"code\":\"quantum_espresso\",\"status\":\"finished\","
          "\"calculation\":\"scf\",\"gap_ev\":null,\"problems\":[]}",
          "{\"status\":\"finished\",\"calculation\":\"nscf\",\"gap_ev\":1,"
          "\"problems\":[]}",
          "{\"code\":\"quantum_espresso\",\"status\":\"finished\","
          "\"calculation\":\"scf\",\"gap_ev\":null,\"problems\":[]}");
}

/* jansson allocates on its own. */
static size_t allocations_left;

static void *scarce_malloc(size_t size) {
    if (allocations_left == 0) {
        return NULL;
    }
    allocations_left--;
    return malloc(size);
}

static void joining_without_memory_is_told(void **state) {
    (void)state;
    int r = -1;
    for (size_t n = 0; r < 0; n++) {
        _cleanup_json_ json_t *all = parse(
            "{\"status\":\"truncated\",\"problems\":[{\"category\":\"truncated\"}]}");
        _cleanup_json_ json_t *more =
            parse("{\"status\":\"failed\",\"energy_ev\":1,\"version\":\"6\","
                  "\"problems\":[{\"category\":\"zbrent\"}]}");
        json_set_alloc_funcs(scarce_malloc, free);
        allocations_left = n;
        r = results_join(all, more);
        json_set_alloc_funcs(malloc, free);
        assert_true(n < 1000);
        assert_true(r == 0 || n < 100);
    }
    assert_int_equal(r, 0);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(what_is_not_said_is_taken),
        cmocka_unit_test(energies_are_not_mixed),
        cmocka_unit_test(each_kind_of_problem_counts_once),
        cmocka_unit_test(what_converged_is_not_called_in_question_by_a_file_beside_it),
        cmocka_unit_test(an_output_that_just_ends_failed_where_another_says_so),
        cmocka_unit_test(
            why_a_run_was_ended_takes_the_place_of_an_output_that_just_ends),
        cmocka_unit_test(a_failure_beside_an_end_is_of_another_run),
        cmocka_unit_test(an_end_beside_a_failure_is_of_another_run),
        cmocka_unit_test(two_ends_with_other_energies_are_of_two_runs),
        cmocka_unit_test(an_xml_of_another_calculation_is_of_another_run),
        cmocka_unit_test(joining_without_memory_is_told),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
