/* Making a `struct cm_error`. Every function accepts a NULL `out` and returns the code,
 * so that a failing function can end with `return error_set(error, CM_E_…, "…");`. */
#pragma once

#include "base/cleanup.h"

#include <crystalmath/client.h>

DEFINE_CLEANUP(struct cm_error *, cm_error_free);

/* A macro, so that the compiler and the analysers see that the code is what comes back.
 */
#define error_set(out, code, ...) (error_put(out, code, __VA_ARGS__), (code))
void error_put(struct cm_error **out, int code, const char *format, ...)
    __attribute__((format(printf, 3, 4)));

/* The static error of a code. */
void error_put_spare(struct cm_error **out, int code);

/* For a negative errno: "<what>: <the system's words>", as CM_E_NO_MEMORY or
 * CM_E_SYSTEM. */
int error_set_system(struct cm_error **out, int negative_errno, const char *format, ...)
    __attribute__((format(printf, 3, 4)));

static inline int error_no_memory(struct cm_error **out) {
    error_put_spare(out, CM_E_NO_MEMORY);
    return CM_E_NO_MEMORY;
}

/* An error of the server. `data` is JSON text or NULL. */
int error_set_rpc(struct cm_error **out, int rpc_code, const char *message,
                  const char *data);

/* Hand an error on; freed where `out` is NULL. Returns its code. */
int error_move(struct cm_error **out, struct cm_error *error_take);
