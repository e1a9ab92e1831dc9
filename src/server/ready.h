/* What a starting server tells whoever started it: one line on a pipe.
 *
 *   READY pid socket            clients may connect
 *   ALREADY_RUNNING pid socket  another server does the work, there
 *   BUSY reason                 another one is starting or ending: try again
 *   FAILED reason               it cannot be; the reason is a sentence for a person
 *
 * End-of-file without a line means that it died. */
#pragma once

#include "base/errmsg.h"

#include <sys/types.h>

/* Each writes its line and closes *fd, setting it to -1; with *fd -1 nothing happens.
 */
void ready_tell_ready(int *fd, pid_t pid, const char *socket_path);
void ready_tell_already(int *fd, pid_t pid, const char *socket_path);
void ready_tell_busy(int *fd, const char *reason);
void ready_tell_failed(int *fd, const char *reason);

/* Go into the background: in the new session's process 0 is returned, and *ready_fd is
 * a pipe to the first process when it was -1. In the first process this does not return
 * but exits: with nobody else to tell, after the line came, with 0 when a server runs
 * and else with 1 and the reason on stderr. Negative errno when it cannot be done. */
int ready_go_background(int *ready_fd);
