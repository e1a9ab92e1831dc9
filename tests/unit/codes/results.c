/* Results: how they are filled and what JSON comes of them. */
#include "codes/results_build.h"

#include "samples.h"
#include "structure/structure.h"
#include "support/alloc_fault.h"

#include <errno.h>
#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

static void empty_results_are_null_in_every_key(void **state) {
    (void)state;
    struct results results;
    results_init(&results);
    _cleanup_json_ json_t *json = results_to_json(&results);
    _cleanup_free_ char *text = json_dumps(json, JSON_COMPACT);
    assert_string_equal(
        text, "{\"code\":null,\"version\":null,\"calculation\":null,"
              "\"status\":\"truncated\",\"converged\":null,\"energy_ev\":null,"
              "\"free_energy_ev\":null,\"energy_with_corrections_ev\":null,"
              "\"energy\":null,\"fermi_ev\":null,"
              "\"vbm_ev\":null,\"cbm_ev\":null,\"gap_ev\":null,"
              "\"magnetization_mub\":null,\"max_force_ev_per_ang\":null,"
              "\"pressure_gpa\":null,\"stress_gpa\":null,\"cell\":null,\"natoms\":null,"
              "\"formula\":null,\"atoms\":null,\"scf\":[],\"steps\":[],"
              "\"frequencies_cm1\":null,\"wall_seconds\":null,\"cpu_seconds\":null,"
              "\"problems\":[],\"forecast\":null}");
    results_deinit(&results);
}

static void the_final_energy_is_kept_apart_from_the_cycles_before(void **state) {
    (void)state;
    struct results results;
    results_init(&results);
    assert_null(results_last_scf(&results));
    assert_int_equal(results_begin_scf(&results), 0);
    assert_int_equal(results_add_cycle(&results, -1.5, 0.5), 0);
    assert_int_equal(results_add_cycle(&results, -2.0, NAN), 0);
    results_last_scf(&results)->ended = true;
    results_last_scf(&results)->counted = 2;
    results_last_scf(&results)->converged = TRUTH_YES;
    _cleanup_json_ json_t *json = results_to_json(&results);
    _cleanup_free_ char *text = json_dumps(json_object_get(json, "scf"), JSON_COMPACT);
    assert_string_equal(text,
                        "[{\"cycles\":2,\"converged\":true,\"energies_ev\":[-1.5],"
                        "\"accuracy_ev\":[0.5],\"final_energy_ev\":-2.0,"
                        "\"final_accuracy_ev\":null}]");
    results_deinit(&results);
}

static void a_step_has_the_volume_of_the_cell_it_was_told_in(void **state) {
    (void)state;
    struct results results;
    results_init(&results);
    assert_int_equal(results_add_step(&results, -1.0), 0);
    results.has_cell = true;
    results.cell = (struct cell){.vector = {{2, 0, 0}, {0, 3, 0}, {0, 0, 4}}};
    assert_int_equal(results_add_step(&results, -2.0), 0);
    /* A slab: along the third direction nothing repeats. */
    results.cell.vector[2][2] = STRUCTURE_NO_PERIOD;
    assert_int_equal(results_add_step(&results, -3.0), 0);
    assert_true(isnan(results.steps[0].volume_ang3));
    assert_float_equal(results.steps[1].volume_ang3, 24, 1e-12);
    assert_true(isnan(results.steps[2].volume_ang3));
    results_deinit(&results);
}

static bool is_told(const struct results *results) {
    return results->n_problems == 1 &&
           strcmp(results->problems[0].category, "read_error") == 0 &&
           strstr(results->problems[0].message, "more than can be listed");
}

