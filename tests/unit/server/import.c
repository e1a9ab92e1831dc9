/* Runs that were made elsewhere: what a client sends of them becomes a job, or is
 * refused; all of a call is on the disk before anybody is told, or none of it. The
 * server is a real one with its database in memory; the disk fails when the test says
 * so. */
#include "job/job.h"
#include "server/engine.h"
#include "server/hub.h"
#include "server/record.h"
#include "server/server.h"
#include "store/store.h"
#include "support/alloc_fault.h"

#include <errno.h>
#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

static bool disk_is_full;
static int times_told;

int __real_store_commit(struct store *store);
int __wrap_store_commit(struct store *store);
int __wrap_store_commit(struct store *store) {
    if (disk_is_full) {
        store_rollback(store);
        return -ENOSPC;
    }
    return __real_store_commit(store);
}

void __wrap_hub_job_changed(struct hub *hub, const struct job *job);
void __wrap_hub_job_changed(struct hub *hub, const struct job *job) {
    (void)hub;
    assert_true(job->imported);
    times_told++;
}

static int set_up(void **state) {
    static const struct server_options options = {
        .socket_path = (char *)"/nowhere/socket",
        .db_path = (char *)":memory:",
        .state_dir = (char *)"/nowhere",
        .runs_dir = (char *)"/nowhere/runs",
        .log_path = (char *)"/nowhere/log",
        .stall_seconds = 120,
        .ready_fd = -1,
    };
    struct errmsg msg = ERRMSG_NULL;
    disk_is_full = false;
    times_told = 0;
    return server_new((struct server **)state, &options, NULL, &msg);
}

static int tear_down(void **state) {
    disk_is_full = false;
    (void)server_free(*state);
    return 0;
}

/* What a client sends of a run whose results say this. */
static json_t *run_with(const char *results) {
    json_t *run = json_pack(
        "{s:s, s:s, s:s, s:s, s:s, s:s, s:s, s:o}", "code", "quantum_espresso", "name",
        "si", "directory", "/old", "output", "/old/si.out", "started_at",
        "2020-01-01T00:00:00.000Z", "finished_at", "2020-01-01T00:00:07.500Z", "token",
        "t", "results", json_loads(results, 0, NULL));
    assert_non_null(run);
    return run;
}

static int prepare(struct server *server, const json_t *run, struct job **job,
                   char **text) {
    struct request request = {.server = server, .params = json_object()};
    int r = record_prepare(&request, run, job, text);
    json_decref(request.params);
    json_decref(request.data);
    return r;
}

static struct job *job_of(struct server *server, const char *results) {
    json_t *run = run_with(results);
    struct job *job = NULL;
    char *text = NULL;
    assert_int_equal(prepare(server, run, &job, &text), 0);
    free(text);
    json_decref(run);
    return job;
}

static void what_the_results_say_is_how_far_the_job_came(void **state) {
    _cleanup_(job_freep) struct job *job = job_of(
        *state,
        "{\"status\": \"finished\", \"converged\": true, \"energy_ev\": -3.5,"
        " \"cpu_seconds\": 2.5, \"steps\": [{}, {}], \"scf\": [{}, {\"energies_ev\":"
        " [-1, -3], \"accuracy_ev\": [0.5, 0.25], \"final_energy_ev\": -3.5,"
        " \"final_accuracy_ev\": 0.125}]}");
    const struct job_progress *p = &job->progress;
    assert_int_equal(job->state, JOB_COMPLETED);
    assert_null(job->reason);
    assert_int_equal(p->scf, 2);
    assert_int_equal(p->cycle, 3);
    assert_int_equal(p->step, 2);
    assert_true(p->energy_ev == -3.5 && p->delta_ev == 0.5 && p->accuracy_ev == 0.125);
    assert_int_equal(p->converged, 1);
    assert_true(job->cpu_seconds == 2.5);
    assert_int_equal(job->finished_at - job->started_at, 7500);
    assert_int_equal(job->exit_code, JOB_NO_EXIT_CODE);
}

static void a_run_without_a_final_energy_came_as_far_as_its_last_cycle(void **state) {
    _cleanup_(job_freep) struct job *job =
        job_of(*state, "{\"scf\": [{\"energies_ev\": [-1, -3], \"accuracy_ev\":"
                       " [0.5, 0.25], \"final_energy_ev\": null}]}");
    assert_int_equal(job->progress.cycle, 2);
    assert_true(job->progress.delta_ev == 2 && job->progress.accuracy_ev == 0.25);
    assert_true(isnan(job->progress.energy_ev));
    assert_int_equal(job->progress.converged, -1);
}

