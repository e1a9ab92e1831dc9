/* The command line of ssh. */
#include "base/ssh.h"

#include "base/cleanup.h"
#include "base/str.h"
#include "support/alloc_fault.h"
#include "support/scratch.h"

#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include <cmocka.h>

DEFINE_CLEANUP(char **, strv_free);

static bool has(char *const *words, const char *word) {
    for (; *words; words++) {
        if (strcmp(*words, word) == 0) {
            return true;
        }
    }
    return false;
}

static const struct ssh_way batch = {.command = "ssh", .host = "login1"};

static void host_and_command_are_the_last_words(void **state) {
    (void)state;
    _cleanup_(strv_freep) char **words = NULL;
    assert_int_equal(ssh_argv(&words, &batch, "echo 'a b'"), 0);
    size_t n = strv_length(words);
    assert_string_equal(words[0], "ssh");
    assert_string_equal(words[n - 3], "--");
    assert_string_equal(words[n - 2], "login1");
    assert_string_equal(words[n - 1], "echo 'a b'");
}

static void nothing_is_asked_unless_somebody_may_answer(void **state) {
    (void)state;
    struct ssh_way way = batch;
    _cleanup_(strv_freep) char **quiet = NULL;
    _cleanup_(strv_freep) char **asking = NULL;
    assert_int_equal(ssh_argv(&quiet, &way, "x"), 0);
    way.asks = true;
    assert_int_equal(ssh_argv(&asking, &way, "x"), 0);
    assert_true(has(quiet, "BatchMode=yes"));
    assert_false(has(asking, "BatchMode=yes"));
}

static void what_ssh_is_called_may_have_options(void **state) {
    (void)state;
    struct ssh_way way = batch;
    way.command = "  /opt/ssh  -F my_config ";
    _cleanup_(strv_freep) char **words = NULL;
    assert_int_equal(ssh_argv(&words, &way, "x"), 0);
    assert_string_equal(words[0], "/opt/ssh");
    assert_string_equal(words[1], "-F");
    assert_string_equal(words[2], "my_config");
    char many[512];
    memset(many, ' ', sizeof many);
    for (size_t i = 0; i < sizeof many; i += 2) {
        many[i] = 'x';
    }
    many[sizeof many - 1] = '\0';
    way.command = many;
    assert_int_equal(ssh_argv(&words, &way, "x"), -E2BIG);
}

static int set_up(void **state) {
    *state = scratch_make();
    return setenv("XDG_RUNTIME_DIR", *state, 1);
}

static int tear_down(void **state) {
    *state = scratch_remove(*state);
    return 0;
}

static void all_connections_go_through_one(void **state) {
    _cleanup_(strv_freep) char **words = NULL;
    _cleanup_free_ char *path = NULL;
    assert_int_equal(
        str_printf(&path, "ControlPath=%s/crystalmath-ssh/%%C", (char *)*state), 0);
    assert_int_equal(ssh_argv(&words, &batch, "x"), 0);
    assert_true(has(words, "ControlMaster=auto"));
    assert_true(has(words, path));
}

static void a_socket_that_others_could_reach_is_not_used(void **state) {
    _cleanup_(strv_freep) char **words = NULL;
    _cleanup_free_ char *folder = scratch_path(*state, "crystalmath-ssh");
    assert_int_equal(mkdir(folder, 0700), 0);
    assert_int_equal(chmod(folder, 0755), 0);
    assert_int_equal(ssh_argv(&words, &batch, "x"), 0);
    assert_false(has(words, "ControlMaster=auto"));
}

static void a_socket_whose_path_is_too_long_is_not_used(void **state) {
    _cleanup_(strv_freep) char **words = NULL;
    char name[100];
    memset(name, 'd', sizeof name);
    name[sizeof name - 1] = '\0';
    _cleanup_free_ char *deep = scratch_path(*state, name);
    assert_int_equal(mkdir(deep, 0700), 0);
    assert_int_equal(setenv("XDG_RUNTIME_DIR", deep, 1), 0);
    assert_int_equal(ssh_argv(&words, &batch, "x"), 0);
    assert_false(has(words, "ControlMaster=auto"));
}

static void options_and_spaces_are_no_hosts(void **state) {
    (void)state;
    assert_true(ssh_host_is_valid("me@login1.example.org"));
    assert_true(ssh_host_is_valid("::1"));
    assert_false(ssh_host_is_valid(NULL));
    assert_false(ssh_host_is_valid(""));
    assert_false(ssh_host_is_valid("-oProxyCommand=x"));
    assert_false(ssh_host_is_valid("a b"));
    assert_false(ssh_host_is_valid("a\nb"));
    assert_false(ssh_host_is_valid("caf\xc3\xa9"));
}

static int make(size_t skip) {
    _cleanup_(strv_freep) char **words = NULL;
    alloc_fault_arm(skip);
    return ssh_argv(&words, &batch, "x");
}

