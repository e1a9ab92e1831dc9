/* The frame around a question to a cluster: who asked, the program that runs for them,
 * and what the method needs for its answer. It goes with the answer, or with the client
 * if that goes first; what is asked and how it is understood is the method's. */
#include "server/inquiry.h"

#include "base/buf.h"
#include "server/later.h"
#include "server/server.h"
#include "slurm/answer.h"

#include <errno.h>
#include <stdlib.h>

/* What is held for one beside its program, roughly. */
enum { HELD = 4096 };

struct inquiry {
    struct server *server; /* borrowed */
    size_t charged;
    struct later *later;      /* owned */
    struct remote_call *call; /* NULL: it has answered */
    struct inquiry_spec spec; /* its program is gone */
    void *data;               /* owned */
    struct told told;         /* while it is answered */
};

static struct inquiry *inquiry_free(struct inquiry *inquiry) {
    if (inquiry) {
        (void)remote_call_cancel(inquiry->call);
        (void)later_free(inquiry->later);
        inquiry->spec.data_free(inquiry->data);
        (void)server_charge(inquiry->server, inquiry->charged, 0);
        free(inquiry);
    }
    return NULL;
}

static void on_gone(void *arg) {
    (void)inquiry_free(arg);
}

static int answer(struct request *request, void *arg) {
    struct inquiry *inquiry = arg;
    return inquiry->spec.answer(request, &inquiry->told, inquiry->data);
}

static void on_told(void *arg, enum remote_outcome outcome, int exit_status,
                    const struct buf *out, const struct buf *err) {
    struct inquiry *inquiry = arg;
    inquiry->call = NULL;
    inquiry->told = (struct told){outcome, exit_status, out, err};
    later_answer(inquiry->later, answer, inquiry);
    (void)inquiry_free(inquiry);
}

int inquiry_begin(struct request *request, const struct inquiry_spec *spec,
                  void *data) {
    static const char *const argv[] = {"sh", NULL};
    const struct remote_command command = {.argv = argv,
                                           .in = buf_bytes(spec->program),
                                           .in_len = buf_len(spec->program),
                                           .deadline_ms = spec->deadline_ms};
    struct inquiry *inquiry = calloc(1, sizeof *inquiry);
    if (!inquiry) {
        spec->data_free(data);
        return -ENOMEM;
    }
    inquiry->spec = *spec;
    inquiry->spec.program = NULL;
    inquiry->data = data;
    inquiry->server = request->server;
    int r = request_charge(request, buf_len(spec->program) + HELD);
    inquiry->charged = r == 0 ? buf_len(spec->program) + HELD : 0;
    r = r ? r : later_new(&inquiry->later, request, on_gone, inquiry);
    r = r ? r : remote_run(spec->remote, &command, on_told, inquiry, &inquiry->call);
    if (r != 0) {
        (void)inquiry_free(inquiry);
        return r;
    }
    return REQUEST_E_LATER;
}

bool told_is_good(const struct told *told) {
    return told->outcome == REMOTE_RAN && told->exit_status == 0;
}

void told_words(const struct told *told, struct errmsg *words) {
    words->text[0] = '\0';
    if (buf_len(told->err) > 0) {
        (void)slurm_refusal_read(buf_bytes(told->err), buf_len(told->err), words);
    } else {
        (void)errmsg_set(words, 0,
                         told->outcome == REMOTE_TIMED_OUT
                             ? "it gave no answer in time; try again, or see "
                               "`crystalmath cluster list`"
                             : "it gave no answer; try again, or see `crystalmath "
                               "cluster list`");
    }
}
