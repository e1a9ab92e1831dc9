/* Everything the screen of CrystalMath holds: data, what the user is doing, the
 * terminal. Passed to every part; there is no other state. */
#pragma once

#include "tui/announce.h"
#include "tui/chooser.h"
#include "tui/closeup.h"
#include "tui/conn.h"
#include "tui/keymap.h"
#include "tui/layout.h"
#include "tui/lineup.h"
#include "tui/model.h"
#include "tui/picker.h"
#include "tui/places.h"
#include "tui/prompt.h"
#include "tui/reader.h"
#include "tui/screen.h"

#include <stdbool.h>
#include <stdint.h>

enum mode {
    MODE_MAIN,
    MODE_JOB,
    MODE_LOG,
    MODE_PICKER,
    MODE_FILES,
    MODE_CLUSTERS,
    MODE_LINEUP, /* the queue of a cluster */
};

enum dialog_kind {
    DIALOG_TOLD,     /* any key goes on */
    DIALOG_FORCE,    /* yes: the job is submitted all the same */
    DIALOG_QUEUE,    /* yes: it is, and waits for the job in its way */
    DIALOG_RESUBMIT, /* yes: the run goes on */
};

enum pane {
    PANE_LIST,
    PANE_FACTS,
    PANE_OUTPUT,
};

struct app {
    struct screen screen;
    struct conn conn;
    struct model model;
    struct closeup closeup;
    struct picker picker;
    struct chooser chooser;
    struct places places;
    struct lineup lineup;
    struct prompt prompt;
    struct announce announce;
    struct config *config; /* owned; NULL: the defaults */
    struct layout layout;  /* of the last frame */

    enum mode mode;
    enum mode below;      /* where Esc leads from the log */
    enum mode files_from; /* and from the list of files */
    enum mode clusters_from;
    enum pane focus;
    bool help;
    const char *dialog_title; /* static */
    char dialog[2048];        /* a text to be read before going on; empty: none */
    enum dialog_kind dialog_kind;
    int64_t dialog_job;           /* that it is about */
    json_t *submission;           /* owned: what was asked for last; NULL: nothing */
    char place[PLACES_NAME_SIZE]; /* where new jobs go; "": this machine */
    char message[256];            /* in the status line */
    bool message_is_bad;

    struct scroll list, facts, help_scroll, place_scroll;
    struct reader tail; /* beside the results */
    struct reader log;  /* over the whole screen */

    /* The feed. */
    int64_t subscription; /* to all jobs; 0: none */
    bool has_list;        /* a list has come from this server */
    /* From the newest job down to this one the model has all; of the older ones it has
     * those that have not ended. */
    int64_t listed_to;
    bool all_listed; /* there are no others */
    bool older_asked;
    size_t open_listed; /* how many of the older ones have come */
    int n_lists; /* counts the lists that have come: answers to an older one are dropped
                  */
    int64_t select_id; /* job to select as soon as it is in the list */
    int64_t watch_at;  /* clock_monotonic_ms to look at the selection; INT64_MAX: not */
    int64_t
        health_at; /* clock_monotonic_ms: when the server was last asked how it is */
    char problem[512]; /* what it said; "": nothing is wrong with it */
    long server_pid;
    char server_version[32];

    int64_t
        lineup_at;   /* clock_monotonic_ms to ask for the queue again; INT64_MAX: not */
    int n_lineups;   /* counts those that were asked for, … */
    int lineups_due; /* … and those of them that have not been answered */
    char login[PLACES_NAME_SIZE]; /* to which cluster one is asked for */

    int64_t tick_at; /* next second to show; INT64_MAX: no time runs on the screen */
    bool dirty;      /* the screen is behind the data */
    bool quit;
    int failed; /* negative errno that ends the program */
};

/* 0, or a negative errno with `msg`. */
int app_init(struct app *app, const char *socket_path, bool no_start,
             struct errmsg *msg);
void app_deinit(struct app *app);

/* A line in the status line until the next key. */
void app_say(struct app *app, bool bad, const char *format, ...)
    __attribute__((format(printf, 3, 4)));
/* A text that covers part of the screen until a key is pressed; the title is static. */
void app_tell(struct app *app, const char *title, const char *text);
/* The same, which stays until it is answered with yes or no. */
void app_ask(struct app *app, enum dialog_kind kind, const char *title,
             const char *text);
/* Why something was not done: in the status line, or where that is too short as a text
 * with this title. */
void app_refuse(struct app *app, const char *title, const char *why);
/* End the program when r is negative; returns r. */
int app_check(struct app *app, int r);

/* The job the user means; NULL when there is none. */
const struct summary *app_job(const struct app *app);
/* Where keys are looked up. */
enum key_context app_context(const struct app *app);
