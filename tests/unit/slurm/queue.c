/* What squeue prints: of several versions, cut at every byte, and of others. */
#include "slurm/queue.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#define S SLURM_SEPARATOR

/* Slurm 20.11, 22.05 and 24.05 print the same for these fields, but for how long they
 * say that a job has no limit, and an array in one line. */
static const char sample[] =
    "101" S "RUNNING" S "1700000000" S "1-02:03:04" S "2-00:00:00" S "2" S "64" S
    "main" S "anna" S "n[1-2]" S "None" S "si.1.1.00c0ffee\n"
    "102" S "PENDING" S "N/A" S "0:00" S "UNLIMITED" S "1" S "1" S "short,main" S
    "anna" S "" S "ReqNodeNotAvail, UnavailableNodes:n7" S "a b|c" S "d\n"
    "103_[4-9%2]" S "PENDING" S "1700000100" S "0:00" S "10:00" S "1" S "1" S "main" S
    "anna" S "" S "JobArrayTaskLimit" S "array\n"
    "104_3" S "TIMEOUT" S "1700000200" S "10:01" S "NOT_SET" S "1" S "1" S "main" S
    "anna" S "n1" S "TimeLimit" S "array\n";

struct seen {
    struct slurm_queued jobs[8];
    size_t n;
    int stop_at;
};

static int take(const struct slurm_queued *job, void *data) {
    struct seen *seen = data;
    assert_true(seen->n < 8);
    seen->jobs[seen->n++] = *job;
    return seen->stop_at == (int)seen->n ? 7 : 0;
}

static void is_text(struct slurm_text text, const char *want) {
    assert_int_equal(text.n, strlen(want));
    assert_memory_equal(text.at, want, text.n);
}

static void every_field_of_every_line_is_told(void **state) {
    (void)state;
    struct seen seen = {.n = 0};
    size_t other = 1;
    assert_int_equal(slurm_queue_read(sample, strlen(sample), take, &seen, &other), 0);
    assert_int_equal(other, 0);
    assert_int_equal(seen.n, 4);
    const struct slurm_queued *job = &seen.jobs[0];
    assert_int_equal(job->number, 101);
    assert_int_equal(job->state, SLURM_RUNNING);
    assert_int_equal(job->starts_at, 1700000000000);
    assert_int_equal(job->used_seconds, 93784);
    assert_int_equal(job->limit_seconds, 172800);
    assert_int_equal(job->nodes, 2);
    assert_int_equal(job->cpus, 64);
    is_text(job->partition, "main");
    is_text(job->user, "anna");
    is_text(job->node_list, "n[1-2]");
    is_text(job->name, "si.1.1.00c0ffee");
    job = &seen.jobs[1];
    assert_int_equal(job->state, SLURM_PENDING);
    assert_int_equal(job->starts_at, 0);
    assert_int_equal(job->limit_seconds, -1);
    is_text(job->reason, "ReqNodeNotAvail, UnavailableNodes:n7");
    is_text(job->name, "a b|c" S "d"); /* the last field has all that is left */
    assert_int_equal(seen.jobs[2].number, 103);
    is_text(seen.jobs[2].id, "103_[4-9%2]");
    assert_int_equal(seen.jobs[3].state, SLURM_TIMEOUT);
    assert_int_equal(seen.jobs[3].used_seconds, 601);
}

static void lines_of_others_are_counted_and_passed_over(void **state) {
    (void)state;
    static const char text[] =
        "Welcome to the cluster!\n"
        "\n"
        "squeue: error: something\n"
        "105" S "RUNNING" S "1" S "x\n"
        "0" S "R" S "" S "" S "" S "" S "" S "" S "" S "" S "" S "\n"
        "106" S "NEW_WORD" S "" S "" S "" S "" S "" S "" S "" S "" S "" S "x\n";
    struct seen seen = {.n = 0};
    size_t other = 0;
    assert_int_equal(slurm_queue_read(text, sizeof text - 1, take, &seen, &other), 0);
    assert_int_equal(other, 4);
    assert_int_equal(seen.n, 1);
    assert_int_equal(seen.jobs[0].state, SLURM_UNKNOWN);
}

/* Kinds of squeue that are not the one here: what they say when they fail, with an exit
 * status of 0 or through a wrapper of the site, and lines of jobs in several parts. */
