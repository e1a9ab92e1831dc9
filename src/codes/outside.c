/* Why a run died that says nothing itself. A table of words, most exact first, leads to
 * a cause; so does an exit status. A cause has a category, and advice. What only tells
 * how a process ended (a signal, MPI_Abort) is kept until the end: the one who gave the
 * signal may speak later, and a program that gives up has mostly said why before.
 *
 * The words are matched within a line; whose line it is, the caller knows. */
#include "codes/outside.h"

#include "base/str.h"

#include <ctype.h>
#include <signal.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

static const struct {
    const char *words;
    const char *also; /* is in the line, too; may be NULL */
    enum outside_cause cause;
} signs[] = {
    /* the batch system */
    {"DUE TO TIME LIMIT", NULL, OUTSIDE_TIME},
    {"job killed: walltime", NULL, OUTSIDE_TIME},
    {"job killed: cput", NULL, OUTSIDE_TIME},
    {"TERM_RUNLIMIT", NULL, OUTSIDE_TIME},
    {"TERM_CPULIMIT", NULL, OUTSIDE_TIME},
    {"exceeded hard wallclock time", NULL, OUTSIDE_TIME},
    {"CPU time limit exceeded", NULL, OUTSIDE_TIME},
    {"DUE TO NODE FAILURE", NULL, OUTSIDE_NODE},
    {"Node failure on", NULL, OUTSIDE_NODE},
    {"lost communication with a remote daemon", NULL, OUTSIDE_NODE},
    {"DUE TO PREEMPTION", NULL, OUTSIDE_PREEMPTED},
    {"TERM_PREEMPT", NULL, OUTSIDE_PREEMPTED},
    {"oom-kill", NULL, OUTSIDE_MEMORY_KILL},
    {"oom_kill", NULL, OUTSIDE_MEMORY_KILL},
    {"OOM Killed", NULL, OUTSIDE_MEMORY_KILL},
    {"out-of-memory", NULL, OUTSIDE_MEMORY_KILL},
    {"Out Of Memory", NULL, OUTSIDE_MEMORY_KILL},
    {"Out of memory", NULL, OUTSIDE_MEMORY_KILL},
    {"OUT_OF_MEMORY", NULL, OUTSIDE_MEMORY_KILL},
    {"TERM_MEMLIMIT", NULL, OUTSIDE_MEMORY_KILL},
    {"job killed: mem", NULL, OUTSIDE_MEMORY_KILL},
    {"job killed: vmem", NULL, OUTSIDE_MEMORY_KILL},
    {"Allocation would exceed memory", NULL, OUTSIDE_MEMORY},
    {"exceed", "memory limit", OUTSIDE_MEMORY_KILL},
    {"Exceed", "memory limit", OUTSIDE_MEMORY_KILL},
    {"mem limit exceeded", NULL, OUTSIDE_MEMORY_KILL},
    {"DUE TO JOB REQUEUE", NULL, OUTSIDE_CANCELLED},
    {"TERM_OWNER", NULL, OUTSIDE_CANCELLED},
    {"CANCELLED AT", NULL, OUTSIDE_CANCELLED},
    /* memory and disk */
    {"Cannot allocate memory", NULL, OUTSIDE_MEMORY},
    {"insufficient virtual memory", NULL, OUTSIDE_MEMORY},
    {"requested; not enough memory", NULL, OUTSIDE_MEMORY},
    {"unable to request more memory", NULL, OUTSIDE_MEMORY},
    {"failed: out of memory", NULL, OUTSIDE_MEMORY},
    {"std::bad_alloc", NULL, OUTSIDE_MEMORY},
    {"Error allocating", "bytes", OUTSIDE_MEMORY},
    {"No space left on device", NULL, OUTSIDE_DISK},
    {"isk quota exceeded", NULL, OUTSIDE_DISK},
    {"File size limit exceeded", NULL, OUTSIDE_DISK},
    {"File too large", NULL, OUTSIDE_DISK},
    {"error during write", NULL, OUTSIDE_DISK},
    {"Input/output error", NULL, OUTSIDE_STORAGE},
    {"Stale file handle", NULL, OUTSIDE_STORAGE},
    {"Stale NFS file handle", NULL, OUTSIDE_STORAGE},
    {"Read-only file system", NULL, OUTSIDE_STORAGE},
    {"Transport endpoint is not connected", NULL, OUTSIDE_STORAGE},
    {"Fortran runtime error: End of file", NULL, OUTSIDE_SHORT_FILE},
    {"end-of-file during read", NULL, OUTSIDE_SHORT_FILE},
    /* the program does not start */
    {"error while loading shared libraries", NULL, OUTSIDE_LIBRARY},
    {"cannot open shared object file", NULL, OUTSIDE_LIBRARY},
    {"symbol lookup error", NULL, OUTSIDE_LIBRARY},
    {"version `", "not found", OUTSIDE_LIBRARY},
    {"command not found", NULL, OUTSIDE_NO_PROGRAM},
    {": not found", NULL, OUTSIDE_NO_PROGRAM},
    {"sh: ", "No such file or directory", OUTSIDE_NO_PROGRAM},
    {"execve", "No such file or directory", OUTSIDE_NO_PROGRAM},
    {"execvp", "No such file or directory", OUTSIDE_NO_PROGRAM},
    {"is not there after the lines of setup", NULL, OUTSIDE_NO_PROGRAM},
    {"unable to find the specified executable", NULL, OUTSIDE_NO_PROGRAM},
    {"could not find executable", NULL, OUTSIDE_NO_PROGRAM},
    {"sh: ", "Permission denied", OUTSIDE_NOT_ALLOWED},
    {"execve", "Permission denied", OUTSIDE_NOT_ALLOWED},
    {"execvp", "Permission denied", OUTSIDE_NOT_ALLOWED},
    {"does not have execute permission", NULL, OUTSIDE_NOT_ALLOWED},
    {"xec format error", NULL, OUTSIDE_FORMAT},
    {"cannot execute binary file", NULL, OUTSIDE_FORMAT},
    {"processor support Intel", NULL, OUTSIDE_INSTRUCTION},
    {"not built to run on the processor", NULL, OUTSIDE_INSTRUCTION},
    /* MPI does not start it */
    {"not enough slots available", NULL, OUTSIDE_MPI_SLOTS},
    {"attempt to run as root", NULL, OUTSIDE_MPI_ROOT},
    {"ORTE was unable to reliably start", NULL, OUTSIDE_MPI_START},
    {"ORTE daemon has unexpectedly failed", NULL, OUTSIDE_MPI_START},
    {"direct launched using \"srun\"", NULL, OUTSIDE_MPI_START},
    {"rror in MPI_Init", NULL, OUTSIDE_MPI_START},
    {"rror occurred in MPI_Init", NULL, OUTSIDE_MPI_START},
    {"rror in PMPI_Init", NULL, OUTSIDE_MPI_START},
    {"rror in internal_Init", NULL, OUTSIDE_MPI_START},
    /* the program fails */
    {"llegal instruction", NULL, OUTSIDE_INSTRUCTION},
    {"SIGILL", NULL, OUTSIDE_INSTRUCTION},
    {"process killed (SIG", NULL, OUTSIDE_TERMINATED},
    {"Fortran runtime error", NULL, OUTSIDE_RUNTIME},
    {"egmentation fault", NULL, OUTSIDE_CRASH},
    {"SIGSEGV", NULL, OUTSIDE_CRASH},
    {"SIGBUS", NULL, OUTSIDE_CRASH},
    {"Bus error", NULL, OUTSIDE_CRASH},
    {"stack overflow", NULL, OUTSIDE_CRASH},
    {"stack smashing detected", NULL, OUTSIDE_CRASH},
    {"double free or corruption", NULL, OUTSIDE_CRASH},
    {"malloc(): ", NULL, OUTSIDE_CRASH},
    {"free(): invalid", NULL, OUTSIDE_CRASH},
    {"munmap_chunk(): invalid", NULL, OUTSIDE_CRASH},
    {"corrupted size vs. prev_size", NULL, OUTSIDE_CRASH},
    {"SIGFPE", NULL, OUTSIDE_ARITHMETIC},
    {"loating point exception", NULL, OUTSIDE_ARITHMETIC},
    {"erroneous arithmetic operation", NULL, OUTSIDE_ARITHMETIC},
    {"forrtl: severe", NULL, OUTSIDE_RUNTIME},
    {"FIO-F-", NULL, OUTSIDE_RUNTIME},
    {"UNRECOVERABLE library error", NULL, OUTSIDE_RUNTIME},
    {"on signal 11", NULL, OUTSIDE_CRASH},
    {"SIGNAL: 11", NULL, OUTSIDE_CRASH},
    {"SIGNAL: 7", NULL, OUTSIDE_CRASH},
    {"on signal 8", NULL, OUTSIDE_ARITHMETIC},
    {"SIGNAL: 8", NULL, OUTSIDE_ARITHMETIC},
    {"on signal 4", NULL, OUTSIDE_INSTRUCTION},
    {"SIGNAL: 4", NULL, OUTSIDE_INSTRUCTION},
    /* how it ended, without a why */
    {"signal 9", NULL, OUTSIDE_KILLED},
    {"SIGNAL: 9", NULL, OUTSIDE_KILLED},
    {"SIGKILL", NULL, OUTSIDE_KILLED},
    {"Killed", NULL, OUTSIDE_KILLED},
    {"signal 15", NULL, OUTSIDE_TERMINATED},
    {"SIGNAL: 15", NULL, OUTSIDE_TERMINATED},
    {"SIGTERM", NULL, OUTSIDE_TERMINATED},
    {": Terminated", NULL, OUTSIDE_TERMINATED},
    {": killing job...", NULL, OUTSIDE_TERMINATED},
    {"SIGABRT", NULL, OUTSIDE_ABORTED},
    {"on signal 6", NULL, OUTSIDE_ABORTED},
    {"SIGNAL: 6", NULL, OUTSIDE_ABORTED},
    {"MPI_ABORT", NULL, OUTSIDE_ABORTED},
    {"MPI_Abort", NULL, OUTSIDE_ABORTED},
    {"BAD TERMINATION", NULL, OUTSIDE_ABORTED},
};

