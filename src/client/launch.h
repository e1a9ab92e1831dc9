/* One try to bring a server up. */
#pragma once

#include "client/client_internal.h"
#include "client/report.h"

/* Find the server's program, start it at a socket path and wait for its report until
 * the deadline, for which the message says `limit_ms`. What the report says is the
 * caller's to judge, but FAILED, which is an error here. 0, CM_E_START_FAILED,
 * CM_E_TIMEOUT, CM_E_NO_MEMORY, CM_E_SYSTEM. */
int launch_server(struct cm_client *client, const char *socket, int64_t deadline_ms,
                  int limit_ms, struct report *report, struct cm_error **error);
