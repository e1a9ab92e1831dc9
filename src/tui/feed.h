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
/* The submission that was refused last, with "force", whatever stands against it, or
 * with "queue", behind the job that is in its way. */
void feed_submit_with(struct app *app, const char *wish);
/* Ask, with what will be done, whether the run of a job that has ended is to go on; and
 * go on with it. */
void feed_plan(struct app *app, int64_t id);
void feed_resubmit(struct app *app, int64_t id);
void feed_cancel(struct app *app, int64_t id);
/* Change what is written on a job, by this method; the answer renews it in the list. */
void feed_edit(struct app *app, int64_t id, const char *method, json_t *params_take);
void feed_remove(struct app *app, int64_t id);

/* The clusters; they are told of by notifications behind that. */
void feed_want_clusters(struct app *app);
/* The connection is another one: what was asked for on the last is not answered. */
void feed_clusters_again(struct app *app);
/* Whether it was one about them. */
bool feed_cluster_notice(struct app *app, const char *method, const json_t *params);
/* See whether a cluster has what a job needs. */
void feed_test(struct app *app, const char *name);
/* Give the terminal to ssh, which opens the connection to it. */
void feed_login(struct app *app, const char *name);
/* The queue that is on the screen, once more. */
void feed_want_lineup(struct app *app);
/* Take a job of it into the list, by Slurm's number. */
void feed_adopt(struct app *app, int64_t number);
/* End one there; `task`: of an array, these, "" all. */
void feed_cancel_there(struct app *app, int64_t number, const char *task);

/* A job is not there any more. */
void feed_removed(struct app *app, int64_t id);
/* The list has changed, and with it perhaps which job is selected. */
void feed_list_changed(struct app *app);
