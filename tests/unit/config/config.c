/* config.ini: values, where they are from, and what is said of mistakes. */
#include "config/config.h"

#include "base/log.h"
#include "base/platform.h"
#include "support/alloc_fault.h"
#include "support/scratch.h"

#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <string.h>
#include <sys/stat.h>

#include <cmocka.h>

static int set_up(void **state) {
    *state = scratch_make();
    return setenv("HOME", "/home/me", 1) | unsetenv("XDG_DATA_HOME") |
           unsetenv("XDG_CONFIG_HOME");
}

static int tear_down(void **state) {
    *state = scratch_remove(*state);
    return unsetenv("CRYSTALMATH_SERVER_CORES") | unsetenv("CRYSTALMATH_JOBS_RETRIES");
}

/* The path of a file with these bytes; freed by the caller. */
static char *write_bytes(void *scratch, const void *bytes, size_t n) {
    char *path = scratch_path(scratch, "config.ini");
    FILE *file = fopen(path, "w");
    assert_non_null(file);
    assert_int_equal(fwrite(bytes, 1, n, file), n);
    assert_int_equal(fclose(file), 0);
    return path;
}

static struct config *load_bytes(void *scratch, const void *bytes, size_t n) {
    _cleanup_free_ char *path = write_bytes(scratch, bytes, n);
    struct config *config = NULL;
    assert_int_equal(config_load(&config, path, true), 0);
    return config;
}

static struct config *load(void *scratch, const char *text) {
    return load_bytes(scratch, text, strlen(text));
}

/* The only problem, behind "PATH:LINE: " or "PATH: ". */
static const char *problem(const struct config *config, int line) {
    const struct config_problem *problems = NULL;
    assert_int_equal(config_problems(config, &problems), 1);
    assert_int_equal(problems[0].line, line);
    const char *path = config_path(config);
    assert_memory_equal(problems[0].text, path, strlen(path));
    const char *text = strstr(problems[0].text, ": ");
    assert_non_null(text);
    return text + 2;
}

static void assert_value(const struct config *config, enum config_key key,
                         const char *want) {
    _cleanup_free_ char *value = config_value(config, key);
    assert_string_equal(value, want);
}

static void without_a_file_everything_has_its_default(void **state) {
    _cleanup_config_ struct config *config = NULL;
    _cleanup_free_ char *path = scratch_path(*state, "no/such/config.ini");
    const struct config_problem *problems = NULL;
    assert_int_equal(config_load(&config, path, true), 0);
    assert_false(config_exists(config));
    assert_int_equal(config_problems(config, &problems), 0);
    assert_int_equal(config_check(config, NULL), 0);
    assert_int_equal(config_number(config, CONFIG_SERVER_TIMEOUT), 300000);
    assert_int_equal(config_number(config, CONFIG_SERVER_CORES), platform_cores());
    assert_int_equal(config_number(config, CONFIG_SERVER_MEMORY), platform_memory());
    assert_int_equal(config_number(config, CONFIG_SERVER_LOG_LEVEL), LOG_LEVEL_INFO);
    assert_string_equal(config_text(config, CONFIG_JOBS_COPY_DIRECTORY),
                        "/home/me/.local/share/crystalmath/jobs");
    assert_string_equal(config_text(config, CONFIG_NOTIFY_COMMAND), "");
    for (enum config_key key = 0; key < CONFIG_KEYS; key++) {
        assert_int_equal(config_source(config, key), CONFIG_FROM_DEFAULT);
        if (config_entry(key)->type != CONFIG_PATH) {
            assert_true(config_number(config, key) == config_number(NULL, key));
        }
    }
}

static void values_are_taken_with_the_line_they_stand_in(void **state) {
    _cleanup_config_ struct config *config =
        load(*state, "\xEF\xBB\xBF# mine\n[server]\r\n  timeout = 1.5h ; long\n"
                     "cores: 3  # few\nmemory=16G\nlog_level = warning\n\n[jobs]\n"
                     "grace = 2.5\ncopy_directory = ~/fresh jobs\n[notify]\n"
                     "on = failed lost,not_converged\n[server]\nstall_timeout=2m");
    const struct config_problem *problems = NULL;
    assert_int_equal(config_problems(config, &problems), 0);
    assert_int_equal(config_number(config, CONFIG_SERVER_TIMEOUT), 5400000);
    assert_int_equal(config_source(config, CONFIG_SERVER_TIMEOUT), CONFIG_FROM_FILE);
    assert_int_equal(config_line(config, CONFIG_SERVER_TIMEOUT), 3);
    assert_int_equal(config_number(config, CONFIG_SERVER_CORES), 3);
    assert_int_equal(config_number(config, CONFIG_SERVER_MEMORY), INT64_C(16) << 30);
    assert_int_equal(config_number(config, CONFIG_SERVER_LOG_LEVEL), LOG_LEVEL_WARNING);
    assert_int_equal(config_number(config, CONFIG_JOBS_GRACE), 2500);
    assert_string_equal(config_text(config, CONFIG_JOBS_COPY_DIRECTORY),
                        "/home/me/fresh jobs");
    assert_int_equal(config_number(config, CONFIG_NOTIFY_ON),
                     1 << CONFIG_EVENT_FAILED | 1 << CONFIG_EVENT_LOST |
                         1 << CONFIG_EVENT_NOT_CONVERGED);
    assert_int_equal(config_number(config, CONFIG_SERVER_STALL_TIMEOUT), 120000);
    assert_int_equal(config_line(config, CONFIG_SERVER_STALL_TIMEOUT), 14);
    assert_value(config, CONFIG_SERVER_TIMEOUT, "5400");
    assert_value(config, CONFIG_SERVER_MEMORY, "16G");
    assert_value(config, CONFIG_JOBS_GRACE, "2.5");
    assert_value(config, CONFIG_NOTIFY_ON, "not_converged, failed, lost");
}

