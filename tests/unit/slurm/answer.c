/* What the programs that run on a cluster print. */
#include "slurm/answer.h"

#include "slurm/queue.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#define S SLURM_SEPARATOR

static void the_last_id_counts(void **state) {
    (void)state;
    static const struct {
        const char *text;
        int64_t id;
    } cases[] = {
        {"id 12\n", 12}, {"hello\nid 13\n", 13}, {"id 1\nid 14\n", 14}, {"", 0},
        {"id \n", 0},    {"id x\n", 0},          {"Submitted 15\n", 0}, {"id 12", 12},
        {" id 12\n", 0}};
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        assert_int_equal(slurm_id_read(cases[i].text, strlen(cases[i].text)),
                         cases[i].id);
    }
}

static void a_limit_of_the_site_is_told_from_a_final_no(void **state) {
    (void)state;
    static const struct {
        const char *text, *words;
        enum slurm_refusal kind;
    } cases[] = {
        {"sbatch: error: invalid partition specified: x\nsbatch: error: Batch job "
         "submission failed: Invalid partition name specified\n",
         "invalid partition specified: x; Batch job submission failed: Invalid "
         "partition name specified",
         SLURM_REFUSAL_FINAL},
        {"sbatch: error: AssocMaxSubmitJobLimit\nsbatch: error: Batch job submission "
         "failed: Job violates accounting/QOS policy (job submit limit, user's size "
         "and/or time limits)\n",
         NULL, SLURM_REFUSAL_LIMIT},
        {"sbatch: error: Slurm temporarily unable to accept job, sleeping and "
         "retrying\n",
         NULL, SLURM_REFUSAL_LIMIT},
        {"sbatch: error: Batch job submission failed: Unable to contact slurm "
         "controller "
         "(connect failure)\n",
         NULL, SLURM_REFUSAL_ABSENT},
        {"sbatch: error: Batch job submission failed: Socket timed out on send/recv "
         "operation\n",
         NULL, SLURM_REFUSAL_ABSENT},
        {"", "sbatch refused it without a word", SLURM_REFUSAL_FINAL},
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        struct errmsg words = ERRMSG_NULL;
        assert_int_equal(
            slurm_refusal_read(cases[i].text, strlen(cases[i].text), &words),
            cases[i].kind);
        assert_null(strstr(words.text, "sbatch: "));
        if (cases[i].words) {
            assert_string_equal(words.text, cases[i].words);
        }
    }
    char *endless = malloc(100000);
    memset(endless, 'x', 100000);
    struct errmsg words = ERRMSG_NULL;
    (void)slurm_refusal_read(endless, 100000, &words);
    assert_true(strlen(words.text) < sizeof words.text);
    free(endless);
}

/* ---- ends ---- */

struct seen {
    struct slurm_end ends[4];
    size_t n;
};

static void take(const struct slurm_end *end, void *data) {
    struct seen *seen = data;
    assert_true(seen->n < 4);
    seen->ends[seen->n++] = *end;
}

static struct seen read_all(const char *text) {
    struct seen seen = {.n = 0};
    slurm_ends_read(text, strlen(text), take, &seen);
    return seen;
}

#define STARTED S "started\njob 12\nrestarts 1\nhost n1\nstart 1700000000\n" S "end\n"

static void the_scripts_own_end_comes_first(void **state) {
    (void)state;
    struct seen seen = read_all(
        "Welcome!\n" S "job 12\n" STARTED
        "job 12\nrestarts 1\nhost n1\nstart 1700000000\nexit 3\nsignal none\nstopped "
        "yes\nend 1700000050\n" S "done\n");
    assert_int_equal(seen.n, 1);
    const struct slurm_end *end = &seen.ends[0];
    assert_int_equal(end->number, 12);
    assert_true(end->has_started);
    assert_true(end->has_end);
    assert_true(end->soft_stopped);
    assert_false(end->signalled);
    assert_false(end->slurm_knows);
    assert_int_equal(end->exit_code, 3);
    assert_int_equal(end->restarts, 1);
    assert_int_equal(end->started_at, 1700000000000);
    assert_int_equal(end->finished_at, 1700000050000);
    assert_string_equal(end->host, "n1");
}

