/* A job on its way through a cluster, step by step: the server is a real one with its
 * database in memory; what is asked of the cluster is answered by the test, which keeps
 * to what the programs promise: a name is handed over once. The clock is the test's. */
#include "server/clusters.h"
#include "base/clock.h"
#include "base/str.h"
#include "exec/remote.h"
#include "job/placement.h"
#include "server/engine.h"
#include "server/engine_internal.h"
#include "server/queue.h"
#include "server/run_slurm.h"
#include "server/server.h"
#include "slurm/queue.h"
#include "slurm/script.h"
#include "support/alloc_fault.h"
#include "support/scratch.h"

#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#define S SLURM_SEPARATOR

/* What is being asked of the cluster. */
struct asked {
    char *program; /* owned; NULL: nothing */
    remote_done *done;
    void *arg;
};

static struct {
    struct asked asked[8];
    int64_t later; /* how far our clock is ahead */
} cluster;

int64_t __real_clock_monotonic_ms(void);
int64_t __wrap_clock_monotonic_ms(void);
int64_t __wrap_clock_monotonic_ms(void) {
    return __real_clock_monotonic_ms() + cluster.later;
}

/* Behind the back of malloc, which the test lets fail. */
static char *keep(const char *text, size_t n) {
    static char space[64][65536];
    static size_t next;
    char *at = space[next++ % 64];
    assert_true(n < sizeof space[0]);
    memcpy(at, text, n);
    at[n] = '\0';
    return at;
}

int __wrap_remote_run(struct remote *remote, const struct remote_command *command,
                      remote_done *done, void *arg, struct remote_call **ret);
int __wrap_remote_run(struct remote *remote, const struct remote_command *command,
                      remote_done *done, void *arg, struct remote_call **ret) {
    (void)remote;
    char *copy = malloc(1); /* as the real one needs memory */
    if (!copy) {
        return -ENOMEM;
    }
    free(copy);
    for (size_t i = 0; i < sizeof cluster.asked / sizeof *cluster.asked; i++) {
        struct asked *at = &cluster.asked[i];
        if (!at->program) {
            *at = (struct asked){keep(command->in, command->in_len), done, arg};
            if (ret) {
                *ret = (struct remote_call *)at;
            }
            return 0;
        }
    }
    fail_msg("too much is asked at once");
    return -EAGAIN;
}

struct remote_call *__wrap_remote_call_cancel(struct remote_call *call);
struct remote_call *__wrap_remote_call_cancel(struct remote_call *call) {
    if (call) {
        ((struct asked *)call)->program = NULL;
    }
    return NULL;
}

struct world {
    struct server *server;
    struct server_options options;
    char *folder; /* owned */
    int64_t id;
};

static int set_up(void **state) {
    static struct world world;
    struct errmsg msg = ERRMSG_NULL;
    memset(&cluster, 0, sizeof cluster);
    world.folder = scratch_make();
    world.options = (struct server_options){
        .socket_path = (char *)"/nowhere/socket",
        .db_path = (char *)":memory:",
        .state_dir = world.folder,
        .runs_dir = world.folder,
        .log_path = (char *)"/nowhere/log",
        .stall_seconds = 120,
        .ready_fd = -1,
    };
    world.id = 0;
    assert_int_equal(server_new(&world.server, &world.options, NULL, &msg), 0);
    *state = &world;
    return 0;
}

static int tear_down(void **state) {
    struct world *world = *state;
    world->server = server_free(world->server);
    world->folder = scratch_remove(world->folder);
    return 0;
}

static void submit(struct world *world) {
    _cleanup_(job_freep) struct job *job = NULL;
    char *argv[] = {(char *)"true", NULL};
    char *none[] = {NULL};
    assert_int_equal(job_new(&job), 0);
    job->name = strdup("job");
    job->code = strdup("command");
    job->directory = strdup(world->folder);
    job->output = strdup("");
    job->cluster = strdup("slurm");
    job->argv = strv_copy(argv);
    job->env = strv_copy(none);
    job->cores = 1;
    job->state = JOB_QUEUED;
    assert_int_equal(engine_submit(world->server->engine, &job, false, &world->id), 0);
}

/* The job as it is, NULL when its end is on the disk. */
static const struct run *run_of(const struct world *world) {
    return engine_find(world->server->engine, world->id);
}

