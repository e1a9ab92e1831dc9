/* The batch script of a job, and the programs for a shell on the cluster that hand it
 * to sbatch and ask for its end. All are text for POSIX sh; every word that comes from
 * a person or a file is quoted. Pure.
 *
 * A job has a folder of its own below the one that it runs in,
 * FOLDER/.crystalmath/NAME, where NAME is what sbatch calls it, and nobody else's:
 *   asking   who hands it to sbatch, since when: "PID HOST SECONDS";
 *            "0 none 0" behind a no
 *   answer   the number that sbatch gave it: "id NUMBER whole"
 *   claim    a link to the number of the first job of this name that ran. Should a lost
 *            answer ever make two, only this one does anything
 *   started  where and since when it runs
 *   end      how it ended, written by the script as its last act
 *   log      what Slurm and the script itself say
 * Of a job with tasks (an array), started, end and log have the number of the task
 * behind them, as in end.3.
 * Of these, started and end are written beside and renamed. */
#pragma once

#include "base/buf.h"
#include "base/errmsg.h"

#include <stdbool.h>
#include <stdint.h>

enum {
    SLURM_NAME_SIZE = 64,               /* of a job, with its NUL */
    SLURM_SCRIPT_MAX = 4 * 1024 * 1024, /* what Slurm takes, by default */
};

/* Ends the name of the output of an array's tasks; "%a" is the number of one. */
#define SLURM_TASK_OUTPUT "%a.out"

/* A name for a job that nobody else's has: of the first letters that people call it by,
 * its number here, its try, and a random word. */
void slurm_name(char out[SLURM_NAME_SIZE], const char *called, int64_t id, int attempt,
                uint64_t random);

/* Everything is borrowed; texts may be NULL or "" where it is not said otherwise. */
struct slurm_job {
    const char *name;      /* by slurm_name */
    const char *directory; /* where it runs, there; absolute, or "~/…" */
    const char *placement; /* see job/placement.h */
    const char *setup;     /* lines of sh before the program */
    const char *options;   /* further options of sbatch, one a line */
    const char *template;  /* "": slurm_template */
    char *const *argv;
    char *const *env;   /* "KEY=value", for sbatch to hand on; NULL: as it is there */
    const char *output; /* absolute, or relative to the directory; of an array with
                           SLURM_TASK_OUTPUT at its end */
    const char *error_output; /* NULL: together with the output */
    const char *stop_file;    /* written when the limit is near; NULL: none */
    const char *stop_text;
    int umask;
    int64_t time_limit_seconds; /* 0: what `time` says */
    const char *time;           /* for --time where there is no limit */
    int64_t seconds; /* since 1970, by the clock there; 0: it is asked there */
};

/* The batch script as people may write it, with {{directives}}, {{begin}}, {{setup}}
 * and
 * {{run}}, each in a line of its own: what is used where nothing else is given. */
extern const char slurm_template[];
/* Whether a text can be a template. 0, or -EINVAL with `msg`. */
int slurm_template_check(const char *text, struct errmsg *msg);

/* The batch script, appended. 0, -EINVAL with `msg`, or -ENOMEM. */
int slurm_script(const struct slurm_job *job, struct buf *out, struct errmsg *msg);

/* A folder as sh reads it, where "~" in front is the home folder there. 0 or -ENOMEM.
 */
int slurm_quote_folder(struct buf *out, const char *folder);

enum slurm_submit {
    SLURM_SUBMIT,  /* look whether it is there already, else hand it over */
    SLURM_LOOK_UP, /* only look */
    SLURM_TEST,    /* sbatch --test-only, without its folder; nothing stays behind */
};

/* The exit status of a script that cannot write into its folder, and so does nothing.
 */
enum { SLURM_X_UNWRITABLE = 73 };

/* The program for `sh` that submits it, as often as it is run at most once. It prints
 * "id NUMBER" when sbatch took it, now or before; its exit status is else one of the
 * following. Likewise. */
int slurm_submit_program(const struct slurm_job *job, enum slurm_submit what,
                         struct buf *out, struct errmsg *msg);

enum {
    SLURM_X_REFUSED = 65, /* sbatch said no: its words are on stderr */
    SLURM_X_FOLDER = 66,  /* the job's folder is not to be had: likewise */
    SLURM_X_ASKING = 75,  /* somebody is still handing it over: ask later */
    SLURM_X_UNSURE = 76, /* it was begun, and Slurm does not tell now what came of it */
    SLURM_X_NOT_THERE = 77, /* (SLURM_LOOK_UP) it was never handed over */
};

/* The lines of sh that print the time there, for slurm_clock_shift; and all jobs of the
 * user behind that, for slurm_queue_read. */
extern const char slurm_clock_program[];
extern const char slurm_queue_program[];

/* Append, to a program that asks for the ends of several jobs, the part that asks for
 * one: for slurm_ends_read. `id` is Slurm's number. 0 or -ENOMEM. */
int slurm_end_program(struct buf *out, const char *directory, const char *name,
                      int64_t id);

/* Removes the folder of a job whose end is known, and the one around it where that is
 * empty. */
int slurm_tidy_program(struct buf *out, const char *directory, const char *name);

/* Ends a job, if it is the user's and has this name ("": whatever its name). */
int slurm_cancel_program(struct buf *out, int64_t id, const char *name);
/* The same of a job that was not submitted here (`tasks`: of an array, only these; "":
 * all of it): exits with SLURM_X_NOT_THERE where the user has none of this number. */
int slurm_cancel_own_program(struct buf *out, int64_t id, const char *tasks);
