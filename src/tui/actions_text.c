/* Typing a line, scrolling in a file, searching in it. */
#include "base/str.h"
#include "tui/actions.h"
#include "tui/feed.h"

#include "base/clock.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum {
    MOST_CORES = 65536,
};

static void submit(struct app *app) {
    char *path = NULL;
    int64_t cores = 0;

    if (str_to_int64(app->prompt.text, 1, MOST_CORES, &cores) < 0) {
        app_say(app, true, "The number of cores is a whole number from 1 on");
        return;
    }
    prompt_close(&app->prompt);
    if (app_check(app, picker_path(&app->picker, &path)) == 0) {
        feed_submit(app, path, (int)cores);
    }
    free(path);
}

static void entered(struct app *app) {
    enum prompt_kind kind = app->prompt.kind;

    if (kind == PROMPT_CORES) {
        submit(app);
        return;
    }
    prompt_close(&app->prompt);
    if (kind == PROMPT_PATH) {
        feed_submit_there(app, app->prompt.text);
    } else if (kind == PROMPT_CANCEL) {
        feed_cancel(app, app->prompt.job);
    } else if (kind == PROMPT_CANCEL_THERE) {
        actions_cancel_there(app);
    } else if (kind == PROMPT_SEARCH) {
        (void)snprintf(app->log.word, sizeof app->log.word, "%.*s",
                       (int)sizeof app->log.word - 1, app->prompt.text);
        app->log.has_found = false;
        actions_search(app, true);
    } else {
        actions_keep_entered(app, kind);
    }
}

static void filter_by(struct app *app, const char *text) {
    if (app_check(app, model_set_filter(&app->model, text)) == 0) {
        feed_follow_selection(app, clock_monotonic_ms());
    }
}

void actions_prompt(struct app *app, enum prompt_event event) {
    bool filter = app->prompt.kind == PROMPT_FILTER;

    switch (event) {
    case PROMPT_IGNORED:
        break;
    case PROMPT_CHANGED:
        if (filter) {
            filter_by(app, app->prompt.text);
        }
        break;
    case PROMPT_NEXT:
        (void)snprintf(app->place, sizeof app->place, "%s",
                       places_next(&app->places, app->place));
        break;
    case PROMPT_ENTERED:
        entered(app);
        break;
    case PROMPT_LEFT:
        if (filter) {
            filter_by(app, app->prompt.before);
        }
        prompt_close(&app->prompt);
        break;
    }
}

void actions_scroll_reader(struct app *app, struct reader *reader, long lines) {
    bool at_start = reader->scroll.top == 0;

    /* Keys may come faster than frames. */
    reader_measure(reader, &app->closeup.files[reader->file].text,
                   (int)reader->scroll.height);
    reader_scroll(reader, lines);
    /* Far beyond the start means the start of the file, not of what is here. */
    bool far = lines < -1000000;
    if (far || (lines < 0 && at_start)) {
        feed_want_earlier(app, reader->file, far);
    }
}

static void show_match(struct reader *reader, size_t line) {
    size_t above = reader->scroll.height / 3;

    reader->follow = false;
    reader->found = line;
    reader->has_found = true;
    reader->scroll.top = line > above ? line - above : 0;
    scroll_clamp(&reader->scroll);
}

/* From the match before, or the top of the screen, to the end, then from the other end.
 */
void actions_search(struct app *app, bool down) {
    struct reader *reader = &app->log;
    const struct logtext *text = &app->closeup.files[reader->file].text;
    size_t from = reader->scroll.top;

    reader->search_again = false;
    if (!reader->word[0] || text->n_lines == 0) {
        return;
    }
    if (reader->has_found) {
        from = down ? reader->found + 1 : reader->found - 1;
    }
    size_t line = logtext_find(text, from, reader->word, down);
    if (line >= text->n_lines) {
        line = logtext_find(text, down ? 0 : text->n_lines - 1, reader->word, down);
    }
    if (line < text->n_lines) {
        show_match(reader, line);
    } else if (text->begin > 0 && !logtext_is_full(text)) {
        app_say(app, false, "Searching from the start of the file");
        reader->search_again = true;
        feed_want_earlier(app, reader->file, true);
    } else {
        app_say(app, true, "Not in this file: %s", reader->word);
    }
}
