/* Deaths without a word of the program's own: told apart by what others say, and by the
 * status. */
#include "samples.h"

#include "codes/outside.h"

#include "support/alloc_fault.h"

#include <errno.h>
#include <math.h>
#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

static void
each_way_to_die_is_known_by_the_words_of_those_who_tell_of_it(void **state) {
    (void)state;
    static const struct {
        const char *line;
        enum outside_cause cause;
    } known[] = {
        {"slurmstepd: error: *** JOB 7 ON n1 CANCELLED AT 2031-05-01T10:00:00 DUE TO "
         "TIME LIMIT ***",
         OUTSIDE_TIME},
        {"slurmstepd: error: *** STEP 7.0 ON n1 CANCELLED AT 2031-05-01T10:00:00 ***",
         OUTSIDE_CANCELLED},
        {"slurmstepd: error: *** JOB 7 ON n1 CANCELLED AT 2031-05-01T10:00:00 DUE TO "
         "NODE FAILURE, SEE SLURMCTLD LOG FOR DETAILS ***",
         OUTSIDE_NODE},
        {"slurmstepd: error: *** JOB 7 ON n1 CANCELLED AT 2031-05-01T10:00:00 DUE TO "
         "PREEMPTION ***",
         OUTSIDE_PREEMPTED},
        {"slurmstepd: error: Detected 1 oom-kill event(s) in StepId=7.0. Some of your "
         "processes may have been killed by the cgroup out-of-memory handler.",
         OUTSIDE_MEMORY_KILL},
        {"slurmstepd: error: Step 7.0 exceeded memory limit (4100 > 4096), being "
         "killed",
         OUTSIDE_MEMORY_KILL},
        {"srun: error: n1: task 3: Out Of Memory", OUTSIDE_MEMORY_KILL},
        {"srun: error: n1: tasks 0-3: Killed", OUTSIDE_KILLED},
        {"srun: error: n1: task 0: Terminated", OUTSIDE_TERMINATED},
        {"srun: error: n1: task 1: Segmentation fault (core dumped)", OUTSIDE_CRASH},
        {"srun: error: Node failure on n3", OUTSIDE_NODE},
        {"slurmstepd: error: execve(): pw.x: No such file or directory",
         OUTSIDE_NO_PROGRAM},
        {"slurmstepd: error: execve(): /opt/pw.x: Permission denied",
         OUTSIDE_NOT_ALLOWED},
        {"=>> PBS: job killed: walltime 3610 exceeded limit 3600", OUTSIDE_TIME},
        {"=>> PBS: job killed: mem 8400000kb exceeded limit 8388608kb",
         OUTSIDE_MEMORY_KILL},
        {"TERM_RUNLIMIT: job killed after reaching LSF run time limit.", OUTSIDE_TIME},
        {"TERM_MEMLIMIT: job killed after reaching LSF memory usage limit.",
         OUTSIDE_MEMORY_KILL},
        {"mpirun noticed that process rank 1 with PID 0 on node n1 exited on signal 9 "
         "(Killed).",
         OUTSIDE_KILLED},
        {"mpirun noticed that process rank 0 with PID 0 on node n1 exited on signal 11 "
         "(Segmentation fault).",
         OUTSIDE_CRASH},
        {"mpirun noticed that process rank 0 with PID 0 on node n1 exited on signal 4 "
         "(Illegal instruction).",
         OUTSIDE_INSTRUCTION},
        {"mpirun: killing job...", OUTSIDE_TERMINATED},
        {"MPI_ABORT was invoked on rank 0 in communicator MPI_COMM_WORLD",
         OUTSIDE_ABORTED},
        {"application called MPI_Abort(MPI_COMM_WORLD, 1) - process 0",
         OUTSIDE_ABORTED},
        {"=   BAD TERMINATION OF ONE OF YOUR APPLICATION PROCESSES", OUTSIDE_ABORTED},
        {"=   KILLED BY SIGNAL: 9 (Killed)", OUTSIDE_KILLED},
        {"There are not enough slots available in the system to satisfy the 64",
         OUTSIDE_MPI_SLOTS},
        {"mpirun has detected an attempt to run as root.", OUTSIDE_MPI_ROOT},
        {"ORTE has lost communication with a remote daemon.", OUTSIDE_NODE},
        {"mpirun was unable to find the specified executable file, and therefore",
         OUTSIDE_NO_PROGRAM},
        {"[proxy:0:0@n1] HYDU_create_process (utils/launch.c): execvp error on file "
         "pw.x (No such file or directory)",
         OUTSIDE_NO_PROGRAM},
        {"Fatal error in MPI_Init: Other MPI error, error stack:", OUTSIDE_MPI_START},
        {"forrtl: severe (174): SIGSEGV, segmentation fault occurred", OUTSIDE_CRASH},
        {"forrtl: severe (41): insufficient virtual memory", OUTSIDE_MEMORY},
        {"forrtl: No space left on device", OUTSIDE_DISK},
        {"forrtl: severe (38): error during write, unit 12, file /scratch/WAVECAR",
         OUTSIDE_DISK},
        {"forrtl: severe (24): end-of-file during read, unit 10, file /w/POSCAR",
         OUTSIDE_SHORT_FILE},
        {"forrtl: error (78): process killed (SIGTERM)", OUTSIDE_TERMINATED},
        {"forrtl: severe (64): input conversion error, unit 5", OUTSIDE_RUNTIME},
        {"Please verify that both the operating system and the processor support "
         "Intel(R) AVX512F instructions.",
         OUTSIDE_INSTRUCTION},
        {"Program received signal SIGSEGV: Segmentation fault - invalid memory "
         "reference.",
         OUTSIDE_CRASH},
        {"Program received signal SIGFPE: Floating-point exception - erroneous "
         "arithmetic operation.",
         OUTSIDE_ARITHMETIC},
        {"Program received signal SIGILL: Illegal instruction.", OUTSIDE_INSTRUCTION},
        {"At line 5 of file a.f90 (unit = 9, file = 'fort.9')", OUTSIDE_NOTHING},
        {"Fortran runtime error: End of file", OUTSIDE_SHORT_FILE},
        {"Fortran runtime error: Bad real number in item 1 of list input",
         OUTSIDE_RUNTIME},
        {"Operating system error: Cannot allocate memory", OUTSIDE_MEMORY},
        {"Error allocating 8000000000 bytes", OUTSIDE_MEMORY},
        {"0: ALLOCATE: 8589934592 bytes requested; not enough memory", OUTSIDE_MEMORY},
        {"FIO-F-217/list-directed read/unit=5/attempt to read past end of file.",
         OUTSIDE_RUNTIME},
        {"terminate called after throwing an instance of 'std::bad_alloc'",
         OUTSIDE_MEMORY},
        {"malloc(): corrupted top size", OUTSIDE_CRASH},
        {"pw.x: error while loading shared libraries: libmkl.so: cannot open shared "
         "object file: No such file or directory",
         OUTSIDE_LIBRARY},
        {"/lib/libm.so.6: version `GLIBC_2.38' not found (required by ./pw.x)",
         OUTSIDE_LIBRARY},
        {"pw.x: symbol lookup error: pw.x: undefined symbol: dgemm_", OUTSIDE_LIBRARY},
        {"sh: 1: pw.x: not found", OUTSIDE_NO_PROGRAM},
        {"bash: line 3: pw.x: command not found", OUTSIDE_NO_PROGRAM},
        {"bash: ./pw.x: Permission denied", OUTSIDE_NOT_ALLOWED},
        {"bash: ./pw.x: cannot execute binary file: Exec format error", OUTSIDE_FORMAT},
        {"job.sh: line 9: 4242 Killed                  pw.x -in a.in", OUTSIDE_KILLED},
        {"job.sh: line 9: 4242 Bus error               pw.x", OUTSIDE_CRASH},
        {"Disk quota exceeded", OUTSIDE_DISK},
        {"[ 9.5] Memory cgroup out of memory: Killed process 42 (vasp_std)",
         OUTSIDE_MEMORY_KILL},
        {"[NID 00042] Apid 7: OOM killer terminated this process.",
         OUTSIDE_MEMORY_KILL},
        {"TERM_SWAP: job killed after reaching LSF swap usage limit.",
         OUTSIDE_MEMORY_KILL},
        {"TERM_ADMIN: job killed by root or LSF administrator.", OUTSIDE_CANCELLED},
        {"The user-provided time limit for job execution has been reached:",
         OUTSIDE_TIME},
        {"PBS: job killed: node 1 (n2) requested job terminate", OUTSIDE_NODE},
        {"PRTE has lost communication with a remote daemon.", OUTSIDE_NODE},
        {"CUDA error: out of memory", OUTSIDE_MEMORY},
        {"call to cuMemAlloc returned error 2: Out of memory", OUTSIDE_MEMORY},
        {"0: ALLOCATE: 4096 bytes requested; status = 2(out of memory)",
         OUTSIDE_MEMORY},
        {"OpenBLAS blas_thread_init: pthread_create failed for thread 3 of 8: Resource "
         "temporarily unavailable",
         OUTSIDE_THREADS},
        {"libgomp: Thread creation failed: Resource temporarily unavailable",
         OUTSIDE_THREADS},
        {"Fortran runtime error: Too many open files", OUTSIDE_THREADS},
        {"ERROR: Unable to locate a modulefile for 'qe/9'", OUTSIDE_MODULE},
        {"Lmod has detected the following error:  The following module(s) are "
         "unknown: \"qe/9\"",
         OUTSIDE_MODULE},
        {"bash: line 1: module: command not found", OUTSIDE_MODULE},
        {"Intel MKL FATAL ERROR: Cannot load libmkl_def.so.", OUTSIDE_LIBRARY},
        {"pw.x: Command not found.", OUTSIDE_NO_PROGRAM},
        {"nohup: failed to run command 'pw.x': No such file or directory",
         OUTSIDE_NO_PROGRAM},
        {"srun: fatal: Can not execute vasp_std", OUTSIDE_NO_PROGRAM},
        {"/var/spool/slurmd/job7/slurm_script: line 9: /opt/pw.x: No such file or "
         "directory",
         OUTSIDE_NO_FILE},
        {"sh: 1: cannot open si.in: No such file", OUTSIDE_NO_FILE},
        {"run.sbatch: line 9: /opt/pw.x: Permission denied", OUTSIDE_NOT_ALLOWED},
        {"mpirun was unable to launch the specified application as it could not access",
         OUTSIDE_NOT_ALLOWED},
        {"bash: ./pw.x: cannot execute: required file not found", OUTSIDE_FORMAT},
        {"call to cuInit returned error 100 (CUDA_ERROR_NO_DEVICE): No device",
         OUTSIDE_DEVICE},
        {"All nodes which are allocated for this job are already filled.",
         OUTSIDE_MPI_SLOTS},
        {"A request was made to bind to that would result in binding more",
         OUTSIDE_MPI_SLOTS},
        {"srun: error: Unable to create step for job 7: More processors requested than "
         "permitted",
         OUTSIDE_MPI_SLOTS},
        {"srun: error: Unable to create step for job 7: Memory required by task is not "
         "available",
         OUTSIDE_MEMORY},
        {"mpirun: Error: unknown option \"-ppn\"", OUTSIDE_MPI_OPTION},
        {"An unrecognized option was included on the mpirun command line:",
         OUTSIDE_MPI_OPTION},
        {"[mpiexec@n1] match_arg (args.c:1): unrecognized argument oversubscribe",
         OUTSIDE_MPI_OPTION},
        {"PRTE was unable to reliably start one or more daemons.", OUTSIDE_MPI_START},
        {"It looks like MPI_INIT failed for some reason; your parallel process is",
         OUTSIDE_MPI_START},
        {"Host key verification failed.", OUTSIDE_MPI_START},
        {"me@n2: Permission denied (publickey,password).", OUTSIDE_MPI_START},
        {"srun: error: Invalid MPI type 'pmix', --mpi=list for acceptable types",
         OUTSIDE_MPI_START},
        {"n1: rank 3 died from signal 11 and dumped core", OUTSIDE_CRASH},
        {"realloc(): invalid next size", OUTSIDE_CRASH},
        {"free(): double free detected in tcache 2", OUTSIDE_CRASH},
        {"forrtl: error (65): floating invalid", OUTSIDE_ARITHMETIC},
        {"forrtl: severe (71): integer divide by zero", OUTSIDE_ARITHMETIC},
        {"mpirun noticed that process rank 0 with PID 0 on node n1 exited on signal 1 "
         "(Hangup).",
         OUTSIDE_TERMINATED},
        {"=   KILLED BY SIGNAL: 2 (Interrupt)", OUTSIDE_TERMINATED},
        {"mpirun: killing job...", OUTSIDE_TERMINATED},
        {"forrtl: error (69): process interrupted (SIGINT)", OUTSIDE_TERMINATED},
        {"job.sh: line 9:  42 Terminated              pw.x", OUTSIDE_TERMINATED},
        {"srun: error: n1: task 2: Aborted (core dumped)", OUTSIDE_ABORTED},
        {"job.sh: line 9:  42 Aborted                 pw.x", OUTSIDE_ABORTED},
        {"forrtl: error (76): Abort trap signal", OUTSIDE_ABORTED},
        {"Fatal error in PMPI_Bcast: Other MPI error, error stack:", OUTSIDE_ABORTED},
        {"*** MPI_ERRORS_ARE_FATAL (processes in this communicator will now abort,",
         OUTSIDE_ABORTED},
        {"cp: error reading 'a': Input/output error", OUTSIDE_STORAGE},
        {"srun: error: n1: task 0: Exited with exit code 139", OUTSIDE_CRASH},
        {"srun: error: n1: tasks 0-3: Exited with exit code 137", OUTSIDE_KILLED},
        {"srun: error: n1: task 0: Exited with exit code 127", OUTSIDE_NO_PROGRAM},
        {"=   EXIT CODE: 139", OUTSIDE_CRASH},
        /* what says nothing; a rank that was killed ends like one that gave up */
        {"Primary job  terminated normally, but 1 process returned", OUTSIDE_NOTHING},
        {"prterun detected that one or more processes exited with non-zero status,",
         OUTSIDE_NOTHING},
        {"srun: error: n1: task 0: Exited with exit code 1", OUTSIDE_NOTHING},
        {"", OUTSIDE_NOTHING},
        {"Note: The following floating-point exceptions are signalling: "
         "IEEE_UNDERFLOW_FLAG IEEE_DENORMAL",
         OUTSIDE_NOTHING},
        {"cp: cannot stat 'a': No such file or directory", OUTSIDE_NOTHING},
        {"ERROR: ld.so: object 'liba.so' from LD_PRELOAD cannot be preloaded (cannot "
         "open shared object file): ignored.",
         OUTSIDE_NOTHING},
        {"[n1:1] mca_base_component_repository_open: unable to open mca_a: liba.so.0: "
         "cannot open shared object file: No such file or directory (ignored)",
         OUTSIDE_NOTHING},
        {"libibverbs: Warning: couldn't load driver 'liba.so': liba.so: cannot open "
         "shared object file: No such file or directory",
         OUTSIDE_NOTHING},
        {"srun: Job 7 step creation temporarily disabled, retrying (Memory required by "
         "task is not available)",
         OUTSIDE_NOTHING},
    };
    for (size_t i = 0; i < sizeof(known) / sizeof(*known); i++) {
        if (outside_cause_of_line(known[i].line) != known[i].cause) {
            fail_msg("%d for: %s", (int)outside_cause_of_line(known[i].line),
                     known[i].line);
        }
    }
}

