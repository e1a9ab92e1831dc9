/* Programs, launchers and inputs as a machine has them. */
#include "site/site.h"

#include "base/buf.h"
#include "base/cleanup.h"
#include "base/str.h"
#include "codes/code.h"
#include "codes/code_check.h"
#include "config/config.h"
#include "support/alloc_fault.h"
#include "support/scratch.h"

#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include <cmocka.h>

static int set_up(void **state) {
    *state = scratch_make();
    return 0;
}

static int tear_down(void **state) {
    *state = scratch_remove(*state);
    return 0;
}

static char *write_file(void *scratch, const char *name, const char *text, int mode) {
    char *path = scratch_path(scratch, name);
    FILE *file = fopen(path, "w");
    assert_non_null(file);
    (void)fputs(text, file);
    assert_int_equal(fclose(file), 0);
    assert_int_equal(chmod(path, (mode_t)mode), 0);
    return path;
}

static void make(void *scratch, const char *name) {
    free(write_file(scratch, name, "#!/bin/sh\n", 0755));
}

static struct config *configure(void *scratch, const char *text) {
    _cleanup_free_ char *path = write_file(scratch, "config.ini", text, 0644);
    struct config *config = NULL;
    assert_int_equal(config_load(&config, path, false), 0);
    assert_int_equal(config_check(config, NULL), 0);
    return config;
}

/* What is asked in a test: a code with one of its inputs, on a PATH. */
struct ask {
    const struct config *config;
    const struct code *code;
    const char *input;
    int cores;
    char *env[4];
    struct errmsg msg;
};

static int find(struct ask *ask, struct site_way *way) {
    return site_find(
        way, ask->config, ask->code,
        code_programs(ask->code, ask->input, strlen(ask->input), NULL, ask->cores),
        ask->cores, ask->env, &ask->msg);
}

static char *joined(char *const *words) {
    _cleanup_buf_ struct buf text = BUF_NULL;
    for (; words && *words; words++) {
        assert_int_equal(buf_printf(&text, "%s%s", buf_len(&text) ? " " : "", *words),
                         0);
    }
    return buf_len(&text) ? buf_take_string(&text) : strdup("");
}

/* Everything goes before the program: "LAUNCHER | PROGRAM | FROM". */
static void check_way(struct ask *ask, const char *want) {
    struct site_way way;
    ask->msg.text[0] = '\0';
    int r = find(ask, &way);
    assert_string_equal(ask->msg.text, "");
    assert_int_equal(r, 0);
    _cleanup_free_ char *launcher = joined(way.launcher);
    _cleanup_free_ char *program = joined(way.program);
    _cleanup_free_ char *got = NULL;
    assert_int_equal(str_printf(&got, "%s | %s | %s", launcher, program, way.from), 0);
    assert_string_equal(got, want);
    site_way_deinit(&way);
}

static void check_refused(struct ask *ask, const char *part) {
    struct site_way way;
    assert_int_equal(find(ask, &way), SITE_E_MISSING);
    if (!strstr(ask->msg.text, part)) {
        fail_msg("'%s' is not in: %s", part, ask->msg.text);
    }
}

static char *path_of(void *scratch) {
    char *path = NULL;
    assert_int_equal(str_printf(&path, "PATH=%s", (char *)scratch), 0);
    return path;
}

static void
programs_are_found_on_path_by_name_and_launched_on_several_cores(void **state) {
    _cleanup_free_ char *path = path_of(*state);
    struct ask ask = {NULL,       code_by_name("quantum_espresso"), "", 1, {path},
                      ERRMSG_NULL};
    check_refused(&ask, "pw.x was not found on your PATH");
    free(write_file(*state, "pw.x", "", 0644));
    check_refused(&ask, "pw.x was found, but is not executable, on your PATH");
    make(*state, "pw.x");
    check_way(&ask, " | pw.x | PATH");
    ask.cores = 3;
    check_refused(&ask, "mpirun, which starts a job on several cores, was not found");
    make(*state, "mpirun");
    check_way(&ask, "mpirun -np 3 | pw.x | PATH");
}