/* Let the server do what is due. */
static void turn(struct world *world) {
    cluster.later += 400 * 1000;
    queue_soon(clusters_find(world->server->clusters, "slurm"));
    for (int i = 0; i < 3; i++) {
        clusters_turn(world->server->clusters);
        (void)uv_run(&world->server->loop, UV_RUN_NOWAIT);
    }
}

/* What is being asked whose program has this part. */
static struct asked *asks(const char *part) {
    for (size_t i = 0; i < sizeof cluster.asked / sizeof *cluster.asked; i++) {
        if (cluster.asked[i].program && strstr(cluster.asked[i].program, part)) {
            return &cluster.asked[i];
        }
    }
    return NULL;
}

static bool answer(const char *part, enum remote_outcome outcome, int status,
                   const char *out, const char *err) {
    struct asked *at = asks(part);
    struct asked copy = at ? *at : (struct asked){NULL, NULL, NULL};
    /* Not by buf's own functions, which need memory. */
    struct buf out_buf = BUF_NULL;
    struct buf err_buf = BUF_NULL;
    if (!at) {
        return false;
    }
    assert_int_equal(buf_append_str(&out_buf, out), 0);
    assert_int_equal(buf_append_str(&err_buf, err), 0);
    at->program = NULL;
    copy.done(copy.arg, outcome, status, &out_buf, &err_buf);
    buf_deinit(&out_buf);
    buf_deinit(&err_buf);
    return true;
}

#define SUBMITS "sbatch --parsable"
#define LOOKS "squeue -h -a -t all -u"
#define ENDS "sacct -n -P -X -D"
#define TIDIES "rmdir .crystalmath"

static const char runs[] = "12" S "RUNNING" S "1700000000" S "0:05" S "10:00" S "1" S
                           "1" S "main" S "a" S "n1" S "None" S "job\n";
static const char ended[] =
    S "job 12\n" S "started\njob 12\nrestarts 0\nhost n\nstart 1700000000\n" S
      "end\njob 12\nrestarts 0\nhost n\nstart 1700000000\nexit 0\nsignal none\n"
      "stopped no\nend 1700000005\n" S "done\n";
static const char denied[] =
    S "job 12\n" S "started\n" S "end\n" S "sacct\n" S
      "scontrol\nslurm_load_jobs error: Invalid job id specified\n" S "done\n";
static const char unknown[] =
    S "job 12\n" S "started\n" S "end\n" S "sacct\nsacct: error: no database\n" S
      "scontrol\nslurm_load_jobs error: Invalid job id specified\n" S "done\n";
static const char silent[] =
    S "job 12\n" S "started\n" S "end\n" S "sacct\n" S
      "scontrol\nslurm_load_jobs error: Socket timed out\n" S "done\n";

static enum job_state state_of(const struct world *world) {
    const struct run *run = run_of(world);
    return run ? run->job->state : JOB_COMPLETED;
}

static void reach_slurm(struct world *world) {
    submit(world);
    turn(world);
    assert_true(answer(SUBMITS, REMOTE_RAN, 0, "id 12\n", ""));
    turn(world);
    assert_true(answer(LOOKS, REMOTE_RAN, 0, runs, ""));
    assert_int_equal(state_of(world), JOB_RUNNING);
}

/* squeue does not tell of it any more, and this is what the others do. */
static void asked_for_its_end(struct world *world, const char *told) {
    turn(world);
    (void)answer(LOOKS, REMOTE_RAN, 0, "", "");
    assert_true(answer(ENDS, REMOTE_RAN, 0, told, ""));
}

static void its_name_is_on_the_disk_with_the_job(void **state) {
    struct world *world = *state;
    _cleanup_(job_freep) struct job *job = NULL;
    char name[PLACEMENT_VALUE_SIZE];
    char there[PLACEMENT_VALUE_SIZE];
    submit(world);
    assert_int_equal(store_job_get(world->server->store, world->id, &job), 0);
    (void)placement_get(job->placement, PLACEMENT_NAME, name);
    assert_non_null(strstr(name, "job.1.1."));
    turn(world);
    assert_non_null(asks(name));
    assert_string_equal(name, run_slurm_name_of(run_of(world), there));
}

static void a_job_goes_there_and_its_end_comes_back(void **state) {
    struct world *world = *state;
    reach_slurm(world);
    asked_for_its_end(world, ended);
    assert_int_equal(state_of(world), JOB_COMPLETED);
}

