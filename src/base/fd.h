/* File descriptors. Every function retries EINTR and returns a negative errno on
 * failure. */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <sys/types.h>

/* Write all n bytes of a blocking descriptor. */
int fd_write_all(int fd, const void *bytes, size_t n);
int fd_set_nonblock(int fd, bool on);
int fd_set_cloexec(int fd, bool on);

/* Whether the other end of a stream socket is closed altogether, and not only for
 * writing: an answer would reach nobody. */
bool fd_is_hung_up(int fd);

/* Close every descriptor >= from, except `keep` (-1: none). */
void fd_close_from(int from, int keep);

/* Reset every signal disposition and the signal mask to what a fresh program expects.
 */
void fd_reset_signals(void);
/* The mask alone. Handlers go with the next exec; what is ignored stays so. */
void fd_unblock_signals(void);

/* How many descriptors this process may have open. Set it, up to what the system allows
 * us; returns what it was before. Children inherit it. */
unsigned long fd_limit_set(unsigned long limit);