static const struct {
    const char *category;
    const char *remedy;
} causes[OUTSIDE_CAUSES] = {
    [OUTSIDE_TIME] = {"out_of_time",
                      "Ask for more time, and let it go on from its restart files."},
    [OUTSIDE_MEMORY_KILL] = {"out_of_memory",
                             "Ask for more memory, or use more nodes or fewer "
                             "processes a node."},
    [OUTSIDE_NODE] = {"killed", "The machine failed, not the run: submit it again."},
    [OUTSIDE_PREEMPTED] = {"killed",
                           "A job of higher priority took its place: submit it again, "
                           "or to a queue where that does not happen."},
    [OUTSIDE_CANCELLED] = {"killed", "The job was cancelled; submit it again."},
    [OUTSIDE_MEMORY] = {"out_of_memory",
                        "Use more nodes or fewer processes a node; see what `ulimit "
                        "-v` and the batch system allow."},
    [OUTSIDE_DISK] = {"internal_error",
                      "Free room where the run writes: see `df -h` and the quota."},
    [OUTSIDE_STORAGE] = {"internal_error",
                         "The file system failed, not the run: submit it again when it "
                         "is well, or where another is."},
    [OUTSIDE_SHORT_FILE] = {"read_error",
                            "A file is shorter than it should be: an input, or what a "
                            "run that was killed left half-written."},
    [OUTSIDE_LIBRARY] = {"internal_error",
                         "Set up what the program was built with before it starts: "
                         "`module load` lines under setup in config.ini, see "
                         "`crystalmath codes`."},
    [OUTSIDE_NO_PROGRAM] = {"internal_error",
                            "Put the program on PATH, or name it in config.ini: see "
                            "`crystalmath codes`."},
    [OUTSIDE_NOT_ALLOWED] = {"internal_error",
                             "Make the program executable (chmod +x), and see that its "
                             "file system is not mounted with noexec."},
    [OUTSIDE_FORMAT] = {"internal_error",
                        "The file is no program for this machine: take one that was "
                        "built for it."},
    [OUTSIDE_INSTRUCTION] = {"internal_error",
                             "The program was built for a newer processor than this "
                             "one: build it for this machine, or run it on another."},
    [OUTSIDE_CRASH] = {"internal_error",
                       "Try `ulimit -s unlimited` and fewer OpenMP threads; else the "
                       "build is at fault."},
    [OUTSIDE_ARITHMETIC] = {"internal_error",
                            "Look at the input for what makes no sense (atoms on one "
                            "another, a cell without volume); else the build is at "
                            "fault."},
    [OUTSIDE_RUNTIME] = {"internal_error",
                         "Check the input near what the message names."},
    [OUTSIDE_MPI_SLOTS] = {"internal_error",
                           "Ask for as many cores as there are ranks, or let mpirun "
                           "share them (--oversubscribe)."},
    [OUTSIDE_MPI_ROOT] = {"internal_error",
                          "Run it as a user, or set OMPI_ALLOW_RUN_AS_ROOT=1 and "
                          "OMPI_ALLOW_RUN_AS_ROOT_CONFIRM=1 in a container."},
    [OUTSIDE_MPI_START] = {"internal_error",
                           "Start the program by the mpirun of the MPI that it was "
                           "built with: set launcher and setup in config.ini."},
    [OUTSIDE_KILLED] = {"killed",
                        "Often the kernel or the batch system for want of memory: see "
                        "their messages."},
    [OUTSIDE_TERMINATED] = {"killed", "Somebody or the batch system ended it; submit "
                                      "it again."},
    [OUTSIDE_ABORTED] = {"internal_error",
                         "The program gave up: look above this line, and in its other "
                         "outputs, for what it complained of."},
};

