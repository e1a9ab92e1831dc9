/* What the programs of script.h print, read. Pure; nothing is believed that does not
 * stand there whole. */
#pragma once

#include "slurm/state.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* The number in "id NUMBER", the last such line; 0: there is none. */
int64_t slurm_id_read(const char *text, size_t n);

enum slurm_refusal {
    SLURM_REFUSAL_FINAL, /* it would be refused again */
    SLURM_REFUSAL_LIMIT, /* a limit of the site that other jobs fill: try again later */
    SLURM_REFUSAL_ABSENT, /* the controller does not answer: try again */
};

/* Why sbatch said no: its words without "sbatch: error: " in front, as one line, and
 * what kind of no it is. */
enum slurm_refusal slurm_refusal_read(const char *text, size_t n, struct errmsg *words);

/* How a job ended, by whichever told it. Times are ms since 1970 by the clock there, 0:
 * not known. */
struct slurm_end {
    int64_t number;    /* of the job, as it was asked for */
    int64_t owner;     /* of the job whose script wrote the files; 0: none has */
    bool has_started;  /* the script said so: `host`, `started_at`, `restarts` */
    bool has_end;      /* the script wrote its end: exit_code, `signalled`, … */
    bool signalled;    /* … after it was asked to end (SIGTERM) */
    bool soft_stopped; /* … after it had asked the code to end itself */
    bool slurm_knows;  /* sacct or scontrol told `state` */
    bool slurm_denies; /* its controller answers that there is no such job, and sacct
                          tells nothing */
    bool sacct_fails;  /* … for its database does not answer: it may tell later */
    enum slurm_state state;
    int exit_code;    /* -1: not known */
    int signal;       /* 0: none */
    int64_t restarts; /* how often it was begun anew */
    int64_t started_at, finished_at;
    char host[64];
};

typedef void (*slurm_end_fn)(const struct slurm_end *end, void *data);

/* Hand out each part that is whole, of what slurm_end_program's printed. */
void slurm_ends_read(const char *text, size_t n, slurm_end_fn fn, void *data);

/* For tests. One line of `sacct -n -P -X -o JobID,State,ExitCode,Start,End,NodeList`,
 * and of `scontrol -o show job`: whether it told a state. */
bool slurm_sacct_read(const char *line, size_t n, struct slurm_end *end);
bool slurm_scontrol_read(const char *line, size_t n, struct slurm_end *end);
