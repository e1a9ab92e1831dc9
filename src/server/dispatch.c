/* Dispatch: read the messages of a body, look their methods up, call, write the
 * answers. The head of an answer is written before its method runs, so that a method
 * can put its result right behind it; what turns out not to be wanted is cut off again.
 */
#include "server/dispatch.h"

#include "base/str.h"
#include "rpc/frame.h"
#include "rpc/message.h"
#include "server/engine.h"
#include "server/later.h"
#include "server/peer.h"
#include "server/request.h"
#include "server/server.h"

#include <errno.h>
#include <string.h>

static int call(struct request *request, const struct method *method,
                const struct rpc_message *message) {
    if (!method) {
        return request_fail(
            request, RPC_METHOD_NOT_FOUND,
            "Method not found: %.200s; rpc.discover lists what there is",
            message->method);
    }
    if (!method->health) {
        peer_mark_used(request->peer);
    }
    int r = request_read_params(request, method, message->params);
    return r == 0 ? method->run(request) : r;
}

/* Behind the head: what the method has made, and the end. */
static int write_result(const struct request *request, struct buf *out) {
    int r = request->result ? json_buf_append(out, request->result) : 0;
    return r ? r : buf_append_str(out, "}");
}

static int write_failure(const struct request *request,
                         const struct rpc_message *message, int r, struct buf *out) {
    if (r < 0 || request->code == 0) {
        char space[128];
        log_error(request->server->log, "%s failed inside: %s", message->method,
                  errmsg_errno(r, space, sizeof space));
        return rpc_write_error(
            out, message->id, RPC_INTERNAL_ERROR,
            "Internal error; `crystalmath server logs` shows what the server "
            "says of it",
            NULL);
    }
    /* What a client or a file said is quoted in messages, and need not be UTF-8. */
    _cleanup_free_ char *text =
        str_to_utf8(request->message.text, strlen(request->message.text));
    _cleanup_free_ char *data =
        request->data ? json_dumps(request->data, JSON_COMPACT | JSON_ENCODE_ANY)
                      : NULL;
    if (!text || (request->data && !data)) {
        return -ENOMEM;
    }
    return rpc_write_error(out, message->id, request->code, text, data);
}

/* Behind the head, which begins at `begin` and ends at `head`: what came of it. */
static int write_outcome(struct request *request, const struct rpc_message *message,
                         int r, size_t begin, size_t head, struct buf *out) {
    bool answered = r == 0 && (request->result || buf_len(out) > head);
    if (answered) {
        r = write_result(request, out);
    } else {
        buf_cut(out, begin);
        r = write_failure(request, message, r, out);
    }
    if (r == 0 && message->kind == RPC_KIND_NOTIFICATION) {
        buf_cut(out, begin);
    }
    return r;
}

/* Call, and write what came of it, unless that is still to come. 0, REQUEST_E_LATER,
 * REQUEST_E_APART or -ENOMEM. */
static int answer_call(struct request *request, const struct method *method,
                       const struct rpc_message *message, struct buf *out) {
    size_t begin = buf_len(out);
    int r = rpc_write_result_head(out, message->id);
    if (r < 0) {
        return r;
    }
    size_t head = buf_len(out);
    r = call(request, method, message);
    if (r == REQUEST_E_LATER || r == REQUEST_E_APART) {
        buf_cut(out, begin);
        return r;
    }
    return write_outcome(request, message, r, begin, head, out);
}

static void forget(struct request *request) {
    json_decref(request->params);
    json_decref(request->result);
    json_decref(request->data);
}

static int write_refusal(struct buf *out, struct json_span id, int code,
                         const char *what, const char *why) {
    struct errmsg text = ERRMSG_NULL;
    (void)errmsg_set(&text, 0, "%s: %s", what, why);
    return rpc_write_error(out, id, code, text.text, NULL);
}

/* Behind a batch's limit nothing is carried out, and whoever waits is told. */
static int refuse_rest(const struct rpc_message *message, struct buf *out) {
    return message->kind == RPC_KIND_NOTIFICATION
               ? 0
               : rpc_write_error(out, message->id, RPC_SERVER_ERROR,
                                 "not carried out: the answers to this batch have more "
                                 "than 32 MiB; send smaller batches",
                                 NULL);
}

/* Submissions open a group where they may; false when one is open and this call cannot
 * be part of it. */
static bool joins_group(struct server *server, const struct method *method) {
    bool grouped = method && method->grouped;
    if (grouped && server->grouping == GROUPING_ALLOWED &&
        engine_group_begin(server->engine) == 0) {
        server->grouping = GROUPING_OPEN;
    }
    return grouped || server->grouping != GROUPING_OPEN;
}

/* Where a message comes from, and what becomes of it. */
struct passage {
    struct server *server;
    struct peer *peer;
    struct rpc_body body;
    struct later_batch *batch; /* its answers that are still to come; NULL: none */
    bool room;                 /* a batch's limit is not reached yet */
    bool apart; /* nothing was done because the open group has to end first */
};

/* Answer one message; nothing is written for a notification or a response. 0,
 * RPC_E_END, DISPATCH_E_LATER, or -ENOMEM. */
