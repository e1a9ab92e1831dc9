/* The text of a job's summary is the text of its tree, byte for byte. */
#include "server/job_text.h"

#include "base/cleanup.h"
#include "job/placement.h"
#include "server/job_json.h"
#include "server/json_buf.h"
#include "support/alloc_fault.h"

#include <errno.h>
#include <float.h>
#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

enum { JOBS = 2000 };

/* The same numbers in every run (Knuth, MMIX). */
static uint32_t roll(uint64_t *dice) {
    *dice = *dice * 6364136223846793005U + 1442695040888963407U;
    return (uint32_t)(*dice >> 32);
}

/* NULL, words, what has to be escaped, sequences whole and cut, any bytes. */
static char *random_text(uint64_t *dice) {
    static const char *const parts[] = {
        "si",
        "a b",
        "\"",
        "\\",
        "/",
        "\n",
        "\t",
        "\r\b\f",
        "\x01\x1f",
        "\x7f",
        "ä",
        "\xE2\x82\xAC",
        "\xF0\x9F\x98\x80",
        "\xE2\x82",
        "\xFF",
        "\xC0\x80",
        "\xED\xA0\x80",
        "\xEF\xBF\xBF",
        "\xF4\x90\x80\x80",
        "\xE2\x80\xA8",
        "%",
    };
    size_t n = roll(dice) % 6;
    char *text = calloc(1, 64);
    for (size_t i = 0; i < n; i++) {
        if (roll(dice) % 4 == 0) {
            char any[] = {(char)(1 + roll(dice) % 255), '\0'};
            (void)strcat(text, any);
        } else {
            (void)strcat(text, parts[roll(dice) % (sizeof parts / sizeof *parts)]);
        }
    }
    return text;
}

static char *text_or_null(uint64_t *dice) {
    return roll(dice) % 2 ? random_text(dice) : NULL;
}

static double random_real(uint64_t *dice) {
    static const double some[] = {0,       -0.0,    1,        -1,      0.1,
                                  1e15,    1e16,    1e17,     -1e-5,   1e-4,
                                  1e22,    1e-300,  DBL_MAX,  DBL_MIN, DBL_EPSILON,
                                  -215.25, 1 / 3.0, INFINITY, NAN,     5e-324};
    uint64_t bits = (uint64_t)roll(dice) << 32 | roll(dice);
    double value = 0;
    memcpy(&value, &bits, sizeof value);
    return roll(dice) % 3 == 0 ? value
                               : some[roll(dice) % (sizeof some / sizeof *some)];
}

static int64_t random_int(uint64_t *dice) {
    static const int64_t some[] = {0,    0,         1,         -1,       7,
                                   1000, INT32_MAX, INT64_MAX, INT64_MIN};
    return some[roll(dice) % (sizeof some / sizeof *some)];
}

static int64_t random_time(uint64_t *dice) {
    static const int64_t some[] = {0, 1, 1700000000123, 951782400000, 4102444799999,
                                   -1};
    return some[roll(dice) % (sizeof some / sizeof *some)];
}

static void give_parts(struct job *job, uint64_t *dice) {
    size_t n = roll(dice) % 4;
    job->tags = n > 0 || roll(dice) % 2 ? calloc(n + 1, sizeof *job->tags) : NULL;
    for (size_t i = 0; i < n; i++) {
        job->tags[i] = random_text(dice);
    }
    n = roll(dice) % 3;
    job->after = n > 0 ? calloc(n, sizeof *job->after) : NULL;
    job->n_after = n;
    for (size_t i = 0; i < n; i++) {
        job->after[i].id = random_int(dice);
        job->after[i].kind = (enum job_after)(roll(dice) % 3);
    }
}