static void runs_beyond_the_limit_replace_the_last_one(void **state) {
    (void)state;
    struct results results;
    results_init(&results);
    for (int i = 0; i < RESULTS_MAX_SCF + 5; i++) {
        assert_int_equal(results_begin_scf(&results), 0);
        assert_int_equal(results_add_cycle(&results, i, NAN), 0);
        assert_int_equal(results_add_step(&results, i), 0);
        assert_int_equal(is_told(&results), i >= RESULTS_MAX_SCF);
    }
    assert_int_equal(results.n_scf, RESULTS_MAX_SCF);
    assert_int_equal(results.n_steps, RESULTS_MAX_STEPS);
    assert_close(results_last_scf(&results)->cycles[0].energy_ev, RESULTS_MAX_SCF + 4,
                 0);
    assert_close(results_last_step(&results)->energy_ev, RESULTS_MAX_SCF + 4, 0);
    assert_close(results.scf[RESULTS_MAX_SCF - 2].cycles[0].energy_ev,
                 RESULTS_MAX_SCF - 2, 0);
    results_deinit(&results);
}

static void cycles_beyond_the_limit_replace_the_last_one(void **state) {
    (void)state;
    struct results results;
    results_init(&results);
    assert_int_equal(results_begin_scf(&results), 0);
    for (int i = 0; i < RESULTS_MAX_CYCLES + 5; i++) {
        assert_int_equal(results_add_cycle(&results, i, NAN), 0);
    }
    struct scf_run *run = results_last_scf(&results);
    assert_int_equal(run->n_cycles, RESULTS_MAX_CYCLES);
    assert_close(run->cycles[run->n_cycles - 1].energy_ev, RESULTS_MAX_CYCLES + 4, 0);
    /* Every run has one all the same. */
    assert_int_equal(results_begin_scf(&results), 0);
    assert_int_equal(results_add_cycle(&results, -1, NAN), 0);
    assert_int_equal(results_last_scf(&results)->n_cycles, 1);
    assert_true(is_told(&results));
    results_deinit(&results);
}

static void frequencies_and_atoms_have_a_limit(void **state) {
    (void)state;
    struct results results;
    results_init(&results);
    const double origin[3] = {0, 0, 0};
    for (int i = 0; i < RESULTS_MAX_ATOMS + 5; i++) {
        assert_int_equal(results_add_frequency(&results, i), 0);
        assert_int_equal(results_push_atom(&results.atoms, &results.n_atoms,
                                           &results.atoms_cap, "si1", origin),
                         0);
    }
    assert_int_equal(results.n_frequencies, RESULTS_MAX_FREQUENCIES);
    assert_int_equal(results.n_atoms, RESULTS_MAX_ATOMS);
    assert_string_equal(results.atoms[0].element, "Si");
    results_deinit(&results);
}

static void minus_zero_is_printed_as_zero(void **state) {
    (void)state;
    struct results results;
    results_init(&results);
    results.pressure_gpa = -0.0;
    _cleanup_json_ json_t *json = results_to_json(&results);
    _cleanup_free_ char *text =
        json_dumps(json_object_get(json, "pressure_gpa"), JSON_ENCODE_ANY);
    assert_string_equal(text, "0.0");
    results_deinit(&results);
}

static void the_same_problem_counts_once(void **state) {
    (void)state;
    struct results results;
    results_init(&results);
    assert_int_equal(results_add_problem(&results, "killed", "words", 3, "mend"), 0);
    assert_int_equal(results_add_problem(&results, "killed", "words", 9, NULL), 0);
    assert_int_equal(results_add_problem(&results, "killed", "others", 0, NULL), 0);
    assert_int_equal(results.n_problems, 2);
    _cleanup_json_ json_t *json = results_to_json(&results);
    _cleanup_free_ char *text =
        json_dumps(json_object_get(json, "problems"), JSON_COMPACT);
    assert_string_equal(text,
                        "[{\"category\":\"killed\",\"message\":\"words\",\"line\":3,"
                        "\"remedy\":\"mend\"},{\"category\":\"killed\","
                        "\"message\":\"others\",\"line\":null,\"remedy\":null}]");
    results_drop_problems(&results);
    assert_int_equal(results.n_problems, 0);
    results_deinit(&results);
}

