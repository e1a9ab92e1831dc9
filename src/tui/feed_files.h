/* Between feed.c, feed_files.c and feed_choose.c. */
#pragma once

#include "tui/app.h"

/* A piece of output was pushed. */
void feed_output(struct app *app, const json_t *params);
/* The job has ended: fetch what its files have gained since. */
void feed_want_rest(struct app *app);
/* A file's last lines, once more. */
void feed_ask_tail(struct app *app, enum closeup_file file);
/* End a subscription, which becomes 0. */
void feed_unsubscribe(struct app *app, int64_t *subscription);
/* The chosen file: its last lines, and those that come. */
void feed_want_chosen(struct app *app);
