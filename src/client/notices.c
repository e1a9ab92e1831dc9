/* The queue of notifications. What does not fit is dropped from the newest on, and the
 * caller is told how many, so that a program which never dispatches cannot be made to
 * grow by its server, and one that dispatches late knows to ask again. */
#include "client/notices.h"

#include "base/cleanup.h"
#include "base/str.h"

#include <inttypes.h>
#include <string.h>

DEFINE_CLEANUP(struct notice *, notice_free);

static struct notice *notice_new(const char *method, char *params_take) {
    size_t method_size = strlen(method) + 1;
    struct notice *notice = calloc(1, sizeof *notice + method_size);
    if (!notice) {
        free(params_take);
        return NULL;
    }
    memcpy(notice->method, method, method_size);
    notice->params = params_take;
    notice->size =
        sizeof *notice + method_size + (params_take ? strlen(params_take) + 1 : 0);
    return notice;
}

struct notice *notice_free(struct notice *notice) {
    if (notice) {
        free(notice->params);
        free(notice);
    }
    return NULL;
}

static struct notice *notice_from(const char *method, struct json_span params) {
    char *text = NULL;
    if (params.at) {
        text = strndup(params.at, params.len);
        if (!text) {
            return NULL;
        }
    }
    return notice_new(method, text);
}

void notices_push(struct notices *notices, const char *method,
                  struct json_span params) {
    if (notices->missed > 0) {
        /* Kept ones stay older than missed ones: the count has one place, the end. */
        notices->missed++;
        return;
    }
    _cleanup_(notice_freep) struct notice *notice = notice_from(method, params);
    if (!notice || notice->size > NOTICES_BYTES_MAX - notices->bytes) {
        notices->missed++;
        return;
    }
    notices->bytes += notice->size;
    *(notices->last ? notices->last : &notices->first) = notice;
    notices->last = &notice->next;
    (void)TAKE_PTR(notice);
}

static struct notice *tell_missed(struct notices *notices) {
    char *params = NULL;
    if (str_printf(&params, "{\"count\":%" PRIu64 "}", notices->missed) < 0) {
        return NULL;
    }
    struct notice *notice = notice_new("client.missed", params);
    if (notice) {
        notices->missed = 0;
    }
    return notice;
}

struct notice *notices_pop(struct notices *notices) {
    struct notice *notice = notices->first;
    if (!notice) {
        return notices->missed > 0 ? tell_missed(notices) : NULL;
    }
    notices->first = notice->next;
    if (!notices->first) {
        notices->last = NULL;
    }
    notices->bytes -= notice->size;
    notice->next = NULL;
    return notice;
}

void notices_clear(struct notices *notices) {
    notices->missed = 0;
    struct notice *notice = NULL;
    while ((notice = notices_pop(notices))) {
        (void)notice_free(notice);
    }
}
