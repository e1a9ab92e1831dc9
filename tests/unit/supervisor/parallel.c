/* A real parallel calculation: mpirun and the ranks of pw.x, from start to
 * cancellation. */
#include "exec/harness.h"

#include "base/cleanup.h"
#include "base/path.h"
#include "base/str.h"

#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>

static const char silicon[] = "&control\n"
                              "  calculation = 'scf'\n"
                              "  prefix = 'si'\n"
                              "  outdir = './tmp'\n"
                              "  pseudo_dir = '/usr/share/espresso/pseudo'\n"
                              "/\n"
                              "&system\n"
                              "  ibrav = 2, celldm(1) = 10.26, nat = 2, ntyp = 1\n"
                              "  ecutwfc = %d\n"
                              "/\n"
                              "&electrons\n"
                              "  conv_thr = %s\n"
                              "  electron_maxstep = 10000\n"
                              "/\n"
                              "ATOMIC_SPECIES\n"
                              " Si 28.0855 Si.pz-vbc.UPF\n"
                              "ATOMIC_POSITIONS alat\n"
                              " Si 0.00 0.00 0.00\n"
                              " Si 0.25 0.25 0.25\n"
                              "K_POINTS automatic\n"
                              " %d %d %d 0 0 0\n";

static bool is_installed(const char *program) {
    _cleanup_free_ char *path = NULL;
    return path_find_executable(&path, program, getenv("PATH")) == 0;
}

static bool can_run(void) {
    struct stat st;
    return is_installed("pw.x") && is_installed("mpirun") &&
           stat("/usr/share/espresso/pseudo/Si.pz-vbc.UPF", &st) == 0;
}

static void write_input(const struct harness *harness, int cutoff,
                        const char *threshold, int grid) {
    _cleanup_free_ char *input = NULL;
    assert_int_equal(str_printf(&input, silicon, cutoff, threshold, grid, grid, grid),
                     0);
    harness_write(harness->work, "si.in", input);
}

static void start_mpirun(struct harness *harness) {
    char *argv[] = {
        (char *)"mpirun", (char *)"-np", (char *)"2",     (char *)"--oversubscribe",
        (char *)"pw.x",   (char *)"-in", (char *)"si.in", NULL};
    char *env[] = {harness->env[0],
                   harness->env[1],
                   (char *)"OMP_NUM_THREADS=1",
                   (char *)"OMPI_ALLOW_RUN_AS_ROOT=1",
                   (char *)"OMPI_ALLOW_RUN_AS_ROOT_CONFIRM=1",
                   NULL};
    struct local_spec spec = harness_spec(harness, argv);
    spec.env = env;
    harness_start(harness, &spec);
}

static bool has_begun(const void *data) {
    const struct harness *harness = data;
    if (!harness_exists(harness->work, "out")) {
        return false;
    }
    _cleanup_free_ char *text = harness_read(harness, "out");
    return strstr(text, "iteration #") != NULL;
}

static void a_parallel_calculation_runs_to_its_end(void **state) {
    struct harness *harness = *state;
    write_input(harness, 12, "1e-6", 2);
    start_mpirun(harness);
    struct local_exit how = harness_end(harness);
    assert_int_equal(how.exit_code, 0);
    assert_true(how.cpu_seconds > 0);
    assert_true(how.peak_memory_bytes > 1024 * 1024);
    _cleanup_free_ char *text = harness_read(harness, "out");
    assert_non_null(strstr(text, "JOB DONE"));
}

static void a_cancelled_parallel_calculation_leaves_no_process(void **state) {
    struct harness *harness = *state;
    /* So much that it cannot come to its end before it is cancelled. */
    write_input(harness, 60, "1e-30", 12);
    start_mpirun(harness);
    harness_wait(has_begun, harness);
    assert_true(harness_count_processes(harness) >= 3);
    assert_int_equal(local_cancel(harness->run_dir), 0);
    struct local_exit how = harness_end(harness);
    assert_true(how.cancelled);
    assert_int_equal(how.survivors, 0);
    assert_int_equal(harness_count_processes(harness), 0);
}

static void ranks_of_a_killed_launcher_are_ended(void **state) {
    struct harness *harness = *state;
    write_input(harness, 60, "1e-30", 12);
    start_mpirun(harness);
    harness_wait(has_begun, harness);
    assert_int_equal(kill(harness_wait_started(harness).job, SIGKILL), 0);
    struct local_exit how = harness_end(harness);
    assert_int_equal(how.signal, SIGKILL);
    assert_false(how.cancelled);
    assert_int_equal(harness_count_processes(harness), 0);
}

int main(void) {
    if (!can_run()) {
        puts(
            "1..0 # SKIP pw.x, mpirun and the pseudopotentials of Quantum ESPRESSO are "
            "not installed");
        return 0;
    }
    const struct CMUnitTest tests[] = {
        WITH_HARNESS(a_parallel_calculation_runs_to_its_end),
        WITH_HARNESS(a_cancelled_parallel_calculation_leaves_no_process),
        WITH_HARNESS(ranks_of_a_killed_launcher_are_ended),
    };
    return cmocka_run_group_tests_name("supervisor: parallel programs", tests, NULL,
                                       NULL);
}
