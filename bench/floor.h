/* The least that any client and server in two processes have to do, to be measured
 * beside ours: a request of so many bytes one way and an answer of so many bytes back,
 * through a Unix socket with blocking reads and writes, no parsing, no files. */
#pragma once

#include <stddef.h>

struct floor_sizes {
    size_t request;
    size_t answer;
};

/* One exchange over a connection. */
void floor_exchange(int fd, struct floor_sizes sizes);
/* The other end of it, until the client closes. */
void floor_answer(int fd, struct floor_sizes sizes);

/* Connect; where nobody listens, take a lock, start `server` (floor_server.c) and wait
 * on its readiness pipe. Returns the connection. */
int floor_connect_or_start(const char *socket_path, const char *server,
                           struct floor_sizes sizes);
/* Close the connection, end the server behind it, and remove its socket. */
void floor_end_server(int fd, const char *socket_path);
