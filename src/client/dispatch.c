/* Working without waiting: what a caller's own loop runs when the descriptor is ready.
 */
#include "client/client_internal.h"

#include <poll.h>

enum {
    DISPATCH_RECEIVES =
        16, /* so that a server that never pauses cannot hold the caller */
};

short cm_client_poll_events(const struct cm_client *client) {
    return buf_len(&client->out) > 0 && !client->broken ? POLLIN | POLLOUT : POLLIN;
}

static int receive_and_handle(struct cm_client *client, struct cm_error **error) {
    bool more = true;
    for (int i = 0; more && client->fd >= 0 && i < DISPATCH_RECEIVES; i++) {
        int r = stream_receive(client, 0, &more, error);
        if (r == 0) {
            r = incoming_handle(client, true, error);
        }
        if (r != 0) {
            return r;
        }
    }
    return 0;
}

int cm_client_dispatch(struct cm_client *client, struct cm_error **error) {
    int r = client_check_outside_callback(client, "cm_client_dispatch", error);
    if (r != 0) {
        return r;
    }
    r = client_need_connection(client, error);
    incoming_deliver(client);
    if (r == 0) {
        r = stream_flush(client, error);
    }
    if (r == 0) {
        /* Whole frames are left from before only where memory ran out. */
        r = incoming_handle(client, true, error);
    }
    if (r == 0) {
        r = receive_and_handle(client, error);
    }
    /* What callbacks have sent leaves at once. */
    return r == 0 && client->fd >= 0 ? stream_flush(client, error) : r;
}