static void how_the_run_ended_is_the_state_and_why_the_reason(void **state) {
    static const struct {
        const char *results;
        enum job_state job;
        const char *reason; /* NULL: any */
    } cases[] = {
        {"{\"status\": \"failed\", \"problems\": [{\"message\": \"too bad\","
         " \"remedy\": \"do better\"}]}",
         JOB_FAILED, "too bad. do better"},
        {"{\"status\": \"failed\", \"problems\": [{\"message\": \"too bad\"}]}",
         JOB_FAILED, "too bad"},
        {"{\"status\": \"truncated\"}", JOB_LOST, NULL},
        {"{\"status\": null}", JOB_LOST, NULL},
        {"{}", JOB_LOST, NULL},
    };
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        _cleanup_(job_freep) struct job *job = job_of(*state, cases[i].results);
        assert_int_equal(job->state, cases[i].job);
        assert_non_null(job->reason);
        if (cases[i].reason) {
            assert_string_equal(job->reason, cases[i].reason);
        }
    }
}

struct attempt {
    struct server *server;
    json_t *run, *params;
};

static int attempt(void *data) {
    struct attempt *a = data;
    struct request request = {.server = a->server, .params = a->params};
    struct job *job = NULL;
    char *text = NULL;
    int r = record_prepare(&request, a->run, &job, &text);
    assert_true((r == 0) == (job != NULL));
    (void)job_free(job);
    free(text);
    return r;
}

static void memory_failure_while_a_run_is_read_is_reported(void **state) {
    struct attempt a = {*state, run_with("{\"problems\": [{\"message\": \"m\"}]}"),
                        json_pack("{s:[s, s]}", "tags", "b", "a")};
    assert_true(alloc_fault_sweep(attempt, &a, -ENOMEM) > 5);
    json_decref(a.run);
    json_decref(a.params);
}

/* A job that has ended, as record_prepare makes one. */
static struct job *ended(struct server *server, const char *token) {
    struct job *job = job_of(server, "{\"status\": \"finished\", \"energy_ev\": -1}");
    free(job->token);
    job->token = token ? strdup(token) : NULL;
    return job;
}

static bool is_stored(struct server *server, int64_t id) {
    _cleanup_(job_freep) struct job *job = NULL;
    return store_job_get(server->store, id, &job) == 0;
}

static void what_is_imported_is_kept_with_its_results_and_told(void **state) {
    struct server *server = *state;
    struct engine_import items[] = {{ended(server, "a"), "{\"x\":1}", false},
                                    {ended(server, NULL), "{\"x\":2}", false},
                                    {ended(server, "a"), "{\"x\":3}", false}};
    assert_int_equal(engine_import(server->engine, items, 3), 0);
    assert_int_equal(times_told, 2);
    assert_false(items[0].repeated || items[1].repeated);
    assert_true(items[2].repeated);
    assert_int_equal(items[2].job->id, items[0].job->id);
    char *text = NULL;
    assert_int_equal(store_job_results(server->store, items[0].job->id, &text), 0);
    assert_string_equal(text, "{\"x\":1}");
    free(text);
    for (size_t i = 0; i < 3; i++) {
        _cleanup_(job_freep) struct job *kept = NULL;
        assert_int_equal(store_job_get(server->store, items[i].job->id, &kept), 0);
        assert_int_equal(kept->state, JOB_COMPLETED);
        assert_true(kept->imported);
        (void)job_free(items[i].job);
    }
}

static void on_a_full_disk_nothing_is_imported_and_nobody_told(void **state) {
    struct server *server = *state;
    struct engine_import items[] = {{ended(server, "a"), "{}", false},
                                    {ended(server, "b"), "{}", false}};
    disk_is_full = true;
    assert_int_equal(engine_import(server->engine, items, 2), -ENOSPC);
    assert_int_equal(times_told, 0);
    disk_is_full = false;
    assert_false(is_stored(server, items[0].job->id));
    /* And no transaction was left open. */
    assert_int_equal(engine_import(server->engine, items, 2), 0);
    assert_false(items[0].repeated);
    (void)job_free(items[0].job);
    (void)job_free(items[1].job);
}

#define IN_A_WORLD(test) cmocka_unit_test_setup_teardown(test, set_up, tear_down)

int main(void) {
    const struct CMUnitTest tests[] = {
        IN_A_WORLD(what_the_results_say_is_how_far_the_job_came),
        IN_A_WORLD(a_run_without_a_final_energy_came_as_far_as_its_last_cycle),
        IN_A_WORLD(how_the_run_ended_is_the_state_and_why_the_reason),
        IN_A_WORLD(memory_failure_while_a_run_is_read_is_reported),
        IN_A_WORLD(what_is_imported_is_kept_with_its_results_and_told),
        IN_A_WORLD(on_a_full_disk_nothing_is_imported_and_nobody_told),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
