/* The server's command line. */
#include "server/options.h"

#include "base/cleanup.h"
#include "base/log.h"

#include <getopt.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

static int read_options(char **argv, struct server_options *out, struct errmsg *msg) {
    int argc = 0;
    while (argv[argc]) {
        argc++;
    }
    optind = 0; /* getopt keeps its place between the tests */
    return options_read(argc, argv, out, msg);
}

#define ARGS(...) ((char *[]){(char[]){"crystalmath-server"}, __VA_ARGS__, NULL})
#define ARG(text) ((char[]){text})

static int set_up(void **state) {
    (void)state;
    return setenv("XDG_STATE_HOME", "/some/state", 1) |
           setenv("XDG_RUNTIME_DIR", "", 1);
}

static void without_options_everything_has_its_usual_place(void **state) {
    (void)state;
    _cleanup_(options_deinit) struct server_options o = {0};
    char *argv[] = {ARG("crystalmath-server"), NULL};
    assert_int_equal(read_options(argv, &o, NULL), 0);
    assert_string_equal(o.db_path, "/some/state/crystalmath/crystalmath.db");
    assert_string_equal(o.runs_dir, "/some/state/crystalmath/runs");
    assert_string_equal(o.log_path, "/some/state/crystalmath/server.log");
    assert_int_equal(o.timeout_ms, -1);
    assert_int_equal(o.stall_seconds, -1);
    assert_int_equal(o.ready_fd, -1);
    assert_false(o.foreground);
}

static void options_are_taken_as_given(void **state) {
    (void)state;
    _cleanup_(options_deinit) struct server_options o = {0};
    char **argv = ARGS(ARG("--socket"), ARG("/a/s"), ARG("--foreground"),
                       ARG("--timeout=0.25"), ARG("--db-path"), ARG("/b/jobs.db"),
                       ARG("-v"), ARG("--ready-fd"), ARG("7"));
    assert_int_equal(read_options(argv, &o, NULL), 0);
    assert_string_equal(o.socket_path, "/a/s");
    assert_string_equal(o.db_path, "/b/jobs.db");
    assert_string_equal(o.state_dir, "/b");
    assert_string_equal(o.log_path, "/b/server.log");
    assert_int_equal(o.timeout_ms, 250);
    assert_int_equal(o.ready_fd, 7);
    assert_true(o.foreground && o.verbose);
}

static void what_no_option_says_is_configured(void **state) {
    (void)state;
    _cleanup_(options_deinit) struct server_options o = {0};
    struct config *config = NULL;
    assert_int_equal(read_options(ARGS(ARG("--timeout=7"), ARG("-v")), &o, NULL), 0);
    assert_int_equal(config_new(&config), 0);
    options_configure(&o, config);
    assert_int_equal(o.timeout_ms, 7000);
    assert_int_equal(o.stall_seconds, 120);
    assert_int_equal(config_source(config, CONFIG_SERVER_TIMEOUT), CONFIG_FROM_OPTION);
    assert_int_equal(config_number(config, CONFIG_SERVER_TIMEOUT), 7000);
    assert_int_equal(config_number(config, CONFIG_SERVER_LOG_LEVEL), LOG_LEVEL_DEBUG);
    assert_int_equal(config_source(config, CONFIG_SERVER_STALL_TIMEOUT),
                     CONFIG_FROM_DEFAULT);
}

static void relative_paths_are_made_absolute(void **state) {
    (void)state;
    _cleanup_(options_deinit) struct server_options o = {0};
    assert_int_equal(read_options(ARGS(ARG("--socket"), ARG("s.sock")), &o, NULL), 0);
    assert_int_equal(o.socket_path[0], '/');
}

static void mistakes_are_named(void **state) {
    (void)state;
    struct {
        char **argv;
        const char *word;
    } cases[] = {
        {ARGS(ARG("--nonsense")), "--nonsense"},
        {ARGS(ARG("--timeout"), ARG("soon")), "soon"},
        {ARGS(ARG("--timeout"), ARG("-1")), "-1"},
        {ARGS(ARG("--timeout"), ARG("nan")), "nan"},
        {ARGS(ARG("--timeout"), ARG("1s")), "1s"},
        {ARGS(ARG("--timeout"), ARG("99999999999")), "99999999999"},
        {ARGS(ARG("--socket")), "--socket"},
        {ARGS(ARG("now")), "now"},
    };
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        struct server_options o = {0};
        struct errmsg msg = ERRMSG_NULL;
        assert_int_equal(read_options(cases[i].argv, &o, &msg), OPTIONS_E_USAGE);
        assert_non_null(strstr(msg.text, cases[i].word));
        assert_null(o.socket_path);
    }
}

static void help_and_version_are_asked_for(void **state) {
    (void)state;
    struct server_options o = {0};
    assert_int_equal(read_options(ARGS(ARG("--help")), &o, NULL), OPTIONS_E_HELP);
    assert_int_equal(read_options(ARGS(ARG("--version")), &o, NULL), OPTIONS_E_VERSION);
    assert_non_null(strstr(options_help(), "--db-path"));
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup(without_options_everything_has_its_usual_place, set_up),
        cmocka_unit_test_setup(options_are_taken_as_given, set_up),
        cmocka_unit_test_setup(what_no_option_says_is_configured, set_up),
        cmocka_unit_test_setup(relative_paths_are_made_absolute, set_up),
        cmocka_unit_test_setup(mistakes_are_named, set_up),
        cmocka_unit_test_setup(help_and_version_are_asked_for, set_up),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