static void a_command_keeps_its_semicolons_and_its_length(void **state) {
    char text[3000] = "[notify]\ncommand = ";
    const char *command = "cat >/dev/null; echo a ; echo \"#b\" # c = d";
    (void)strcat(text, command);
    for (int i = 0; i < 250; i++) {
        (void)strcat(text, " ; true");
    }
    _cleanup_config_ struct config *config = load(*state, text);
    assert_int_equal(config_check(config, NULL), 0);
    assert_string_equal(config_text(config, CONFIG_NOTIFY_COMMAND),
                        text + strlen("[notify]\ncommand = "));
}

static void lines_of_setup_add_up_and_variables_are_pairs(void **state) {
    _cleanup_config_ struct config *config =
        load(*state, "[code.vasp]\nsetup = module load a ; echo # b\n"
                     "environment = A=1 B_2==x # mine\nsetup = ulimit -s 1\n");
    assert_int_equal(config_check(config, NULL), 0);
    enum config_key key = config_code("vasp", "setup");
    assert_int_equal(key, CONFIG_VASP_SETUP);
    assert_string_equal(config_text(config, key),
                        "module load a ; echo # b\nulimit -s 1");
    assert_int_equal(config_line(config, key), 2);
    assert_value(config, key, "module load a ; echo # b; ulimit -s 1");
    assert_value(config, CONFIG_VASP_ENVIRONMENT, "A=1 B_2==x");
    assert_string_equal(config_text(NULL, CONFIG_VASP_LAUNCHER), "mpirun");
    assert_int_equal(config_code("vasp", "parallel_command"), CONFIG_KEYS);
    assert_int_equal(config_code("gaussian", "setup"), CONFIG_KEYS);
    _cleanup_config_ struct config *wrong =
        load(*state, "[code.vasp]\nenvironment = A=1 2B=3\n");
    assert_string_equal(problem(wrong, 2),
                        "environment takes words such as NAME=value, not 'A=1 2B=3'");
}

static void what_was_written_for_a_value_reads_as_that_value(void **state) {
    _cleanup_config_ struct config *config = NULL;
    (void)state;
    assert_int_equal(config_new(&config), 0);
    for (enum config_key key = 0; key < CONFIG_KEYS; key++) {
        const struct config_entry *entry = config_entry(key);
        _cleanup_free_ char *value = config_value(config, key);
        _cleanup_free_ char *text = NULL;
        assert_true(
            asprintf(&text, "[%s]\n%s = %s\n", entry->section, entry->name, value) > 0);
        _cleanup_config_ struct config *again = load(*state, text);
        assert_int_equal(config_check(again, NULL), 0);
        assert_value(again, key, value);
    }
}