static void a_status_tells_a_signal_also_where_a_shell_stood_between(void **state) {
    (void)state;
    assert_int_equal(outside_cause_of_exit(-1, SIGSEGV), OUTSIDE_CRASH);
    assert_int_equal(outside_cause_of_exit(-1, SIGBUS), OUTSIDE_CRASH);
    assert_int_equal(outside_cause_of_exit(-1, SIGKILL), OUTSIDE_KILLED);
    assert_int_equal(outside_cause_of_exit(-1, SIGTERM), OUTSIDE_TERMINATED);
    assert_int_equal(outside_cause_of_exit(-1, SIGILL), OUTSIDE_INSTRUCTION);
    assert_int_equal(outside_cause_of_exit(-1, SIGFPE), OUTSIDE_ARITHMETIC);
    assert_int_equal(outside_cause_of_exit(-1, SIGXCPU), OUTSIDE_TIME);
    assert_int_equal(outside_cause_of_exit(-1, SIGXFSZ), OUTSIDE_DISK);
    assert_int_equal(outside_cause_of_exit(-1, SIGABRT), OUTSIDE_ABORTED);
    assert_int_equal(outside_cause_of_exit(-1, SIGUSR1), OUTSIDE_NOTHING);
    assert_int_equal(outside_cause_of_exit(139, 0), OUTSIDE_CRASH);
    assert_int_equal(outside_cause_of_exit(137, 0), OUTSIDE_KILLED);
    assert_int_equal(outside_cause_of_exit(127, 0), OUTSIDE_NO_PROGRAM);
    assert_int_equal(outside_cause_of_exit(126, 0), OUTSIDE_NOT_ALLOWED);
    assert_int_equal(outside_cause_of_exit(0, 0), OUTSIDE_NOTHING);
    assert_int_equal(outside_cause_of_exit(1, 0), OUTSIDE_NOTHING);
    assert_int_equal(outside_cause_of_exit(255, 0), OUTSIDE_NOTHING);
}

