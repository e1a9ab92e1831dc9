/* Why a run died that says nothing itself: the words that the kernel, the loader, the
 * shell, the Fortran runtime, MPI or the batch system leave on its stdout and stderr,
 * and the status that it ended with. The words are those of Slurm, PBS, LSF, Grid
 * Engine, Open MPI, MPICH and Intel MPI, of the runtimes of GNU, Intel and NVIDIA, and
 * of glibc. */
#pragma once

#include "codes/results_build.h"

#include <stdbool.h>

enum outside_cause {
    OUTSIDE_NOTHING,
    OUTSIDE_TIME,        /* a limit of time */
    OUTSIDE_MEMORY_KILL, /* ended by the kernel or the batch system for want of it */
    OUTSIDE_NODE,        /* the machine failed */
    OUTSIDE_PREEMPTED,   /* another job took its place */
    OUTSIDE_CANCELLED,   /* a person's wish */
    OUTSIDE_MEMORY,      /* it was asked for and not given */
    OUTSIDE_DISK,        /* full, or over the quota */
    OUTSIDE_STORAGE,     /* a file system that fails */
    OUTSIDE_SHORT_FILE,  /* ends before it should */
    OUTSIDE_THREADS,     /* a limit of them, of processes or open files */
    OUTSIDE_MODULE,      /* of the environment, not there */
    OUTSIDE_LIBRARY,     /* missing, or another version */
    OUTSIDE_NO_PROGRAM,  /* not there */
    OUTSIDE_NO_FILE,     /* a program or an input that a shell does not find */
    OUTSIDE_NOT_ALLOWED, /* may not be executed */
    OUTSIDE_FORMAT,      /* not a program for this machine */
    OUTSIDE_INSTRUCTION, /* that this processor does not have */
    OUTSIDE_DEVICE,      /* no GPU, or its driver is too old */
    OUTSIDE_CRASH,       /* memory that is not its own; often a full stack */
    OUTSIDE_ARITHMETIC,  /* a division by zero and the like */
    OUTSIDE_RUNTIME,     /* another error of the Fortran runtime */
    OUTSIDE_MPI_SLOTS,   /* fewer cores than ranks */
    OUTSIDE_MPI_ROOT,    /* MPI does not run as root */
    OUTSIDE_MPI_OPTION,  /* that the launcher does not know */
    OUTSIDE_MPI_START,   /* MPI could not start the ranks, or they not find MPI */
    OUTSIDE_KILLED,      /* by SIGKILL; nobody says why */
    OUTSIDE_TERMINATED,  /* by another signal that asks to end */
    OUTSIDE_ABORTED,     /* the program gave up; its reason stands elsewhere */
    OUTSIDE_CAUSES,
};

/* What a line says of the end of a run, OUTSIDE_NOTHING for most. */
enum outside_cause outside_cause_of_line(const char *line);
/* What a status says of it: a signal (0: none), or an exit status of a shell that may
 * stand for one. OUTSIDE_NOTHING when the program itself has chosen it. */
enum outside_cause outside_cause_of_exit(int exit_code, int signal);

/* As a problem's category; static. */
const char *outside_category(enum outside_cause cause);
/* Whether somebody ended the run, which itself did nothing wrong. */
bool outside_is_killed(enum outside_cause cause);
/* Whether the same run, tried again as it is, would end by it again: a limit, or what
 * is not there. A full disk and a machine that failed may be mended by then. */
bool outside_would_come_again(enum outside_cause cause);
/* Whether it says how and not why, so that any other cause says more. */
bool outside_is_vague(enum outside_cause cause);

/* What to try, where a code has more to say than what holds for all. */
struct outside_advice {
    enum outside_cause cause; /* OUTSIDE_NOTHING: behind the last */
    const char *remedy;
};
/* `advice` may be NULL. Static; NULL for OUTSIDE_NOTHING. */
const char *outside_remedy(enum outside_cause cause,
                           const struct outside_advice *advice);

enum {
    OUTSIDE_WORDS_SIZE = 400,
};

/* What is told at the end, if at all. */
struct outside_kept {
    enum outside_cause cause; /* OUTSIDE_NOTHING: nothing is */
    long line;
    char words[OUTSIDE_WORDS_SIZE];
};

/* What has been read of it in one text; begin with zeros. */
struct outside {
    bool killed, crashed;      /* by what is among the problems */
    bool seen[OUTSIDE_CAUSES]; /* each is told once, however many ranks say it */
    struct outside_kept vague; /* the first of those */
    struct outside_kept shell; /* the last that a shell says which goes on */
};

/* Look at a line of the text: what it says becomes a problem of the results, or is kept
 * when it is vague or of a shell. 0 or -ENOMEM. */
int outside_take(struct outside *outside, struct results *results,
                 const struct outside_advice *advice, const char *line, long number);
/* Whether what has been read says more of the end than a status does that stands for
 * `status`. */
bool outside_has_reason(const struct outside *outside, enum outside_cause status);
/* The text has ended without a reason: what has been kept is better than nothing. 0 or
 * -ENOMEM. */
int outside_finish(struct outside *outside, struct results *results,
                   const struct outside_advice *advice);

/* Whether a file of such a name holds what was said on stdout or stderr, or by a batch
 * system. */
bool outside_is_capture_name(const char *name);