/* The bytes that occur in a line. */
struct letters {
    uint64_t of[4];
};

static struct letters letters_of(const char *line) {
    struct letters letters = {{0}};
    for (const unsigned char *at = (const unsigned char *)line; *at; at++) {
        letters.of[*at >> 6] |= UINT64_C(1) << (*at & 63);
    }
    return letters;
}

/* Few lines have even the first letters of what is looked for in them. */
static bool may_hold(const struct letters *letters, const char *words) {
    enum { FIRST = 6 };
    for (size_t i = 0; i < FIRST && words[i]; i++) {
        unsigned char c = (unsigned char)words[i];
        if (!(letters->of[c >> 6] >> (c & 63) & 1)) {
            return false;
        }
    }
    return true;
}

enum outside_cause outside_cause_of_line(const char *line) {
    struct letters letters = letters_of(line);
    for (size_t i = 0; i < sizeof(signs) / sizeof(*signs); i++) {
        if (may_hold(&letters, signs[i].words) && strstr(line, signs[i].words) &&
            (!signs[i].also || strstr(line, signs[i].also))) {
            return signs[i].cause;
        }
    }
    return OUTSIDE_NOTHING;
}

static enum outside_cause of_signal(int number) {
    switch (number) {
    case SIGKILL:
        return OUTSIDE_KILLED;
    case SIGTERM:
    case SIGINT:
    case SIGHUP:
        return OUTSIDE_TERMINATED;
    case SIGSEGV:
    case SIGBUS:
        return OUTSIDE_CRASH;
    case SIGILL:
    case SIGSYS:
        return OUTSIDE_INSTRUCTION;
    case SIGFPE:
        return OUTSIDE_ARITHMETIC;
    case SIGXCPU:
        return OUTSIDE_TIME;
    case SIGXFSZ:
        return OUTSIDE_DISK;
    case SIGABRT:
        return OUTSIDE_ABORTED;
    default:
        return OUTSIDE_NOTHING;
    }
}

