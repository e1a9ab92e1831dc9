/* Keys, by mode: a key becomes an action through the keymap, an action changes the app.
 */
#include "tui/actions.h"

#include "base/clock.h"
#include "tui/feed.h"

#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

static void selection_moved(struct app *app) {
    feed_follow_selection(app, clock_monotonic_ms());
    if (app->model.selected_place + 1 >= app->model.n_shown ||
        app->model.selected <= app->listed_to) {
        feed_want_older(app);
    }
}

static void move_selection(struct app *app, long by) {
    model_move(&app->model, by);
    selection_moved(app);
}

/* How far an action moves in something of this height: lines, and far beyond any end
 * for the first and the last line. 0: it is not about moving. */
static long distance(enum action action, size_t height) {
    long page = height > 1 ? (long)height - 1 : 1;

    switch (action) {
    case ACTION_DOWN:
        return 1;
    case ACTION_UP:
        return -1;
    case ACTION_PAGE_DOWN:
        return page;
    case ACTION_PAGE_UP:
        return -page;
    case ACTION_FIRST:
        return -1000000000;
    case ACTION_LAST:
        return 1000000000;
    default:
        return 0;
    }
}

static bool move_in_pane(struct app *app, enum action action) {
    switch (app->focus) {
    case PANE_LIST: {
        long by = distance(action, app->list.height);
        if (by) {
            move_selection(app, by);
        }
        return by != 0;
    }
    case PANE_FACTS: {
        long by = distance(action, app->facts.height);
        scroll_by(&app->facts, by);
        return by != 0;
    }
    case PANE_OUTPUT: {
        long by = distance(action, app->tail.scroll.height);
        actions_scroll_reader(app, &app->tail, by);
        return by != 0;
    }
    }
    return false;
}

/* The files of this machine are not those of a host. */
static void open_picker(struct app *app) {
    struct errmsg msg = ERRMSG_NULL;
    char *here = NULL;

    if (app->conn.host) {
        prompt_open(&app->prompt, PROMPT_PATH, "/");
        return;
    }
    if (!app->picker.folder) {
        here = getcwd(NULL, 0);
    }
    const char *folder = app->picker.folder ? app->picker.folder : here ? here : "/";
    char *copy = app->picker.folder ? realpath(folder, NULL) : NULL;
    if (picker_open(&app->picker, copy ? copy : folder, NULL, &msg) < 0) {
        app_say(app, true, "%s", msg.text);
    } else {
        app->mode = MODE_PICKER;
    }
    free(copy);
    free(here);
}

static void ask_cancel(struct app *app) {
    const struct summary *job = app_job(app);

    if (!job) {
        return;
    }
    if (summary_is_final(job)) {
        app_say(app, true, "Job %lld has ended already: %s", (long long)job->id,
                summary_state_word(job->state));
        return;
    }
    prompt_open(&app->prompt, PROMPT_CANCEL, "");
    app->prompt.job = job->id;
}

static void ask_resubmit(struct app *app) {
    const struct summary *job = app_job(app);

    if (!job) {
        return;
    }
    if (!summary_is_final(job)) {
        app_say(app, true, "Job %lld has not ended yet; there is nothing to go on with",
                (long long)job->id);
        return;
    }
    feed_plan(app, job->id);
}

/* The next pane; over the whole screen the list is not there to go to. */
static void move_focus(struct app *app, int by) {
    int first = app->mode == MODE_JOB ? PANE_FACTS : PANE_LIST;
    int count = PANE_OUTPUT - first + 1;

    if (app->layout.job.rows == 0) {
        return;
    }
    app->focus = (enum pane)(first + ((int)app->focus - first + by + count) % count);
}

static void leave(struct app *app) {
    switch (app->mode) {
    case MODE_MAIN:
        (void)app_check(app, model_set_filter(&app->model, ""));
        selection_moved(app);
        break;
    case MODE_LOG:
        app->mode = app->below;
        break;
    case MODE_FILES:
        app->mode = app->files_from;
        break;
    case MODE_LINEUP:
        app->mode = MODE_CLUSTERS;
        break;
    case MODE_CLUSTERS:
        app->mode = app->clusters_from;
        break;
    case MODE_JOB:
    case MODE_PICKER:
        app->mode = MODE_MAIN;
        app->focus = PANE_LIST;
        break;
    }
}

static void open_job(struct app *app) {
    if (app->mode == MODE_MAIN && app_job(app)) {
        feed_watch(app);
        app->mode = MODE_JOB;
        app->focus = PANE_FACTS;
    }
}

static void reconnect(struct app *app) {
    if (app->conn.up) {
        feed_refresh(app);
        if (app->mode == MODE_FILES) {
            feed_want_files(app);
        } else if (app->mode == MODE_LINEUP) {
            feed_want_lineup(app);
        }
        conn_ping(&app->conn, clock_monotonic_ms(), 0);
    } else {
        app->conn.retry_at = 0;
    }
}

