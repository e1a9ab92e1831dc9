/* What Unix systems do differently: writing to a socket without SIGPIPE, and a pipe
 * that is close-on-exec from the start. */
#pragma once

#include <sys/types.h>

/* Ready a connected socket for platform_send. */
void platform_silence(int fd);
/* send(2) that never waits and never raises SIGPIPE. The count, or a negative errno. */
ssize_t platform_send(int fd, const void *bytes, size_t n);

/* A close-on-exec pipe: ends[0] nonblocking to read, ends[1] to write and above 3, so
 * that it can be put on descriptor 3 of a child after 0, 1 and 2 were replaced. 0 or a
 * negative errno. */
int platform_pipe(int ends[2]);
