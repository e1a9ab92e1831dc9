/* The record of a cluster: what its settings may be, and that they survive being kept.
 */
#include "job/cluster.h"

#include "support/alloc_fault.h"

#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

static void names_are_short_words(void **state) {
    (void)state;
    assert_true(cluster_name_is_valid("login1"));
    assert_true(cluster_name_is_valid("a.b-c_d"));
    static const char *const wrong[] = {
        "",     "-a",       ".a",
        "_a",   "a b",      "a/b",
        "a\nb", "\xc3\xa4", "abcdefghijklmnopqrstuvwxyz1234567"};
    for (size_t i = 0; i < sizeof wrong / sizeof wrong[0]; i++) {
        assert_false(cluster_name_is_valid(wrong[i]));
    }
    assert_false(cluster_name_is_valid(NULL));
}

static void what_cannot_be_a_value_is_refused_and_the_old_one_stays(void **state) {
    (void)state;
    static const struct {
        enum cluster_key key;
        const char *value, *words;
    } wrong[] = {
        {CLUSTER_SSH, "a b", "single word"},
        {CLUSTER_SSH, "-oX", "dash"},
        {CLUSTER_WORKDIR, "relative", "not absolute"},
        {CLUSTER_WORKDIR, "/a\nb", "one line"},
        {CLUSTER_PARTITION, "a b", "single word"},
        {CLUSTER_PARTITION, "--x", "dash"},
        {CLUSTER_MAX_JOBS, "0", "no number"},
        {CLUSTER_MAX_JOBS, "many", "no number"},
        {CLUSTER_SETUP, "a\x01", "no text"},
        {CLUSTER_SETUP, "\xff", "no text"},
    };
    for (size_t i = 0; i < sizeof wrong / sizeof wrong[0]; i++) {
        _cleanup_(cluster_freep) struct cluster *cluster = NULL;
        struct errmsg msg = ERRMSG_NULL;
        assert_int_equal(cluster_new(&cluster, "a"), 0);
        cluster->values[wrong[i].key] = strdup("7");
        assert_int_equal(cluster_set(cluster, wrong[i].key, wrong[i].value, &msg),
                         -EINVAL);
        assert_non_null(strstr(msg.text, wrong[i].words));
        assert_string_equal(cluster_text(cluster, wrong[i].key), "7");
    }
}

static void a_value_that_is_too_long_is_refused(void **state) {
    (void)state;
    _cleanup_(cluster_freep) struct cluster *cluster = NULL;
    _cleanup_free_ char *value = calloc(1, 70000);
    memset(value, 'x', 69999);
    assert_int_equal(cluster_new(&cluster, "a"), 0);
    assert_int_equal(cluster_set(cluster, CLUSTER_SETUP, value, NULL), -EINVAL);
}

static struct cluster *full(void) {
    struct cluster *cluster = NULL;
    assert_int_equal(cluster_new(&cluster, "big"), 0);
    assert_int_equal(cluster_set(cluster, CLUSTER_SSH, "login1", NULL), 0);
    assert_int_equal(cluster_set(cluster, CLUSTER_WORKDIR, "~/a b", NULL), 0);
    assert_int_equal(cluster_set(cluster, CLUSTER_MAX_JOBS, "20", NULL), 0);
    assert_int_equal(
        cluster_set(cluster, CLUSTER_SETUP, "module load qe=7\nexport A='x y'", NULL),
        0);
    return cluster;
}

static void settings_survive_being_kept(void **state) {
    (void)state;
    _cleanup_(cluster_freep) struct cluster *cluster = full();
    _cleanup_(cluster_freep) struct cluster *again = NULL;
    _cleanup_buf_ struct buf bytes = BUF_NULL;
    assert_int_equal(cluster_pack(cluster, &bytes), 0);
    assert_int_equal(cluster_new(&again, "big"), 0);
    assert_int_equal(cluster_unpack(again, buf_bytes(&bytes), buf_len(&bytes)), 0);
    for (enum cluster_key i = 0; i < CLUSTER_KEYS; i++) {
        assert_string_equal(cluster_text(cluster, i), cluster_text(again, i));
    }
    assert_int_equal(cluster_number(again, CLUSTER_MAX_JOBS, 1), 20);
    assert_int_equal(cluster_number(again, CLUSTER_POLL, 5), 5);
}

static void bytes_that_are_cut_or_not_known_do_no_harm(void **state) {
    (void)state;
    static const char bytes[] = "ssh=login1\0later=x\0nothing\0max-jobs=many\0=\0qos=a";
    for (size_t n = 0; n <= sizeof bytes; n++) {
        _cleanup_(cluster_freep) struct cluster *cluster = NULL;
        assert_int_equal(cluster_new(&cluster, "a"), 0);
        assert_int_equal(cluster_unpack(cluster, bytes, n), 0);
        assert_null(cluster->values[CLUSTER_MAX_JOBS]);
    }
}

