/* Errors: a code and sentences, in one heap block.
 *
 * When there is no memory for the sentences, a static error of the same code stands in,
 * so the code that the caller has to act on is never lost. An error of the server
 * cannot be told without its own words and becomes CM_E_NO_MEMORY. */
#include "client/error.h"

#include "base/errmsg.h"

#include <errno.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>

struct cm_error {
    int code;
    int rpc_code;
    const char *rpc_data; /* behind the message in the same block, or NULL */
    const char *message;  /* behind this struct in the same block, or static */
};

static const struct cm_error spares[] = {
    {CM_E_NO_MEMORY, 0, NULL, "Memory ran out. Close other programs and try again."},
    {CM_E_INVALID, 0, NULL, "An argument is wrong (no memory to say which)."},
    {CM_E_NO_SERVER, 0, NULL, "No server listens. Start it: crystalmath server start."},
    {CM_E_NOT_A_SOCKET, 0, NULL, "What lies at the socket path is not a socket."},
    {CM_E_PERMISSION, 0, NULL, "The socket belongs to another user."},
    {CM_E_START_FAILED, 0, NULL, "The server could not be started."},
    {CM_E_TIMEOUT, 0, NULL, "The server did not answer in time."},
    {CM_E_DISCONNECTED, 0, NULL,
     "The connection ended; whether the request was carried out is unknown."},
    {CM_E_PROTOCOL, 0, NULL, "The server sent what is not JSON-RPC 2.0."},
    {CM_E_NOT_CONNECTED, 0, NULL, "The client is not connected."},
    {CM_E_SYSTEM, 0, NULL, "The system refused something (no memory to say what)."},
};

static const struct cm_error *spare_for(int code) {
    for (size_t i = 0; i < sizeof spares / sizeof spares[0]; i++) {
        if (spares[i].code == code) {
            return &spares[i];
        }
    }
    return &spares[0];
}

static bool is_spare(const struct cm_error *error) {
    for (size_t i = 0; i < sizeof spares / sizeof spares[0]; i++) {
        if (error == &spares[i]) {
            return true;
        }
    }
    return false;
}

/* The cast drops a const that cm_error_free, the only function to change an error,
 * respects. */
void error_put_spare(struct cm_error **out, int code) {
    if (out) {
        *out = (struct cm_error *)spare_for(code);
    }
}

/* An error whose block has room for n more bytes behind it. */
static struct cm_error *error_alloc(int code, size_t n) {
    struct cm_error *error = malloc(sizeof *error + n);
    if (error) {
        *error = (struct cm_error){.code = code, .message = (char *)(error + 1)};
    }
    return error;
}

static void error_vput(struct cm_error **out, int code, const char *tail,
                       const char *format, va_list args)
    __attribute__((format(printf, 4, 0), nonnull(3, 4)));

static void error_vput(struct cm_error **out, int code, const char *tail,
                       const char *format, va_list args) {
    if (!out) {
        return;
    }
    va_list again;
    va_copy(again, args);
    int n = vsnprintf(NULL, 0, format, again);
    va_end(again);
    size_t tail_len = strlen(tail);
    struct cm_error *error = n < 0 ? NULL : error_alloc(code, (size_t)n + tail_len + 1);
    if (!error) {
        error_put_spare(out, code);
        return;
    }
    char *text = (char *)(error + 1);
    (void)vsnprintf(text, (size_t)n + 1, format, args);
    memcpy(text + n, tail, tail_len + 1);
    *out = error;
}

void error_put(struct cm_error **out, int code, const char *format, ...) {
    va_list args;
    va_start(args, format);
    error_vput(out, code, "", format, args);
    va_end(args);
}

int error_set_system(struct cm_error **out, int negative_errno, const char *format,
                     ...) {
    if (negative_errno == -ENOMEM) {
        return error_no_memory(out);
    }
    char space[128];
    char tail[160];
    (void)snprintf(tail, sizeof tail, ": %s.",
                   errmsg_errno(negative_errno, space, sizeof space));
    va_list args;
    va_start(args, format);
    error_vput(out, CM_E_SYSTEM, tail, format, args);
    va_end(args);
    return CM_E_SYSTEM;
}

int error_set_rpc(struct cm_error **out, int rpc_code, const char *message,
                  const char *data) {
    if (!out) {
        return CM_E_RPC;
    }
    size_t message_size = strlen(message) + 1;
    size_t data_size = data ? strlen(data) + 1 : 0;
    struct cm_error *error = error_alloc(CM_E_RPC, message_size + data_size);
    if (!error) {
        return error_no_memory(out);
    }
    char *text = (char *)(error + 1);
    memcpy(text, message, message_size);
    if (data) {
        memcpy(text + message_size, data, data_size);
        error->rpc_data = text + message_size;
    }
    error->rpc_code = rpc_code;
    *out = error;
    return CM_E_RPC;
}

int error_move(struct cm_error **out, struct cm_error *error_take) {
    int code = cm_error_code(error_take);
    if (out) {
        *out = error_take;
    } else {
        (void)cm_error_free(error_take);
    }
    return code;
}

int cm_error_code(const struct cm_error *error) {
    return error ? error->code : 0;
}

const char *cm_error_message(const struct cm_error *error) {
    return error ? error->message : "";
}

int cm_error_rpc_code(const struct cm_error *error) {
    return error ? error->rpc_code : 0;
}

const char *cm_error_rpc_data(const struct cm_error *error) {
    return error ? error->rpc_data : NULL;
}

struct cm_error *cm_error_free(struct cm_error *error) {
    if (error && !is_spare(error)) {
        free(error);
    }
    return NULL;
}