static void a_variable_names_the_folder_where_path_has_none(void **state) {
    _cleanup_free_ char *folder = NULL;
    _cleanup_free_ char *want = NULL;
    char path[] = "PATH=/nowhere";
    char version[] = "VERSION=v1";
    struct ask ask = {NULL, code_by_name("crystal"), "", 1, {path}, ERRMSG_NULL};
    assert_int_equal(str_printf(&folder, "CRY23_EXEDIR=%s", (char *)*state), 0);
    ask.env[1] = folder;
    ask.env[2] = version;
    _cleanup_free_ char *below = scratch_path(*state, "v1");
    assert_int_equal(mkdir(below, 0700), 0);
    make(*state, "v1/crystalOMP");
    assert_int_equal(
        str_printf(&want, " | %s/v1/crystalOMP | CRY23_EXEDIR", (char *)*state), 0);
    check_way(&ask, want);
}

static void the_configuration_counts_before_all_and_setup_may_bring_it(void **state) {
    _cleanup_free_ char *path = path_of(*state);
    make(*state, "pw.x");
    make(*state, "own");
    _cleanup_config_ struct config *config =
        configure(*state, "[code.quantum_espresso]\ncommand = own  --fast\n");
    struct ask ask = {config,     code_by_name("quantum_espresso"), "", 1, {path},
                      ERRMSG_NULL};
    check_way(&ask, " | own --fast | config.ini");
    _cleanup_config_ struct config *wrong =
        configure(*state, "[code.quantum_espresso]\ncommand = not-there\n");
    ask.config = wrong;
    check_refused(&ask, "not-there, which command of [code.quantum_espresso]");
    _cleanup_config_ struct config *later =
        configure(*state, "[code.quantum_espresso]\ncommand = not-there\n"
                          "setup = module load one\nsetup = module load two\n");
    ask.config = later;
    struct site_way way;
    assert_int_equal(find(&ask, &way), 0);
    assert_string_equal(way.setup, "module load one\nmodule load two");
    site_way_deinit(&way);
}

static void launchers_get_the_cores_in_their_own_way(void **state) {
    static const struct {
        const char *config, *code;
        int cores;
        const char *want;
    } cases[] = {
        {"launcher = /usr/bin/mpiexec --x", "vasp", 2,
         "/usr/bin/mpiexec --x -np 2 | vasp_std | PATH"},
        {"launcher = srun", "vasp", 2, "srun -n 2 | vasp_std | PATH"},
        {"launcher = srun", "vasp", 1, "srun -n 1 | vasp_std | PATH"},
        {"launcher = srun -n{cores}/{cores}x", "vasp", 12,
         "srun -n12/{cores}x | vasp_std | PATH"},
        {"launcher = none", "vasp", 2, " | vasp_std | PATH"},
        {"launcher = srun", "crystal", 1, " | crystal | PATH"},
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        _cleanup_free_ char *text = NULL;
        /* With lines of setup nothing has to be there. */
        assert_int_equal(str_printf(&text, "[code.%s]\n%s\nsetup = true\n",
                                    cases[i].code, cases[i].config),
                         0);
        _cleanup_config_ struct config *config = configure(*state, text);
        struct ask ask = {config, code_by_name(cases[i].code),
                          "",     cases[i].cores,
                          {NULL}, ERRMSG_NULL};
        check_way(&ask, cases[i].want);
    }
}

static void
a_configured_vasp_is_changed_into_its_kin_where_that_is_there(void **state) {
    _cleanup_free_ char *path = path_of(*state);
    make(*state, "my_std.x");
    _cleanup_config_ struct config *config =
        configure(*state, "[code.vasp]\ncommand = my_std.x\n");
    struct ask ask = {config, code_by_name("vasp"), "", 1, {path}, ERRMSG_NULL};
    check_way(&ask, " | my_std.x | config.ini");
    ask.input = "LSORBIT = .TRUE.";
    check_refused(&ask, "my_ncl.x, which command of [code.vasp]");
    make(*state, "my_ncl.x");
    check_way(&ask, " | my_ncl.x | config.ini");
}

static void variables_of_a_code_take_the_place_of_those_that_are_there(void **state) {
    _cleanup_config_ struct config *config =
        configure(*state, "[code.vasp]\nenvironment = A=1  B_2=x=y # mine\n");
    char old[] = "A=0", other[] = "AB=3";
    char *const given[] = {old, other, NULL};
    char **env = strv_copy(given);
    assert_int_equal(site_environment(&env, config, code_by_name("vasp")), 0);
    _cleanup_free_ char *text = joined(env);
    assert_string_equal(text, "A=1 AB=3 B_2=x=y");
    assert_string_equal(site_variable(env, "B_2"), "x=y");
    assert_null(site_variable(env, "B"));
    strv_free(env);
}

