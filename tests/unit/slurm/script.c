/* The batch script, run by the shell as Slurm would. */
#include "slurm/script.h"

#include "base/cleanup.h"
#include "support/alloc_fault.h"
#include "support/scratch.h"

#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

static const char *const echo_argv[] = {"printf", "%s|",  "a b", "$HOME",
                                        "it's",   "x\ny", NULL};

static struct slurm_job usual(void) {
    return (struct slurm_job){
        .name = "si.1.1.00000001",
        .directory = "/tmp",
        .placement = "nodes=2\nntasks=4\ncpus=3\nmem=4G\npartition=main\naccount=a\n"
                     "qos=high\nname=x\n",
        .setup = "module load qe\n",
        .options = "--constraint=gpu\n--exclusive",
        .argv = (char *const *)echo_argv,
        .output = "out put",
        .umask = 022,
        .time_limit_seconds = 90061,
    };
}

static char *script_of(const struct slurm_job *job) {
    struct buf out = BUF_NULL;
    struct errmsg msg = ERRMSG_NULL;
    assert_int_equal(slurm_script(job, &out, &msg), 0);
    char *text = buf_take_string(&out);
    assert_non_null(text);
    return text;
}

static void what_is_asked_for_stands_in_directives(void **state) {
    (void)state;
    struct slurm_job job = usual();
    job.stop_file = "/x";
    _cleanup_free_ char *text = script_of(&job);
    static const char *const lines[] = {
        "#!/bin/sh\n#SBATCH --job-name=si.1.1.00000001\n",
        "#SBATCH --output=.crystalmath/si.1.1.00000001/log\n",
        "#SBATCH --nodes=2\n",
        "#SBATCH --ntasks=4\n",
        "#SBATCH --cpus-per-task=3\n",
        "#SBATCH --mem=4G\n",
        "#SBATCH --partition=main\n",
        "#SBATCH --account=a\n",
        "#SBATCH --qos=high\n",
        "#SBATCH --time=1-01:01:01\n",
        "#SBATCH --signal=B:USR1@600\n",
        "#SBATCH --constraint=gpu\n#SBATCH --exclusive\n",
        "\nmodule load qe\ncm_run printf '%s|' 'a b' '$HOME' 'it'\\''s' 'x\ny' >'out "
        "put' 2>&1\n",
    };
    for (size_t i = 0; i < sizeof lines / sizeof *lines; i++) {
        if (!strstr(text, lines[i])) {
            fail_msg("%s is not in %s", lines[i], text);
        }
    }
    assert_null(strstr(text, "{{"));
}

static void what_is_not_asked_for_does_not(void **state) {
    (void)state;
    struct slurm_job job = usual();
    job.placement = NULL;
    job.time_limit_seconds = 0;
    job.options = NULL;
    job.setup = NULL;
    _cleanup_free_ char *text = script_of(&job);
    assert_null(strstr(text, "--nodes"));
    assert_null(strstr(text, "--time"));
    assert_null(strstr(text, "--signal"));
    job.time = "2:00:00";
    _cleanup_free_ char *timed = script_of(&job);
    assert_non_null(strstr(timed, "#SBATCH --time=2:00:00\n"));
}

static void a_name_is_plain_and_says_whose_it_is(void **state) {
    (void)state;
    char name[SLURM_NAME_SIZE];
    slurm_name(name, "a b'$\n\xc3\xa4-Si", 12, 1, 0x1234);
    assert_string_equal(name, "a_b_____-Si.12.1.00001234");
    slurm_name(name, "abcdefghijklmnopqrstuvwxyzabcdefghijklmnopqrstuvwxyz", INT64_MAX,
               1001, UINT64_MAX);
    assert_string_equal(name, "abcdefghijklmnopqrstuvwx.9223372036854775807.1001."
                              "ffffffff");
}

