/* A program of which the output is wanted, started and watched by the loop. */
#pragma once

#include "base/buf.h"

#include <stddef.h>
#include <stdint.h>
#include <uv.h>

struct process;

/* All that were started with it; to be zeroed, and closed before the loop is. */
struct process_set {
    uv_loop_t *loop;       /* borrowed */
    struct process *first; /* owned by the loop */
};

enum process_outcome {
    PROCESS_EXITED,
    PROCESS_TIMED_OUT,
    PROCESS_TOO_LONG, /* it wrote more than allowed */
};

/* `status` as a shell counts: 128 and the number for a signal. */
typedef void process_done(void *arg, enum process_outcome outcome, int status,
                          struct buf *out, struct buf *err);

/* Borrowed for the call, but for `in_take`. */
struct process_spec {
    char *const *argv;   /* looked up in our PATH */
    struct buf *in_take; /* taken on success */
    size_t out_max;
    int deadline_ms;
};

/* In a session of its own, in the root folder, with our environment. `done` is called
 * once from the loop, unless this fails or process_cancel comes first: at the end of
 * the program itself, not of those that it left behind; with what it wrote until then.
 * When it takes too long or writes too much, its process group is killed. 0 or a
 * negative errno, also that of a failed exec. */
int process_start(struct process **out, struct process_set *set,
                  const struct process_spec *spec, process_done *done, void *arg);

/* Kill it with its process group, without `done`. */
void process_cancel(struct process *process);

/* Likewise all; the loop has to run on until process_set_is_empty. */
void process_set_close(struct process_set *set);
static inline int process_set_is_empty(const struct process_set *set) {
    return !set->first;
}
