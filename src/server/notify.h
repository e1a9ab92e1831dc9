/* The user's command ([notify] command of config.ini), run when jobs have ended. */
#pragma once

#include "base/cleanup.h"

#include <stdbool.h>

struct job;
struct notify;
struct server;

int notify_new(struct notify **out, struct server *server);
/* Start no more, and leave those that run to themselves. The loop has to run on before
 * it is freed. Accepts NULL. */
void notify_close(struct notify *notify);
struct notify *notify_free(struct notify *notify);

/* A job has changed: run the command soon if this is an end that the user wants to be
 * told of. Never waits and cannot fail: what goes wrong is logged. */
void notify_job_changed(struct notify *notify, const struct job *job);

/* Whether a command runs or is about to. */
bool notify_is_busy(const struct notify *notify);
