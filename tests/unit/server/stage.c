/* The folder that is carried to a cluster: links to what a job reads. */
#include "server/stage.h"

#include "base/buf.h"
#include "base/cleanup.h"
#include "base/file.h"
#include "job/job.h"
#include "store/store.h"
#include "support/alloc_fault.h"
#include "support/scratch.h"

#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cmocka.h>

#define REST                                                                           \
    "\n/\n&system\n ibrav=2\n celldm(1)=10.2\n nat=2\n ntyp=1\n ecutwfc=18\n/\n"       \
    "&electrons\n/\nATOMIC_SPECIES\n Si 28.086 Si.UPF\n"                               \
    "ATOMIC_POSITIONS alat\n Si 0 0 0\n Si 0.25 0.25 0.25\nK_POINTS gamma\n"

static const char input[] = "&control\n pseudo_dir = '/far/away'" REST;
static const char changed[] = "&control\n pseudo_dir = './'" REST;

struct world {
    char *root; /* owned */
    char home[300], other[300], folder[300], names[300];
    struct store *store;
    struct job *job;
};

static void put(const char *folder, const char *name, const char *text) {
    _cleanup_free_ char *path = scratch_path(folder, name);
    _cleanup_fclose_ FILE *file = fopen(path, "w");
    assert_non_null(file);
    (void)fputs(text, file);
}

static void add_input(struct job *job, const char *folder, const char *name) {
    job->inputs = realloc(job->inputs, (job->n_inputs + 1) * sizeof *job->inputs);
    assert_non_null(job->inputs);
    job->inputs[job->n_inputs++] =
        (struct job_input){.path = scratch_path(folder, name), .sha256 = "0"};
}

static void make_world(struct world *world, const char *code) {
    struct errmsg msg = ERRMSG_NULL;
    world->root = scratch_make();
    (void)snprintf(world->home, sizeof world->home, "%s/home", world->root);
    (void)snprintf(world->other, sizeof world->other, "%s/other", world->root);
    (void)snprintf(world->folder, sizeof world->folder, "%s/run/there", world->root);
    (void)snprintf(world->names, sizeof world->names, "%s/run.names", world->root);
    assert_int_equal(mkdir(world->home, 0700), 0);
    assert_int_equal(mkdir(world->other, 0700), 0);
    _cleanup_free_ char *below = scratch_path(world->home, "sub");
    assert_int_equal(mkdir(below, 0700), 0);
    _cleanup_free_ char *database = scratch_path(world->root, "jobs.db");
    assert_int_equal(store_open(&world->store, database, &msg), 0);
    assert_int_equal(job_new(&world->job), 0);
    world->job->code = strdup(code);
    world->job->directory = strdup(world->home);
    world->job->input = strdup("si.in");
    put(world->home, "si.in", input);
    put(world->home, "sub/it's $x", "inside");
    put(world->other, "Si.UPF", "outside");
    add_input(world->job, world->home, "si.in");
    add_input(world->job, world->home, "sub/it's $x");
}

static void end_world(struct world *world) {
    (void)job_free(world->job);
    (void)store_free(world->store);
    (void)scratch_remove(world->root);
}

static void assert_file(const char *folder, const char *name, const char *text) {
    _cleanup_free_ char *path = scratch_path(folder, name);
    _cleanup_buf_ struct buf bytes = BUF_NULL;
    assert_int_equal(file_read(path, 1000, &bytes), 0);
    assert_int_equal(buf_append(&bytes, "", 1), 0);
    assert_string_equal(buf_bytes(&bytes), text);
}

static void what_lies_below_keeps_its_place(void **state) {
    (void)state;
    struct world world = {0};
    struct errmsg msg = ERRMSG_NULL;
    make_world(&world, "quantum_espresso");
    for (int again = 0; again < 2; again++) {
        assert_int_equal(
            stage_make(world.job, world.store, world.folder, world.names, NULL, &msg),
            0);
        assert_file(world.folder, "si.in", input);
        assert_file(world.folder, "sub/it's $x", "inside");
        assert_file(world.root, "run.names", "si.in\nsub/it's $x\n");
    }
    end_world(&world);
}

static void what_lies_elsewhere_comes_beside_an_input_that_says_so(void **state) {
    (void)state;
    struct world world = {0};
    struct errmsg msg = ERRMSG_NULL;
    make_world(&world, "quantum_espresso");
    add_input(world.job, world.other, "Si.UPF");
    assert_int_equal(
        stage_make(world.job, world.store, world.folder, world.names, NULL, &msg), 0);
    assert_file(world.folder, "Si.UPF", "outside");
    assert_file(world.folder, "si.in", changed);
    assert_file(world.home, "si.in", input);
    end_world(&world);
}

static void what_was_copied_is_found_by_where_it_came_from(void **state) {
    (void)state;
    struct world world = {0};
    struct errmsg msg = ERRMSG_NULL;
    make_world(&world, "vasp");
    world.job->origin = world.job->directory;
    world.job->directory = strdup("/somewhere/fresh");
    assert_int_equal(
        stage_make(world.job, world.store, world.folder, world.names, NULL, &msg), 0);
    assert_file(world.folder, "sub/it's $x", "inside");
    end_world(&world);
}

static int make_once(void *data) {
    const struct world *world = data;
    struct errmsg msg = ERRMSG_NULL;
    return stage_make(world->job, world->store, world->folder, world->names, NULL,
                      &msg);
}

static void without_memory_it_is_an_error(void **state) {
    (void)state;
    struct world world = {0};
    make_world(&world, "quantum_espresso");
    add_input(world.job, world.other, "Si.UPF");
    assert_true(alloc_fault_sweep(make_once, &world, -ENOMEM) > 0);
    end_world(&world);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(what_lies_below_keeps_its_place),
        cmocka_unit_test(what_lies_elsewhere_comes_beside_an_input_that_says_so),
        cmocka_unit_test(what_was_copied_is_found_by_where_it_came_from),
        cmocka_unit_test(without_memory_it_is_an_error),
    };
    return cmocka_run_group_tests_name("server: stage", tests, NULL, NULL);
}
