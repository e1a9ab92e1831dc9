/* The job that is looked at closely: the full answer about it, its SCF history, and its files
 * as far as they were fetched. Data only; feed.c asks for it. */
#pragma once

#include "tui/history.h"
#include "tui/logtext.h"

#include <jansson.h>
#include <stdbool.h>
#include <stdint.h>

enum watch_file {
    WATCH_OUTPUT,
    WATCH_ERROR,
    WATCH_INPUT,
    WATCH_N_FILES,
};

struct watched_file {
    struct logtext text;
    bool asked;    /* a first answer is on its way, or here */
    bool loaded;   /* it is here */
    bool earlier;  /* an earlier piece is on its way */
    bool to_start; /* and more until the start is reached */
};

struct watch {
    int64_t id;           /* 0: none */
    int64_t subscription; /* to its output; 0: none */
    json_t *full;         /* owned; NULL until it came */
    struct history history;
    struct watched_file files[WATCH_N_FILES];

    size_t run;           /* place of the SCF run that is plotted, when … */
    bool run_chosen;      /* … one was chosen; else the newest */
    enum history_quantity quantity;
};

void watch_init(struct watch *watch);
void watch_deinit(struct watch *watch);
/* Forget everything and look at this job. How it is plotted stays. */
void watch_reset(struct watch *watch, int64_t id);

/* "output"; static, the wire's name. */
const char *watch_file_name(enum watch_file file);

/* The SCF run to plot, NULL when there is none; *place gets its place. */
const struct history_run *watch_run(const struct watch *watch, size_t *place);
/* The quantity to plot of a run: the one chosen when it has it, else the other. */
enum history_quantity watch_quantity(const struct watch *watch,
                                     const struct history_run *run);
void watch_step_run(struct watch *watch, int by);

/* The file to show beside the results: the output, or the error output when the job has ended
 * and left nothing but that. */
enum watch_file watch_tail(const struct watch *watch);
