/* The supervisor's only way to wait: for a signal, or for a while. */
#pragma once

#include <stdint.h>

/* Block every signal for the life of the process; they are taken by wakeup_wait, and
 * what is not listed there is ignored. */
void wakeup_init(void);

/* Have SIGIO sent when this descriptor becomes readable or comes to its end. */
void wakeup_on_input(int fd);

/* Wait for SIGCHLD, SIGTERM, SIGINT or SIGIO, but no longer than timeout_ms (negative:
 * for ever). Returns the signal, or 0 for the timeout and for no reason at all. */
int wakeup_wait(int64_t timeout_ms);

/* Take every signal that is there already, and do nothing about it. */
void wakeup_forget(void);