static int find_without_memory(void *data) {
    struct site_way way = {NULL, NULL, "", NULL};
    int r = find(data, &way);
    if (r == 0) {
        site_way_deinit(&way);
    }
    return r;
}

static int set_without_memory(void *data) {
    char old[] = "A=0";
    char *const given[] = {old, NULL};
    char **env = strv_copy(given);
    int r = env ? site_environment(&env, data, code_by_name("vasp")) : -ENOMEM;
    strv_free(env);
    return r;
}

static void without_memory_nothing_is_made(void **state) {
    _cleanup_free_ char *path = path_of(*state);
    make(*state, "my_std.x");
    make(*state, "my_gam.x");
    make(*state, "mpirun");
    _cleanup_config_ struct config *config =
        configure(*state, "[code.vasp]\ncommand = my_std.x a\nenvironment = A=1 B=2\n");
    struct ask ask = {config, code_by_name("vasp"), "", 2, {path}, ERRMSG_NULL};
    assert_true(alloc_fault_sweep(find_without_memory, &ask, -ENOMEM) > 5);
    assert_true(alloc_fault_sweep(set_without_memory, config, -ENOMEM) > 3);
}

/* ---- versions and folders ---- */

#define BANNER                                                                         \
    "#!/bin/sh\ncat >/dev/null\n[ -z \"$(ls)\" ] && echo '     Program PWSCF v.7.9 "   \
    "starts on  1Jan2026 at  0: 0: 0 '\necho more > left\n"

static void a_program_says_its_version_in_an_empty_folder(void **state) {
    _cleanup_free_ char *program = write_file(*state, "pw.x", BANNER, 0755);
    _cleanup_free_ char *silent = write_file(*state, "silent", "#!/bin/sh\n", 0755);
    char path[] = "PATH=/usr/bin:/bin";
    char *env[] = {path, NULL};
    char *words[] = {program, NULL};
    struct site_way way = {words, NULL, "true", NULL};
    char *version = NULL;
    const struct code *code = code_by_name("quantum_espresso");
    assert_int_equal(site_version(&way, code, env, &version), 0);
    assert_non_null(version);
    assert_non_null(strstr(version, "7.9"));
    free(version);
    words[0] = silent;
    assert_int_equal(site_version(&way, code, env, &version), 0);
    assert_null(version);
}

static void folders_of_pseudopotentials_are_counted(void **state) {
    _cleanup_free_ char *variable = NULL;
    struct site_folder folder;
    free(write_file(*state, "Si.UPF", "", 0644));
    free(write_file(*state, "C.upf", "", 0644));
    free(write_file(*state, "notes", "", 0644));
    assert_int_equal(str_printf(&variable, "ESPRESSO_PSEUDO=%s", (char *)*state), 0);
    char *env[] = {variable, NULL};
    assert_int_equal(site_pseudo_folder(0, "quantum_espresso", env, &folder), 0);
    assert_string_equal(folder.path, (char *)*state);
    assert_string_equal(folder.from, "ESPRESSO_PSEUDO");
    assert_int_equal(folder.files, 2);
    free(folder.path);
    assert_int_equal(site_pseudo_folder(0, "vasp", env, &folder), 0);
    assert_null(folder.path);
    assert_int_equal(site_pseudo_folder(99, "vasp", env, &folder), SITE_E_MISSING);
}

/* ---- files ---- */

#define PWX "&control\n/\n&system\n/\n&electrons\n/\n"

