/* What lets a run that was ended go on from where it stopped: the files that it left
 * are looked at, whether they are whole; the input is changed so that it asks for them;
 * and what has to be done in the folder before is told as a list of steps. Pure: who
 * looks and who takes the steps is another's, on whatever machine the folder lies. */
#pragma once

#include "codes/code.h"

#include <errno.h>
#include <stdint.h>

enum {
    CODE_E_RESTART = 2, /* it cannot go on; the message tells why */
};

/* How somebody who may look at files does it for a code: names are relative to the
 * input's folder, or absolute. Where the answer is not known yet both return -EAGAIN,
 * and so does code_restart at once: then it is called again when it is. */
struct code_look {
    /* The size of a regular file and when it was last written, in milliseconds since
     * 1970. 0, -ENOENT, or another negative errno. */
    int (*state)(void *data, const char *name, int64_t *size, int64_t *modified_ms);
    /* Append at most n bytes from `offset` on. 0, -ENOENT, or another negative errno.
     */
    int (*read)(void *data, const char *name, int64_t offset, size_t n,
                struct buf *out);
    void *data;
};

/* A run that has ended. All is borrowed. */
struct code_stopped {
    const char *input; /* its name in the folder */
    const char *text;  /* the input, n bytes */
    size_t n;
    char *const *env; /* of the run */
    int cores;        /* that it ran on */
    int64_t since_ms; /* what was written before is another run's; milliseconds */
    int64_t until_ms; /* … and what was written later; 0: its end is not known */
    bool again;       /* it went on with an earlier one itself */
    const struct code_look *look;
};

enum code_step_kind {
    CODE_STEP_KEEP,  /* `from` gets the name `to`, where it is there */
    CODE_STEP_LINK,  /* `to` is the same file as `from`, or a copy of it */
    CODE_STEP_WRITE, /* `to` is written with `text` */
};

/* When its turn comes nothing lies at `to`. */
struct code_step {
    enum code_step_kind kind;
    char *from;      /* owned; NULL for a step that writes */
    char *to;        /* owned */
    struct buf text; /* of a step that writes */
};

struct code_restart {
    char *input;             /* owned: the name of the input that goes on */
    char *output;            /* owned: the name of the file that takes its stdout */
    struct buf text;         /* of that input */
    struct code_step *steps; /* owned, in their order */
    size_t n_steps;
};

/* How the run goes on. The files that the run reads and those that it left are left
 * alone until the steps are taken. 0, CODE_E_RESTART with `msg` where a file is not
 * whole or none is there, CODE_E_INPUT with `msg` where the input is wrong, -EAGAIN, or
 * -ENOMEM;
 * `out`, which is empty before, is to be released in any case. */
int code_restart(const struct code *code, const struct code_stopped *stopped,
                 struct code_restart *out, struct errmsg *msg);
void code_restart_deinit(struct code_restart *restart);
/* Take the steps that link out of the list: somebody else takes them. */
void code_restart_drop_links(struct code_restart *restart);

/* The command line of a run, made by code_command, with another input in the place of
 * the one that it has. 0 with *out for strv_free, -EINVAL where it was not made so, or
 * -ENOMEM. */
int code_command_with(const struct code *code, char *const *argv, const char *input,
                      const char *with, char ***out);

/* ---- for the codes' own ---- */

/* Add a step; `text` is copied. 0 or -ENOMEM. */
int code_step_keep(struct code_restart *restart, const char *from, const char *to);
int code_step_link(struct code_restart *restart, const char *from, const char *to);
int code_step_write(struct code_restart *restart, const char *to, const char *text,
                    size_t n);

/* Whether what a look returned is nothing that could be told of the file: -ENOMEM, or
 * -EAGAIN, which are passed on. */
static inline bool code_look_broke_off(int r) {
    return r == -ENOMEM || r == -EAGAIN;
}

/* Whether there is a file. 0, -EAGAIN or -ENOMEM. */
int code_look_exists(const struct code_look *look, const char *name, bool *out);

/* A file that the run has written and that is not empty. 0 with its size (may be NULL),
 * CODE_E_RESTART with `msg`, -EAGAIN or -ENOMEM. */
int code_look_written(const struct code_stopped *stopped, const char *name,
                      int64_t *size, struct errmsg *msg);
/* Such a file that ends with these words, but for blanks behind them. Likewise. */
int code_look_ends_with(const struct code_stopped *stopped, const char *name,
                        const char *end, struct errmsg *msg);
/* Such a file that is made of Fortran's unformatted records, each of them whole. What
 * does not begin like one is left at that. Likewise. */
int code_look_records(const struct code_stopped *stopped, const char *name,
                      struct errmsg *msg);

/* Names for a run that goes on, "si.2.in" and "si.2.out" for "si.in", with the first
 * number that nothing lies under. 0, -EAGAIN or -ENOMEM. */
int code_restart_name(const struct code *code, const struct code_stopped *stopped,
                      struct code_restart *out);
