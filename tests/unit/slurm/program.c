/* The programs for a shell on the cluster, run by one, with stand-ins for Slurm's. */
#include "slurm/script.h"

#include "base/cleanup.h"
#include "slurm/answer.h"
#include "slurm/queue.h"
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
#include <sys/wait.h>

#include <cmocka.h>

static const char *const true_argv[] = {"true", NULL};
static const char *const env[] = {"A=it's $X",     "B=two\nlines",
                                  "PWD=/x",        "SLURM_JOB_ID=9",
                                  "1x=2",          "BASH_FUNC_x%%=() { :; }",
                                  "SLURM_CONF=/c", NULL};

struct world {
    char *folder; /* owned */
    struct slurm_job job;
};

static void put(const struct world *world, const char *name, const char *text) {
    _cleanup_free_ char *path = scratch_path(world->folder, name);
    _cleanup_fclose_ FILE *file = fopen(path, "w");
    assert_non_null(file);
    (void)fputs(text, file);
    (void)chmod(path, 0755);
}

static char *get(const struct world *world, const char *name) {
    _cleanup_free_ char *path = scratch_path(world->folder, name);
    _cleanup_fclose_ FILE *file = fopen(path, "r");
    char *text = calloc(1, 65536);
    if (file) {
        (void)!fread(text, 1, 65535, file);
    }
    return text;
}

static struct world world_make(void) {
    struct world world = {.folder = scratch_make()};
    world.job = (struct slurm_job){.name = "si.1.1.00000001",
                                   .directory = world.folder,
                                   .argv = (char *const *)true_argv,
                                   .env = (char *const *)env,
                                   .output = "out"};
    put(&world, "sbatch",
        "#!/bin/sh\ncat >given\necho \"$A|$B|$PWD|$SLURM_JOB_ID|$SLURM_CONF\" >env\n"
        "echo once >>calls\necho '12;cluster'\n");
    put(&world, "squeue", "#!/bin/sh\nexit 0\n");
    put(&world, "sacct", "#!/bin/sh\necho disabled >&2\nexit 1\n");
    return world;
}

static void world_end(struct world *world) {
    world->folder = scratch_remove(world->folder);
}

/* Run a program; its exit status, and in `out` what it printed. */
static int run(const struct world *world, const struct buf *program, char out[4096]) {
    char path[1024];
    (void)snprintf(path, sizeof path, "%s/program", world->folder);
    FILE *file = fopen(path, "w");
    assert_non_null(file);
    (void)fwrite(buf_bytes(program), 1, buf_len(program), file);
    (void)fclose(file);
    char command[4096];
    (void)snprintf(command, sizeof command,
                   "cd / && PATH='%s':$PATH sh <'%s' 2>'%s/words'", world->folder, path,
                   world->folder);
    FILE *pipe = popen(command, "r");
    assert_non_null(pipe);
    size_t n = fread(out, 1, 4095, pipe);
    out[n] = '\0';
    int status = pclose(pipe);
    return WEXITSTATUS(status);
}

static int submit(const struct world *world, enum slurm_submit what, char out[4096]) {
    _cleanup_buf_ struct buf program = BUF_NULL;
    assert_int_equal(slurm_submit_program(&world->job, what, &program, NULL), 0);
    return run(world, &program, out);
}

static void sbatch_is_called_once_however_often_it_is_asked(void **state) {
    (void)state;
    struct world world = world_make();
    char out[4096];
    assert_int_equal(submit(&world, SLURM_LOOK_UP, out), SLURM_X_NOT_THERE);
    for (int i = 0; i < 3; i++) {
        assert_int_equal(submit(&world, SLURM_SUBMIT, out), 0);
        assert_string_equal(out, "id 12\n");
    }
    assert_int_equal(submit(&world, SLURM_LOOK_UP, out), 0);
    _cleanup_free_ char *calls = get(&world, "calls");
    assert_string_equal(calls, "once\n");
    _cleanup_free_ char *handed = get(&world, "env");
    char want[4096];
    (void)snprintf(want, sizeof want, "it's $X|two\nlines|%s||/c\n", world.folder);
    assert_string_equal(handed, want);
    _cleanup_free_ char *given = get(&world, "given");
    assert_non_null(strstr(given, "#SBATCH --job-name=si.1.1.00000001\n"));
    world_end(&world);
}

