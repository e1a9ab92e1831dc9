/* Results in words: which lines there are, in which order, with which units. */
#include "tui/facts.h"

#include "base/cleanup.h"
#include "support/alloc_fault.h"

#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#define _cleanup_facts_ _cleanup_(facts_deinit)
#define _cleanup_summary_ _cleanup_(summary_deinit)

static const char *const finished =
    "{\"id\": 7, \"name\": \"si\", \"code\": \"quantum_espresso\", \"state\": "
    "\"completed\","
    " \"directory\": \"/home/me/si\", \"input\": \"si.in\","
    " \"output\": \"/home/me/si/si.out\", \"cores\": 4,"
    " \"created_at\": \"2026-01-31T12:00:00.000Z\","
    " \"started_at\": \"2026-01-31T12:00:01.000Z\","
    " \"finished_at\": \"2026-01-31T12:00:03.500Z\", \"exit_code\": 0,"
    " \"command\": [\"pw.x\", \"-in\", \"si.in\"], \"error_output\": "
    "\"/elsewhere/si.err\","
    " \"cpu_seconds\": 2.25, \"peak_memory_bytes\": 50331648,"
    " \"results\": {\"version\": \"6.7\", \"calculation\": \"scf\", \"converged\": "
    "true,"
    "  \"energy_ev\": -215.7117, \"vbm_ev\": 6.25, \"pressure_gpa\": -0.5,"
    "  \"max_force_ev_per_ang\": 0.0001, \"wall_seconds\": 2.5,"
    "  \"scf\": [{\"cycles\": 6, \"energies_ev\": [1]}], \"problems\": []}}";

static json_t *load(const char *text) {
    json_t *json = json_loads(text, 0, NULL);

    assert_non_null(json);
    return json;
}

/* The text of a line; NULL when there is none with this label. */
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

static void build(struct facts *facts, const json_t *full) {
    _cleanup_summary_ struct summary job = {0};

    assert_int_equal(summary_from_json(&job, full), 0);
    assert_int_equal(facts_build(facts, &job, full), 0);
}

static void a_run_that_goes_on_names_the_other_jobs_of_it(void **state) {
    _cleanup_facts_ struct facts facts = {0};
    _cleanup_facts_ struct facts alone = {0};
    json_t *full = load(finished);

    (void)state;
    build(&alone, full);
    assert_null(find(&alone, "goes on with"));
    assert_null(find(&alone, "continued by"));
    assert_int_equal(json_object_set_new(full, "continues", json_integer(3)), 0);
    assert_int_equal(json_object_set_new(full, "continued_by", json_integer(12)), 0);
    build(&facts, full);
    json_decref(full);
    assert_fact(&facts, "goes on with", "job 3");
    assert_fact(&facts, "continued by", "job 12");
}

static void a_job_of_a_cluster_tells_where_it_is(void **state) {
    _cleanup_facts_ struct facts facts = {0};
    json_t *full = load(finished);

    (void)state;
    assert_int_equal(json_object_set_new(full, "cluster", json_string("big")), 0);
    assert_int_equal(json_object_set_new(full, "slurm_id", json_integer(4711)), 0);
    build(&facts, full);
    json_decref(full);
    assert_fact(&facts, "cluster", "big, as job 4711");
}

static void a_finished_scf_is_told_in_rydberg_and_electron_volt(void **state) {
    _cleanup_facts_ struct facts facts = {0};
    json_t *full = load(finished);

    (void)state;
    build(&facts, full);
    json_decref(full);
    assert_fact(&facts, "total energy", "-15.85451752 Ry\n-215.711700 eV");
    assert_fact(&facts, "SCF", "converged in 6 cycles");
    assert_int_equal(find(&facts, "SCF")->mood, FACT_GOOD);
    assert_fact(&facts, "VBM", "6.2500 eV");
    assert_fact(&facts, "pressure", "-0.500 GPa");
    assert_fact(&facts, "largest force", "0.00010 eV/Å");
    assert_fact(&facts, "wall time", "2.50 s");
    assert_fact(&facts, "CPU time", "2.25 s");
    assert_fact(&facts, "peak memory", "48.0 MiB");
    assert_null(find(&facts, "Fermi energy"));
    assert_null(find(&facts, "problem"));
}

