/* The files of the watched job: fetched from their end backwards, and followed. */
#include "tui/feed_files.h"

#include "tui/actions.h"
#include "tui/feed.h"

#include <string.h>

enum {
    TAIL_LINES = 500,
    PIECE_BYTES = 256 << 10,
    LARGE_PIECE_BYTES = 1 << 20, /* the most that jobs.log gives */
};

/* An answer belongs to a file, and of those that are chosen to one alone. */
static int kind_of(const struct app *app, enum closeup_file file) {
    int chosen = file == CLOSEUP_CHOSEN ? app->closeup.n_chosen : 0;

    return (int)file + chosen * CLOSEUP_N_FILES;
}

/* NULL: nobody looks at that any more. */
static struct closeup_text *file_of(struct app *app, const struct answer *answer,
                                    enum closeup_file *out) {
    *out = (enum closeup_file)(answer->kind % CLOSEUP_N_FILES);
    return answer->job == app->closeup.id && answer->kind == kind_of(app, *out)
               ? &app->closeup.files[*out]
               : NULL;
}

static const char *text_of(const struct answer *answer) {
    const char *text = json_string_value(json_object_get(answer->result, "text"));

    return text ? text : "";
}

static int64_t offset_of(const struct answer *answer, const char *key) {
    return json_integer_value(json_object_get(answer->result, key));
}

static void ask_piece(struct app *app, enum closeup_file file, int64_t offset,
                      int64_t limit, answer_fn done) {
    json_t *params =
        json_pack("{s:I, s:s, s:I, s:I}", "id", (json_int_t)app->closeup.id, "file",
                  closeup_file_name(&app->closeup, file), "offset", (json_int_t)offset,
                  "limit", (json_int_t)limit);

    (void)conn_ask_take(&app->conn, "jobs.log", params, done, app->closeup.id,
                        kind_of(app, file));
}

/* A job that ended without output has perhaps said why elsewhere. */
static void look_for_errors(struct app *app) {
    const struct summary *job = model_find(&app->model, app->closeup.id);

    if (job && summary_is_final(job) &&
        app->closeup.files[CLOSEUP_OUTPUT].text.n == 0) {
        feed_want_file(app, CLOSEUP_ERROR);
    }
}

static void on_rest(struct app *app, const struct answer *answer) {
    enum closeup_file kind;
    struct closeup_text *file = file_of(app, answer, &kind);

    if (!file || !answer->result) {
        return;
    }
    int64_t before = file->text.end;
    int r = logtext_append(&file->text, offset_of(answer, "offset"), text_of(answer));
    app->dirty = true;
    if (app_check(app, r) < 0) {
        return;
    }
    if (file->text.end > before &&
        !json_is_true(json_object_get(answer->result, "eof"))) {
        ask_piece(app, kind, file->text.end, LARGE_PIECE_BYTES, on_rest);
    } else if (kind == CLOSEUP_OUTPUT) {
        look_for_errors(app);
    }
}

static void on_tail(struct app *app, const struct answer *answer) {
    enum closeup_file kind;
    struct closeup_text *file = file_of(app, answer, &kind);

    if (!file) {
        return;
    }
    if (!answer->result && kind == CLOSEUP_CHOSEN) {
        app_say(app, true, "%s", answer->trouble);
    }
    /* A file that does not exist yet is an empty one. */
    file->loaded = true;
    file->changed = json_is_true(json_object_get(answer->result, "changed"));
    app->dirty = true;
    int r = logtext_set(&file->text, offset_of(answer, "offset"),
                        offset_of(answer, "next_offset"), text_of(answer));
    if (app_check(app, r) < 0) {
        return;
    }
    if (answer->result && json_is_false(json_object_get(answer->result, "eof"))) {
        ask_piece(app, kind, file->text.end, LARGE_PIECE_BYTES, on_rest);
    } else if (kind == CLOSEUP_OUTPUT) {
        look_for_errors(app);
    }
}