static void every_cause_has_a_category_and_advice(void **state) {
    (void)state;
    static const struct outside_advice own[] = {{OUTSIDE_DISK, "own"},
                                                {OUTSIDE_NOTHING, NULL}};
    for (int cause = OUTSIDE_NOTHING + 1; cause < OUTSIDE_CAUSES; cause++) {
        assert_non_null(outside_category(cause));
        assert_non_null(outside_remedy(cause, NULL));
        assert_string_equal(outside_remedy(cause, own),
                            cause == OUTSIDE_DISK ? "own"
                                                  : outside_remedy(cause, NULL));
    }
    assert_null(outside_remedy(OUTSIDE_NOTHING, NULL));
}

static void limits_and_what_is_missing_would_come_again(void **state) {
    (void)state;
    assert_true(outside_would_come_again(OUTSIDE_MEMORY_KILL));
    assert_true(outside_would_come_again(OUTSIDE_TIME));
    assert_true(outside_would_come_again(OUTSIDE_LIBRARY));
    assert_true(outside_would_come_again(outside_cause_of_exit(127, 0)));
    assert_false(outside_would_come_again(OUTSIDE_NOTHING));
    assert_false(outside_would_come_again(OUTSIDE_DISK));
    assert_false(outside_would_come_again(OUTSIDE_NODE));
    assert_false(outside_would_come_again(OUTSIDE_KILLED));
}

