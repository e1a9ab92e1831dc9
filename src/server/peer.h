/* One client's connection. */
#pragma once

#include <jansson.h>
#include <sys/types.h>

struct buf;
struct later_list;
struct peer;
struct server;

/* Take over a connected, non-blocking descriptor; the peer lives until its connection
 * ends. 0 or a negative errno (the descriptor then stays the caller's). */
int peer_new(struct server *server, int fd, pid_t pid);

enum {
    PEER_E_FULL = 1, /* the client does not read: nothing was queued */
};

/* Send a notification; consumes params. It never closes the connection: whoever walks
 * over subscriptions may call it. 0, PEER_E_FULL, or -ENOMEM. */
int peer_notify(struct peer *peer, const char *method, json_t *params_take);

/* The answers that the client waits for, made later. */
struct later_list *peer_waits(struct peer *peer);
/* Send such an answer, a frame (none: ""); r is 0, or why it could not be made: then
 * the connection is closed. */
void peer_answer(struct peer *peer, int r, const struct buf *frame);

/* The client did something that counts as use of the server. */
void peer_mark_used(struct peer *peer);

/* Close every connection: what its client has sent is answered, and nothing more taken.
 */
void peer_end_all(struct server *server);