static void the_list_of_problems_is_bounded(void **state) {
    (void)state;
    struct results results;
    results_init(&results);
    for (int i = 0; i < 1000; i++) {
        char words[16];
        (void)snprintf(words, sizeof(words), "%d", i);
        assert_int_equal(results_add_problem(&results, "killed", words, 1, NULL), 0);
    }
    assert_int_equal(results.n_problems, RESULTS_MAX_PROBLEMS);
    results_deinit(&results);
}

static void words_that_are_not_utf8_are_made_so(void **state) {
    (void)state;
    struct results results;
    results_init(&results);
    assert_int_equal(results_add_problem(&results, "killed", "caf\xe9", 1, NULL), 0);
    assert_int_equal(results_set_text(&results.version, "7\xff", 2), 0);
    _cleanup_json_ json_t *json = results_to_json(&results);
    assert_non_null(json);
    assert_string_equal(samples_text(json, "version"), "7\xef\xbf\xbd");
    results_deinit(&results);
}

static int fill(void *data) {
    struct results results;
    (void)data;
    results_init(&results);
    int r = results_begin_scf(&results);
    r = r == 0 ? results_add_cycle(&results, 1, 1) : r;
    r = r == 0 ? results_add_step(&results, 1) : r;
    r = r == 0 ? results_add_problem(&results, "killed", "words", 1, "mend") : r;
    r = r == 0 ? results_set_text(&results.version, "7.1", 3) : r;
    results_deinit(&results);
    return r;
}

static void every_allocation_of_filling_may_fail(void **state) {
    (void)state;
    assert_true(alloc_fault_sweep(fill, NULL, -ENOMEM) >= 5);
}

/* jansson allocates on its own; its hooks reach what the wrapped allocators do not. */
static size_t allocations_left;

static void *scarce_malloc(size_t size) {
    if (allocations_left == 0) {
        return NULL;
    }
    allocations_left--;
    return malloc(size);
}

static void json_without_memory_is_null(void **state) {
    (void)state;
    struct results results;
    results_init(&results);
    results.code = "quantum_espresso";
    results.printed_energy = 1;
    results.printed_unit = "Ry";
    results.has_cell = true;
    results.has_stress = true;
    results.atoms = calloc(1, sizeof(*results.atoms));
    assert_non_null(results.atoms);
    results.n_atoms = 1;
    assert_int_equal(results_begin_scf(&results), 0);
    assert_int_equal(results_add_cycle(&results, 1, 1), 0);
    assert_int_equal(results_add_step(&results, 1), 0);
    assert_int_equal(results_add_problem(&results, "killed", "words", 1, "mend"), 0);

    json_set_alloc_funcs(scarce_malloc, free);
    json_t *json = NULL;
    for (size_t n = 0; !json; n++) {
        allocations_left = n;
        json = results_to_json(&results);
        assert_true(n < 10000);
    }
    assert_true(allocations_left < 2);
    json_decref(json);
    json_set_alloc_funcs(malloc, free);
    results_deinit(&results);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(empty_results_are_null_in_every_key),
        cmocka_unit_test(a_step_has_the_volume_of_the_cell_it_was_told_in),
        cmocka_unit_test(the_final_energy_is_kept_apart_from_the_cycles_before),
        cmocka_unit_test(runs_beyond_the_limit_replace_the_last_one),
        cmocka_unit_test(cycles_beyond_the_limit_replace_the_last_one),
        cmocka_unit_test(frequencies_and_atoms_have_a_limit),
        cmocka_unit_test(minus_zero_is_printed_as_zero),
        cmocka_unit_test(the_same_problem_counts_once),
        cmocka_unit_test(the_list_of_problems_is_bounded),
        cmocka_unit_test(words_that_are_not_utf8_are_made_so),
        cmocka_unit_test(every_allocation_of_filling_may_fail),
        cmocka_unit_test(json_without_memory_is_null),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