enum outside_cause outside_cause_of_exit(int exit_code, int signal) {
    /* What a POSIX shell, and most launchers, make of them. */
    enum { NOT_EXECUTABLE = 126, NOT_FOUND = 127, SIGNALS = 128 };
    if (signal > 0) {
        return of_signal(signal);
    }
    return exit_code == NOT_EXECUTABLE ? OUTSIDE_NOT_ALLOWED
           : exit_code == NOT_FOUND    ? OUTSIDE_NO_PROGRAM
           : exit_code > SIGNALS       ? of_signal(exit_code - SIGNALS)
                                       : OUTSIDE_NOTHING;
}

const char *outside_category(enum outside_cause cause) {
    return causes[cause].category;
}

bool outside_is_killed(enum outside_cause cause) {
    switch (cause) {
    case OUTSIDE_TIME:
    case OUTSIDE_MEMORY_KILL:
    case OUTSIDE_NODE:
    case OUTSIDE_PREEMPTED:
    case OUTSIDE_CANCELLED:
    case OUTSIDE_KILLED:
    case OUTSIDE_TERMINATED:
        return true;
    default:
        return false;
    }
}

bool outside_would_come_again(enum outside_cause cause) {
    switch (cause) {
    case OUTSIDE_TIME:
    case OUTSIDE_MEMORY_KILL:
    case OUTSIDE_MEMORY:
    case OUTSIDE_LIBRARY:
    case OUTSIDE_NO_PROGRAM:
    case OUTSIDE_NOT_ALLOWED:
    case OUTSIDE_FORMAT:
    case OUTSIDE_INSTRUCTION:
    case OUTSIDE_MPI_SLOTS:
    case OUTSIDE_MPI_ROOT:
        return true;
    default:
        return false;
    }
}

