/* Submissions whose files are copied or read first, while the loop goes on. */
#pragma once

#include "server/request.h"

struct copying;
struct submission;

int copying_new(struct copying **out, struct server *server);
/* Gives up all of it: those who wait are told. The loop has to run on before it is
 * freed. Accepts NULL. */
void copying_close(struct copying *copying);
struct copying *copying_free(struct copying *copying);

/* Begin with a submission that has work to do, and take it over (what is left may be
 * deinitialised). Later the request is answered with what `finish`, like a method,
 * makes of it; it is not called when the work has failed or the client has gone, and
 * nothing is left of it then. REQUEST_E_LATER; REQUEST_E_FAILED or -ENOMEM: it is still
 * the caller's. */
int copying_start(struct request *request, struct submission *submission,
                  int (*finish)(struct request *request,
                                struct submission *submission));

/* Remove, in its own time, what was left when an earlier server was killed. */
void copying_tidy(struct copying *copying);
bool copying_is_busy(const struct copying *copying);
