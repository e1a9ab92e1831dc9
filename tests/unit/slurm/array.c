/* Tasks of an array job: the list of them, and what squeue, the batch script, sacct and
 * scontrol tell of them, as Slurm 22 prints it. */
#include "slurm/array.h"

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
#include <sys/stat.h>

#include <cmocka.h>

#define S "\x1f"

static struct slurm_array made(const char *spec) {
    struct slurm_array array;
    struct errmsg msg = ERRMSG_NULL;
    assert_int_equal(slurm_array_init(&array, spec, &msg), 0);
    return array;
}

static bool is_state(const struct slurm_task *task, const void *data) {
    return task->state == *(const enum slurm_state *)data;
}

static void expect(const struct slurm_array *array, enum slurm_state state,
                   const char *want) {
    _cleanup_buf_ struct buf names = BUF_NULL;
    assert_int_equal(slurm_array_name(array, is_state, &state, &names), 0);
    assert_int_equal(buf_append(&names, "", 1), 0);
    assert_string_equal(buf_bytes(&names), want);
}

static void see(struct slurm_array *array, const char *id, enum slurm_state state) {
    const struct slurm_queued job = {.id = {id, strlen(id)}, .state = state};
    slurm_array_seen(array, &job);
}

static int asked;

static struct slurm_array *find_array(int64_t number, void *data) {
    return number == 12 ? data : NULL;
}

static void note(int64_t number, void *data) {
    (void)data;
    assert_int_equal(number, 12);
    asked++;
}

static void answer(struct slurm_array *array, const char *text) {
    slurm_arrays_read(text, strlen(text), find_array, note, array);
}

static void a_list_names_its_tasks(void **state) {
    (void)state;
    static const struct {
        const char *spec, *names;
    } lists[] = {{"0", "0"},
                 {"0-9", "0-9"},
                 {"1,3,5-7", "1,3,5-7"},
                 {"0-15%4", "0-15"},
                 {"0-30:10", "0,10,20,30"},
                 {"7,1-2,2", "1-2,7"},
                 {"1-3:7", "1"},
                 {"3999999-4000000", "3999999-4000000"}};
    for (size_t i = 0; i < sizeof lists / sizeof *lists; i++) {
        struct slurm_array array = made(lists[i].spec);
        expect(&array, SLURM_PENDING, lists[i].names);
        slurm_array_deinit(&array);
    }
}

static void what_is_no_list_is_refused(void **state) {
    (void)state;
    static const char *const wrong[] = {"",        "%4",   "x",      "1,",    ",1",
                                        "1,,2",    "1-",   "-1",     "3-1",   "1:2",
                                        "1-9:0",   "1-9:", "0-9%",   "0-9%0", "0-9%4,5",
                                        "4000001", "1 2",  "0-10000"};
    for (size_t i = 0; i < sizeof wrong / sizeof *wrong; i++) {
        struct slurm_array array = {.rest = SLURM_UNKNOWN};
        struct errmsg msg = ERRMSG_NULL;
        if (slurm_array_init(&array, wrong[i], &msg) != -EINVAL) {
            fail_msg("'%s' was taken", wrong[i]);
        }
        assert_non_null(strstr(msg.text, "array: '"));
        assert_null(array.tasks);
    }
}

static void lines_of_the_queue_tell_of_one_or_of_many(void **state) {
    (void)state;
    struct slurm_array array = made("0-9");
    slurm_array_look(&array);
    see(&array, "12_[4-9%2]", SLURM_PENDING);
    see(&array, "12_0", SLURM_COMPLETED);
    see(&array, "12_1", SLURM_FAILED);
    see(&array, "12_2", SLURM_RUNNING);
    see(&array, "12_99", SLURM_RUNNING); /* none of ours */
    see(&array, "12_", SLURM_RUNNING);
    see(&array, "12_[", SLURM_RUNNING);
    see(&array, "12_[x]", SLURM_RUNNING);
    slurm_array_looked(&array);
    expect(&array, SLURM_RUNNING, "2");
    expect(&array, SLURM_PENDING, "3-9");
    struct slurm_array_count count = slurm_array_count(&array);
    assert_int_equal(count.failed, 1);
    assert_int_equal(count.completed, 1);
    assert_int_equal(count.untold, 10);
    assert_true(slurm_array_is_due(&array));
    assert_int_equal(slurm_array_ended(&array), 3); /* 3 is not told of */
    slurm_array_deinit(&array);
}

