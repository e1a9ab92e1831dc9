/* What is brought of a run's files on a cluster is charged while its plan is made. The
 * cluster, and who makes the plan, are the test's; the programs are run here. */
#include "server/resubmit_far.h"

#include "base/cleanup.h"
#include "exec/remote.h"
#include "job/cluster.h"
#include "job/placement.h"
#include "server/clusters.h"
#include "server/queue.h"
#include "server/resubmit.h"
#include "server/server.h"
#include "slurm/look.h"
#include "support/scratch.h"

#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

enum { NEVER = -1000, SIZE = 200000 };

static struct {
    char *folder; /* owned */
    char *program;
    remote_done *done;
    void *arg;
    struct cluster *record;
    int r; /* what came of the plan; NEVER */
    struct errmsg msg;
    int held; /* how often the queue is */
} world;

static struct server server; /* its account alone */

int __wrap_store_job_get(struct store *store, int64_t id, struct job **out);
int __wrap_store_job_get(struct store *store, int64_t id, struct job **out) {
    (void)store;
    assert_int_equal(job_new(out), 0);
    (*out)->id = id;
    (*out)->cluster = strdup("far");
    return placement_set(&(*out)->placement, PLACEMENT_DIRECTORY, world.folder);
}

struct queue *__wrap_clusters_find(const struct clusters *clusters, const char *name);
struct queue *__wrap_clusters_find(const struct clusters *clusters, const char *name) {
    (void)clusters;
    assert_string_equal(name, "far");
    return (struct queue *)&world;
}

void __wrap_queue_hold(struct queue *queue);
void __wrap_queue_hold(struct queue *queue) {
    (void)queue;
    world.held++;
}

void __wrap_queue_release(struct queue *queue);
void __wrap_queue_release(struct queue *queue) {
    (void)queue;
    world.held--;
}

struct remote *__wrap_queue_remote(const struct queue *queue);
struct remote *__wrap_queue_remote(const struct queue *queue) {
    (void)queue;
    return NULL;
}

const struct cluster *__wrap_queue_record(const struct queue *queue);
const struct cluster *__wrap_queue_record(const struct queue *queue) {
    (void)queue;
    return world.record;
}

int __wrap_remote_run(struct remote *remote, const struct remote_command *command,
                      remote_done *done, void *arg, struct remote_call **ret);
int __wrap_remote_run(struct remote *remote, const struct remote_command *command,
                      remote_done *done, void *arg, struct remote_call **ret) {
    (void)remote;
    free(world.program);
    world.program = strndup(command->in, command->in_len);
    world.done = done;
    world.arg = arg;
    *ret = NULL;
    return 0;
}

/* Reads one file, and has no plan without it. */
int __wrap_resubmit_prepare(struct server *asked, const struct job *old,
                            struct slurm_look *far, struct resubmission *out,
                            struct errmsg *msg);
int __wrap_resubmit_prepare(struct server *asked, const struct job *old,
                            struct slurm_look *far, struct resubmission *out,
                            struct errmsg *msg) {
    (void)asked;
    (void)old;
    (void)out;
    (void)msg;
    _cleanup_buf_ struct buf text = BUF_NULL;
    int r = slurm_look_read(far, "output", 0, SIZE, &text);
    return r == -EAGAIN ? RESUBMIT_E_ASK : r;
}

static void on_planned(void *arg, int r, struct job *old, struct resubmission *made,
                       const struct errmsg *msg) {
    (void)arg;
    (void)old;
    (void)made;
    world.r = r;
    world.msg = *msg;
}

/* Whether there was a question, which is answered then. */
static bool answer_one(void) {
    _cleanup_buf_ struct buf out = BUF_NULL;
    _cleanup_buf_ struct buf none = BUF_NULL;
    _cleanup_free_ char *path = scratch_path(world.folder, "program");
    _cleanup_free_ char *program = TAKE_PTR(world.program);
    char command[4200];
    char piece[4096];
    if (!program) {
        return false;
    }
    FILE *file = fopen(path, "w");
    assert_non_null(file);
    (void)fputs(program, file);
    assert_int_equal(fclose(file), 0);
    (void)snprintf(command, sizeof command, "sh <'%s'", path);
    FILE *pipe = popen(command, "r");
    assert_non_null(pipe);
    for (size_t n = 0; (n = fread(piece, 1, sizeof piece, pipe)) > 0;) {
        assert_int_equal(buf_append(&out, piece, n), 0);
    }
    assert_int_equal(pclose(pipe), 0);
    world.done(world.arg, REMOTE_RAN, 0, &out, &none);
    return true;
}

static int set_up(void **state) {
    (void)state;
    memset(&world, 0, sizeof world);
    world.r = NEVER;
    world.folder = scratch_make();
    server.buffered = 0;
    assert_int_equal(cluster_new(&world.record, "far"), 0);
    _cleanup_free_ char *path = scratch_path(world.folder, "output");
    FILE *file = fopen(path, "w");
    assert_non_null(file);
    for (int i = 0; i < SIZE; i++) {
        (void)fputc('x', file);
    }
    assert_int_equal(fclose(file), 0);
    return 0;
}

static int tear_down(void **state) {
    (void)state;
    assert_int_equal(world.held, 0);
    free(world.program);
    (void)cluster_free(world.record);
    (void)scratch_remove(world.folder);
    return 0;
}

static void what_was_brought_is_charged_until_the_plan_goes(void **state) {
    (void)state;
    struct far_plan *plan = NULL;
    assert_int_equal(far_plan_new(&plan, &server, 7, on_planned, NULL), 0);
    while (answer_one()) {
    }
    assert_int_equal(world.r, 0);
    assert_true(server.buffered >= SIZE);
    (void)far_plan_free(plan);
    assert_int_equal(server.buffered, 0);
}

static void where_all_hold_too_much_the_plan_is_put_off_with_words(void **state) {
    (void)state;
    struct far_plan *plan = NULL;
    assert_int_equal(far_plan_new(&plan, &server, 7, on_planned, NULL), 0);
    server.buffered = SERVER_BUFFERED_MAX - SIZE;
    while (answer_one()) {
    }
    assert_int_equal(world.r, RESUBMIT_E_AWAY);
    assert_string_equal(world.msg.text,
                        "the files of job 7 are on far, which cannot be asked now: the "
                        "server is busy with other large requests. Later: crystalmath "
                        "resubmit 7");
    (void)far_plan_free(plan);
    assert_int_equal(server.buffered, SERVER_BUFFERED_MAX - SIZE);
}

#define CLAIM(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)

int main(void) {
    const struct CMUnitTest tests[] = {
        CLAIM(what_was_brought_is_charged_until_the_plan_goes),
        CLAIM(where_all_hold_too_much_the_plan_is_put_off_with_words),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