static json_t *take(const char *const *lines) {
    struct results results;
    struct outside outside = {0};
    results_init(&results);
    for (long i = 0; lines[i]; i++) {
        assert_int_equal(outside_take(&outside, &results, NULL, lines[i], i + 1), 0);
    }
    assert_int_equal(outside_finish(&outside, &results, NULL), 0);
    json_t *json = results_to_json(&results);
    assert_non_null(json);
    results_deinit(&results);
    return json;
}

static void who_says_why_is_believed_before_those_who_say_how(void **state) {
    (void)state;
    static const char *const lines[] = {
        "srun: error: n1: task 0: Killed", "srun: error: n1: task 1: Killed",
        "slurmstepd: error: Detected 1 oom-kill event(s) in StepId=7.0.",
        "slurmstepd: error: Detected 2 oom-kill event(s) in StepId=7.batch.", NULL};
    _cleanup_json_ json_t *r = take(lines);
    assert_string_equal(samples_problem(r, 0), "out_of_memory");
    assert_null(samples_problem(r, 1));
    assert_close(samples_number(samples_item(r, "problems", 0), "line"), 3, 0);
}

static void a_rank_that_was_killed_says_more_than_those_that_gave_up(void **state) {
    (void)state;
    static const char *const lines[] = {
        "application called MPI_Abort(MPI_COMM_WORLD, 1) - process 0",
        "=   KILLED BY SIGNAL: 9 (Killed)", "application called MPI_Abort", NULL};
    _cleanup_json_ json_t *r = take(lines);
    assert_string_equal(samples_problem(r, 0), "killed");
    assert_null(samples_problem(r, 1));
}