static void files_in_the_folder_are_told_by_name(void **state) {
    _cleanup_facts_ struct facts facts = {0};
    json_t *full = load(finished);

    (void)state;
    build(&facts, full);
    json_decref(full);
    assert_fact(&facts, "command", "pw.x -in si.in");
    assert_fact(&facts, "folder", "/home/me/si");
    assert_fact(&facts, "output", "si.out");
    assert_fact(&facts, "errors", "/elsewhere/si.err");
}

static void problems_and_remedies_come_first(void **state) {
    _cleanup_facts_ struct facts facts = {0};
    json_t *full =
        load("{\"id\": 1, \"state\": \"failed\", \"code\": \"vasp\", \"exit_code\": 2,"
             " \"results\": {\"calculation\": \"scf\", \"converged\": false, "
             "\"energy_ev\": -3,"
             "  \"scf\": [{\"cycles\": 1, \"energies_ev\": [-3]}],"
             "  \"problems\": [{\"category\": \"x\", \"message\": \"it went wrong\", "
             "\"line\": 9,"
             "   \"remedy\": \"do this\"}, {\"category\": \"brmix\"}]}}");

    (void)state;
    build(&facts, full);
    json_decref(full);
    assert_string_equal(facts.items[0].label, "because");
    assert_string_equal(facts.items[0].text, "it ended with exit code 2");
    assert_string_equal(facts.items[1].text, "it went wrong (line 9 of the output)");
    assert_int_equal(facts.items[1].mood, FACT_BAD);
    assert_string_equal(facts.items[2].label, "what to try");
    assert_string_equal(facts.items[2].text, "do this");
    assert_string_equal(facts.items[3].text, "brmix");
    assert_fact(&facts, "total energy", "-3.000000 eV");
    assert_fact(&facts, "SCF", "not converged after 1 cycle");
}

static void the_servers_reason_is_told_as_it_is(void **state) {
    _cleanup_facts_ struct facts facts = {0};
    json_t *full = load("{\"id\": 1, \"state\": \"failed\", \"exit_code\": 2,"
                        " \"reason\": \"pw.x is not on PATH\"}");

    (void)state;
    build(&facts, full);
    json_decref(full);
    assert_fact(&facts, "because", "pw.x is not on PATH");
}

static void a_running_scf_is_told_from_its_summary_alone(void **state) {
    _cleanup_facts_ struct facts facts = {0};
    _cleanup_summary_ struct summary job = {0};
    json_t *summary = load(
        "{\"id\": 1, \"state\": \"running\", \"code\": \"crystal\", \"progress\":"
        " {\"scf\": 2, \"cycle\": 5, \"energy_ev\": -100.5, \"delta_ev\": 0.00012}}");

    (void)state;
    assert_int_equal(summary_from_json(&job, summary), 0);
    json_decref(summary);
    assert_int_equal(facts_build(&facts, &job, NULL), 0);
    assert_fact(&facts, "total energy", "-100.500000 eV");
    assert_fact(&facts, "SCF cycle", "5 of SCF 2");
    assert_fact(&facts, "energy change", "1.2e-4 eV");
}

static void a_forecast_is_told_in_words_and_colour(void **state) {
    _cleanup_facts_ struct facts facts = {0};
    _cleanup_facts_ struct facts bare = {0};
    json_t *full =
        load("{\"id\": 1, \"state\": \"running\", \"code\": \"vasp\", \"progress\":"
             " {\"scf\": 1, \"cycle\": 5}, \"forecast\": {\"badge\": "
             "\"will_not_make_cycles\", \"cycles_low\": 4, \"cycles_high\": 7,"
             " \"cycles_left\": 1, \"cycle_limit_name\": \"NELM\"}}");

    (void)state;
    build(&facts, full);
    /* In a test the locale is "C", which has no other characters. */
    assert_fact(&facts, "forecast", "will not make NELM, ~ 4-7 cycles where 1 is left");
    assert_int_equal(find(&facts, "forecast")->mood, FACT_BAD);
    (void)json_object_set_new(json_object_get(full, "forecast"), "cycles_low",
                              json_null());
    (void)json_object_set_new(json_object_get(full, "forecast"), "badge",
                              json_string("stalled"));
    build(&bare, full);
    json_decref(full);
    assert_fact(&bare, "forecast", "stalled");
    assert_int_equal(find(&bare, "forecast")->mood, FACT_WARN);
}