static void act_main(struct app *app, enum action action) {
    switch (action) {
    case ACTION_OPEN:
        open_job(app);
        break;
    case ACTION_NEW_JOB:
        open_picker(app);
        break;
    case ACTION_CANCEL:
        ask_cancel(app);
        break;
    case ACTION_RESUBMIT:
        ask_resubmit(app);
        break;
    case ACTION_LOG:
        actions_open_log(app);
        break;
    case ACTION_FILES:
        actions_open_files(app);
        break;
    case ACTION_CLUSTERS:
        actions_open_clusters(app);
        break;
    case ACTION_FILTER:
        prompt_open(&app->prompt, PROMPT_FILTER, app->model.filter);
        break;
    case ACTION_FOCUS_NEXT:
        move_focus(app, 1);
        break;
    case ACTION_FOCUS_BACK:
        move_focus(app, -1);
        break;
    case ACTION_PLOT:
        closeup_step_kind(&app->closeup);
        break;
    case ACTION_RUN_BACK:
        closeup_step_run(&app->closeup, -1);
        break;
    case ACTION_RUN_NEXT:
        closeup_step_run(&app->closeup, 1);
        break;
    default:
        if (!actions_keep(app, action)) {
            (void)move_in_pane(app, action);
        }
        break;
    }
}

static void act_log(struct app *app, enum action action) {
    struct reader *reader = &app->log;

    switch (action) {
    case ACTION_FOLLOW:
        reader->follow = !reader->follow;
        break;
    case ACTION_SEARCH:
        prompt_open(&app->prompt, PROMPT_SEARCH, "");
        break;
    case ACTION_SEARCH_NEXT:
        actions_search(app, true);
        break;
    case ACTION_SEARCH_BACK:
        actions_search(app, false);
        break;
    case ACTION_NEXT_FILE:
        actions_next_file(app);
        break;
    case ACTION_FILES:
        actions_open_files(app);
        break;
    case ACTION_LEFT:
        reader->skip = reader->skip > 8 ? reader->skip - 8 : 0;
        break;
    case ACTION_RIGHT:
        reader->skip += reader->skip < 10000 ? 8 : 0;
        break;
    default:
        actions_scroll_reader(app, reader, distance(action, reader->scroll.height));
        break;
    }
}

static void choose_entry(struct app *app) {
    const struct picker_entry *entry = picker_selected(&app->picker);
    struct errmsg msg = ERRMSG_NULL;

    if (!entry) {
        return;
    }
    if (entry->is_folder) {
        if (picker_enter(&app->picker, &msg) < 0) {
            app_say(app, true, "%s", msg.text);
        }
        return;
    }
    picker_look(&app->picker, app->picker.selected);
    if (!entry->code) {
        app_say(app, true, "%s is not an input of a code that CrystalMath knows",
                entry->name);
        return;
    }
    prompt_open(&app->prompt, PROMPT_CORES, "1");
}

static void act_picker(struct app *app, enum action action) {
    struct errmsg msg = ERRMSG_NULL;
    int r = 0;

    switch (action) {
    case ACTION_OPEN:
        choose_entry(app);
        break;
    case ACTION_LEFT:
        r = picker_up(&app->picker, &msg);
        break;
    case ACTION_HIDDEN:
        r = picker_toggle_hidden(&app->picker, &msg);
        break;
    default:
        picker_move(&app->picker, distance(action, (size_t)app->screen.rows - 4));
        break;
    }
    if (r < 0) {
        app_say(app, true, "%s", msg.text);
    }
}

static void act_files(struct app *app, enum action action) {
    if (action == ACTION_OPEN) {
        actions_choose_file(app);
    } else {
        chooser_move(&app->chooser, distance(action, (size_t)app->screen.rows - 4));
    }
}

static void act_help(struct app *app, enum action action) {
    if (action == ACTION_BACK || action == ACTION_HELP) {
        app->help = false;
    } else {
        scroll_by(&app->help_scroll, distance(action, app->help_scroll.height));
    }
}

static void act_in_mode(struct app *app, enum action action) {
    switch (app->mode) {
    case MODE_MAIN:
    case MODE_JOB:
        act_main(app, action);
        break;
    case MODE_LOG:
        act_log(app, action);
        break;
    case MODE_PICKER:
        act_picker(app, action);
        break;
    case MODE_FILES:
        act_files(app, action);
        break;
    case MODE_CLUSTERS:
        actions_clusters(app, action, distance(action, app->places.n));
        break;
    case MODE_LINEUP:
        actions_lineup(app, action, distance(action, (size_t)app->screen.rows - 5));
        break;
    }
}

