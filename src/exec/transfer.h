/* Files between this machine and a cluster: by rsync(1) where both have it, which goes
 * on where it was broken off and checks what arrived, else by tar(1) through ssh. */
#pragma once

#include "exec/remote.h"

#include <stdbool.h>

/* Everything is borrowed for the duration of the call. */
struct transfer {
    const char *here;          /* a folder on this machine, absolute */
    const char *there;         /* one on the host, absolute */
    bool home;                 /* from there to here, instead of from here to there */
    bool rsync;                /* the host has it */
    int max_mib;               /* larger files stay where they are; 0: all go */
    const char *const *except; /* patterns of names that stay; NULL-terminated */
    const char *names; /* a file of names, one a line, that stay, as they are; NULL */
    const char *only;  /* just this file, home, with its progress; NULL: all */
};

/* Append the program for sh on the host that comes first: it makes the folder, and
 * tells where it is and whether there is an rsync. Its exit status is 0, or the folder
 * cannot be made. As it goes through the connection, it opens that; what follows does
 * not. 0 or -ENOMEM. */
int transfer_ask_program(struct buf *out, const char *there);
/* What that printed: the folder's whole path, freed by the caller. 0, -EBADMSG, or
 * -ENOMEM. */
int transfer_answer_read(const struct buf *answer, char **folder, bool *rsync);

/* The program for sh on this machine that does it, appended. 0 or a negative errno. */
int transfer_program(struct remote *remote, const struct transfer *transfer,
                     struct buf *out);

/* Begin; links are followed on the way there. `done` gets the exit status of rsync or
 * tar; its words are in `err`. 0 or a negative errno. */
int transfer_start(struct remote *remote, const struct transfer *transfer,
                   remote_done *done, void *arg, struct remote_call **ret);