static void of_a_lost_answer_the_same_is_asked_again(void **state) {
    struct world *world = *state;
    char first[PLACEMENT_VALUE_SIZE];
    char again[PLACEMENT_VALUE_SIZE];
    submit(world);
    turn(world);
    (void)run_slurm_name_of(run_of(world), first);
    assert_non_null(asks(first));
    assert_true(answer(SUBMITS, REMOTE_TIMED_OUT, 0, "", ""));
    assert_int_equal(state_of(world), JOB_QUEUED);
    turn(world);
    (void)run_slurm_name_of(run_of(world), again);
    assert_string_equal(first, again);
    assert_non_null(asks(first));
    assert_true(answer(SUBMITS, REMOTE_RAN, SLURM_X_UNSURE, "", "squeue: no\n"));
    turn(world);
    assert_true(answer(SUBMITS, REMOTE_RAN, 0, "id 12\n", ""));
    assert_int_equal(run_of(world)->placed->number, 12);
}

static void what_is_refused_waits_or_fails(void **state) {
    struct world *world = *state;
    submit(world);
    turn(world);
    assert_true(answer(SUBMITS, REMOTE_RAN, SLURM_X_REFUSED, "",
                       "sbatch: error: AssocMaxSubmitJobLimit\n"));
    assert_int_equal(state_of(world), JOB_QUEUED);
    assert_null(asks(SUBMITS));
    turn(world);
    assert_true(answer(SUBMITS, REMOTE_RAN, SLURM_X_FOLDER, "",
                       "sh: cannot create: No space left on device\n"));
    assert_int_equal(state_of(world), JOB_QUEUED);
    turn(world);
    assert_true(answer(SUBMITS, REMOTE_RAN, SLURM_X_REFUSED, "",
                       "sbatch: error: invalid partition specified: x\n"));
    assert_true(!run_of(world) || state_of(world) == JOB_FAILED);
}

/* The answer came so late that it was handed over again. */
static void of_two_with_one_name_the_one_that_runs_is_followed(void **state) {
    struct world *world = *state;
    reach_slurm(world);
    asked_for_its_end(
        world,
        S "job 12\n" S "started\njob 11\nrestarts 0\nhost n\nstart 1700000000\n" S
          "end\n" S "sacct\n12|COMPLETED|0:0|1|2|n1\n" S "scontrol\n" S "done\n");
    assert_int_equal(state_of(world), JOB_RUNNING);
    assert_int_equal(run_of(world)->placed->number, 11);
    turn(world);
    assert_true(answer(LOOKS, REMOTE_RAN, 0, "", ""));
    assert_non_null(strstr(asks(ENDS)->program, "-j 11 "));
    assert_true(answer(ENDS, REMOTE_RAN, 0,
                       S "job 11\n" S "started\njob 11\n" S
                         "end\njob 11\nrestarts 0\nhost n\nstart 1700000000\nexit 0\n"
                         "signal none\nstopped no\nend 1700000005\n" S "done\n",
                       ""));
    assert_int_equal(state_of(world), JOB_COMPLETED);
}

static void
one_that_nobody_knows_is_lost_after_a_while_and_a_few_questions(void **state) {
    struct world *world = *state;
    reach_slurm(world);
    for (int i = 0; i < 2; i++) {
        asked_for_its_end(world, denied);
        assert_int_equal(state_of(world), JOB_RUNNING);
    }
    asked_for_its_end(world, denied);
    assert_true(!run_of(world) || state_of(world) == JOB_LOST);
}

static void while_the_controller_is_silent_nothing_is_lost(void **state) {
    struct world *world = *state;
    reach_slurm(world);
    for (int i = 0; i < 30; i++) {
        asked_for_its_end(world, silent);
        assert_int_equal(state_of(world), JOB_RUNNING);
    }
    /* Nor is it known to be cancelled. */
    assert_int_equal(engine_cancel(world->server->engine, world->id), 0);
    for (int i = 0; i < 5; i++) {
        asked_for_its_end(world, silent);
        assert_int_equal(state_of(world), JOB_CANCELLING);
    }
    asked_for_its_end(world, denied);
    assert_true(!run_of(world) || state_of(world) == JOB_CANCELLED);
}

