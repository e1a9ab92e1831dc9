/* What is told of jobs that end, and to which terminals. */
#include "tui/announce.h"

#include <locale.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

static const char *const variables[] = {"TERM", "TERM_PROGRAM", "TMUX",
                                        "STY",  "WT_SESSION",   "ConEmuPID"};

static int set_up(void **state) {
    (void)state;
    for (size_t i = 0; i < sizeof variables / sizeof *variables; i++) {
        (void)unsetenv(variables[i]);
    }
    return setlocale(LC_CTYPE, "C.UTF-8") ? 0 : -1;
}

static void end(struct announce *announce, const char *name, enum summary_state state,
                int64_t now) {
    struct summary job = {
        .id = 7, .state = state, .name = (char *)name, .converged = -1};
    announce_end(announce, &job, now);
}

static void assert_told(struct announce *announce, int64_t now, const char *want) {
    char out[ANNOUNCE_SIZE];
    size_t n = announce_take(announce, now, out);
    assert_int_equal(n, strlen(want));
    assert_memory_equal(out, want, n);
}

static void known_terminals_are_asked_and_others_are_not(void **state) {
    (void)state;
    static const struct {
        const char *name, *value;
        enum announce_way way;
    } cases[] = {
        {"TERM", "xterm-256color", ANNOUNCE_NOT},
        {"TERM", "xterm-kitty", ANNOUNCE_OSC9},
        {"TERM", "foot", ANNOUNCE_OSC777},
        {"TERM", "tmux-256color", ANNOUNCE_NOT},
        {"TERM", "screen", ANNOUNCE_NOT},
        {"WT_SESSION", "x", ANNOUNCE_OSC9},
        {"TERM", "rxvt-unicode-256color", ANNOUNCE_OSC777},
        {"TERM_PROGRAM", "WezTerm", ANNOUNCE_OSC9},
        {"TERM_PROGRAM", "Apple_Terminal", ANNOUNCE_NOT},
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        (void)set_up(NULL);
        assert_int_equal(setenv(cases[i].name, cases[i].value, 1), 0);
        assert_int_equal(announce_way(CONFIG_DESKTOP_AUTO), cases[i].way);
        assert_int_equal(announce_way(CONFIG_DESKTOP_NO), ANNOUNCE_NOT);
    }
}

static void with_yes_any_terminal_is_asked_and_through_tmux(void **state) {
    (void)state;
    assert_int_equal(setenv("TERM", "xterm", 1), 0);
    assert_int_equal(announce_way(CONFIG_DESKTOP_YES), ANNOUNCE_OSC9);
    assert_int_equal(setenv("TERM_PROGRAM", "WezTerm", 1), 0);
    assert_int_equal(setenv("TMUX", "/tmp/x,1,0", 1), 0);
    assert_int_equal(announce_way(CONFIG_DESKTOP_AUTO), ANNOUNCE_NOT);
    assert_int_equal(announce_way(CONFIG_DESKTOP_YES), ANNOUNCE_TMUX_OSC9);
}

static void one_end_is_told_with_its_name_when_it_is_due(void **state) {
    (void)state;
    struct announce announce;
    announce_init(&announce, ANNOUNCE_OSC9);
    assert_true(announce.due == INT64_MAX);
    end(&announce, "si", SUMMARY_COMPLETED, 1000);
    assert_told(&announce, announce.due - 1, "");
    assert_told(&announce, announce.due, "\033]9;CrystalMath: job 7 (si) completed\a");
    assert_told(&announce, INT64_MAX - 1, "");
}

static void a_burst_is_told_as_one(void **state) {
    (void)state;
    struct announce announce;
    announce_init(&announce, ANNOUNCE_OSC777);
    for (int i = 0; i < 9; i++) {
        end(&announce, "si", SUMMARY_COMPLETED, 1000 + i);
    }
    end(&announce, "si", SUMMARY_FAILED, 1010);
    end(&announce, "si", SUMMARY_FAILED, 1010);
    end(&announce, "si", SUMMARY_LOST, 1010);
    assert_told(&announce, announce.due,
                "\033]777;notify;CrystalMath;12 jobs ended, 2 failed, 1 lost\a");
}

static void no_name_ends_the_sequence_or_begins_another(void **state) {
    (void)state;
    static const char *const names[] = {"a\033]0;x\ab", "a\033\\b",
                                        "a\xC2\x9C"
                                        "b",
                                        "a\nb\x18\x1A\x7F", "\xFF\xFE"};
    for (size_t i = 0; i < sizeof names / sizeof *names; i++) {
        struct announce announce;
        char out[ANNOUNCE_SIZE];
        announce_init(&announce, ANNOUNCE_OSC9);
        end(&announce, names[i], SUMMARY_FAILED, 0);
        size_t n = announce_take(&announce, announce.due, out);
        assert_true(n > 2 && out[0] == '\033' && out[n - 1] == '\a');
        for (size_t k = 1; k < n - 1; k++) {
            assert_true((unsigned char)out[k] >= ' ' && out[k] != 0x7F);
            assert_false((unsigned char)out[k] == 0xC2 &&
                         (unsigned char)out[k + 1] < 0xA0);
        }
    }
}

static void a_long_name_is_cut(void **state) {
    (void)state;
    struct announce announce;
    char name[5000];
    char out[ANNOUNCE_SIZE];
    memset(name, 'n', sizeof name - 1);
    name[sizeof name - 1] = '\0';
    announce_init(&announce, ANNOUNCE_TMUX_OSC9);
    end(&announce, name, SUMMARY_FAILED, 0);
    size_t n = announce_take(&announce, announce.due, out);
    assert_true(n > 60 && n < 200);
    assert_memory_equal(out + n - strlen(" failed\a\033\\"), " failed\a\033\\", 10);
}

static void nothing_gathers_where_nothing_is_told(void **state) {
    (void)state;
    struct announce announce;
    announce_init(&announce, ANNOUNCE_NOT);
    end(&announce, "si", SUMMARY_FAILED, 0);
    assert_true(announce.due == INT64_MAX);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup(known_terminals_are_asked_and_others_are_not, set_up),
        cmocka_unit_test_setup(with_yes_any_terminal_is_asked_and_through_tmux, set_up),
        cmocka_unit_test_setup(one_end_is_told_with_its_name_when_it_is_due, set_up),
        cmocka_unit_test_setup(a_burst_is_told_as_one, set_up),
        cmocka_unit_test_setup(no_name_ends_the_sequence_or_begins_another, set_up),
        cmocka_unit_test_setup(a_long_name_is_cut, set_up),
        cmocka_unit_test_setup(nothing_gathers_where_nothing_is_told, set_up),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
