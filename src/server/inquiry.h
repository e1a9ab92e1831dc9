/* What a client asks that only a cluster can tell: a program runs there, and the client
 * is answered when it has. */
#pragma once

#include "base/errmsg.h"
#include "exec/remote.h"
#include "server/request.h"

/* What came of the program, as in remote_done. Borrowed until the answer is given. */
struct told {
    enum remote_outcome outcome;
    int exit_status;
    const struct buf *out, *err;
};

struct inquiry_spec {
    struct remote *remote;     /* borrowed; outlives its calls */
    const struct buf *program; /* for sh there; borrowed for the call */
    int deadline_ms;           /* 0: the usual */
    /* Does what a method does, once. Not called for a client that goes away before: the
     * program is then ended. */
    int (*answer)(struct request *request, const struct told *told, void *data);
    void (*data_free)(void *data);
};

/* Ask. `data` belongs to the inquiry from here on, also where this fails.
 * REQUEST_E_LATER for the method to return, REQUEST_E_FAILED where no more can be held
 * for those who wait, or a negative errno. */
int inquiry_begin(struct request *request, const struct inquiry_spec *spec, void *data);

/* It ran to its end and said that all is well. */
bool told_is_good(const struct told *told);
/* What it, or ssh in its stead, said of why not: one line. */
void told_words(const struct told *told, struct errmsg *words);