static void the_rest_of_one_that_was_cancelled_has_no_numbers(void **state) {
    (void)state;
    struct slurm_array array = made("0-4%1");
    slurm_array_look(&array);
    see(&array, "12_0", SLURM_CANCELLED);
    see(&array, "12", SLURM_CANCELLED);
    slurm_array_looked(&array);
    expect(&array, SLURM_CANCELLED, "0-4");
    slurm_array_deinit(&array);
    array = made("0-4%1");
    answer(&array,
           S "array 12\n" S "scontrol\n"
             "JobId=12 ArrayJobId=12 ArrayTaskId=4294967294 ArrayTaskThrottle=1 "
             "JobName=x JobState=CANCELLED Reason=None ExitCode=0:0 RunTime=0\n"
             "JobId=13 ArrayJobId=12 ArrayTaskId=0 JobName=x JobState=FAILED "
             "Reason=None ExitCode=3:0 RunTime=0\n" S "done\n");
    expect(&array, SLURM_FAILED, "0");
    expect(&array, SLURM_CANCELLED, "1-4");
    slurm_array_deinit(&array);
}

static void the_scripts_own_word_counts_where_it_is_good_or_slurm_agrees(void **state) {
    (void)state;
    struct slurm_array array = made("0-3");
    asked = 0;
    slurm_array_look(&array);
    answer(&array,
           "a banner\n" S "array 12\ntask 0\njob 5\nexit 0\nsignal none\nend 7\n"
           "task 1\nexit 3\nend 7\ntask 2\nexit 4\n" S "sacct\n"
           "Slurm accounting storage is disabled\n" S "scontrol\n"
           "JobId=14 ArrayJobId=12 ArrayTaskId=3 JobName=x JobState=TIMEOUT "
           "Reason=None ExitCode=0:15\n" S "done\n");
    assert_int_equal(asked, 1);
    expect(&array, SLURM_COMPLETED, "0");
    expect(&array, SLURM_PENDING,
           "1-2"); /* of 2 the end was cut; of 1 Slurm is silent */
    expect(&array, SLURM_TIMEOUT, "3");
    assert_int_equal(array.tasks[3].signal, 15);
    assert_false(array.tasks[1].told);
    answer(&array, S "array 12\ntask 1\nexit 3\nend 7\n" S
                     "sacct\n12_1|FAILED|9:0\n12_2|CANCELLED by 0|0:9\n" S
                     "scontrol\n" S "done\n");
    assert_int_equal(array.tasks[1].exit_code, 3);
    assert_int_equal(array.tasks[2].signal, 9);
    expect(&array, SLURM_CANCELLED, "2");
    assert_int_equal(slurm_array_count(&array).untold, 0);
    slurm_array_deinit(&array);
}

static void parts_of_others_and_cut_ones_are_left_alone(void **state) {
    (void)state;
    static const char text[] =
        S "job 12\n" S "started\n" S "end\ntask 0\nexit 0\nend 7\n" S "done\n" S
          "array 13\ntask 1\nexit 0\nend 7\n" S "done\n" S
          "array 12\ntask 2\nexit 0\nend 7\n" S "done\n";
    struct slurm_array array = made("0-3");
    asked = 0;
    for (size_t n = 0; n < sizeof text - 1; n++) {
        slurm_arrays_read(text, n, find_array, note, &array);
    }
    assert_int_equal(asked, 0);
    assert_int_equal(slurm_array_count(&array).completed, 0);
    slurm_arrays_read(text, sizeof text - 1, find_array, note, &array);
    assert_int_equal(asked, 1);
    expect(&array, SLURM_COMPLETED, "2");
    slurm_array_deinit(&array);
}

static void a_task_that_is_begun_anew_has_no_end(void **state) {
    (void)state;
    struct slurm_array array = made("0-1");
    answer(&array,
           S "array 12\ntask 0\nexit 0\nend 7\ntask 1\nexit 0\nend 7\n" S "done\n");
    slurm_array_look(&array);
    see(&array, "12_0", SLURM_RUNNING); /* it is only being cleared away */
    see(&array, "12_1", SLURM_PENDING);
    slurm_array_looked(&array);
    assert_true(array.tasks[0].told);
    assert_false(array.tasks[1].told);
    slurm_array_deinit(&array);
}

static void of_several_lines_of_a_task_the_last_is_the_present(void **state) {
    (void)state;
    struct slurm_array array = made("0-3");
    answer(&array, S "array 12\n" S "sacct\n12_0|NODE_FAIL|1:0\n12_0|RUNNING|0:0\n"
                     "12_1|NODE_FAIL|1:0\n12_1|COMPLETED|0:0\n"
                     "12_2|NODE_FAIL|1:0\n12_2|PENDING|0:0\n"
                     "12_3|RUNNING|0:0\n12_3|TIMEOUT|0:15\n" S "done\n");
    expect(&array, SLURM_RUNNING, "0");
    expect(&array, SLURM_COMPLETED, "1");
    expect(&array, SLURM_PENDING, "2");
    expect(&array, SLURM_TIMEOUT, "3");
    assert_false(array.tasks[0].told);
    assert_int_equal(array.tasks[1].exit_code, 0);
    assert_false(array.tasks[2].told);
    assert_int_equal(array.tasks[3].signal, 15);
    slurm_array_deinit(&array);
}