static void a_template_has_each_place_once(void **state) {
    (void)state;
    static const struct {
        const char *text, *words;
    } wrong[] = {
        {"", "line 1"},
        {"{{directives}}\n", "line 1"},
        {"#!/bin/sh\n{{directives}}\n{{begin}}\n{{run}}\n", "{{setup}} stands there"},
        {"#!/bin/sh\n{{directives}}\n{{begin}}\n{{setup}}\n{{run}}\n{{run}}\n",
         "more than once"},
        {"#!/bin/sh\n{{directives}}\necho {{run}}\n", "line 3"},
        {"#!/bin/sh\n{{other}}\n", "line 2"},
    };
    for (size_t i = 0; i < sizeof wrong / sizeof *wrong; i++) {
        struct errmsg msg = ERRMSG_NULL;
        assert_int_equal(slurm_template_check(wrong[i].text, &msg), -EINVAL);
        if (!strstr(msg.text, wrong[i].words)) {
            fail_msg("%s: %s", wrong[i].text, msg.text);
        }
        struct slurm_job job = usual();
        _cleanup_buf_ struct buf out = BUF_NULL;
        job.template = wrong[i].text;
        if (*job.template) {
            assert_int_equal(slurm_script(&job, &out, &msg), -EINVAL);
            assert_int_equal(buf_len(&out), 0);
        }
    }
    assert_int_equal(slurm_template_check(slurm_template, NULL), 0);
    struct slurm_job job = usual();
    job.template = "#!/bin/bash -l\n  {{directives}} \r\n#SBATCH --mail\n{{begin}}\n"
                   "{{setup}}\necho before\n{{run}}\necho behind";
    _cleanup_free_ char *text = script_of(&job);
    assert_non_null(strstr(text, "#SBATCH --mail\ncm='"));
    assert_non_null(strstr(text, "echo before\ncm_run"));
    assert_non_null(strstr(text, "\necho behind\n"));
}

/* ---- run ---- */

static int run(const char *folder, const struct slurm_job *job, const char *env) {
    _cleanup_free_ char *script = script_of(job);
    char path[512];
    char command[2048];
    (void)snprintf(command, sizeof command, "mkdir -p '%s/.crystalmath/%s'", folder,
                   job->name);
    assert_int_equal(system(command), 0);
    (void)snprintf(path, sizeof path, "%s/script", folder);
    _cleanup_fclose_ FILE *file = fopen(path, "w");
    assert_non_null(file);
    (void)fputs(script, file);
    (void)fflush(file);
    (void)snprintf(command, sizeof command, "cd '%s' && %s sh ./script 2>errors",
                   folder, env);
    return system(command);
}

static char *read_file(const char *folder, const char *name) {
    char path[512];
    (void)snprintf(path, sizeof path, "%s/%s", folder, name);
    _cleanup_fclose_ FILE *file = fopen(path, "r");
    char *text = calloc(1, 4096);
    if (!file) {
        free(text);
        return NULL;
    }
    (void)!fread(text, 1, 4095, file);
    return text;
}

#define OWN ".crystalmath/si.1.1.00000001/"

static void every_word_reaches_the_program_as_it_is(void **state) {
    (void)state;
    char *folder = scratch_make();
    struct slurm_job job = usual();
    job.setup = NULL;
    assert_int_equal(run(folder, &job, "SLURM_JOB_ID=12"), 0);
    _cleanup_free_ char *out = read_file(folder, "out put");
    assert_string_equal(out, "a b|$HOME|it's|x\ny|");
    _cleanup_free_ char *end = read_file(folder, OWN "end");
    assert_non_null(strstr(end, "job 12\nrestarts 0\nhost "));
    assert_non_null(strstr(end, "\nexit 0\nsignal none\nstopped no\nend "));
    _cleanup_free_ char *started = read_file(folder, OWN "started");
    assert_non_null(strstr(started, "job 12\n"));
    (void)scratch_remove(folder);
}

static void
the_programs_exit_status_is_the_scripts_and_stands_in_the_end(void **state) {
    (void)state;
    char *folder = scratch_make();
    const char *const argv[] = {"sh", "-c", "exit 7", NULL};
    struct slurm_job job = usual();
    job.setup = NULL;
    job.argv = (char *const *)argv;
    assert_int_equal(run(folder, &job, "SLURM_JOB_ID=12"), 7 << 8);
    _cleanup_free_ char *end = read_file(folder, OWN "end");
    assert_non_null(strstr(end, "\nexit 7\n"));
    (void)scratch_remove(folder);
}