static int answer_next(struct passage *passage, struct buf *out) {
    struct server *server = passage->server;
    struct rpc_message message;
    int r = rpc_body_next(&passage->body, &message);
    switch (r) {
    case 0:
        break;
    case RPC_E_PARSE:
        return write_refusal(out, message.id, RPC_PARSE_ERROR, "Parse error",
                             passage->body.why);
    case RPC_E_INVALID:
        return write_refusal(out, message.id, RPC_INVALID_REQUEST, "Invalid Request",
                             passage->body.why);
    default:
        return r;
    }
    if (message.kind == RPC_KIND_RESPONSE) {
        return 0; /* we ask nothing, so it answers nothing */
    }
    if (!passage->room) {
        return refuse_rest(&message, out);
    }
    const struct method *method = server->find_method(message.method);
    if (!joins_group(server, method)) {
        passage->apart = true;
        return 0;
    }
    struct request request = {.server = server,
                              .peer = passage->peer,
                              .message_in = &message,
                              .text = out,
                              .batch = passage->body.batch ? &passage->batch : NULL};
    r = answer_call(&request, method, &message, out);
    forget(&request);
    passage->apart = r == REQUEST_E_APART;
    return r == REQUEST_E_LATER ? DISPATCH_E_LATER : passage->apart ? 0 : r;
}

/* All that there are, with commas between them. 0 or -ENOMEM. */
static int answer_each(struct passage *passage, struct buf *out) {
    size_t begin = buf_len(out);
    for (;;) {
        size_t before = buf_len(out);
        passage->room = before - begin < DISPATCH_ANSWERS_MAX;
        int r = before > begin ? buf_append(out, ",", 1) : 0;
        size_t head = buf_len(out);
        r = r ? r : answer_next(passage, out);
        if (r < 0) {
            return r;
        }
        if (buf_len(out) == head) {
            buf_cut(out, before);
        }
        if (r == RPC_E_END) {
            return 0;
        }
    }
}

static int answer_batch(struct passage *passage, struct buf *out) {
    passage->server->grouping = GROUPING_BATCH; /* no group is open */
    size_t begin = buf_len(out);
    int r = buf_append(out, "[", 1);
    size_t first = buf_len(out);
    r = r ? r : answer_each(passage, out);
    bool some = buf_len(out) > first;
    if (passage->batch) {
        later_batch_close(passage->batch, passage->peer, buf_bytes(out) + first,
                          r < 0 ? 0 : buf_len(out) - first);
    }
    if (r < 0 || passage->batch || !some) {
        buf_cut(out, begin);
        return r < 0 ? r : passage->batch ? DISPATCH_E_LATER : 0;
    }
    return buf_append(out, "]", 1);
}

static int answer_body(struct passage *passage, const char *text, size_t n,
                       struct buf *out) {
    struct rpc_body *body = &passage->body;
    size_t count = 0;
    int r = rpc_body_open(body, text, n, &count);
    if (r == RPC_E_PARSE) {
        return write_refusal(out, (struct json_span)JSON_SPAN_NULL, RPC_PARSE_ERROR,
                             "Parse error", body->why);
    }
    if (r == RPC_E_INVALID) {
        return write_refusal(out, (struct json_span)JSON_SPAN_NULL, RPC_INVALID_REQUEST,
                             "Invalid Request", body->why);
    }
    if (count > DISPATCH_BATCH_MAX) {
        return write_refusal(out, (struct json_span)JSON_SPAN_NULL, RPC_INVALID_REQUEST,
                             "Invalid Request", "a batch has at most 65536 messages");
    }
    if (body->batch && passage->server->grouping == GROUPING_OPEN) {
        passage->apart = true;
        return 0;
    }
    return body->batch ? answer_batch(passage, out) : answer_next(passage, out);
}

int dispatch_body(struct server *server, struct peer *peer, const char *body, size_t n,
                  struct buf *out) {
    size_t mark = 0;
    int r = frame_begin(out, &mark);
    if (r < 0) {
        return r;
    }
    size_t head = buf_len(out);
    struct passage passage = {.server = server, .peer = peer, .room = true};
    r = answer_body(&passage, body, n, out);
    if (r < 0 || buf_len(out) == head) {
        buf_cut(out, mark);
        return r == 0 && passage.apart          ? DISPATCH_E_APART
               : r < 0 || r == DISPATCH_E_LATER ? r
                                                : 0;
    }
    frame_end(out, mark);
    return 0;
}

int dispatch_later(struct server *server, struct peer *peer,
                   const struct rpc_message *message,
                   int (*run)(struct request *request, void *data), void *data,
                   struct buf *out) {
    struct request request = {
        .server = server, .peer = peer, .message_in = message, .text = out};
    size_t begin = buf_len(out);
    int r = rpc_write_result_head(out, message->id);
    if (r == 0) {
        size_t head = buf_len(out);
        r = run(&request, data);
        r = write_outcome(&request, message, r, begin, head, out);
    }
    forget(&request);
    if (r < 0) {
        buf_cut(out, begin);
    }
    return r < 0 ? r : 0;
}
