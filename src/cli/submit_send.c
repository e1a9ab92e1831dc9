/* All but the last are only queued; the call of the last one sends them, and as the
 * server answers one after the other they have their answers when it has its own. Where
 * the server ends before that, those that have none are sent to the next one. */
#include "cli/submit_send.h"

#include "cli/say.h"

#include <string.h>

static const char method[] = "jobs.submit";

void submitted_clear(struct submitted *list, size_t n) {
    for (size_t i = 0; i < n; i++) {
        json_decref(list[i].params);
        json_decref(list[i].job);
        free(list[i].error);
        list[i] = (struct submitted){NULL};
    }
}

static void take_error(struct submitted *one, const struct cm_error *error) {
    one->error = say_need(strdup(cm_error_message(error)));
}

static void on_reply(struct cm_client *client, const char *result,
                     const struct cm_error *error, void *data) {
    struct submitted *one = data;
    (void)client;
    if (result) {
        one->job = say_need(json_loads(result, JSON_DECODE_ANY | JSON_ALLOW_NUL, NULL));
    } else if (cm_error_code(error) == CM_E_RPC) {
        take_error(one, error); /* anything else is no answer */
    }
    one->request = 0;
}

static bool is_open(const struct submitted *one) {
    return !one->job && !one->error;
}

/* Where it cannot be queued it stays open, and gets a call of its own. */
static void queue(struct cm_client *client, struct submitted *one) {
    _cleanup_free_ char *text = say_need(json_dumps(one->params, JSON_COMPACT));
    (void)cm_send(client, method, text, on_reply, one, &one->request, NULL);
}

/* A CM_E_ code; an answer that is an error is the job's. */
static int call(struct cm_client *client, struct submitted *one,
                struct cm_error **error) {
    int r = remote_try(client, method, json_incref(one->params), &one->job, error);
    if (r == CM_E_RPC) {
        take_error(one, *error);
        *error = cm_error_free(*error);
        r = 0;
    }
    return r;
}

/* All that are open, once; likewise. None is under way behind this. */
static int send_open(struct cm_client *client, struct submitted *list, size_t n,
                     struct cm_error **error) {
    size_t last = n;
    int r = 0;
    while (last > 0 && !is_open(&list[last - 1])) {
        last--;
    }
    for (size_t i = 0; i + 1 < last; i++) {
        if (is_open(&list[i])) {
            queue(client, &list[i]);
        }
    }
    if (last > 0) {
        r = call(client, &list[last - 1], error);
    }
    for (size_t i = 0; i < n; i++) {
        if (list[i].request) {
            (void)cm_cancel(client, list[i].request);
            list[i].request = 0;
        }
    }
    return r;
}

void submit_send(struct cm_client *client, struct submitted *list, size_t n) {
    _cleanup_error_ struct cm_error *error = NULL;
    int tries = 0;
    int r = 0;
    do {
        r = send_open(client, list, n, &error);
    } while (remote_again(client, r, &tries, &error));
    for (size_t i = 0; i < n; i++) {
        if (is_open(&list[i]) && r == 0) {
            r = call(client, &list[i], &error);
        }
        if (is_open(&list[i])) {
            take_error(&list[i], error);
        }
    }
}