static void of_two_with_one_name_only_the_first_runs_also_once_more(void **state) {
    (void)state;
    char *folder = scratch_make();
    const char *const argv[] = {"sh", "-c", "echo \"$SLURM_JOB_ID\" >>ran", NULL};
    struct slurm_job job = usual();
    job.setup = NULL;
    job.argv = (char *const *)argv;
    assert_int_equal(run(folder, &job, "SLURM_JOB_ID=12"), 0);
    assert_int_equal(run(folder, &job, "SLURM_JOB_ID=13"), 0);
    assert_int_equal(run(folder, &job, "SLURM_JOB_ID=12 SLURM_RESTART_COUNT=1"), 0);
    _cleanup_free_ char *ran = read_file(folder, "ran");
    assert_string_equal(ran, "12\n12\n");
    _cleanup_free_ char *end = read_file(folder, OWN "end");
    assert_non_null(strstr(end, "job 12\nrestarts 1\n"));
    (void)scratch_remove(folder);
}

/* On a full disk it cannot be known whether it is the first; and that is no success. */
static void one_that_cannot_write_its_folder_does_nothing_and_says_so(void **state) {
    (void)state;
    char *folder = scratch_make();
    const char *const argv[] = {"sh", "-c", "echo \"$SLURM_JOB_ID\" >>ran", NULL};
    struct slurm_job job = usual();
    job.setup = NULL;
    job.argv = (char *const *)argv;
    char command[512];
    (void)snprintf(command, sizeof command, "mkdir -p '%s/" OWN "claim'", folder);
    assert_int_equal(system(command), 0); /* where a link can never be */
    assert_int_equal(run(folder, &job, "SLURM_JOB_ID=12"), SLURM_X_UNWRITABLE << 8);
    _cleanup_free_ char *ran = read_file(folder, "ran");
    assert_null(ran);
    _cleanup_free_ char *errors = read_file(folder, "errors");
    assert_non_null(strstr(errors, "cannot be written; is the disk full?"));
    (void)scratch_remove(folder);
}

static void tasks_of_one_array_have_files_of_their_own(void **state) {
    (void)state;
    char *folder = scratch_make();
    const char *const argv[] = {"sh", "-c", "echo \"$SLURM_ARRAY_TASK_ID\"; exit 4",
                                NULL};
    struct slurm_job job = usual();
    job.setup = NULL;
    job.argv = (char *const *)argv;
    job.placement = "array=0-9%2\n";
    job.output = "it's $x_" SLURM_TASK_OUTPUT;
    _cleanup_free_ char *text = script_of(&job);
    assert_non_null(strstr(text, "#SBATCH --array=0-9%2\n"));
    assert_non_null(strstr(text, "/log.%a\n"));
    assert_int_equal(run(folder, &job,
                         "SLURM_JOB_ID=12 SLURM_ARRAY_JOB_ID=12 SLURM_ARRAY_TASK_ID=3"),
                     4 << 8);
    assert_int_equal(run(folder, &job,
                         "SLURM_JOB_ID=13 SLURM_ARRAY_JOB_ID=12 SLURM_ARRAY_TASK_ID=7"),
                     4 << 8);
    /* Of another array with this name none does anything. */
    assert_int_equal(run(folder, &job,
                         "SLURM_JOB_ID=14 SLURM_ARRAY_JOB_ID=14 SLURM_ARRAY_TASK_ID=8"),
                     0);
    _cleanup_free_ char *third = read_file(folder, "it's $x_3.out");
    _cleanup_free_ char *seventh = read_file(folder, "it's $x_7.out");
    assert_string_equal(third, "3\n");
    assert_string_equal(seventh, "7\n");
    assert_null(read_file(folder, "it's $x_8.out"));
    _cleanup_free_ char *end = read_file(folder, OWN "end.7");
    assert_non_null(strstr(end, "task 7\njob 13\nrestarts 0\n"));
    assert_non_null(strstr(end, "\nexit 4\n"));
    assert_null(read_file(folder, OWN "end"));
    (void)scratch_remove(folder);
}

