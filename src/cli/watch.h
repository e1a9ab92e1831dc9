/* Waiting for jobs: a subscription that lasts until the last of them has ended, over
 * any number of servers.
 *
 * The server pushes; nothing is polled. When it goes away (stopped, replaced, killed)
 * the jobs do not, so a watch connects again, starting a server where none comes up by
 * itself. */
#pragma once

#include "cli/cli.h"

#include <crystalmath/client.h>

#include <jansson.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct watch;

struct watch_job {
    int64_t id;
    json_t *summary; /* owned by the watch; NULL before the first news */
    bool ended;
};

/* What happens, told from within watch_run. Each may be NULL. */
struct watch_hooks {
    /* A cycle of the SCF: the params of the notification. Comes in order, each once. */
    void (*cycle)(const struct watch_job *job, const json_t *cycle, void *data);
    /* New lines of the file: the params of the notification. */
    void (*output)(const json_t *output, void *data);
    /* Between two waits and after the end; may call the server, and may set `stale`. A
     * CM_E_ code: CM_E_DISCONNECTED makes the watch connect again, another one ends it.
     * A positive value ends it as failed; the reason was said. */
    int (*settle)(struct watch *watch, void *data, struct cm_error **error);
};

struct watch {
    const struct cli *cli;
    struct cm_client *client; /* borrowed, connected */
    /* Of the one job, ask for the lines of this file from this offset on, as it is at
     * the time of asking; NULL: for none. Borrowed. */
    const char *file;
    const int64_t *offset;
    bool say_on_interrupt; /* on Ctrl-C say that the jobs go on; else just die of it */
    struct watch_hooks hooks;
    void *data;

    struct watch_job *jobs; /* owned */
    size_t n_jobs;
    int64_t *told;          /* owned; per job, the last cycle told */
    int64_t subscription;   /* as the server calls it */
    unsigned subscriptions; /* how many there were; after each, news may be missing */
    bool stale; /* notifications were lost, or are of no use: subscribe anew */
    bool news;  /* came after the last settling */
};

/* Fill in the jobs to wait for; the other fields are set by the caller afterwards. */
void watch_init(struct watch *watch, const struct cli *cli, struct cm_client *client,
                const int64_t *ids, size_t n);
void watch_deinit(struct watch *watch);

/* Until all have ended. Returns a status: CLI_OK says that all ended, in whatever
 * state. */
int watch_run(struct watch *watch);

/* The exit status that the jobs' ends make together: that of the first that did not
 * complete; each such job is reported on stderr. */
int watch_exit_status(const struct watch *watch);
