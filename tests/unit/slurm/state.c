/* States and reasons, as several versions of Slurm tell them. */
#include "slurm/state.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

static enum slurm_state read_word(const char *word) {
    return slurm_state_read(word, strlen(word));
}

static void a_state_is_known_in_full_and_in_letters(void **state) {
    (void)state;
    static const struct {
        const char *words[3];
        enum slurm_state state;
        bool final;
    } cases[] = {
        {{"PENDING", "PD", "REQUEUED"}, SLURM_PENDING, false},
        {{"RUNNING", "R", "COMPLETING"}, SLURM_RUNNING, false},
        {{"CONFIGURING", "CF", "CG"}, SLURM_RUNNING, false},
        {{"SUSPENDED", "S", "STOPPED"}, SLURM_SUSPENDED, false},
        {{"COMPLETED", "CD", "COMPLETED+"}, SLURM_COMPLETED, true},
        {{"FAILED", "F", "LAUNCH_FAILED"}, SLURM_FAILED, true},
        {{"CANCELLED", "CANCELLED by 1000", "CANCELLED+"}, SLURM_CANCELLED, true},
        {{"TIMEOUT", "TO", "TIMEOUT"}, SLURM_TIMEOUT, true},
        {{"OUT_OF_MEMORY", "OOM", "OUT_OF_MEMORY"}, SLURM_OUT_OF_MEMORY, true},
        {{"NODE_FAIL", "NF", "NODE_FAIL"}, SLURM_NODE_FAIL, true},
        {{"PREEMPTED", "PR", "PREEMPTED"}, SLURM_PREEMPTED, true},
        {{"BOOT_FAIL", "BF", "BOOT_FAIL"}, SLURM_BOOT_FAIL, true},
        {{"DEADLINE", "DL", "DEADLINE"}, SLURM_DEADLINE, true},
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        for (size_t k = 0; k < 3; k++) {
            assert_int_equal(read_word(cases[i].words[k]), cases[i].state);
        }
        assert_int_equal(slurm_state_is_final(cases[i].state), cases[i].final);
        assert_int_equal(read_word(slurm_state_name(cases[i].state)), cases[i].state);
    }
}

static void an_unknown_word_is_no_end(void **state) {
    (void)state;
    static const char *const words[] = {"",           " ",         "+",    "COMPLETE",
                                        "COMPLETEDX", "completed", "\xff", "NEW_IN_30"};
    for (size_t i = 0; i < sizeof words / sizeof *words; i++) {
        assert_int_equal(read_word(words[i]), SLURM_UNKNOWN);
    }
    assert_false(slurm_state_is_final(SLURM_UNKNOWN));
}

static void what_the_site_ended_may_go_better_next_time(void **state) {
    (void)state;
    assert_true(slurm_state_may_pass(SLURM_NODE_FAIL));
    assert_true(slurm_state_may_pass(SLURM_PREEMPTED));
    assert_false(slurm_state_may_pass(SLURM_TIMEOUT));
    assert_false(slurm_state_may_pass(SLURM_OUT_OF_MEMORY));
    assert_non_null(strstr(slurm_state_words(SLURM_OUT_OF_MEMORY), "--mem"));
    assert_non_null(strstr(slurm_state_words(SLURM_TIMEOUT), "--time"));
    assert_string_equal(slurm_state_words(SLURM_COMPLETED), "");
}

static void a_reason_is_told_in_plain_words(void **state) {
    (void)state;
    struct errmsg msg = ERRMSG_NULL;
    slurm_reason_words("Priority", 0, &msg);
    assert_string_equal(msg.text, "waits for jobs that go before it");
    slurm_reason_words("Resources", 1700000000000, &msg);
    assert_non_null(strstr(msg.text, "Slurm expects it to start at 2023-11-1"));
    slurm_reason_words("ReqNodeNotAvail, UnavailableNodes:n[1-3]", 0, &msg);
    assert_non_null(strstr(msg.text, "down, drained or reserved"));
    assert_non_null(strstr(msg.text, "n[1-3]"));
    slurm_reason_words("QOSMaxWallDurationPerJobLimit", 0, &msg);
    assert_non_null(strstr(msg.text, "qos"));
    assert_non_null(strstr(msg.text, "QOSMaxWallDurationPerJobLimit"));
    slurm_reason_words("SomethingOfThisSite", 0, &msg);
    assert_string_equal(msg.text, "waits (SomethingOfThisSite)");
    slurm_reason_words("", 0, &msg);
    assert_string_equal(msg.text, "waits (no reason)");
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_state_is_known_in_full_and_in_letters),
        cmocka_unit_test(an_unknown_word_is_no_end),
        cmocka_unit_test(what_the_site_ended_may_go_better_next_time),
        cmocka_unit_test(a_reason_is_told_in_plain_words),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