static void forces_of_an_optimisation_under_way_are_told_in_words(void **state) {
    _cleanup_facts_ struct facts facts = {0};
    json_t *full =
        load("{\"id\": 1, \"state\": \"running\", \"results\": {\"forecast\":"
             " {\"badge\": null, \"forces\": \"not_falling\"}}}");

    (void)state;
    build(&facts, full);
    json_decref(full);
    assert_fact(&facts, "forces", "not falling from step to step");
    assert_int_equal(find(&facts, "forces")->mood, FACT_WARN);
    assert_null(find(&facts, "forecast"));
}

static void an_optimised_geometry_is_told_in_steps(void **state) {
    _cleanup_facts_ struct facts facts = {0};
    json_t *full =
        load("{\"id\": 1, \"state\": \"completed\", \"results\":"
             " {\"calculation\": \"geometry_optimization\", \"converged\": true,"
             "  \"scf\": [{\"cycles\": 3}], \"steps\": [{}, {}, {}]}}");

    (void)state;
    build(&facts, full);
    json_decref(full);
    assert_fact(&facts, "geometry", "converged in 3 steps");
}

static void of_a_job_of_which_nothing_is_known_nothing_is_told(void **state) {
    _cleanup_facts_ struct facts facts = {0};
    json_t *full = load("{\"id\": 1, \"results\": null}");

    (void)state;
    build(&facts, full);
    json_decref(full);
    assert_int_equal(facts.n, 0);
}

static void a_long_command_is_cut(void **state) {
    _cleanup_facts_ struct facts facts = {0};
    json_t *full = load("{\"id\": 1, \"command\": []}");
    json_t *command = json_object_get(full, "command");

    (void)state;
    for (int i = 0; i < 500; i++) {
        (void)json_array_append_new(command, json_string("argument"));
    }
    build(&facts, full);
    json_decref(full);
    assert_true(strlen(find(&facts, "command")->text) < 512);
}

static int build_with_faults(void *data) {
    _cleanup_facts_ struct facts facts = {0};
    _cleanup_summary_ struct summary job = {0};
    int r = summary_from_json(&job, data);

    return r ? r : facts_build(&facts, &job, data);
}

static void without_memory_there_are_no_facts(void **state) {
    json_t *full = load(finished);

    (void)state;
    assert_true(alloc_fault_sweep(build_with_faults, full, -ENOMEM) > 20);
    json_decref(full);
}

static void what_a_person_wrote_is_told(void **state) {
    _cleanup_facts_ struct facts facts = {0};
    json_t *full =
        load("{\"id\": 1, \"state\": \"completed\", \"tags\": [\"a\", \"b\"],"
             " \"note\": \"try again\"}");

    (void)state;
    build(&facts, full);
    json_decref(full);
    assert_fact(&facts, "tags", "a, b");
    assert_fact(&facts, "note", "try again");
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(what_a_person_wrote_is_told),
        cmocka_unit_test(a_job_of_a_cluster_tells_where_it_is),
        cmocka_unit_test(a_run_that_goes_on_names_the_other_jobs_of_it),
        cmocka_unit_test(a_finished_scf_is_told_in_rydberg_and_electron_volt),
        cmocka_unit_test(files_in_the_folder_are_told_by_name),
        cmocka_unit_test(problems_and_remedies_come_first),
        cmocka_unit_test(the_servers_reason_is_told_as_it_is),
        cmocka_unit_test(a_running_scf_is_told_from_its_summary_alone),
        cmocka_unit_test(a_forecast_is_told_in_words_and_colour),
        cmocka_unit_test(forces_of_an_optimisation_under_way_are_told_in_words),
        cmocka_unit_test(an_optimised_geometry_is_told_in_steps),
        cmocka_unit_test(of_a_job_of_which_nothing_is_known_nothing_is_told),
        cmocka_unit_test(a_long_command_is_cut),
        cmocka_unit_test(without_memory_there_are_no_facts),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