static void a_time_limit_is_one_of_sbatch(void **state) {
    (void)state;
    static const struct {
        const char *text;
        int64_t seconds; /* -1: it is none */
    } cases[] = {{"90", 5400},
                 {"1:30", 90},
                 {"1:30:00", 5400},
                 {"2-12", 216000},
                 {"1-0", 86400},
                 {"1-2:03", 93780},
                 {"1-2:03:04", 93784},
                 {"UNLIMITED", 0},
                 {"infinite", 0},
                 {"abc", -1},
                 {"1h", -1},
                 {"1:2:3:4", -1},
                 {"-5", -1},
                 {"1-", -1},
                 {"1-2-3", -1},
                 {"1:", -1},
                 {"99999999999999", -1}};
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        _cleanup_(cluster_freep) struct cluster *cluster = NULL;
        assert_int_equal(cluster_new(&cluster, "a"), 0);
        assert_int_equal(cluster_time(cluster), 0);
        int r = cluster_set(cluster, CLUSTER_TIME, cases[i].text, NULL);
        assert_int_equal(r, cases[i].seconds < 0 ? -EINVAL : 0);
        assert_int_equal(cluster_time(cluster),
                         cases[i].seconds < 0 ? 0 : cases[i].seconds);
    }
}

static void an_option_is_one_of_sbatch_and_none_of_ours(void **state) {
    (void)state;
    static const struct {
        const char *text, *words; /* NULL: it is one */
    } cases[] = {
        {"--constraint=gpu", NULL},
        {"-C gpu\n --exclusive", NULL},
        {"--jobx", NULL},
        {"--hold\nconstraint=gpu", "option: 'constraint=gpu' is no option of sbatch"},
        {"--output=/tmp/x", "option: --output connects a job with CrystalMath"},
        {"--hold\n-J name", "option: -J connects a job with CrystalMath"},
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        _cleanup_(cluster_freep) struct cluster *cluster = NULL;
        struct errmsg msg = ERRMSG_NULL;
        assert_int_equal(cluster_new(&cluster, "a"), 0);
        int r = cluster_set(cluster, CLUSTER_OPTIONS, cases[i].text, &msg);
        assert_int_equal(r, cases[i].words ? -EINVAL : 0);
        if (cases[i].words) {
            assert_non_null(strstr(msg.text, cases[i].words));
        }
    }
}

static void an_empty_value_unsets(void **state) {
    (void)state;
    _cleanup_(cluster_freep) struct cluster *cluster = full();
    assert_int_equal(cluster_set(cluster, CLUSTER_SSH, "", NULL), 0);
    assert_null(cluster->values[CLUSTER_SSH]);
    assert_string_equal(cluster_text(cluster, CLUSTER_SSH), "");
}

static void every_setting_has_its_name(void **state) {
    (void)state;
    for (enum cluster_key i = 0; i < CLUSTER_KEYS; i++) {
        enum cluster_key found = CLUSTER_KEYS;
        assert_int_equal(cluster_key_from_name(cluster_setting(i)->name, &found), 0);
        assert_int_equal(found, i);
    }
    enum cluster_key found = CLUSTER_KEYS;
    assert_int_equal(cluster_key_from_name("no-such", &found), -ENOENT);
}

static int make(void *data) {
    (void)data;
    _cleanup_(cluster_freep) struct cluster *cluster = NULL;
    _cleanup_(cluster_freep) struct cluster *copy = NULL;
    _cleanup_buf_ struct buf bytes = BUF_NULL;
    int r = cluster_new(&cluster, "a");
    r = r < 0 ? r : cluster_set(cluster, CLUSTER_SSH, "login1", NULL);
    r = r < 0 ? r : cluster_pack(cluster, &bytes);
    r = r < 0 ? r : cluster_copy(&copy, cluster);
    return r < 0 ? r : cluster_unpack(copy, buf_bytes(&bytes), buf_len(&bytes));
}

static void memory_that_runs_out_is_told(void **state) {
    (void)state;
    assert_true(alloc_fault_sweep(make, NULL, -ENOMEM) > 5);
    assert_null(cluster_free(NULL));
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(names_are_short_words),
        cmocka_unit_test(what_cannot_be_a_value_is_refused_and_the_old_one_stays),
        cmocka_unit_test(a_value_that_is_too_long_is_refused),
        cmocka_unit_test(settings_survive_being_kept),
        cmocka_unit_test(bytes_that_are_cut_or_not_known_do_no_harm),
        cmocka_unit_test(a_time_limit_is_one_of_sbatch),
        cmocka_unit_test(an_option_is_one_of_sbatch_and_none_of_ours),
        cmocka_unit_test(an_empty_value_unsets),
        cmocka_unit_test(every_setting_has_its_name),
        cmocka_unit_test(memory_that_runs_out_is_told),
    };
    return cmocka_run_group_tests_name("cluster", tests, NULL, NULL);
}