static bool is_there(const struct world *world, const char *name) {
    _cleanup_free_ char *path = scratch_path(world->folder, name);
    struct stat st;
    return stat(path, &st) == 0;
}

static void no_line_of_a_job_is_run_where_it_is_handed_over(void **state) {
    (void)state;
    struct world world = world_make();
    char out[4096];
    char line[2048];
    char ends[4096];
    (void)snprintf(line, sizeof line, "CM_SCRIPT\n)\ntouch '%s/ran'", world.folder);
    char *argv[] = {(char *)"echo", line, NULL};
    world.job.argv = argv;
    world.job.setup = line;
    assert_int_equal(submit(&world, SLURM_SUBMIT, out), 0);
    assert_false(is_there(&world, "ran"));
    _cleanup_free_ char *given = get(&world, "given");
    assert_non_null(strstr(given, "\nCM_SCRIPT\n)\ntouch"));
    assert_int_equal(submit(&world, SLURM_TEST, out), 0);
    assert_false(is_there(&world, "ran"));
    /* The very line that ends it is none that anybody has by chance. */
    (void)snprintf(ends, sizeof ends, "a\nCM_SCRIPT.%s\n%s", world.job.name, line);
    argv[1] = ends;
    for (enum slurm_submit what = SLURM_SUBMIT; what <= SLURM_TEST; what++) {
        _cleanup_buf_ struct buf program = BUF_NULL;
        struct errmsg msg = ERRMSG_NULL;
        int r = slurm_submit_program(&world.job, what, &program, &msg);
        assert_int_equal(r, what == SLURM_LOOK_UP ? 0 : -EINVAL);
        assert_true(r == 0 || strstr(msg.text, "has the line CM_SCRIPT.si.1.1.0000"));
    }
    world_end(&world);
}

static void the_jobs_variables_are_not_the_programs(void **state) {
    (void)state;
    static const char *const own[] = {"cm=/nowhere", "name=x", "host=x", "since=x",
                                      "status=7",    "id=99",  "line=x", "pid=x",
                                      "age=x",       NULL};
    struct world world = world_make();
    char out[4096];
    put(&world, "sbatch",
        "#!/bin/sh\necho \"$cm|$name|$id|$status\" >env\necho once >>calls\necho 12\n");
    world.job.env = (char *const *)own;
    for (int i = 0; i < 2; i++) {
        assert_int_equal(submit(&world, SLURM_SUBMIT, out), 0);
        assert_string_equal(out, "id 12\n");
    }
    _cleanup_free_ char *calls = get(&world, "calls");
    assert_string_equal(calls, "once\n");
    _cleanup_free_ char *handed = get(&world, "env");
    assert_string_equal(handed, "/nowhere|x|99|7\n");
    _cleanup_free_ char *answer = get(&world, ".crystalmath/si.1.1.00000001/answer");
    assert_string_equal(answer, "id 12 whole\n");
    world_end(&world);
}

static void a_refusal_is_told_and_may_be_tried_again(void **state) {
    (void)state;
    struct world world = world_make();
    char out[4096];
    put(&world, "sbatch", "#!/bin/sh\necho 'sbatch: error: no' >&2\nexit 1\n");
    assert_int_equal(submit(&world, SLURM_SUBMIT, out), SLURM_X_REFUSED);
    _cleanup_free_ char *words = get(&world, "words");
    assert_string_equal(words, "sbatch: error: no\n");
    assert_int_equal(submit(&world, SLURM_LOOK_UP, out), SLURM_X_NOT_THERE);
    put(&world, "sbatch", "#!/bin/sh\necho 13\n");
    assert_int_equal(submit(&world, SLURM_SUBMIT, out), 0);
    assert_string_equal(out, "id 13\n");
    world_end(&world);
}