static void slurm_tells_what_the_script_could_not(void **state) {
    (void)state;
    static const struct {
        const char *text;
        enum slurm_state state;
        int exit_code, signal;
    } cases[] = {
        /* sacct of 22.05 and 24.05 with two lines of a job that was requeued */
        {S "sacct\n12|REQUEUED|0:0|1700000000|1700000010|n1\n"
           "12|OUT_OF_MEMORY|0:125|1700000020|1700000030|n1\n" S "scontrol\n"
           "slurm_load_jobs error: Invalid job id specified\n",
         SLURM_OUT_OF_MEMORY, -1, 125},
        {S "sacct\n12|CANCELLED by 1000|0:15|1700000000|1700000010|n1\n" S "scontrol\n",
         SLURM_CANCELLED, -1, 15},
        {S "sacct\nSlurm accounting storage is disabled\n" S "scontrol\n"
           "JobId=12 JobName=si UserId=a(1) JobState=TIMEOUT Reason=TimeLimit "
           "ExitCode=0:15 StartTime=1700000000 EndTime=1700000060 NodeList=n1\n",
         SLURM_TIMEOUT, -1, 15},
        {S "sacct\n" S "scontrol\nJobId=12 ArrayJobId=12 JobName=JobState=X "
           "JobState=NODE_FAIL ExitCode=1:0 StartTime=1 EndTime=2\n",
         SLURM_NODE_FAIL, 1, 0},
        {S "sacct\n" S "scontrol\nJobId=12 JobName=x JobState=PENDING ExitCode=0:0\n",
         SLURM_PENDING, -1, 0},
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        char text[2048];
        (void)snprintf(text, sizeof text, S "job 12\n" STARTED "%s" S "done\n",
                       cases[i].text);
        struct seen seen = read_all(text);
        assert_int_equal(seen.n, 1);
        assert_true(seen.ends[0].slurm_knows);
        assert_int_equal(seen.ends[0].state, cases[i].state);
        assert_int_equal(seen.ends[0].exit_code, cases[i].exit_code);
        assert_int_equal(seen.ends[0].signal, cases[i].signal);
        assert_false(seen.ends[0].slurm_denies);
    }
}

static void what_slurm_does_not_know_is_no_end(void **state) {
    (void)state;
    struct seen seen = read_all(
        S
        "job 12\n" STARTED S "sacct\nsacct: error: Problem talking to the database\n" S
        "scontrol\nslurm_load_jobs error: Invalid job id specified\n" S "done\n" S
        "job 13\n" STARTED S "sacct\n" S "scontrol\nslurm_load_jobs error: Unable to "
        "contact slurm controller (connect failure)\n" S "done\n" S "job 14\n" STARTED S
        "sacct\n15|COMPLETED|0:0|1|2|n1\n14|WHAT|0:0|1|2|n\n14|COMPLETED|0:0\n" S
        "scontrol\nJobId=15 JobState=COMPLETED ExitCode=0:0\n" S "done\n");
    assert_int_equal(seen.n, 3);
    assert_true(seen.ends[0].slurm_denies);
    assert_true(seen.ends[0].sacct_fails);
    assert_false(seen.ends[1].slurm_denies);
    assert_false(seen.ends[1].sacct_fails);
    for (size_t i = 0; i < 3; i++) {
        assert_false(seen.ends[i].has_end);
        assert_false(seen.ends[i].slurm_knows);
        assert_int_equal(seen.ends[i].exit_code, -1);
    }
}

static void a_part_counts_when_it_is_whole(void **state) {
    (void)state;
    static const char text[] =
        S "job 12\n" STARTED "exit 0\nsignal none\nend 1700000050\n" S "done\n";
    for (size_t n = 0; n < sizeof text - 2; n++) {
        char *piece = malloc(n ? n : 1);
        memcpy(piece, text, n);
        struct seen seen = {.n = 0};
        slurm_ends_read(piece, n, take, &seen);
        assert_int_equal(seen.n, 0);
        free(piece);
    }
    assert_int_equal(read_all(text).n, 1);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_last_id_counts),
        cmocka_unit_test(a_limit_of_the_site_is_told_from_a_final_no),
        cmocka_unit_test(the_scripts_own_end_comes_first),
        cmocka_unit_test(slurm_tells_what_the_script_could_not),
        cmocka_unit_test(what_slurm_does_not_know_is_no_end),
        cmocka_unit_test(a_part_counts_when_it_is_whole),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
