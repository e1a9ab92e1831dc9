/* What flows between server and screen: subscriptions, answers, notifications, and the
 * requests that a user's wish becomes. Nothing here waits. */
#pragma once

#include "tui/app.h"

/* The connection has come up: ask for everything. */
void feed_start(struct app *app);
/* Ask for everything again on the same connection. */
void feed_refresh(struct app *app);
/* Ask the server how it is, unless that was done within `age_ms`. */
void feed_ask_health(struct app *app, int64_t now, int64_t age_ms);
/* The notification callback of the connection. */
void feed_notice(struct app *app, const char *method, const json_t *params);

/* The selection may have moved: look at it when it has rested. */
void feed_follow_selection(struct app *app, int64_t now);
/* Look at the selected job now. */
void feed_watch(struct app *app);

/* A file of the watched job, the first time it is wanted. */
void feed_want_file(struct app *app, enum closeup_file file);
/* The piece before what is here; with `all`, up to the start. */
void feed_want_earlier(struct app *app, enum closeup_file file, bool all);
/* The list of the files of the selected job. */
void feed_want_files(struct app *app);
/* One of them, to be read as CLOSEUP_CHOSEN. */
void feed_choose(struct app *app, const char *name);
/* Jobs older than those in the list. */
void feed_want_older(struct app *app);

/* Start a job from an input file; the answer becomes a message. */
void feed_submit(struct app *app, const char *input, int cores);
/* The same for a file of the host that the server is on, with the environment that the
 * server has there. */
void feed_submit_there(struct app *app, const char *input);
void feed_cancel(struct app *app, int64_t id);
/* Change what is written on a job, by this method; the answer renews it in the list. */
void feed_edit(struct app *app, int64_t id, const char *method, json_t *params_take);
void feed_remove(struct app *app, int64_t id);

/* A job is not there any more. */
void feed_removed(struct app *app, int64_t id);
/* The list has changed, and with it perhaps which job is selected. */
void feed_list_changed(struct app *app);