/* "Socket timed out" may be said of a job that the controller has taken. */
static void
behind_a_no_the_job_is_looked_for_before_it_is_handed_over_again(void **state) {
    (void)state;
    struct world world = world_make();
    char out[4096];
    put(&world, "sbatch",
        "#!/bin/sh\necho once >>calls\necho 'sbatch: error: Batch job submission "
        "failed: Socket timed out on send/recv operation' >&2\nexit 1\n");
    assert_int_equal(submit(&world, SLURM_SUBMIT, out), SLURM_X_REFUSED);
    put(&world, "squeue",
        "#!/bin/sh\ncase \" $* \" in *' --name=si.1.1.00000001 '*) echo 15 ;; esac\n");
    assert_int_equal(submit(&world, SLURM_LOOK_UP, out), 0);
    assert_int_equal(submit(&world, SLURM_SUBMIT, out), 0);
    assert_string_equal(out, "id 15\n");
    _cleanup_free_ char *calls = get(&world, "calls");
    assert_string_equal(calls, "once\n");
    world_end(&world);
}

static void begin_asking(const struct world *world, const char *who) {
    char command[2048];
    (void)snprintf(command, sizeof command,
                   "mkdir -p '%s/.crystalmath/%s' && echo \"%s\" >'%s/.crystalmath/%s/"
                   "asking'",
                   world->folder, world->job.name, who, world->folder, world->job.name);
    assert_int_equal(system(command), 0);
}

static void while_somebody_is_handing_it_over_nobody_else_does(void **state) {
    (void)state;
    struct world world = world_make();
    char out[4096];
    begin_asking(&world, "$PPID $(uname -n) $(date +%s)");
    assert_int_equal(submit(&world, SLURM_SUBMIT, out), SLURM_X_ASKING);
    begin_asking(&world, "$PPID another-host $(date +%s)");
    assert_int_equal(submit(&world, SLURM_SUBMIT, out), SLURM_X_ASKING);
    begin_asking(&world, "$PPID another-host 1700000000");
    assert_int_equal(submit(&world, SLURM_SUBMIT, out), 0);
    world_end(&world);
}

static void what_an_earlier_one_left_is_found_by_its_name(void **state) {
    (void)state;
    struct world world = world_make();
    char out[4096];
    begin_asking(&world, "999999999 $(uname -n) $(date +%s)");
    put(&world, "squeue",
        "#!/bin/sh\ncase \" $* \" in *' --name=si.1.1.00000001 '*) printf "
        "'15\\n14\\n';; "
        "esac\n");
    assert_int_equal(submit(&world, SLURM_SUBMIT, out), 0);
    assert_string_equal(out, "id 14\n");
    put(&world, "squeue", "#!/bin/sh\nexit 1\n");
    assert_int_equal(submit(&world, SLURM_SUBMIT, out), SLURM_X_UNSURE);
    put(&world, "squeue", "#!/bin/sh\nexit 0\n");
    put(&world, "sacct", "#!/bin/sh\necho 16\n");
    assert_int_equal(submit(&world, SLURM_SUBMIT, out), 0);
    assert_string_equal(out, "id 16\n");
    _cleanup_free_ char *calls = get(&world, "calls");
    assert_string_equal(calls, "");
    world_end(&world);
}

static void a_folder_that_is_not_there_is_told(void **state) {
    (void)state;
    struct world world = world_make();
    char out[4096];
    world.job.directory = "/nowhere/at all";
    assert_int_equal(submit(&world, SLURM_SUBMIT, out), SLURM_X_FOLDER);
    world_end(&world);
}

static void a_test_leaves_nothing(void **state) {
    (void)state;
    struct world world = world_make();
    char out[4096];
    put(&world, "sbatch", "#!/bin/sh\necho \"$1\"\n");
    assert_int_equal(submit(&world, SLURM_TEST, out), 0);
    assert_string_equal(out, "--test-only\n");
    _cleanup_free_ char *own = scratch_path(world.folder, ".crystalmath");
    struct stat st;
    assert_int_equal(stat(own, &st), -1);
    world_end(&world);
}

static void take_end(const struct slurm_end *end, void *data) {
    *(struct slurm_end *)data = *end;
}