static void near_the_limit_the_code_is_asked_to_end_and_may(void **state) {
    (void)state;
    char *folder = scratch_make();
    const char *const argv[] = {
        "sh", "-c",
        "kill -USR1 $PPID; while [ ! -e stop ]; do sleep 0.05; done; "
        "cat stop; exit 3",
        NULL};
    struct slurm_job job = usual();
    job.setup = NULL;
    job.argv = (char *const *)argv;
    job.stop_file = "stop";
    job.stop_text = "it's 'over'";
    assert_int_equal(run(folder, &job, "SLURM_JOB_ID=12"), 3 << 8);
    _cleanup_free_ char *out = read_file(folder, "out put");
    assert_string_equal(out, "it's 'over'\n");
    _cleanup_free_ char *end = read_file(folder, OWN "end");
    assert_non_null(strstr(end, "\nexit 3\nsignal none\nstopped yes\n"));
    (void)scratch_remove(folder);
}

static void who_is_asked_to_end_says_so(void **state) {
    (void)state;
    char *folder = scratch_make();
    const char *const argv[] = {"sh", "-c", "kill -TERM $PPID; exec sleep 100", NULL};
    struct slurm_job job = usual();
    job.setup = NULL;
    job.argv = (char *const *)argv;
    assert_int_equal(run(folder, &job, "SLURM_JOB_ID=12"), 143 << 8);
    _cleanup_free_ char *end = read_file(folder, OWN "end");
    assert_non_null(strstr(end, "\nexit 143\nsignal TERM\n"));
    (void)scratch_remove(folder);
}

static void who_is_asked_to_end_before_the_job_began_ends_it(void **state) {
    (void)state;
    char *folder = scratch_make();
    const char *const argv[] = {"sleep", "2", NULL};
    struct slurm_job job = usual();
    job.setup = "kill -TERM $$";
    job.argv = (char *const *)argv;
    assert_int_equal(run(folder, &job, "SLURM_JOB_ID=12"), 143 << 8);
    _cleanup_free_ char *end = read_file(folder, OWN "end");
    assert_non_null(strstr(end, "\nexit 143\nsignal TERM\n"));
    (void)scratch_remove(folder);
}

/* The script is stopped until both have happened. */
static void a_job_that_ends_as_it_is_asked_to_keeps_its_own_end(void **state) {
    (void)state;
    char *folder = scratch_make();
    const char *const argv[] = {"sh", "-c",
                                "(sleep 0.3; kill -CONT $PPID) & kill -STOP $PPID; "
                                "kill -TERM $PPID; exit 3",
                                NULL};
    struct slurm_job job = usual();
    job.setup = NULL;
    job.argv = (char *const *)argv;
    assert_int_equal(run(folder, &job, "SLURM_JOB_ID=12"), 3 << 8);
    _cleanup_free_ char *end = read_file(folder, OWN "end");
    assert_non_null(strstr(end, "\nexit 3\nsignal TERM\n"));
    (void)scratch_remove(folder);
}

static int make(void *data) {
    _cleanup_buf_ struct buf out = BUF_NULL;
    return slurm_script(data, &out, NULL);
}

static void without_memory_there_is_no_script(void **state) {
    (void)state;
    struct slurm_job job = usual();
    job.stop_file = "/x";
    assert_true(alloc_fault_sweep(make, &job, -ENOMEM) > 0);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(what_is_asked_for_stands_in_directives),
        cmocka_unit_test(what_is_not_asked_for_does_not),
        cmocka_unit_test(a_name_is_plain_and_says_whose_it_is),
        cmocka_unit_test(a_template_has_each_place_once),
        cmocka_unit_test(every_word_reaches_the_program_as_it_is),
        cmocka_unit_test(the_programs_exit_status_is_the_scripts_and_stands_in_the_end),
        cmocka_unit_test(of_two_with_one_name_only_the_first_runs_also_once_more),
        cmocka_unit_test(one_that_cannot_write_its_folder_does_nothing_and_says_so),
        cmocka_unit_test(tasks_of_one_array_have_files_of_their_own),
        cmocka_unit_test(near_the_limit_the_code_is_asked_to_end_and_may),
        cmocka_unit_test(who_is_asked_to_end_says_so),
        cmocka_unit_test(who_is_asked_to_end_before_the_job_began_ends_it),
        cmocka_unit_test(a_job_that_ends_as_it_is_asked_to_keeps_its_own_end),
        cmocka_unit_test(without_memory_there_is_no_script),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