static void where_the_database_fails_an_hour_is_waited(void **state) {
    struct world *world = *state;
    reach_slurm(world);
    int asked = 0;
    for (; run_of(world) && state_of(world) == JOB_RUNNING; asked++) {
        asked_for_its_end(world, unknown);
        assert_true(asked < 20);
    }
    assert_true(asked >= 3600 / 400);
    assert_true(!run_of(world) || state_of(world) == JOB_LOST);
}

/* ---- without memory ---- */

/* A cluster that keeps its promises: whatever is asked gets its answer. */
static void answer_all(bool *taken) {
    bool more = true;
    while (more) {
        more = answer(SUBMITS, REMOTE_RAN, 0, "id 12\n", "");
        *taken = *taken || more;
        more = answer(LOOKS, REMOTE_RAN, 0, *taken ? runs : "", "") || more;
        more = answer(ENDS, REMOTE_RAN, 0, ended, "") || more;
        more = answer(TIDIES, REMOTE_RAN, 0, "", "") || more;
    }
}

static bool is_done(const struct world *world) {
    return !run_of(world) || job_state_is_final(run_of(world)->job->state);
}

/* Wherever memory runs out on its way, once: it goes on, is handed over under one name,
 * and its end is told. */
static void memory_that_runs_out_once_stops_nothing(void **state) {
    struct world *world = *state;
    static const char *const steps[] = {SUBMITS, LOOKS, ENDS};
    for (size_t step = 0; step < 3; step++) {
        bool injected = true;
        size_t n = 0;
        for (size_t skip = 0; injected; skip++) {
            bool taken = step > 0;
            char name[PLACEMENT_VALUE_SIZE];
            assert_true(skip < 2000);
            submit(world);
            if (step > 0) {
                turn(world);
                assert_true(answer(SUBMITS, REMOTE_RAN, 0, "id 12\n", ""));
            }
            if (step == 2) {
                turn(world);
                assert_true(answer(LOOKS, REMOTE_RAN, 0, runs, ""));
                turn(world);
                assert_true(answer(LOOKS, REMOTE_RAN, 0, "", ""));
            }
            (void)run_slurm_name_of(run_of(world), name);
            alloc_fault_arm(skip);
            turn(world);
            struct asked *at = asks(steps[step]);
            struct asked copy = at ? *at : (struct asked){NULL, NULL, NULL};
            if (at) {
                static struct buf out = BUF_NULL;
                static const struct buf none = BUF_NULL;
                const char *text = step == 0 ? "id 12\n" : step == 1 ? runs : ended;
                injected = alloc_fault_disarm();
                buf_deinit(&out);
                assert_int_equal(buf_append_str(&out, text), 0);
                if (!injected) {
                    alloc_fault_arm(skip);
                }
                at->program = NULL;
                copy.done(copy.arg, REMOTE_RAN, 0, &out, &none);
                taken = true;
            }
            injected = alloc_fault_disarm() || injected;
            for (int i = 0; i < 40 && !is_done(world); i++) {
                const struct run *run = run_of(world);
                char now[PLACEMENT_VALUE_SIZE];
                (void)run_slurm_name_of(run, now);
                assert_true(!*name || strcmp(name, now) == 0);
                turn(world);
                answer_all(&taken);
                if (run_of(world) && state_of(world) == JOB_RUNNING) {
                    asked_for_its_end(world, ended);
                }
            }
            assert_true(is_done(world));
            turn(world);
            answer_all(&taken);
            assert_int_equal(engine_write(world->server->engine), 0);
            _cleanup_(job_freep) struct job *job = NULL;
            assert_int_equal(store_job_get(world->server->store, world->id, &job), 0);
            assert_int_equal(job->state, JOB_COMPLETED);
            n += injected;
        }
        assert_true(n > 0);
    }
}

int main(void) {
    const struct CMUnitTest tests[] = {
#define CASE(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)
        CASE(its_name_is_on_the_disk_with_the_job),
        CASE(a_job_goes_there_and_its_end_comes_back),
        CASE(of_a_lost_answer_the_same_is_asked_again),
        CASE(what_is_refused_waits_or_fails),
        CASE(of_two_with_one_name_the_one_that_runs_is_followed),
        CASE(one_that_nobody_knows_is_lost_after_a_while_and_a_few_questions),
        CASE(while_the_controller_is_silent_nothing_is_lost),
        CASE(where_the_database_fails_an_hour_is_waited),
        CASE(memory_that_runs_out_once_stops_nothing),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