static void slurm_is_asked_for_an_end_where_the_script_tells_none(void **state) {
    (void)state;
    struct world world = world_make();
    char out[4096];
    put(&world, "scontrol",
        "#!/bin/sh\necho \"JobId=$4 JobState=TIMEOUT ExitCode=0:15\"\n");
    struct slurm_end end = {0};
    _cleanup_buf_ struct buf program = BUF_NULL;
    assert_int_equal(slurm_end_program(&program, world.folder, world.job.name, 12), 0);
    assert_int_equal(run(&world, &program, out), 0);
    slurm_ends_read(out, strlen(out), take_end, &end);
    assert_int_equal(end.number, 12);
    assert_int_equal(end.state, SLURM_TIMEOUT);
    begin_asking(&world, "");
    char path[256];
    (void)snprintf(path, sizeof path, ".crystalmath/%s/end", world.job.name);
    put(&world, path, "job 12\nstart 5\nexit 0\nsignal none\nstopped no\nend 9\n");
    assert_int_equal(run(&world, &program, out), 0);
    slurm_ends_read(out, strlen(out), take_end, &end);
    assert_true(end.has_end);
    assert_false(end.slurm_knows);
    assert_int_equal(end.exit_code, 0);
    world_end(&world);
}

static void only_the_users_job_of_this_name_is_cancelled(void **state) {
    (void)state;
    struct world world = world_make();
    char out[4096];
    put(&world, "scancel", "#!/bin/sh\nshift 2\necho \"$@\"\n");
    _cleanup_buf_ struct buf program = BUF_NULL;
    assert_int_equal(slurm_cancel_program(&program, 12, world.job.name), 0);
    assert_int_equal(run(&world, &program, out), 0);
    assert_string_equal(out, "--name=si.1.1.00000001 12\n");
    world_end(&world);
}

static void a_job_of_somebody_else_is_left_alone(void **state) {
    (void)state;
    struct world world = world_make();
    char out[4096];
    put(&world, "squeue", "#!/bin/sh\n[ \"$6\" = 12 ] && echo 12\n");
    put(&world, "scancel", "#!/bin/sh\nshift 2\necho \"$@\"\n");
    static const struct {
        int64_t id;
        const char *tasks, *said;
    } cases[] = {{12, "", "12\n"}, {12, "3", "12_3\n"}, {12, "4-9,1", "12_[4-9,1]\n"}};
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        _cleanup_buf_ struct buf program = BUF_NULL;
        assert_int_equal(
            slurm_cancel_own_program(&program, cases[i].id, cases[i].tasks), 0);
        assert_int_equal(run(&world, &program, out), 0);
        assert_string_equal(out, cases[i].said);
    }
    _cleanup_buf_ struct buf program = BUF_NULL;
    assert_int_equal(slurm_cancel_own_program(&program, 13, ""), 0);
    assert_int_equal(run(&world, &program, out), SLURM_X_NOT_THERE);
    assert_string_equal(out, "");
    world_end(&world);
}

static int make(void *data) {
    _cleanup_buf_ struct buf out = BUF_NULL;
    int r = slurm_submit_program(data, SLURM_SUBMIT, &out, NULL);
    r = r ? r : slurm_end_program(&out, "/x", "name", 1);
    r = r ? r : slurm_cancel_own_program(&out, 1, "3,4");
    return r ? r : slurm_cancel_program(&out, 1, "name");
}

static void without_memory_there_is_no_program(void **state) {
    (void)state;
    struct world world = world_make();
    assert_true(alloc_fault_sweep(make, &world.job, -ENOMEM) > 0);
    world_end(&world);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(sbatch_is_called_once_however_often_it_is_asked),
        cmocka_unit_test(no_line_of_a_job_is_run_where_it_is_handed_over),
        cmocka_unit_test(the_jobs_variables_are_not_the_programs),
        cmocka_unit_test(a_refusal_is_told_and_may_be_tried_again),
        cmocka_unit_test(
            behind_a_no_the_job_is_looked_for_before_it_is_handed_over_again),
        cmocka_unit_test(while_somebody_is_handing_it_over_nobody_else_does),
        cmocka_unit_test(what_an_earlier_one_left_is_found_by_its_name),
        cmocka_unit_test(a_folder_that_is_not_there_is_told),
        cmocka_unit_test(a_test_leaves_nothing),
        cmocka_unit_test(slurm_is_asked_for_an_end_where_the_script_tells_none),
        cmocka_unit_test(only_the_users_job_of_this_name_is_cancelled),
        cmocka_unit_test(a_job_of_somebody_else_is_left_alone),
        cmocka_unit_test(without_memory_there_is_no_program),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