static void check_told(const char *const *lines, const char *message,
                       const char *second) {
    _cleanup_json_ json_t *r = take(lines);
    assert_string_equal(samples_text(samples_item(r, "problems", 0), "message"),
                        message);
    assert_int_equal(samples_count(r, "problems"), second ? 2 : 1);
    if (second) {
        assert_string_equal(samples_text(samples_item(r, "problems", 1), "message"),
                            second);
    }
}

static void what_a_shell_did_not_find_is_a_reason_where_nothing_else_is(void **state) {
    (void)state;
#define NOISE "/etc/profile.d/site.sh: line 3: lmod: command not found"
#define GONE "job.sh: line 9: pw.x: command not found"
#define TIME                                                                           \
    "slurmstepd: error: *** JOB 7 ON n1 CANCELLED AT 2031 DUE TO TIME LIMIT ***"
#define KILLED "srun: error: n1: task 0: Killed"
#define GAVE_UP "srun: error: n1: task 0: Aborted"
    check_told((const char *const[]){NOISE, GONE, NULL}, GONE, NULL);
    check_told((const char *const[]){NOISE, TIME, NULL}, TIME, NULL);
    check_told((const char *const[]){NOISE, KILLED, NULL}, KILLED, NULL);
    check_told((const char *const[]){GONE, GAVE_UP, NULL}, GONE, NULL);
}