static void the_input_of_a_folder_is_the_named_one_or_the_only_one(void **state) {
    struct errmsg msg = ERRMSG_NULL;
    char *name = NULL;
    assert_int_equal(site_input_of_folder(*state, &name, &msg), SITE_E_MISSING);
    assert_non_null(strstr(msg.text, "no input of a known code"));
    free(write_file(*state, "notes", "text\n", 0644));
    free(write_file(*state, "si.in", PWX, 0644));
    assert_int_equal(site_input_of_folder(*state, &name, &msg), 0);
    assert_string_equal(name, "si.in");
    free(name);
    free(write_file(*state, "more.in", PWX, 0644));
    assert_int_equal(site_input_of_folder(*state, &name, &msg), SITE_E_MISSING);
    assert_non_null(strstr(msg.text, "several inputs"));
    free(write_file(*state, "INPUT", "t\nCRYSTAL\nEND\n", 0644));
    assert_int_equal(site_input_of_folder(*state, &name, &msg), 0);
    assert_string_equal(name, "INPUT");
    free(name);
    free(write_file(*state, "INCAR", "", 0644));
    assert_int_equal(site_input_of_folder(*state, &name, &msg), 0);
    assert_string_equal(name, "INCAR");
    free(name);
    assert_int_equal(site_input_of_folder("/no/such", &name, &msg), SITE_E_MISSING);
}

static int look_without_memory(void *data) {
    char *name = NULL;
    struct errmsg msg;
    int r = site_input_of_folder(data, &name, &msg);
    free(name);
    return r;
}

static void a_look_without_memory_names_none(void **state) {
    free(write_file(*state, "si.in", PWX, 0644));
    assert_true(alloc_fault_sweep(look_without_memory, *state, -ENOMEM) > 3);
}

static void a_file_beside_is_read_to_the_most(void **state) {
    _cleanup_buf_ struct buf text = BUF_NULL;
    free(write_file(*state, "a", "0123456789", 0644));
    assert_int_equal(site_read_beside(*state, "a", 4, &text), 0);
    assert_int_equal(buf_len(&text), 4);
    assert_int_equal(site_read_beside(*state, "a", 100, &text), 0);
    assert_memory_equal(buf_bytes(&text), "01230123456789", 14);
    assert_int_equal(site_read_beside(*state, "b", 4, &text), -ENOENT);
    assert_int_equal(site_read_beside(*state, "/", 4, &text), -EINVAL);
    assert_int_equal(buf_len(&text), 14);
}

static void expect_places(void *scratch, const char *outdir, size_t errors) {
    _cleanup_free_ char *text = NULL;
    struct code_findings findings = {NULL, 0, 0};
    char *env[] = {NULL};
    assert_int_equal(str_printf(&text,
                                "&control\n outdir='%s'\n/\n&system\n ibrav=1, "
                                "celldm(1)=9, nat=1, ntyp=1, ecutwfc=9\n/\n"
                                "&electrons\n/\n",
                                outdir),
                     0);
    assert_int_equal(site_check_places(code_by_name("quantum_espresso"), "x.in", text,
                                       strlen(text), env, scratch, &findings),
                     0);
    assert_int_equal(findings.errors, errors);
    code_findings_deinit(&findings);
}

static void folders_that_a_run_cannot_write_to_are_found(void **state) {
    free(write_file(*state, "file", "x", 0644));
    expect_places(*state, "./new/below", 0);
    expect_places(*state, "file", 1);
    expect_places(*state, "./file/below", 1);
    _cleanup_free_ char *file = scratch_path(*state, "file");
    expect_places(file, "./x", 1);
}

int main(void) {
#define TEST(f) cmocka_unit_test_setup_teardown(f, set_up, tear_down)
    const struct CMUnitTest tests[] = {
        TEST(programs_are_found_on_path_by_name_and_launched_on_several_cores),
        TEST(a_variable_names_the_folder_where_path_has_none),
        TEST(the_configuration_counts_before_all_and_setup_may_bring_it),
        TEST(launchers_get_the_cores_in_their_own_way),
        TEST(a_configured_vasp_is_changed_into_its_kin_where_that_is_there),
        TEST(variables_of_a_code_take_the_place_of_those_that_are_there),
        TEST(without_memory_nothing_is_made),
        TEST(a_program_says_its_version_in_an_empty_folder),
        TEST(folders_of_pseudopotentials_are_counted),
        TEST(the_input_of_a_folder_is_the_named_one_or_the_only_one),
        TEST(a_look_without_memory_names_none),
        TEST(a_file_beside_is_read_to_the_most),
        TEST(folders_that_a_run_cannot_write_to_are_found),
    };
    return cmocka_run_group_tests_name("site", tests, NULL, NULL);
}
