/* A server as a measurement sees it: bytes that go there and how many come back. The
 * request has an id of five digits where the protocol has ids, and every answer is as
 * long as the first one, so that counting and checking answers costs next to nothing.
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>

enum {
    WIRE_MAX = 512,
    WIRE_ID_FIRST = 10000,
    WIRE_ID_LAST = 99999,
};

struct wire {
    char request[WIRE_MAX];
    size_t request_len;
    size_t answer_len;
    size_t request_id; /* where the digits begin; 0: there are none */
    size_t answer_id;
};

/* A JSON-RPC request in its frame; the lengths of the answer are not known yet. */
void wire_json_rpc(struct wire *wire, const char *method);
/* Any bytes, without an id. */
void wire_plain(struct wire *wire, const char *bytes, size_t n);

/* A new blocking connection. */
int wire_connect(const char *socket);
/* Exchange once over a blocking connection and keep how the answer looks. */
void wire_learn(struct wire *wire, int fd);

/* The id after this one. */
unsigned wire_next_id(unsigned id);
/* Write the request with an id to `at`, which has room for request_len bytes. */
void wire_put(const struct wire *wire, char *at, unsigned id);
/* End the program unless these answer_len bytes answer the request with this id. */
void wire_check(const struct wire *wire, const char *answer, unsigned id);

/* One request and its answer over a blocking connection. */
void wire_exchange(const struct wire *wire, int fd, unsigned id);
