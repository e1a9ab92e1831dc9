/* Between feed.c and feed_files.c. */
#pragma once

#include "tui/app.h"

/* A piece of output was pushed. */
void feed_output(struct app *app, const json_t *params);
/* The job has ended: fetch what its files have gained since. */
void feed_want_rest(struct app *app);