static void act(struct app *app, enum action action) {
    if (action == ACTION_REPAINT) {
        screen_repaint();
    } else if (app->help) {
        act_help(app, action);
    } else if (action == ACTION_HELP) {
        app->help = true;
        app->help_scroll = (struct scroll){0};
    } else if (action == ACTION_QUIT) {
        app->quit = true;
    } else if (action == ACTION_RECONNECT) {
        reconnect(app);
    } else if (action == ACTION_BACK) {
        leave(app);
    } else if (action != ACTION_NONE) {
        act_in_mode(app, action);
    }
}

/* A question stays until it is answered. */
static void leave_dialog(struct app *app, int key) {
    enum prompt_event answer =
        app->dialog_kind != DIALOG_TOLD ? prompt_answer_key(key) : PROMPT_LEFT;

    if (answer != PROMPT_IGNORED) {
        app->dialog[0] = '\0';
    }
    if (answer == PROMPT_ENTERED && app->dialog_kind == DIALOG_FORCE) {
        feed_submit_with(app, "force");
    } else if (answer == PROMPT_ENTERED && app->dialog_kind == DIALOG_QUEUE) {
        feed_submit_with(app, "queue");
    } else if (answer == PROMPT_ENTERED) {
        feed_resubmit(app, app->dialog_job);
    }
}

void actions_key(struct app *app, int key) {
    app->dirty = true;
    app->message[0] = '\0';
    if (app->dialog[0]) {
        leave_dialog(app, key);
    } else if (app->prompt.kind != PROMPT_NONE) {
        actions_prompt(app, prompt_key(&app->prompt, key));
    } else {
        act(app, keymap_action(app_context(app), key));
    }
}

static void mouse_in_list(struct app *app, enum mouse_deed deed, int y) {
    int row = y - app->layout.list.y - 2;

    app->focus = PANE_LIST;
    if (deed != MOUSE_CLICK) {
        move_selection(app, deed == MOUSE_WHEEL_UP ? -1 : 1);
    } else if (row >= 0 && model_at(&app->model, app->list.top + (size_t)row)) {
        model_select_place(&app->model, app->list.top + (size_t)row);
        selection_moved(app);
    }
}

static void mouse_in_panes(struct app *app, enum mouse_deed deed, int y, int x) {
    long lines = deed == MOUSE_CLICK ? 0 : deed == MOUSE_WHEEL_UP ? -3 : 3;

    if (layout_contains(&app->layout.list, y, x)) {
        mouse_in_list(app, deed, y);
    } else if (layout_contains(&app->layout.output, y, x)) {
        app->focus = PANE_OUTPUT;
        actions_scroll_reader(app, &app->tail, lines);
    } else if (layout_contains(&app->layout.job, y, x)) {
        app->focus = PANE_FACTS;
        scroll_by(&app->facts, lines);
    }
}

static void mouse_in_picker(struct app *app, enum mouse_deed deed, int y) {
    struct picker *picker = &app->picker;
    size_t place = picker->top + (size_t)(y - 2);

    if (deed != MOUSE_CLICK) {
        picker_move(picker, deed == MOUSE_WHEEL_UP ? -1 : 1);
    } else if (y >= 2 && y < app->screen.rows - 2 && place < picker->n) {
        if (place == picker->selected) {
            choose_entry(app);
        } else {
            picker->selected = place;
        }
    }
}

static void mouse_in_files(struct app *app, enum mouse_deed deed, int y) {
    struct chooser *chooser = &app->chooser;
    size_t place = chooser->top + (size_t)(y - 2);

    if (deed != MOUSE_CLICK) {
        chooser_move(chooser, deed == MOUSE_WHEEL_UP ? -1 : 1);
    } else if (y >= 2 && y < app->screen.rows - 2 && place < chooser->n) {
        if (place == chooser->selected) {
            actions_choose_file(app);
        } else {
            chooser->selected = place;
        }
    }
}

void actions_mouse(struct app *app, enum mouse_deed deed, int y, int x) {
    long lines = deed == MOUSE_CLICK ? 0 : deed == MOUSE_WHEEL_UP ? -3 : 3;

    app->dirty = true;
    app->message[0] = '\0';
    if (app->dialog[0]) {
        if (deed == MOUSE_CLICK && app->dialog_kind == DIALOG_TOLD) {
            app->dialog[0] = '\0';
        }
    } else if (app->help) {
        scroll_by(&app->help_scroll, lines);
    } else if (prompt_is_question(&app->prompt)) {
        return; /* it stays until it is answered */
    } else if (app->mode == MODE_LOG) {
        actions_scroll_reader(app, &app->log, lines);
    } else if (app->mode == MODE_PICKER) {
        mouse_in_picker(app, deed, y);
    } else if (app->mode == MODE_FILES) {
        mouse_in_files(app, deed, y);
    } else if (app->mode == MODE_CLUSTERS) {
        actions_mouse_clusters(app, deed, y);
    } else if (app->mode == MODE_LINEUP) {
        actions_mouse_lineup(app, deed, y);
    } else {
        mouse_in_panes(app, deed, y, x);
    }
}