static void without_memory_there_are_no_words(void **state) {
    (void)state;
    size_t failures = 0;
    int r = 0;
    /* Where the shared connection's folder cannot be named, there are words without it.
     */
    for (size_t skip = 0; r = make(skip), alloc_fault_disarm(); skip++) {
        assert_true(r == 0 || r == -ENOMEM);
        failures += r < 0;
    }
    assert_int_equal(r, 0);
    assert_true(failures > 10);
}

static void a_connection_is_opened_by_one_and_used_by_the_others(void **state) {
    (void)state;
    _cleanup_(strv_freep) char **opens = NULL;
    _cleanup_(strv_freep) char **uses = NULL;
    assert_int_equal(ssh_open_argv(&opens, &batch, "/run/100%/s"), 0);
    assert_true(has(opens, "ControlMaster=yes"));
    assert_true(has(opens, "ControlPath=/run/100%%/s"));
    assert_true(has(opens, "BatchMode=yes"));
    assert_true(has(opens, "-N"));
    assert_string_equal(opens[strv_length(opens) - 1], "login1");
    assert_int_equal(ssh_through_argv(&uses, &batch, "/s", "x"), 0);
    assert_true(has(uses, "ControlMaster=no"));
    assert_true(has(uses, "ProxyCommand=false"));
    assert_string_equal(uses[strv_length(uses) - 1], "x");
    strv_free(uses);
    assert_int_equal(ssh_through_argv(&uses, &batch, "/s", NULL), 0);
    assert_false(has(uses, "login1"));
}

static void a_socket_is_of_one_host_and_one_command(void **state) {
    (void)state;
    _cleanup_free_ char *one = NULL;
    _cleanup_free_ char *same = NULL;
    _cleanup_free_ char *host = NULL;
    _cleanup_free_ char *command = NULL;
    assert_int_equal(ssh_control_path(&one, "ssh", "login1"), 0);
    assert_int_equal(ssh_control_path(&same, "ssh", "login1"), 0);
    assert_int_equal(ssh_control_path(&host, "ssh", "login2"), 0);
    assert_int_equal(ssh_control_path(&command, "ssh -F x", "login1"), 0);
    assert_string_equal(one, same);
    assert_string_not_equal(one, host);
    assert_string_not_equal(one, command);
}

static void
the_text_for_a_host_has_nothing_that_some_shell_reads_otherwise(void **state) {
    (void)state;
    _cleanup_buf_ struct buf text = BUF_NULL;
    char *words[] = {(char[]){"a"}, (char[]){"b'\\!\n\xff"}, NULL};
    assert_int_equal(ssh_remote_text(&text, words), 0);
    assert_int_equal(buf_append(&text, "", 1), 0);
    assert_string_equal(
        buf_bytes(&text),
        "exec sh -c 'eval \"$(printf %b \"$1\")\"' sh 'echo crystalmath begins; a "
        "\\0047b\\0047\\0134\\0047\\0047\\0134\\0041\\0012\\0377\\0047; s=$?; "
        "[ $s -ne 255 ] || s=254; exit $s'");
}

static int make_all(void *data) {
    (void)data;
    _cleanup_(strv_freep) char **opens = NULL;
    _cleanup_(strv_freep) char **uses = NULL;
    _cleanup_free_ char *path = NULL;
    _cleanup_buf_ struct buf text = BUF_NULL;
    char *words[] = {(char[]){"a b"}, NULL};
    int r = ssh_control_path(&path, "ssh", "login1");
    r = r < 0 ? r : ssh_remote_text(&text, words);
    r = r < 0 ? r : ssh_open_argv(&opens, &batch, path);
    return r < 0 ? r : ssh_through_argv(&uses, &batch, path, "x");
}

static void without_memory_there_is_no_connection(void **state) {
    (void)state;
    assert_true(alloc_fault_sweep(make_all, NULL, -ENOMEM) > 20);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(host_and_command_are_the_last_words),
        cmocka_unit_test(nothing_is_asked_unless_somebody_may_answer),
        cmocka_unit_test(what_ssh_is_called_may_have_options),
        cmocka_unit_test_setup_teardown(all_connections_go_through_one, set_up,
                                        tear_down),
        cmocka_unit_test_setup_teardown(a_socket_that_others_could_reach_is_not_used,
                                        set_up, tear_down),
        cmocka_unit_test_setup_teardown(a_socket_whose_path_is_too_long_is_not_used,
                                        set_up, tear_down),
        cmocka_unit_test(options_and_spaces_are_no_hosts),
        cmocka_unit_test_setup_teardown(without_memory_there_are_no_words, set_up,
                                        tear_down),
        cmocka_unit_test(a_connection_is_opened_by_one_and_used_by_the_others),
        cmocka_unit_test_setup_teardown(a_socket_is_of_one_host_and_one_command, set_up,
                                        tear_down),
        cmocka_unit_test(
            the_text_for_a_host_has_nothing_that_some_shell_reads_otherwise),
        cmocka_unit_test_setup_teardown(without_memory_there_is_no_connection, set_up,
                                        tear_down),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
