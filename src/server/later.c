/* What is kept is all that the head of an answer needs. It stands in the list of its
 * client until that has gone or it is freed. */
#include "server/later.h"

#include "base/cleanup.h"
#include "server/dispatch.h"
#include "server/peer.h"
#include "server/server.h"

#include <errno.h>
#include <string.h>

struct later {
    struct server *server;      /* borrowed */
    struct peer *peer;          /* borrowed; NULL: it has gone */
    struct later_list *list;    /* of the peer; borrowed */
    struct later *next, **link; /* in that */
    char *id;                   /* owned: JSON text; NULL: none is in the message */
    struct rpc_message message; /* borrows id */
    void (*gone)(void *data);
    void *data;
};

int later_new(struct later **out, struct request *request, void (*gone)(void *data),
              void *data) {
    const struct rpc_message *asked = request->message_in;
    struct later *later = calloc(1, sizeof *later);
    if (!later) {
        return -ENOMEM;
    }
    later->message.kind = asked->kind;
    (void)memcpy(later->message.method, asked->method, sizeof asked->method);
    if (asked->id.at) {
        later->id = strndup(asked->id.at, asked->id.len);
        if (!later->id) {
            free(later);
            return -ENOMEM;
        }
        later->message.id = (struct json_span){later->id, asked->id.len};
    }
    later->server = request->server;
    later->peer = request->peer;
    later->gone = gone;
    later->data = data;
    later->list = peer_waits(request->peer);
    later->link = &later->list->first;
    later->next = later->list->first;
    if (later->next) {
        later->next->link = &later->next;
    }
    later->list->first = later;
    later->list->n++;
    *out = later;
    return 0;
}

static void leave(struct later *later) {
    if (later->peer) {
        *later->link = later->next;
        if (later->next) {
            later->next->link = later->link;
        }
        later->list->n--;
        later->peer = NULL;
    }
}

struct later *later_free(struct later *later) {
    if (later) {
        leave(later);
        free(later->id);
        free(later);
    }
    return NULL;
}

void later_forget(struct later_list *list) {
    while (list->first) {
        struct later *later = list->first;
        leave(later);
        later->gone(later->data);
    }
}

void later_answer(struct later *later, int (*run)(struct request *request, void *data),
                  void *data) {
    _cleanup_buf_ struct buf frame = BUF_NULL;
    struct peer *peer = later->peer;
    int r = dispatch_later(later->server, peer, &later->message, run, data, &frame);
    leave(later);
    if (peer) {
        peer_answer(peer, r, &frame);
    }
}
