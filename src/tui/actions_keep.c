/* Tags, name and note of the selected job in a line that is edited, and its removal
 * behind a question. The line holds what the server told last; what comes of an edit is
 * the server's to check. */
#include "tui/actions.h"

#include "tui/feed.h"

#include <stdlib.h>
#include <string.h>

/* One that the line can hold whole. */
static bool fits(const char *text) {
    return strlen(text) < PROMPT_SIZE && !strpbrk(text, "\n\t");
}

static void edit(struct app *app, enum prompt_kind kind, const char *text,
                 const char *what, const char *command) {
    const struct summary *job = app_job(app);
    text = text ? text : "";
    if (!fits(text)) {
        app_say(app, true, "The %s do not fit into a line here: crystalmath %s %lld",
                what, command, (long long)job->id);
        return;
    }
    prompt_open(&app->prompt, kind, text);
    app->prompt.job = job->id;
}

static void ask_remove(struct app *app) {
    const struct summary *job = app_job(app);
    if (!summary_is_final(job)) {
        app_say(app, true, "Job %lld has not ended: c cancels it", (long long)job->id);
        return;
    }
    prompt_open(&app->prompt, PROMPT_REMOVE, "");
    app->prompt.job = job->id;
}

bool actions_keep(struct app *app, enum action action) {
    const struct summary *job = app_job(app);

    switch (action) {
    case ACTION_TAGS:
    case ACTION_RENAME:
    case ACTION_NOTE:
    case ACTION_REMOVE:
        break;
    default:
        return false;
    }
    if (!job) {
        return true;
    }
    if (action == ACTION_TAGS) {
        edit(app, PROMPT_TAGS, job->tags, "tags", "tag");
    } else if (action == ACTION_RENAME) {
        edit(app, PROMPT_NAME, job->name, "words of the name", "rename");
    } else if (action == ACTION_NOTE) {
        edit(app, PROMPT_NOTE, job->note, "lines of the note", "note");
    } else {
        ask_remove(app);
    }
    return true;
}

/* The words between commas, without the blanks around them. NULL when memory runs out.
 */
static json_t *words(const char *text) {
    json_t *array = json_array();
    while (array && *text) {
        size_t n = strcspn(text, ",");
        size_t skip = strspn(text, " ");
        const char *word = text + (skip < n ? skip : n);
        size_t rest = (size_t)(text + n - word);
        while (rest > 0 && word[rest - 1] == ' ') {
            rest--;
        }
        if (rest > 0 && json_array_append_new(array, json_stringn(word, rest)) < 0) {
            json_decref(array);
            return NULL;
        }
        text += text[n] ? n + 1 : n;
    }
    return array;
}

/* What stood there goes, what stands there now comes: tags that somebody else gave
 * meanwhile stay. */
static void put_tags(struct app *app) {
    json_t *params =
        json_pack("{s:I, s:o, s:o}", "id", (json_int_t)app->prompt.job, "add",
                  words(app->prompt.text), "remove", words(app->prompt.before));
    if (json_array_size(json_object_get(params, "add")) +
            json_array_size(json_object_get(params, "remove")) ==
        0) {
        json_decref(params);
        return;
    }
    feed_edit(app, app->prompt.job, "jobs.tag", params);
}

static void put_text(struct app *app, const char *method, const char *member) {
    feed_edit(app, app->prompt.job, method,
              json_pack("{s:I, s:s}", "id", (json_int_t)app->prompt.job, member,
                        app->prompt.text));
}

void actions_keep_entered(struct app *app, enum prompt_kind kind) {
    bool same = strcmp(app->prompt.text, app->prompt.before) == 0;

    if (kind == PROMPT_REMOVE) {
        feed_remove(app, app->prompt.job);
    } else if (same) {
        return;
    } else if (kind == PROMPT_TAGS) {
        put_tags(app);
    } else if (kind == PROMPT_NAME) {
        put_text(app, "jobs.rename", "name");
    } else if (kind == PROMPT_NOTE) {
        put_text(app, "jobs.note", "note");
    }
}