bool outside_is_vague(enum outside_cause cause) {
    return cause == OUTSIDE_KILLED || cause == OUTSIDE_TERMINATED ||
           cause == OUTSIDE_ABORTED;
}

const char *outside_remedy(enum outside_cause cause,
                           const struct outside_advice *advice) {
    for (; advice && advice->cause != OUTSIDE_NOTHING; advice++) {
        if (advice->cause == cause) {
            return advice->remedy;
        }
    }
    return causes[cause].remedy;
}

static int note(struct outside *outside, struct results *results,
                const struct outside_advice *advice, enum outside_cause cause,
                const char *words, long line) {
    bool killed = outside_is_killed(cause);
    if (outside->seen[cause]) {
        return 0;
    }
    outside->seen[cause] = true;
    outside->killed |= killed;
    outside->crashed |= !killed;
    return results_add_problem(results, outside_category(cause), words, line,
                               outside_remedy(cause, advice));
}

int outside_take(struct outside *outside, struct results *results,
                 const struct outside_advice *advice, const char *line, long number) {
    enum outside_cause cause = outside_cause_of_line(line);
    if (cause == OUTSIDE_NOTHING) {
        return 0;
    }
    char words[OUTSIDE_WORDS_SIZE];
    (void)snprintf(words, sizeof(words), "%.*s", OUTSIDE_WORDS_SIZE - 1, line);
    if (!outside_is_vague(cause)) {
        return note(outside, results, advice, cause, words, number);
    }
    /* That a process was ended says more than that the others then gave up. */
    if (outside->vague == OUTSIDE_NOTHING ||
        (outside->vague == OUTSIDE_ABORTED && cause != OUTSIDE_ABORTED)) {
        outside->vague = cause;
        outside->line = number;
        memcpy(outside->words, words, sizeof(words));
    }
    return 0;
}

int outside_finish(struct outside *outside, struct results *results,
                   const struct outside_advice *advice) {
    return outside->vague == OUTSIDE_NOTHING || outside->killed || outside->crashed
               ? 0
               : note(outside, results, advice, outside->vague, outside->words,
                      outside->line);
}

/* ---- names ---- */

/* "job.o1234", "job.e1234": of PBS and Grid Engine. */
static bool has_job_ending(const char *name) {
    const char *dot = strrchr(name, '.');
    if (!dot || (dot[1] != 'o' && dot[1] != 'e') || !isdigit((unsigned char)dot[2])) {
        return false;
    }
    return dot[2 + strspn(dot + 2, "0123456789")] == '\0';
}

bool outside_is_capture_name(const char *name) {
    static const char *const words[] = {"slurm-",  "stderr",  "stdout",
                                        "std_err", "std_out", "nohup.out"};
    for (size_t i = 0; i < sizeof(words) / sizeof(*words); i++) {
        if (strstr(name, words[i])) {
            return true;
        }
    }
    return str_ends_with(name, ".err") || str_ends_with(name, ".log") ||
           has_job_ending(name);
}
