/* An answer that comes later: the method has begun something that takes its time, and
 * the client's next requests are answered meanwhile. */
#pragma once

#include "server/request.h"

struct later;

enum {
    LATER_MAX = 8, /* of one client; until one is answered no more is read from it */
};

/* Note who asked what. `gone` is called when the client goes away before it is
 * answered: `data` may then free this. The caller owns it. 0; REQUEST_E_FAILED where
 * the client waits for as many already, which it can by a batch only; or -ENOMEM. */
int later_new(struct later **out, struct request *request, void (*gone)(void *data),
              void *data);
/* Accepts NULL, returns NULL. */
struct later *later_free(struct later *later);

/* Answer: `run` does what a method does, with a request that has no parameters. It is
 * called also where the client has gone, or has asked for no answer. */
void later_answer(struct later *later, int (*run)(struct request *request, void *data),
                  void *data);

/* Those of a client. */
struct later_list {
    struct later *first;
    size_t n;
};
/* The client has gone. */
void later_forget(struct later_list *list);

/* A batch is answered when all its requests are. The first of them that is noted here
 * makes it and puts it where request->batch points; it goes away by itself. */
struct later_batch;
/* No more requests of it come; the n bytes at `text` are the answers to the others,
 * with commas between them. */
void later_batch_close(struct later_batch *batch, struct peer *peer, const char *text,
                       size_t n);