static void a_missing_module_is_told_before_what_comes_of_it(void **state) {
    (void)state;
#define MODULE "ERROR: Unable to locate a modulefile for 'qe/9'"
#define LIBRARY "pw.x: error while loading shared libraries: liba.so: cannot open it"
    check_told((const char *const[]){MODULE, GONE, NULL}, MODULE, NULL);
    check_told((const char *const[]){MODULE, LIBRARY, NULL}, MODULE, LIBRARY);
}

static void a_run_that_has_begun_did_not_die_of_what_a_shell_says(void **state) {
    (void)state;
    static const char *const codes[] = {"quantum_espresso", "vasp", "crystal"};
    static const char *const heads[] = {
        "     Program PWSCF v.6.7 starts on 1Jan2031 at 1: 1: 1\n",
        " vasp.6.3.0 20Jan22 complex\n",
        " *                              CRYSTAL17                               *\n"
        " *                      public : 1.0.1 - Feb 1st, 2017                  *\n"};
    for (size_t i = 0; i < sizeof(codes) / sizeof(*codes); i++) {
        char text[512];
        (void)snprintf(text, sizeof text, NOISE "\n%s" GONE "\n", heads[i]);
        _cleanup_json_ json_t *r = samples_scan_as(codes[i], text, strlen(text));
        assert_string_equal(samples_text(r, "status"), "truncated");
        assert_string_equal(samples_problem(r, 0), "truncated");
        assert_null(samples_problem(r, 1));
    }
}

static void a_status_yields_to_a_shell_that_says_what_is_missing(void **state) {
    (void)state;
    struct results results;
    struct outside outside = {0};
    results_init(&results);
    assert_false(outside_has_reason(&outside, OUTSIDE_NO_PROGRAM));
    assert_int_equal(outside_take(&outside, &results, NULL, GONE, 1), 0);
    assert_true(outside_has_reason(&outside, OUTSIDE_NO_PROGRAM));
    assert_true(outside_has_reason(&outside, OUTSIDE_NOTHING));
    assert_false(outside_has_reason(&outside, OUTSIDE_KILLED));
    assert_false(outside_has_reason(&outside, OUTSIDE_TIME));
    results_deinit(&results);
}