static void a_task_in_the_queue_has_no_end_whatever_else_is_told(void **state) {
    (void)state;
    struct slurm_array array = made("0-2");
    slurm_array_look(&array);
    see(&array, "12_0", SLURM_RUNNING);
    see(&array, "12_1", SLURM_PENDING);
    slurm_array_looked(&array);
    answer(&array, S "array 12\ntask 1\nexit 0\nend 7\n" S
                     "sacct\n12_0|NODE_FAIL|1:0\n12_2|FAILED|3:0\n" S "done\n");
    assert_int_equal(slurm_array_count(&array).untold, 2);
    expect(&array, SLURM_RUNNING, "0");
    expect(&array, SLURM_PENDING, "1");
    /* It left the queue; its script began it anew, and nothing is there of that end. */
    slurm_array_look(&array);
    see(&array, "12_1", SLURM_RUNNING);
    slurm_array_looked(&array);
    answer(&array, S "array 12\n" S "sacct\n12_0|FAILED|4:0\n" S "done\n");
    assert_int_equal(array.tasks[0].exit_code, 4);
    assert_true(array.tasks[0].told);
    assert_false(array.tasks[1].has_end);
    slurm_array_deinit(&array);
}

static void one_is_missing_only_where_slurm_tells_nothing_of_it(void **state) {
    (void)state;
    struct slurm_array array = made("0-1");
    answer(&array, S "array 12\n" S "sacct\nsacct: error: no connection\n" S
                     "scontrol\nslurm_load_jobs error: Unable to contact\n" S "done\n");
    assert_true(slurm_array_has_missing(&array));
    assert_true(array.sacct_fails);
    assert_false(array.denies);
    answer(&array,
           S "array 12\n" S "sacct\n" S
             "scontrol\nslurm_load_jobs error: Invalid job id specified\n" S "done\n");
    assert_true(array.denies);
    assert_false(array.sacct_fails);
    /* The controller knows the others. */
    answer(&array, S "array 12\n" S "sacct\n" S
                     "scontrol\nJobId=13 ArrayJobId=12 ArrayTaskId=1 JobName=x "
                     "JobState=RUNNING ExitCode=0:0\n" S "done\n");
    assert_true(array.denies);
    assert_true(slurm_array_has_missing(&array));
    slurm_array_give_up(&array, SLURM_PENDING); /* not yet */
    assert_int_equal(slurm_array_count(&array).untold, 2);
    slurm_array_give_up(&array, SLURM_UNKNOWN);
    expect(&array, SLURM_UNKNOWN, "0");
    expect(&array, SLURM_RUNNING, "1");
    assert_false(slurm_array_has_missing(&array));
    slurm_array_deinit(&array);
}

static void what_nobody_tells_is_told_at_last_as_what_is_known(void **state) {
    (void)state;
    struct slurm_array array = made("0-2");
    slurm_array_look(&array);
    see(&array, "12_2", SLURM_RUNNING);
    answer(&array, S "array 12\ntask 0\nexit 3\nend 7\n" S "done\n");
    slurm_array_give_up(&array, SLURM_UNKNOWN);
    assert_int_equal(array.tasks[0].exit_code, 3);
    expect(&array, SLURM_FAILED, "0");
    expect(&array, SLURM_UNKNOWN, "1");
    expect(&array, SLURM_RUNNING, "2");
    slurm_array_deinit(&array);
}