static struct job *random_job(uint64_t *dice) {
    struct job *job = NULL;
    assert_int_equal(job_new(&job), 0);
    job->id = random_int(dice);
    job->state = JOB_HELD + (enum job_state)(roll(dice) % (JOB_STATES - JOB_HELD));
    char **const texts[] = {&job->name,      &job->code,    &job->reason,
                            &job->directory, &job->input,   &job->output,
                            &job->note,      &job->cluster, &job->origin};
    for (size_t i = 0; i < sizeof texts / sizeof *texts; i++) {
        *texts[i] = text_or_null(dice);
    }
    int *const ints[] = {&job->cores, &job->priority, &job->retries, &job->exit_code,
                         &job->signal};
    for (size_t i = 0; i < sizeof ints / sizeof *ints; i++) {
        *ints[i] = (int)random_int(dice);
    }
    job->attempt = 1 + (int)(roll(dice) % 3);
    job->memory_bytes = random_int(dice);
    job->time_limit_seconds = random_int(dice);
    int64_t *const times[] = {&job->begin_at, &job->created_at, &job->started_at,
                              &job->finished_at};
    for (size_t i = 0; i < sizeof times / sizeof *times; i++) {
        *times[i] = random_time(dice);
    }
    job->imported = roll(dice) % 2;
    job->continues = roll(dice) % 2 ? 17 : 0;
    job->chain = roll(dice) % 2 ? 3 : 0;
    if (roll(dice) % 2) {
        assert_int_equal(placement_set(&job->placement, PLACEMENT_ID, "4711"), 0);
    }
    struct job_progress *p = &job->progress;
    p->scf = roll(dice) % 2 ? random_int(dice) : 0;
    p->cycle = random_int(dice);
    p->step = random_int(dice);
    p->energy_ev = random_real(dice);
    p->delta_ev = random_real(dice);
    p->accuracy_ev = random_real(dice);
    p->converged = (int)(roll(dice) % 3) - 1;
    p->status = (int)(roll(dice) % 3);
    struct job_forecast *f = &p->forecast;
    f->badge = (int)(roll(dice) % 7);
    f->forces = (int)(roll(dice) % 7);
    f->cycles_low = random_int(dice) % 100;
    f->cycles_high = random_int(dice) % 100;
    f->seconds_low = random_real(dice);
    f->seconds_high = random_real(dice);
    f->cycles_left = (int64_t)(roll(dice) % 3) - 1;
    f->seconds_left = random_real(dice);
    f->threshold_ev = random_real(dice);
    give_parts(job, dice);
    return job;
}

/* As engine_summary makes it. */
static void append_tree(struct buf *out, const struct job *job, const char *reason) {
    json_auto_t *tree = job_summary_json(job, "/runs of\xff us");
    assert_non_null(tree);
    if (reason) {
        assert_int_equal(json_put(tree, "reason", json_text_or_null(reason)), 0);
    }
    assert_int_equal(json_buf_append(out, tree), 0);
}

static void the_text_of_a_summary_is_that_of_its_tree(void **state) {
    (void)state;
    uint64_t dice = 1;
    for (int i = 0; i < JOBS; i++) {
        _cleanup_(job_freep) struct job *job = random_job(&dice);
        _cleanup_free_ char *reason = text_or_null(&dice);
        _cleanup_buf_ struct buf want = BUF_NULL;
        _cleanup_buf_ struct buf got = BUF_NULL;
        append_tree(&want, job, reason);
        assert_int_equal(job_summary_text(&got, job, "/runs of\xff us", reason), 0);
        assert_int_equal(buf_append(&want, "", 1), 0);
        assert_int_equal(buf_append(&got, "", 1), 0);
        assert_string_equal(buf_bytes(&got), buf_bytes(&want));
    }
}

struct attempt {
    const struct job *job;
    size_t kept; /* bytes that stood in the buffer before */
};

static int write_once(void *data) {
    const struct attempt *attempt = data;
    _cleanup_buf_ struct buf out = BUF_NULL;
    int r = buf_append(&out, "[", attempt->kept);
    if (r == 0) {
        r = job_summary_text(&out, attempt->job, "/runs", NULL);
        assert_true(r == 0 || buf_len(&out) == attempt->kept);
    }
    return r;
}

static void without_memory_nothing_is_appended(void **state) {
    (void)state;
    uint64_t dice = 3;
    _cleanup_(job_freep) struct job *job = random_job(&dice);
    free(job->output);
    free(job->note);
    job->output = NULL;
    job->note = strdup("no utf-8 \xff");
    struct attempt attempt = {.job = job, .kept = 1};
    assert_true(alloc_fault_sweep(write_once, &attempt, -ENOMEM) >= 3);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_text_of_a_summary_is_that_of_its_tree),
        cmocka_unit_test(without_memory_nothing_is_appended),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