static void words_of_other_versions_are_no_jobs(void **state) {
    (void)state;
    static const char text[] =
        "slurm_load_jobs error: Socket timed out on send/recv operation\n"
        "slurm_load_jobs error: Unable to contact slurm controller (connect failure)\n"
        "slurm_load_jobs error: Invalid job id specified\n"
        "squeue: error: Parse error in file /etc/slurm/slurm.conf line 3\n"
        "201+0" S "RUNNING" S "1700000000" S "INVALID" S "Partition_Limit" S "1" S
        "1K" S "main" S "anna" S "n1" S "None" S "het\n"
        "202" S "RUNNING" S "1700000000" S "5:01" S "10:00" S "1" S "1" S "main" S
        "anna" S "n1" S "None" S "of windows\r\n"
        "203" S "OUT_OF_MEMORY" S "Unknown" S "0:00" S "10:00" S "" S "" S "" S "" S
        "" S "" S "\n"
        "204" S "RUNNING" S "1700000000" S "5:01" S "10:00" S "1" S "1" S "ma\n";
    struct seen seen = {.n = 0};
    size_t other = 0;
    assert_int_equal(slurm_queue_read(text, sizeof text - 1, take, &seen, &other), 0);
    assert_int_equal(other, 5);
    assert_int_equal(seen.n, 3);
    assert_int_equal(seen.jobs[0].number, 201);
    assert_int_equal(seen.jobs[0].used_seconds, -1);
    assert_int_equal(seen.jobs[0].limit_seconds, -1);
    assert_int_equal(seen.jobs[1].state, SLURM_RUNNING);
    assert_int_equal(seen.jobs[2].state, SLURM_OUT_OF_MEMORY);
    assert_int_equal(seen.jobs[2].starts_at, 0);
}

static void a_clock_that_is_wrong_is_known_by_its_answer(void **state) {
    (void)state;
    const int64_t s = 1000;
    static const char text[] = "Welcome!\n" S "clock 1700000000\n1" S "x\n";
    const int64_t there = 1700000000 * s;
    size_t n = sizeof text - 1;
    /* The time of the answer lies between those of the question and of its coming. */
    assert_int_equal(slurm_clock_shift(text, n, there - 30 * s, there + 30 * s), 0);
    assert_int_equal(slurm_clock_shift(text, n, there, there), 0);
    assert_int_equal(slurm_clock_shift(text, n, there - s, there - s), 0);
    assert_int_equal(slurm_clock_shift(text, n, there - 7200 * s, there - 7199 * s),
                     -7199 * s);
    assert_int_equal(slurm_clock_shift(text, n, there + 7200 * s, there + 7210 * s),
                     7200 * s);
    static const char *const none[] = {"", "clock 5\n", S "clock \n", S "clock 5",
                                       S "clock +%s\n"};
    for (size_t i = 0; i < sizeof none / sizeof *none; i++) {
        assert_int_equal(slurm_clock_shift(none[i], strlen(none[i]), there, there), 0);
    }
}

static void cut_anywhere_it_tells_whole_lines_only(void **state) {
    (void)state;
    for (size_t n = 0; n <= strlen(sample); n++) {
        char *piece = malloc(n + 1); /* so that reading behind the end is seen */
        memcpy(piece, sample, n);
        struct seen seen = {.n = 0};
        size_t other = 0;
        size_t whole = 0;
        for (size_t i = 0; i < n; i++) {
            whole += sample[i] == '\n';
        }
        char *tight = realloc(piece, n ? n : 1);
        assert_int_equal(slurm_queue_read(tight, n, take, &seen, &other), 0);
        assert_int_equal(seen.n, whole);
        free(tight);
    }
}

static void the_walk_ends_where_it_is_told_to(void **state) {
    (void)state;
    struct seen seen = {.n = 0, .stop_at = 2};
    size_t other = 0;
    assert_int_equal(slurm_queue_read(sample, strlen(sample), take, &seen, &other), 7);
    assert_int_equal(seen.n, 2);
}

static void numbers_are_read_or_are_none(void **state) {
    (void)state;
    static const struct {
        const char *text;
        int64_t seconds;
    } durations[] = {
        {"0:00", 0},      {"10:01", 601}, {"1:00:00", 3600}, {"1-00:00:00", 86400},
        {"00:01.500", 1}, {"", -1},       {"INVALID", -1},   {"UNLIMITED", -1},
        {"5", -1},        {"-1:00", -1},  {"1:2:3:4", -1},   {"99999999999999:00", -1}};
    for (size_t i = 0; i < sizeof durations / sizeof *durations; i++) {
        assert_int_equal(
            slurm_duration_read(durations[i].text, strlen(durations[i].text)),
            durations[i].seconds);
    }
    assert_int_equal(slurm_time_read("1700000000", 10), 1700000000000);
    assert_int_equal(slurm_time_read("N/A", 3), 0);
    assert_int_equal(slurm_time_read("2024-01-01T00:00:00", 19), 0);
    assert_int_equal(slurm_time_read("99999999999999999999", 20), 0);
    assert_int_equal(slurm_number_read("12_3", 4), 12);
    assert_int_equal(slurm_number_read("99999999999999", 14), 0);
    assert_int_equal(slurm_number_read("", 0), 0);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_field_of_every_line_is_told),
        cmocka_unit_test(lines_of_others_are_counted_and_passed_over),
        cmocka_unit_test(words_of_other_versions_are_no_jobs),
        cmocka_unit_test(a_clock_that_is_wrong_is_known_by_its_answer),
        cmocka_unit_test(cut_anywhere_it_tells_whole_lines_only),
        cmocka_unit_test(the_walk_ends_where_it_is_told_to),
        cmocka_unit_test(numbers_are_read_or_are_none),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
