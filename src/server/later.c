/* What is kept is all that the head of an answer needs. It stands in the list of its
 * client until that has gone or it is freed. A batch belongs to those of its requests
 * that are not answered yet, and to dispatch until that has seen them all: the last one
 * of them sends it. */
#include "server/later.h"

#include "base/cleanup.h"
#include "rpc/frame.h"
#include "server/dispatch.h"
#include "server/peer.h"
#include "server/server.h"

#include <errno.h>
#include <string.h>

struct later_batch {
    struct server *server; /* borrowed */
    struct buf text;       /* answers, with commas between them; charged */
    size_t waits;          /* for so many, and for dispatch */
    int failed;            /* a negative errno: some of them are not in the text */
};

struct later {
    struct server *server;      /* borrowed */
    struct peer *peer;          /* borrowed; NULL: it has gone */
    struct later_list *list;    /* of the peer; borrowed */
    struct later *next, **link; /* in that */
    struct later_batch *batch;  /* NULL: none */
    char *id;                   /* owned: JSON text; NULL: none is in the message */
    struct rpc_message message; /* borrows id */
    void (*gone)(void *data);
    void *data;
};

static int join_batch(struct later *later, struct later_batch **batch) {
    if (!*batch) {
        *batch = calloc(1, sizeof **batch);
        if (!*batch) {
            return -ENOMEM;
        }
        (*batch)->server = later->server;
        (*batch)->waits = 1;
    }
    (*batch)->waits++;
    later->batch = *batch;
    return 0;
}

static int note(struct later *later, const struct request *request) {
    const struct rpc_message *asked = request->message_in;
    later->message.kind = asked->kind;
    (void)memcpy(later->message.method, asked->method, sizeof asked->method);
    if (asked->id.at) {
        later->id = strndup(asked->id.at, asked->id.len);
        if (!later->id) {
            return -ENOMEM;
        }
        later->message.id = (struct json_span){later->id, asked->id.len};
    }
    return request->batch ? join_batch(later, request->batch) : 0;
}

static void join_list(struct later *later, struct later_list *list) {
    later->list = list;
    later->link = &list->first;
    later->next = list->first;
    if (later->next) {
        later->next->link = &later->next;
    }
    list->first = later;
    list->n++;
}

int later_new(struct later **out, struct request *request, void (*gone)(void *data),
              void *data) {
    struct later_list *list = peer_waits(request->peer);
    if (list->n >= LATER_MAX) {
        return request_fail(request, RPC_SERVER_ERROR,
                            "not carried out: at most %d requests of a batch may be of "
                            "those that take their time; send the others behind it",
                            LATER_MAX);
    }
    struct later *later = calloc(1, sizeof *later);
    if (!later) {
        return -ENOMEM;
    }
    later->server = request->server;
    later->gone = gone;
    later->data = data;
    int r = note(later, request);
    if (r < 0) {
        return (void)later_free(later), r;
    }
    later->peer = request->peer;
    join_list(later, list);
    *out = later;
    return 0;
}

/* ---- batches ---- */

static void batch_add(struct later_batch *batch, const char *text, size_t n) {
    struct buf *buf = &batch->text;
    int r = n > 0 ? server_reserve(batch->server, buf, n + 1) : 0;
    if (r < 0) {
        batch->failed = r;
    } else if (n > 0) {
        (void)(buf_len(buf) > 0 ? buf_append(buf, ",", 1) : 0);
        (void)buf_append(buf, text, n);
    }
}

static void batch_send(const struct later_batch *batch, struct peer *peer) {
    _cleanup_buf_ struct buf frame = BUF_NULL;
    const struct buf *text = &batch->text;
    size_t mark = 0;
    int r = batch->failed;
    if (r == 0 && buf_len(text) > 0) {
        r = frame_begin(&frame, &mark);
        r = r ? r : buf_append(&frame, "[", 1);
        r = r ? r : buf_append(&frame, buf_bytes(text), buf_len(text));
        r = r ? r : buf_append(&frame, "]", 1);
        if (r == 0) {
            frame_end(&frame, mark);
        }
    }
    peer_answer(peer, r, &frame);
}

/* One less waits for it. `peer` NULL: it is not to be sent. */
static void batch_leave(struct later_batch *batch, struct peer *peer) {
    if (--batch->waits > 0) {
        return;
    }
    if (peer) {
        batch_send(batch, peer);
    }
    (void)server_charge(batch->server, batch->text.cap, 0);
    buf_deinit(&batch->text);
    free(batch);
}

void later_batch_close(struct later_batch *batch, struct peer *peer, const char *text,
                       size_t n) {
    batch_add(batch, text, n);
    batch_leave(batch, peer);
}

/* ---- the end ---- */

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
        if (later->batch) {
            batch_leave(later->batch, NULL);
        }
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

/* In a frame of its own. */
static void answer_alone(struct peer *peer, int r, const struct buf *text) {
    _cleanup_buf_ struct buf frame = BUF_NULL;
    size_t mark = 0;
    if (r == 0 && buf_len(text) > 0) {
        r = frame_begin(&frame, &mark);
        r = r ? r : buf_append(&frame, buf_bytes(text), buf_len(text));
        if (r == 0) {
            frame_end(&frame, mark);
        }
    }
    peer_answer(peer, r, &frame);
}

static void answer_in_batch(struct later_batch *batch, struct peer *peer, int r,
                            const struct buf *text) {
    static const struct buf nothing = BUF_NULL;
    batch->failed = r < 0 ? r : batch->failed;
    batch_add(batch, buf_bytes(text), buf_len(text));
    if (peer && batch->waits > 1) {
        peer_answer(peer, 0, &nothing); /* it may be read from again */
    }
    batch_leave(batch, peer);
}

void later_answer(struct later *later, int (*run)(struct request *request, void *data),
                  void *data) {
    _cleanup_buf_ struct buf text = BUF_NULL;
    struct peer *peer = later->peer;
    struct later_batch *batch = later->batch;
    int r = dispatch_later(later->server, peer, &later->message, run, data, &text);
    leave(later);
    later->batch = NULL;
    if (batch) {
        answer_in_batch(batch, peer, r, &text);
    } else if (peer) {
        answer_alone(peer, r, &text);
    }
}
