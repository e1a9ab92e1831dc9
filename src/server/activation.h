/* A listening socket handed over by a service manager, as systemd's socket units do:
 * LISTEN_FDS descriptors from 3 on, meant for the process LISTEN_PID. */
#pragma once

#include "base/errmsg.h"

enum {
    ACTIVATION_FD = 3,
    ACTIVATION_E_NONE = 1, /* nothing was handed over to this process */
};

/* Take the socket: *path, freed by the caller, is where it is bound, and the descriptor
 * ACTIVATION_FD is close-on-exec and non-blocking from now on. The variables are
 * removed in any case, so that no child believes that they are meant for it.
 * 0, ACTIVATION_E_NONE, or a negative errno with `msg` when what was handed over is not
 * one Unix stream socket that listens at a path. */
int activation_take(char **path, struct errmsg *msg);