void feed_ask_tail(struct app *app, enum closeup_file file) {
    json_t *params =
        json_pack("{s:I, s:s, s:i, s:i}", "id", (json_int_t)app->closeup.id, "file",
                  closeup_file_name(&app->closeup, file), "limit", PIECE_BYTES,
                  "tail_lines", TAIL_LINES);

    app->closeup.files[file].asked = true;
    (void)conn_ask_take(&app->conn, "jobs.log", params, on_tail, app->closeup.id,
                        kind_of(app, file));
}

void feed_want_file(struct app *app, enum closeup_file file) {
    if (app->closeup.id && app->conn.up && !app->closeup.files[file].asked &&
        closeup_file_name(&app->closeup, file)) {
        feed_ask_tail(app, file);
    }
}

void feed_want_rest(struct app *app) {
    for (int i = 0; i < CLOSEUP_N_FILES; i++) {
        struct closeup_text *file = &app->closeup.files[i];
        if (file->loaded) {
            ask_piece(app, (enum closeup_file)i, file->text.end, LARGE_PIECE_BYTES,
                      on_rest);
        }
    }
}

void feed_output(struct app *app, const json_t *params) {
    const char *name = json_string_value(json_object_get(params, "file"));
    const char *text = json_string_value(json_object_get(params, "text"));
    const char *chosen = app->closeup.chosen;
    enum closeup_file kind =
        name && chosen && strcmp(name, chosen) == 0 ? CLOSEUP_CHOSEN : CLOSEUP_OUTPUT;
    struct closeup_text *file = &app->closeup.files[kind];

    if (json_integer_value(json_object_get(params, "id")) != app->closeup.id ||
        !file->loaded || !text) {
        return;
    }
    int64_t offset = json_integer_value(json_object_get(params, "offset"));
    if (json_is_true(json_object_get(params, "again"))) {
        feed_ask_tail(app, kind); /* it is not the file any more that is here */
    } else if (app_check(app, logtext_append(&file->text, offset, text)) ==
               LOGTEXT_E_GAP) {
        feed_ask_tail(app, kind);
    }
    app->dirty = true;
}

/* Text has come in before the lines that a reader shows: its numbers of lines grow. Who
 * wants the start of the file stays at the start. */
static void shift_reader(struct reader *reader, enum closeup_file file, size_t lines,
                         bool to_start) {
    if (reader->file == file) {
        reader->scroll.top += to_start && reader->scroll.top == 0 ? 0 : lines;
        reader->scroll.lines += lines;
        reader->found += lines;
    }
}

static void on_earlier(struct app *app, const struct answer *answer) {
    enum closeup_file kind;
    struct closeup_text *file = file_of(app, answer, &kind);
    size_t lines = 0;

    if (!file) {
        return;
    }
    file->earlier = false;
    app->dirty = true;
    if (!answer->result) {
        file->to_start = false;
        return;
    }
    int r = logtext_prepend(&file->text, offset_of(answer, "offset"),
                            offset_of(answer, "next_offset"), text_of(answer), &lines);
    if (app_check(app, r) != 0) {
        return;
    }
    shift_reader(&app->tail, kind, lines, file->to_start);
    shift_reader(&app->log, kind, lines, file->to_start);
    if (file->to_start) {
        feed_want_earlier(app, kind, true);
    }
    if (!file->to_start && app->log.search_again && app->log.file == kind) {
        actions_search(app, true);
    }
}

void feed_want_earlier(struct app *app, enum closeup_file kind, bool all) {
    struct closeup_text *file = &app->closeup.files[kind];
    int64_t size = all ? LARGE_PIECE_BYTES : PIECE_BYTES;

    if (!file->loaded || file->text.begin == 0 || logtext_is_full(&file->text)) {
        file->to_start = false;
        return;
    }
    file->to_start |= all;
    if (!file->earlier && app->conn.up) {
        int64_t from = file->text.begin > size ? file->text.begin - size : 0;
        file->earlier = true;
        ask_piece(app, kind, from, file->text.begin - from, on_earlier);
    }
}
