/* What keys and the mouse do. */
#pragma once

#include "tui/app.h"

enum mouse_deed {
    MOUSE_CLICK,
    MOUSE_WHEEL_UP,
    MOUSE_WHEEL_DOWN,
};

/* A key as in keymap_action(). */
void actions_key(struct app *app, int key);
void actions_mouse(struct app *app, enum mouse_deed deed, int y, int x);
/* The line that was typed is complete, has changed, or was given up. */
void actions_prompt(struct app *app, enum prompt_event event);

/* Whether it is one of tags, name, note, removal; then it was done. */
bool actions_keep(struct app *app, enum action action);
/* Such a line is complete, or the answer is yes. */
void actions_keep_entered(struct app *app, enum prompt_kind kind);

/* The output of the selected job over the whole screen; another file there; a list of
 * its files, and the selected one of them. */
void actions_open_log(struct app *app);
void actions_next_file(struct app *app);
void actions_open_files(struct app *app);
void actions_choose_file(struct app *app);

/* The clusters, and the queue of the selected one. `by`: lines to move, where the
 * action is none of theirs. */
void actions_open_clusters(struct app *app);
void actions_open_lineup(struct app *app);
void actions_clusters(struct app *app, enum action action, long by);
void actions_lineup(struct app *app, enum action action, long by);
void actions_mouse_clusters(struct app *app, enum mouse_deed deed, int y);
void actions_mouse_lineup(struct app *app, enum mouse_deed deed, int y);
/* Whether a job there is to be cancelled was answered with yes. */
void actions_cancel_there(struct app *app);

/* Move in the log or in the output beside the results, by lines. */
void actions_scroll_reader(struct app *app, struct reader *reader, long lines);
/* Jump to a match of the reader's word. */
void actions_search(struct app *app, bool down);