static void every_mistake_is_named_with_its_line_and_its_mend(void **state) {
    static const struct {
        const char *text;
        int line;
        const char *says;
    } cases[] = {
        {"[server]\ntimout = 3\n", 2,
         "[server] has no key 'timout'; did you mean 'timeout'?"},
        {"[server]\nwhatsoever = 3\n", 2,
         "[server] has no key 'whatsoever'; `crystalmath config --sample` shows all "
         "that there is"},
        {"[servr]\ntimeout = 3\ncores = 7\n", 1,
         "there is no section [servr]; did you mean [server]?"},
        {"[xyz]\n", 1,
         "there is no section [xyz]; `crystalmath config --sample` shows all that "
         "there is"},
        {"[server\ntimeout = 3\n", 1, "the name of a section ends with ]"},
        {"\ntimeout = 3\n", 2,
         "timeout stands under no section and belongs under [server]"},
        {"[jobs]\ncores = 3\n", 2,
         "cores stands under [jobs] and belongs under [server]"},
        {"what = 3\n", 1, "'what' stands before the first [section]"},
        {"[server]\ncores\n# so\n", 2,
         "'cores' is neither [section] nor key = value; a comment begins with # or ;"},
        {"[server]\ncores = 0\n", 2,
         "cores takes a whole number from 1 to 65536, not '0'"},
        {"[server]\ncores = 4.5\n", 2,
         "cores takes a whole number from 1 to 65536, not '4.5'"},
        {"[server]\ntimeout =\n", 2,
         "timeout takes seconds (or a number with s, m, h or d) from 0 to 2147483, "
         "not ''"},
        {"[server]\ntimeout = 1e3\n", 2,
         "timeout takes seconds (or a number with s, m, h or d) from 0 to 2147483, "
         "not '1e3'"},
        {"[server]\nmemory = 4k\n", 2,
         "memory takes bytes (or a number with K, M, G or T) from 1M to 1024T, not "
         "'4k'"},
        {"[server]\nlog_level = debgu\n", 2,
         "log_level knows no 'debgu'; did you mean 'debug'?"},
        {"[tui]\nmouse = 17\n", 2, "mouse takes no or yes, not '17'"},
        {"[notify]\non = failed, lsot\n", 2,
         "on knows no 'lsot'; did you mean 'lost'?"},
        {"[jobs]\ncopy_directory = here\n", 2,
         "copy_directory takes a path that begins with / or ~/, not 'here'"},
        {"[jobs]\nretries = 1\nretries = 1\n", 3,
         "retries stands in line 2 as well; keep one of them"},
        {"[jobs]\nretries = \xFF\n", 2,
         "the line is not UTF-8 text; write it again, or convert the file with iconv"},
        {"[notify]\ncommand = a\033b\n", 2,
         "the line has a control character in it; take it out"},
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        _cleanup_config_ struct config *config = load(*state, cases[i].text);
        assert_string_equal(problem(config, cases[i].line), cases[i].says);
        assert_int_equal(config_check(config, NULL), -EINVAL);
    }
}

static void a_line_that_is_too_long_or_holds_a_nul_is_named(void **state) {
    char text[5000];
    memset(text, 'x', sizeof text);
    memcpy(text, "[tui]\n# ", 8);
    _cleanup_config_ struct config *longest = load_bytes(*state, text, sizeof text);
    assert_string_equal(problem(longest, 2),
                        "the line is longer than 4096 bytes; put a long command into a "
                        "script of its own");
    _cleanup_config_ struct config *nul =
        load_bytes(*state, "[tui]\nmo\0use = no\n", 17);
    assert_string_equal(problem(nul, 2), "the line is not UTF-8 text; write it again, "
                                         "or convert the file with iconv");
}

static void all_mistakes_are_told_at_once_and_change_nothing(void **state) {
    _cleanup_config_ struct config *config =
        load(*state, "[server]\ncores = none\ntimeout = 7\nfoo\n[jobs]\nretires = 1\n");
    const struct config_problem *problems = NULL;
    struct errmsg msg = ERRMSG_NULL;
    assert_int_equal(config_problems(config, &problems), 3);
    assert_int_equal(problems[0].line, 2);
    assert_int_equal(problems[1].line, 4);
    assert_int_equal(problems[2].line, 6);
    assert_int_equal(config_number(config, CONFIG_SERVER_CORES), platform_cores());
    assert_int_equal(config_number(config, CONFIG_SERVER_TIMEOUT), 7000);
    assert_int_equal(config_check(config, &msg), -EINVAL);
    for (size_t i = 0; i < 3; i++) {
        assert_non_null(strstr(msg.text, problems[i].text));
    }
    assert_non_null(strstr(msg.text, "crystalmath config --check"));
}

static void a_message_has_room_for_the_number_of_the_rest(void **state) {
    char text[4000] = "";
    for (int i = 0; i < 100; i++) {
        (void)strcat(text, "This line is nothing that may stand\n");
    }
    _cleanup_config_ struct config *config = load(*state, text);
    struct errmsg msg = ERRMSG_NULL;
    assert_int_equal(config_check(config, &msg), -EINVAL);
    assert_non_null(strstr(msg.text, "config.ini:1: 'This line is nothing"));
    assert_non_null(strstr(msg.text, " more. Mend that; `crystalmath config --check` "
                                     "shows all of it"));
}

static void what_cannot_be_read_is_a_problem(void **state) {
    _cleanup_config_ struct config *folder = NULL;
    _cleanup_config_ struct config *open_to_all = NULL;
    assert_int_equal(config_load(&folder, *state, true), 0);
    assert_string_equal(problem(folder, 0), "the file cannot be read: Is a directory");
    _cleanup_free_ char *path = write_bytes(*state, "", 0);
    assert_int_equal(chmod(path, 0666), 0);
    assert_int_equal(config_load(&open_to_all, path, true), 0);
    assert_non_null(strstr(problem(open_to_all, 0), "chmod o-w"));
}

