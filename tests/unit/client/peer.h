/* The server's side of a test: a folder of its own, a listening socket in it, and one
 * accepted connection that the test writes to and reads from by itself. Ids of requests
 * are known (1, 2, 3 …), so answers can be written before the client asks. Nothing
 * allocates but peer_read. Failures end the test. */
#pragma once

#include <jansson.h>
#include <limits.h>
#include <stdbool.h>
#include <stddef.h>

struct cm_client;

struct peer {
    char *folder;        /* owned */
    char path[PATH_MAX]; /* folder/s.sock */
    int listener;        /* -1: none */
    int fd;              /* -1: none */
};

/* Make the folder; nothing listens yet. */
void peer_init(struct peer *peer);
/* Close everything and remove the folder with what is in it. */
void peer_deinit(struct peer *peer);

/* The path of a name in the folder; static per thread, good until the next call. */
const char *peer_at(const struct peer *peer, const char *name);

void peer_listen(struct peer *peer, int backlog);
void peer_stop_listening(struct peer *peer);
void peer_accept(struct peer *peer);
void peer_hang_up(struct peer *peer);

/* Write a frame around a body, or bytes as they are. */
void peer_send(const struct peer *peer, const char *body);
void peer_send_raw(const struct peer *peer, const char *bytes, size_t n);
/* Read one whole request, waiting for it; freed by the caller. */
json_t *peer_read(const struct peer *peer);

/* A client at the peer's path, connected and accepted. */
struct cm_client *peer_client(struct peer *peer);

/* Write an executable file into the folder. */
void peer_script(const struct peer *peer, const char *name, const char *text);