static void what_the_code_itself_complained_of_is_not_repeated_by_mpi(void **state) {
    (void)state;
    static const char pwx[] =
        "     Program PWSCF v.6.7 starts\n"
        " %%%%%%%%%%%%%%%%%%%%%%%%%%%%%%%%%%%%%%%%\n"
        "     Error in routine cdiaghg (668):\n"
        "     problems computing cholesky\n"
        " %%%%%%%%%%%%%%%%%%%%%%%%%%%%%%%%%%%%%%%%\n"
        "MPI_ABORT was invoked on rank 0 in communicator MPI_COMM_WORLD\n";
    _cleanup_json_ json_t *r = samples_scan_text(pwx);
    assert_string_equal(samples_problem(r, 0), "diagonalization_error");
    assert_null(samples_problem(r, 1));
}

static void every_code_tells_a_run_that_was_killed_from_one_that_failed(void **state) {
    (void)state;
    static const char *const codes[] = {"quantum_espresso", "vasp", "crystal"};
    static const struct {
        const char *line, *status, *category;
    } ends[] = {
        {"srun: error: n1: task 3: Out Of Memory\n", "truncated", "out_of_memory"},
        {"srun: error: n1: task 3: Killed\n", "truncated", "killed"},
        {"srun: error: n1: task 3: Segmentation fault\n", "failed", "internal_error"},
        {"srun: error: n1: task 3: Bus error\n", "failed", "internal_error"},
        {"MPI_ABORT was invoked on rank 3\n", "failed", "internal_error"},
    };
    for (size_t c = 0; c < sizeof(codes) / sizeof(*codes); c++) {
        for (size_t i = 0; i < sizeof(ends) / sizeof(*ends); i++) {
            _cleanup_json_ json_t *r =
                samples_scan_as(codes[c], ends[i].line, strlen(ends[i].line));
            assert_string_equal(samples_text(r, "status"), ends[i].status);
            assert_string_equal(samples_problem(r, 0), ends[i].category);
            assert_null(samples_problem(r, 1));
        }
    }
}

static void lack_of_memory_for_a_problem_is_said(void **state) {
    (void)state;
    struct results results;
    struct outside outside = {0};
    results_init(&results);
    alloc_fault_arm(0);
    int r = outside_take(&outside, &results, NULL, "Bus error", 1);
    assert_true(alloc_fault_disarm());
    assert_int_equal(r, -ENOMEM);
    results_deinit(&results);
}

static void names_of_captures_are_known(void **state) {
    (void)state;
    assert_true(outside_is_capture_name("slurm-123.out"));
    assert_true(outside_is_capture_name("si.err"));
    assert_true(outside_is_capture_name("std_err.txt"));
    assert_true(outside_is_capture_name("job.e1234"));
    assert_true(outside_is_capture_name("job.sh.o77"));
    assert_true(outside_is_capture_name("run.log"));
    assert_false(outside_is_capture_name("si.in"));
    assert_false(outside_is_capture_name("job.ext"));
    assert_false(outside_is_capture_name("job.e12x"));
    assert_false(outside_is_capture_name("run.sh"));
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(each_way_to_die_is_known_by_the_words_of_those_who_tell_of_it),
        cmocka_unit_test(a_status_tells_a_signal_also_where_a_shell_stood_between),
        cmocka_unit_test(every_cause_has_a_category_and_advice),
        cmocka_unit_test(limits_and_what_is_missing_would_come_again),
        cmocka_unit_test(who_says_why_is_believed_before_those_who_say_how),
        cmocka_unit_test(a_rank_that_was_killed_says_more_than_those_that_gave_up),
        cmocka_unit_test(what_a_shell_did_not_find_is_a_reason_where_nothing_else_is),
        cmocka_unit_test(a_missing_module_is_told_before_what_comes_of_it),
        cmocka_unit_test(a_run_that_has_begun_did_not_die_of_what_a_shell_says),
        cmocka_unit_test(a_status_yields_to_a_shell_that_says_what_is_missing),
        cmocka_unit_test(what_the_code_itself_complained_of_is_not_repeated_by_mpi),
        cmocka_unit_test(every_code_tells_a_run_that_was_killed_from_one_that_failed),
        cmocka_unit_test(lack_of_memory_for_a_problem_is_said),
        cmocka_unit_test(names_of_captures_are_known),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
