/* Taking requests back. One that has not begun to leave is cut out of the queue, so
 * the server never hears of it; of one that has, the answer will find nobody. */
#include "client/client_internal.h"

#include <stdlib.h>

int client_withdraw(struct cm_client *client, int64_t id) {
    struct pending *pending = pending_remove(&client->pending, id);
    if (!pending) {
        return CM_E_INVALID;
    }
    size_t size = pending->size;
    uint64_t begin = pending->end - size;
    free(pending);
    if (begin < client->sent) {
        return CM_CANCELLED_SENT;
    }
    buf_erase(&client->out, (size_t)(begin - client->sent), size);
    client->queued -= size;
    for (struct pending *at = client->pending.first; at; at = at->next) {
        at->end -= at->end > begin ? size : 0;
    }
    return CM_CANCELLED;
}

int cm_cancel(struct cm_client *client, int64_t request) {
    struct pending *losing = pending_remove(&client->losing, request);
    if (losing) {
        int r = losing->sent ? CM_CANCELLED_SENT : CM_CANCELLED;
        free(losing);
        return r;
    }
    const struct pending *pending = pending_find(&client->pending, request);
    /* A blocking call is not to be taken away from under the one who waits. */
    return pending && !pending->to.waiter ? client_withdraw(client, request)
                                          : CM_E_INVALID;
}
