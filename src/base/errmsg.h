/* A sentence for a person: what happened, why, and what to do next.
 *
 * Functions whose failure a human caused or can mend take a nullable `struct errmsg *`
 * beside their return code. They fill it only when they fail. */
#pragma once

#include <stddef.h>

struct errmsg {
    char text[1024];
};

#define ERRMSG_NULL                                                                    \
    {                                                                                  \
        { 0 }                                                                          \
    }

/* Set the text (cut where it is too long). Accepts NULL. Returns `code`, so that a
 * failing function can end with `return errmsg_set(msg, -EINVAL, "…");`. */
int errmsg_set(struct errmsg *msg, int code, const char *format, ...)
    __attribute__((format(printf, 3, 4)));

/* The system's words for a negative errno. Thread-safe; the string is static or in
 * `space`. */
const char *errmsg_errno(int code, char *space, size_t size);
