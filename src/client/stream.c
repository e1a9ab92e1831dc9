/* Bytes in and out of the socket. The descriptor blocks, and what must not wait says so
 * call by call: so that whoever waits for an answer needs one system call for it and
 * not two. Where the caller's loop has made it non-blocking, nothing here waits. A send
 * that fails because the server has gone is not reported here: answers may still lie in
 * the socket, so the end is seen where they end. */
#include "client/client_internal.h"

#include "base/errmsg.h"
#include "base/platform.h"

#include <errno.h>
#include <sys/socket.h>
#include <sys/time.h>

enum {
    RECEIVE_ROOM = 64 * 1024,
    KEEP_IDLE = 1024 * 1024, /* a larger empty buffer goes back to the heap */
};

int stream_flush(struct cm_client *client, struct cm_error **error) {
    while (buf_len(&client->out) > 0 && !client->broken) {
        ssize_t n =
            platform_send(client->fd, buf_bytes(&client->out), buf_len(&client->out));
        if (n == -EAGAIN || n == -EWOULDBLOCK) {
            return 0;
        }
        if (n == -EPIPE || n == -ECONNRESET) {
            client->broken = true;
            return 0;
        }
        if (n < 0) {
            char space[128];
            return client_lose(client, error, CM_E_SYSTEM, "Sending to %s failed (%s)",
                               client->path, errmsg_errno((int)n, space, sizeof space));
        }
        buf_consume(&client->out, (size_t)n);
        client->sent += (uint64_t)n;
    }
    buf_trim(&client->out, KEEP_IDLE);
    return 0;
}

/* A read that waits does so for this long. 0 or a negative errno. */
static int limit_waiting(struct cm_client *client, int wait_ms) {
    if (client->waits_ms == wait_ms) {
        return 0;
    }
    struct timeval limit = {.tv_sec = wait_ms / 1000,
                            .tv_usec = (wait_ms % 1000) * 1000};
    if (setsockopt(client->fd, SOL_SOCKET, SO_RCVTIMEO, &limit, sizeof limit) < 0) {
        return -errno;
    }
    client->waits_ms = wait_ms;
    return 0;
}

int stream_receive(struct cm_client *client, int wait_ms, bool *more,
                   struct cm_error **error) {
    *more = false;
    if (buf_reserve(&client->in, RECEIVE_ROOM) < 0) {
        return error_no_memory(error);
    }
    size_t room = client->in.cap - client->in.end;
    ssize_t n = 0;
    int flags = wait_ms > 0 && limit_waiting(client, wait_ms) == 0 ? 0 : MSG_DONTWAIT;
    n = recv(client->fd, client->in.data + client->in.end, room, flags);
    if (n < 0 && (errno == EAGAIN || errno == EWOULDBLOCK || errno == EINTR)) {
        return 0;
    }
    if ((n == 0 || (n < 0 && errno == ECONNRESET)) && client->proxy &&
        proxy_is_unheard(client->proxy)) {
        return proxy_ended(client->proxy, client, error);
    }
    if (n == 0 || (n < 0 && errno == ECONNRESET)) {
        return client_lose(client, error, CM_E_DISCONNECTED,
                           "The server at %s closed the connection", client->path);
    }
    if (n < 0) {
        char space[128];
        return client_lose(client, error, CM_E_SYSTEM, "Reading from %s failed (%s)",
                           client->path, errmsg_errno(-errno, space, sizeof space));
    }
    client->in.end += (size_t)n;
    *more = (size_t)n == room;
    return 0;
}