static void the_environment_goes_over_the_file(void **state) {
    assert_int_equal(setenv("CRYSTALMATH_SERVER_CORES", "5", 1), 0);
    assert_int_equal(setenv("CRYSTALMATH_JOBS_RETRIES", "many", 1), 0);
    _cleanup_config_ struct config *config =
        load(*state, "[server]\ncores = 3\n[jobs]\nretries = 2\n");
    const struct config_problem *problems = NULL;
    assert_int_equal(config_number(config, CONFIG_SERVER_CORES), 5);
    assert_int_equal(config_source(config, CONFIG_SERVER_CORES),
                     CONFIG_FROM_ENVIRONMENT);
    assert_int_equal(config_line(config, CONFIG_SERVER_CORES), 0);
    assert_int_equal(config_number(config, CONFIG_JOBS_RETRIES), 2);
    assert_int_equal(config_problems(config, &problems), 1);
    assert_string_equal(problems[0].text,
                        "the variable CRYSTALMATH_JOBS_RETRIES: retries takes a whole "
                        "number from 0 to 100, not 'many'");
    config_override(config, CONFIG_SERVER_CORES, 9);
    assert_int_equal(config_number(config, CONFIG_SERVER_CORES), 9);
    assert_int_equal(config_source(config, CONFIG_SERVER_CORES), CONFIG_FROM_OPTION);
}

static void the_sample_changes_nothing_and_has_every_key(void **state) {
    _cleanup_buf_ struct buf sample = BUF_NULL;
    assert_int_equal(config_sample(&sample), 0);
    _cleanup_config_ struct config *config =
        load_bytes(*state, buf_bytes(&sample), buf_len(&sample));
    assert_int_equal(config_check(config, NULL), 0);
    assert_int_equal(buf_append(&sample, "", 1), 0);
    for (enum config_key key = 0; key < CONFIG_KEYS; key++) {
        char line[64];
        (void)snprintf(line, sizeof line, "\n#%s = ", config_entry(key)->name);
        assert_int_equal(config_source(config, key), CONFIG_FROM_DEFAULT);
        assert_non_null(strstr(buf_bytes(&sample), line));
    }
}

static void the_samples_lines_are_right_without_their_comment_mark(void **state) {
    _cleanup_buf_ struct buf sample = BUF_NULL;
    _cleanup_buf_ struct buf bare = BUF_NULL;
    assert_int_equal(config_sample(&sample), 0);
    assert_int_equal(buf_append(&sample, "", 1), 0);
    for (const char *at = buf_bytes(&sample); *at;) {
        size_t n = strcspn(at, "\n") + 1;
        bool is_key = at[0] == '#' && at[1] != ' ' && !strstr(at, "= # ");
        assert_int_equal(buf_append(&bare, at + is_key, n - is_key), 0);
        at += n;
    }
    _cleanup_config_ struct config *config =
        load_bytes(*state, buf_bytes(&bare), buf_len(&bare));
    assert_int_equal(config_check(config, NULL), 0);
}

static int load_it(void *path) {
    _cleanup_config_ struct config *config = NULL;
    return config_load(&config, path, true);
}

static void failed_allocations_are_reported(void **state) {
    static const char text[] =
        "[server]\ncores = 3\nlog_level = 7\nfoo\n[jobs]\ncopy_directory = ~/x\n";
    _cleanup_free_ char *path = write_bytes(*state, text, sizeof text - 1);
    assert_true(alloc_fault_sweep(load_it, path, -ENOMEM) >= 8);
}

int main(void) {
    const struct CMUnitTest tests[] = {
#define CASE(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)
        CASE(without_a_file_everything_has_its_default),
        CASE(values_are_taken_with_the_line_they_stand_in),
        CASE(a_command_keeps_its_semicolons_and_its_length),
        CASE(lines_of_setup_add_up_and_variables_are_pairs),
        CASE(what_was_written_for_a_value_reads_as_that_value),
        CASE(every_mistake_is_named_with_its_line_and_its_mend),
        CASE(a_line_that_is_too_long_or_holds_a_nul_is_named),
        CASE(all_mistakes_are_told_at_once_and_change_nothing),
        CASE(a_message_has_room_for_the_number_of_the_rest),
        CASE(what_cannot_be_read_is_a_problem),
        CASE(the_environment_goes_over_the_file),
        CASE(the_sample_changes_nothing_and_has_every_key),
        CASE(the_samples_lines_are_right_without_their_comment_mark),
        CASE(failed_allocations_are_reported),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
