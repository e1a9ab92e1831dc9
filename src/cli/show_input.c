/* Asked for piece by piece and printed as it comes, so that it may be of any size; with
 * --json it is put together first. That the file is another one by now goes to standard
 * error, behind it, so that what is printed is the file. */
#include "cli/show_input.h"

#include "base/base64.h"
#include "base/buf.h"
#include "base/str.h"
#include "cli/field.h"
#include "cli/remote.h"
#include "cli/say.h"
#include "cli/submit_options.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>

enum { PIECE = 1024 * 1024 }; /* the most that the server hands out at once */

/* The bytes of an answer, behind those that are there. */
static int take_bytes(const json_t *answer, struct buf *out) {
    const json_t *text = json_object_get(answer, "text");
    const char *bytes = json_string_value(text);
    size_t n = json_string_length(text);
    int r = json_is_true(json_object_get(answer, "base64"))
                ? base64_decode(out, bytes, n)
                : buf_append(out, bytes, n);
    if (r == -EINVAL) {
        say_error("the server's answer to jobs.input cannot be read; is it of another "
                  "version? `crystalmath server status` tells");
        return CLI_FAILED;
    }
    if (r < 0) {
        say_no_memory();
    }
    return CLI_OK;
}

/* The whole of it as one answer that a program reads. Returns a status. */
static int print_json(const struct term *term, const json_t *answer,
                      const struct buf *bytes) {
    bool plain = str_is_utf8(buf_bytes(bytes), buf_len(bytes));
    _cleanup_buf_ struct buf text = BUF_NULL;
    int r = plain ? buf_append(&text, buf_bytes(bytes), buf_len(bytes))
                  : base64_encode(&text, buf_bytes(bytes), buf_len(bytes));
    if (r < 0) {
        say_no_memory();
    }
    _cleanup_json_ json_t *object = say_need(json_object());
    static const char *const members[] = {"path", "sha256", "size", "changed"};
    for (size_t i = 0; i < sizeof members / sizeof *members; i++) {
        json_t *value = json_object_get(answer, members[i]);
        submit_put(object, members[i], value ? json_incref(value) : json_null());
    }
    submit_put(object, "base64", json_boolean(!plain));
    submit_put(object, "text", json_stringn(buf_bytes(&text), buf_len(&text)));
    return remote_print_json(term, object);
}

static void tell_changed(const json_t *answer) {
    const char *path = field_text(answer, "path");
    (void)fflush(stdout);
    if (path && json_is_true(json_object_get(answer, "changed"))) {
        say_error("%s has changed since the submission; this is what it was then",
                  path);
    }
}

static void write_bytes(const struct term *term, struct buf *bytes) {
    if (str_is_utf8(buf_bytes(bytes), buf_len(bytes)) || !term->tty) {
        term_write(term, buf_bytes(bytes), buf_len(bytes));
    } else {
        _cleanup_free_ char *text =
            say_need(str_to_utf8(buf_bytes(bytes), buf_len(bytes)));
        term_write(term, text, strlen(text));
    }
    buf_clear(bytes);
}

static json_t *params_of(int64_t id, const json_t *name, int64_t offset) {
    json_t *params = say_need(json_pack("{s:I, s:I, s:i}", "id", (json_int_t)id,
                                        "offset", (json_int_t)offset, "limit", PIECE));
    if (name) {
        submit_put(params, "file", json_copy((json_t *)name));
    }
    return params;
}

int show_input(const struct cli *cli, int64_t id, const char *file, bool json) {
    _cleanup_client_ struct cm_client *client = NULL;
    _cleanup_json_ json_t *name = file ? submit_utf8("file", file) : NULL;
    _cleanup_buf_ struct buf bytes = BUF_NULL;
    const struct term term = term_stdout();
    int64_t offset = 0;
    int status = file && !name ? CLI_FAILED : remote_open(cli, &client);
    while (status == CLI_OK) {
        _cleanup_json_ json_t *answer = NULL;
        status = remote_ask(client, "jobs.input", params_of(id, name, offset), &answer);
        status = status ? status : take_bytes(answer, &bytes);
        if (status != CLI_OK) {
            break;
        }
        if (!json) {
            write_bytes(&term, &bytes);
        }
        int64_t next = field_int(answer, "next_offset", offset);
        if (next <= offset || json_is_true(json_object_get(answer, "eof")) ||
            ferror(stdout)) {
            status = json ? print_json(&term, answer, &bytes) : CLI_OK;
            tell_changed(answer);
            return status;
        }
        offset = next;
    }
    return status;
}
