/* The job that is looked at closely: the full answer about it, its SCF history, and its
 * files as far as they were fetched. Data only; feed.c asks for it. */
#pragma once

#include "plot/history.h"
#include "plot/kind.h"
#include "tui/logtext.h"

#include <jansson.h>
#include <stdbool.h>
#include <stdint.h>

enum closeup_file {
    CLOSEUP_OUTPUT,
    CLOSEUP_ERROR,
    CLOSEUP_INPUT,
    CLOSEUP_CHOSEN, /* any file of the job's directory */
    CLOSEUP_N_FILES,
};

struct closeup_text {
    struct logtext text;
    bool asked;    /* a first answer is on its way, or here */
    bool loaded;   /* it is here */
    bool earlier;  /* an earlier piece is on its way */
    bool to_start; /* and more until the start is reached */
    bool changed;  /* the file was written to since the job ended */
};

struct closeup {
    int64_t id;           /* 0: none */
    int64_t subscription; /* to its output; 0: none */
    json_t *full;         /* owned; NULL until it came */
    struct history history;
    struct closeup_text files[CLOSEUP_N_FILES];
    char *chosen;                /* owned: the name of CLOSEUP_CHOSEN; NULL: none … */
    int64_t chosen_job;          /* … of this job */
    int64_t chosen_subscription; /* to its lines; 0: none */
    int n_chosen;                /* so many files were chosen so far */

    size_t run;      /* place of the SCF run that is plotted, when … */
    bool run_chosen; /* … one was chosen; else the newest */

    unsigned kinds; /* of plots that `full` has beside the SCF; 1 << enum plot_kind */
    bool ended;     /* the job has, so that it is plotted … */
    enum plot_kind about; /* … what it was about */
    enum plot_kind kind;  /* what is plotted, when … */
    bool kind_chosen;     /* … that was chosen and is there */
};

void closeup_init(struct closeup *closeup);
void closeup_deinit(struct closeup *closeup);
/* Forget everything and look at this job. How it is plotted stays, and which file was
 * chosen until another job is looked at. */
void closeup_reset(struct closeup *closeup, int64_t id);

/* "output": the wire's name; NULL: no file is chosen. */
const char *closeup_file_name(const struct closeup *closeup, enum closeup_file file);
/* Choose a file of the job, of which nothing is here yet. 0 or -ENOMEM. */
int closeup_choose(struct closeup *closeup, const char *name);
/* The file behind this one, round and round. */
enum closeup_file closeup_next_file(const struct closeup *closeup,
                                    enum closeup_file file);

/* The SCF run to plot, NULL when there is none; *place gets its place. */
const struct history_run *closeup_run(const struct closeup *closeup, size_t *place);
/* Another run of those; the SCF is plotted then. */
void closeup_step_run(struct closeup *closeup, int by);

/* The answer to jobs.get has come; it is kept. 0 or -ENOMEM. */
int closeup_take_full(struct closeup *closeup, const json_t *full);
/* Which plots there are, by bits. */
unsigned closeup_kinds(const struct closeup *closeup);
/* The plot to show. */
enum plot_kind closeup_kind(const struct closeup *closeup);
/* Choose the next one that there is. */
void closeup_step_kind(struct closeup *closeup);

/* The file to show beside the results: the output, or the error output when the job has
 * ended and left nothing but that. */
enum closeup_file closeup_tail(const struct closeup *closeup);
