/* Sentences for people. Never allocates, so it works when memory has run out. */
#include "base/errmsg.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>

int errmsg_set(struct errmsg *msg, int code, const char *format, ...) {
    if (msg) {
        va_list args;
        va_start(args, format);
        (void)vsnprintf(msg->text, sizeof msg->text, format, args);
        va_end(args);
    }
    return code;
}

const char *errmsg_errno(int code, char *space, size_t size) {
    /* The two strerror_r of POSIX and GNU differ in what they return. */
#if defined(__GLIBC__)
    return strerror_r(code < 0 ? -code : code, space, size);
#else
    if (strerror_r(code < 0 ? -code : code, space, size) != 0) {
        (void)snprintf(space, size, "error %d", code < 0 ? -code : code);
    }
    return space;
#endif
}
