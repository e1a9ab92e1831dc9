/* Why a run died that says nothing itself. Words that are known (outside_signs.c) lead
 * to a cause; so does an exit status. A cause has a category, and advice. What only
 * tells how a process ended (a signal, MPI_Abort) is kept until the end: the one who
 * gave the signal may speak later, and a program that gives up has mostly said why
 * before. So is what a shell says that goes on: a command of a profile that is not
 * there is the reason only where nothing shows that the run had begun.
 *
 * The words are matched within a line; whose line it is, the caller knows. */
#include "codes/outside.h"

#include "base/str.h"
#include "codes/outside_signs.h"

#include <ctype.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>

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
    [OUTSIDE_THREADS] = {"internal_error",
                         "A limit of threads, processes or open files: set "
                         "OMP_NUM_THREADS=1, use fewer processes a node, see `ulimit "
                         "-u` and `ulimit -n`."},
    [OUTSIDE_DISK] = {"internal_error",
                      "Free room where the run writes: see `df -h` and the quota."},
    [OUTSIDE_STORAGE] = {"internal_error",
                         "The file system failed, not the run: submit it again when it "
                         "is well, or where another is."},
    [OUTSIDE_SHORT_FILE] = {"read_error",
                            "A file is shorter than it should be: an input, or what a "
                            "run that was killed left half-written."},
    [OUTSIDE_MODULE] = {"internal_error",
                        "Correct the `module load` lines: see `module avail`; where "
                        "`module` itself is not there, source its profile first or "
                        "use a login shell (`bash -l`)."},
    [OUTSIDE_LIBRARY] = {"internal_error",
                         "Set up what the program was built with before it starts: "
                         "`module load` lines under setup in config.ini, see "
                         "`crystalmath codes`."},
    [OUTSIDE_NO_PROGRAM] = {"internal_error",
                            "Put the program on PATH, or name it in config.ini: see "
                            "`crystalmath codes`."},
    [OUTSIDE_NO_FILE] = {"internal_error",
                         "The shell did not find it: give the program's full path, or "
                         "see that the input is there by this name."},
    [OUTSIDE_NOT_ALLOWED] = {"internal_error",
                             "Make the program executable (chmod +x), and see that its "
                             "file system is not mounted with noexec; where a file is "
                             "named that is written, see who may write there."},
    [OUTSIDE_FORMAT] = {"internal_error",
                        "The file is no program for this machine: take one that was "
                        "built for it."},
    [OUTSIDE_INSTRUCTION] = {"internal_error",
                             "The program was built for a newer processor than this "
                             "one: build it for this machine, or run it on another."},
    [OUTSIDE_DEVICE] = {"internal_error",
                        "The program was built for GPUs: ask for a node that has one "
                        "with a driver that is new enough, or take a build without."},
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
    [OUTSIDE_MPI_OPTION] = {"internal_error",
                            "The launcher is of another MPI, which does not know this "
                            "option: set launcher in config.ini, or leave it out."},
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

enum outside_cause outside_cause_of_line(const char *line) {
    const struct outside_sign *sign = outside_sign_of_line(line);
    return sign ? sign->cause : OUTSIDE_NOTHING;
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
    case OUTSIDE_MODULE:
    case OUTSIDE_LIBRARY:
    case OUTSIDE_NO_PROGRAM:
    case OUTSIDE_NO_FILE:
    case OUTSIDE_NOT_ALLOWED:
    case OUTSIDE_FORMAT:
    case OUTSIDE_INSTRUCTION:
    case OUTSIDE_DEVICE:
    case OUTSIDE_MPI_SLOTS:
    case OUTSIDE_MPI_ROOT:
    case OUTSIDE_MPI_OPTION:
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

static void keep(struct outside_kept *kept, enum outside_cause cause, const char *words,
                 long line) {
    kept->cause = cause;
    kept->line = line;
    (void)snprintf(kept->words, sizeof kept->words, "%s", words);
}

static int note_kept(struct outside *outside, struct results *results,
                     const struct outside_advice *advice,
                     const struct outside_kept *kept) {
    return kept->cause == OUTSIDE_NOTHING
               ? 0
               : note(outside, results, advice, kept->cause, kept->words, kept->line);
}

/* Where the program itself has spoken, the shell has found it. */
static bool has_begun(const struct results *results) {
    return results->version || results->n_scf > 0;
}

/* Causes that come of a shell's troubles, as a library of a module that is not there.
 */
static bool may_follow(enum outside_cause cause) {
    switch (cause) {
    case OUTSIDE_LIBRARY:
    case OUTSIDE_NO_PROGRAM:
    case OUTSIDE_INSTRUCTION:
    case OUTSIDE_MPI_START:
    case OUTSIDE_MPI_OPTION:
        return true;
    default:
        return false;
    }
}

int outside_take(struct outside *outside, struct results *results,
                 const struct outside_advice *advice, const char *line, long number) {
    const struct outside_sign *sign = outside_sign_of_line(line);
    if (!sign) {
        return 0;
    }
    char words[OUTSIDE_WORDS_SIZE];
    (void)snprintf(words, sizeof(words), "%.*s", OUTSIDE_WORDS_SIZE - 1, line);
    if (sign->may_go_on) {
        if (has_begun(results)) {
            return 0;
        }
        /* Without its module a program is not found: the one is why the other is. */
        if (outside->shell.cause != OUTSIDE_MODULE) {
            keep(&outside->shell, sign->cause, words, number);
        }
        return 0;
    }
    if (!outside_is_vague(sign->cause)) {
        int r = may_follow(sign->cause) && !has_begun(results)
                    ? note_kept(outside, results, advice, &outside->shell)
                    : 0;
        return r < 0 ? r : note(outside, results, advice, sign->cause, words, number);
    }
    /* That a process was ended says more than that the others then gave up. */
    if (outside->vague.cause == OUTSIDE_NOTHING ||
        (outside->vague.cause == OUTSIDE_ABORTED && sign->cause != OUTSIDE_ABORTED)) {
        keep(&outside->vague, sign->cause, words, number);
    }
    return 0;
}

bool outside_has_reason(const struct outside *outside, enum outside_cause status) {
    bool ran = status != OUTSIDE_NOTHING && status != OUTSIDE_NO_PROGRAM &&
               status != OUTSIDE_NOT_ALLOWED && status != OUTSIDE_ABORTED;
    return outside->killed || outside->crashed ||
           (outside->shell.cause != OUTSIDE_NOTHING && !ran);
}

int outside_finish(struct outside *outside, struct results *results,
                   const struct outside_advice *advice) {
    if (outside->killed || outside->crashed) {
        return 0;
    }
    bool shell =
        !has_begun(results) && outside_has_reason(outside, outside->vague.cause);
    return note_kept(outside, results, advice,
                     shell ? &outside->shell : &outside->vague);
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