static void what_is_kept_is_the_same_when_it_is_read(void **state) {
    (void)state;
    struct slurm_array array = made("0-9,20");
    struct slurm_array again = made("0-9,20");
    _cleanup_buf_ struct buf text = BUF_NULL;
    _cleanup_buf_ struct buf twice = BUF_NULL;
    answer(&array,
           S "array 12\ntask 0\nexit 0\nend 7\ntask 1\nexit 0\nend 7\n" S "sacct\n"
             "12_3|OUT_OF_MEMORY|0:9\n12_20|FAILED|3:0\n" S "scontrol\n" S "done\n");
    assert_int_equal(slurm_array_save(&array, &text), 0);
    slurm_array_load(&again, buf_bytes(&text), buf_len(&text));
    assert_int_equal(slurm_array_save(&again, &twice), 0);
    assert_int_equal(buf_len(&twice), buf_len(&text));
    assert_memory_equal(buf_bytes(&twice), buf_bytes(&text), buf_len(&text));
    assert_null(memchr(buf_bytes(&text), '\n', buf_len(&text)));
    expect(&again, SLURM_COMPLETED, "0-1");
    expect(&again, SLURM_OUT_OF_MEMORY, "3");
    assert_int_equal(slurm_array_count(&again).untold, 7);
    slurm_array_load(&again, "x;", 2);
    slurm_array_load(&again, "1-2 COMPLETED", 13);
    assert_int_equal(slurm_array_count(&again).untold, 7);
    slurm_array_deinit(&array);
    slurm_array_deinit(&again);
}

static void put(const char *folder, const char *name, const char *text) {
    _cleanup_free_ char *path = scratch_path(folder, name);
    _cleanup_fclose_ FILE *file = fopen(path, "w");
    assert_non_null(file);
    (void)fputs(text, file);
}

/* The program by a real shell; whatever Slurm is here, it does not know this job. */
static void the_program_reads_all_ends_at_once(void **state) {
    (void)state;
    struct slurm_array array = made("0-2");
    _cleanup_buf_ struct buf program = BUF_NULL;
    char *folder = scratch_make();
    char command[4200];
    char text[4096];
    (void)snprintf(command, sizeof command, "mkdir -p \"%s/.crystalmath/n\"", folder);
    assert_int_equal(system(command), 0);
    put(folder, ".crystalmath/n/end.0", "task 0\nexit 0\nend 7\n");
    put(folder, ".crystalmath/n/end.2", "task 2\nexit 0\nend 7\n");
    put(folder, ".crystalmath/n/end.1.77",
        "task 1\nexit 0\nend 7\n"); /* not whole yet */
    assert_int_equal(slurm_array_program(&program, folder, "n", 12, 2), 0);
    assert_int_equal(buf_append(&program, "", 1), 0);
    put(folder, "program", buf_bytes(&program));
    (void)snprintf(command, sizeof command, "sh <'%s/program'", folder);
    FILE *pipe = popen(command, "r");
    assert_non_null(pipe);
    size_t n = fread(text, 1, sizeof text, pipe);
    (void)pclose(pipe);
    assert_null(memmem(text, n, "scontrol", 8)); /* nothing was left to be asked */
    slurm_arrays_read(text, n, find_array, note, &array);
    expect(&array, SLURM_COMPLETED, "0,2");
    slurm_array_deinit(&array);
    (void)scratch_remove(folder);
}

static int build(void *data) {
    struct slurm_array array = {.rest = SLURM_UNKNOWN};
    _cleanup_buf_ struct buf text = BUF_NULL;
    _cleanup_buf_ struct buf program = BUF_NULL;
    (void)data;
    int r = slurm_array_init(&array, "0-9", NULL);
    if (r == 0) {
        array.tasks[0].told = true;
    }
    r = r ? r : slurm_array_save(&array, &text);
    assert_true(r == 0 || buf_len(&text) == 0);
    r = r ? r : slurm_array_program(&program, "~/a", "it's", 12, 3);
    assert_true(r == 0 || buf_len(&program) == 0);
    slurm_array_deinit(&array);
    return r;
}

static void without_memory_it_is_an_error(void **state) {
    (void)state;
    assert_in_range(alloc_fault_sweep(build, NULL, -ENOMEM), 3, 20);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_list_names_its_tasks),
        cmocka_unit_test(what_is_no_list_is_refused),
        cmocka_unit_test(lines_of_the_queue_tell_of_one_or_of_many),
        cmocka_unit_test(the_rest_of_one_that_was_cancelled_has_no_numbers),
        cmocka_unit_test(the_scripts_own_word_counts_where_it_is_good_or_slurm_agrees),
        cmocka_unit_test(parts_of_others_and_cut_ones_are_left_alone),
        cmocka_unit_test(a_task_that_is_begun_anew_has_no_end),
        cmocka_unit_test(of_several_lines_of_a_task_the_last_is_the_present),
        cmocka_unit_test(a_task_in_the_queue_has_no_end_whatever_else_is_told),
        cmocka_unit_test(one_is_missing_only_where_slurm_tells_nothing_of_it),
        cmocka_unit_test(what_nobody_tells_is_told_at_last_as_what_is_known),
        cmocka_unit_test(what_is_kept_is_the_same_when_it_is_read),
        cmocka_unit_test(the_program_reads_all_ends_at_once),
        cmocka_unit_test(without_memory_it_is_an_error),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
