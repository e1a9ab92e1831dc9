/* The command line of a job: launcher, program, and what the code puts behind it. Where
 * more is to be done than that, a shell does it: it runs the lines of the
 * configuration, then the code's own, which run the command as "$@", so that no word of
 * it is ever read by the shell. */
#include "codes/code.h"

#include "base/buf.h"
#include "base/cleanup.h"
#include "base/path.h"
#include "base/str.h"
#include "codes/code_internal.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

/* How the shell calls itself, and what tells a wrapped command from others. */
#define WRAPPER "crystalmath"

enum { WRAPPED = 4 }; /* sh -c SCRIPT crystalmath */

int words_add(struct words *words, const char *word) {
    char **more = reallocarray(words->words, words->n + 2, sizeof *more);
    if (!more) {
        return -ENOMEM;
    }
    words->words = more;
    more[words->n] = strdup(word);
    if (!more[words->n]) {
        return -ENOMEM;
    }
    more[++words->n] = NULL;
    return 0;
}

int words_quote(struct buf *out, const char *text) {
    int r = buf_append_str(out, "'");
    for (; *text && r == 0; text++) {
        r = *text == '\'' ? buf_append_str(out, "'\\''") : buf_append(out, text, 1);
    }
    return r ? r : buf_append_str(out, "'");
}

static int add_all(struct words *words, char *const *more) {
    int r = 0;
    for (; more && *more && r == 0; more++) {
        r = words_add(words, *more);
    }
    return r;
}

/* What was set up has to have brought the program along. */
static int put_plain_script(struct buf *out) {
    return buf_append_str(
        out, "command -v \"$1\" >/dev/null 2>&1 || {\n"
             "  echo \"crystalmath: $1 is not there after the lines of setup in "
             "config.ini; mend that there\" >&2\n"
             "  exit 127\n"
             "}\n"
             "exec \"$@\"\n");
}

static int add_wrapper(struct words *words, const struct code *code,
                       const struct code_start *start) {
    _cleanup_buf_ struct buf script = BUF_NULL;
    int r = 0;
    if (!str_empty(start->setup)) {
        r = buf_printf(&script, "%s\n", start->setup);
    }
    if (r == 0) {
        r = code->script ? code->script(start, &script) : put_plain_script(&script);
    }
    _cleanup_free_ char *text = r == 0 ? buf_take_string(&script) : NULL;
    r = r == 0 && !text ? -ENOMEM : r;
    r = r ? r : words_add(words, "/bin/sh");
    r = r ? r : words_add(words, "-c");
    r = r ? r : words_add(words, text);
    return r ? r : words_add(words, WRAPPER);
}

char **code_command(const struct code *code, const struct code_start *start) {
    struct words words = {NULL, 0};
    int r = 0;
    if (code->script || !str_empty(start->setup)) {
        r = add_wrapper(&words, code, start);
    }
    r = r ? r : add_all(&words, start->launcher);
    r = r                ? r
        : start->program ? add_all(&words, start->program)
                         : words_add(&words, code->program);
    if (r == 0 && code->arguments) {
        r = code->arguments(start, &words);
    }
    return r == 0 ? words.words : strv_free(words.words);
}

static bool word_is(const json_t *words, size_t i, const char *want) {
    const char *word = json_string_value(json_array_get(words, i));
    return word && strcmp(word, want) == 0;
}

size_t code_command_wrapped(const json_t *words) {
    return json_array_size(words) > WRAPPED && word_is(words, 0, "/bin/sh") &&
                   word_is(words, 1, "-c") && word_is(words, 3, WRAPPER)
               ? WRAPPED
               : 0;
}

const char *const *code_programs(const struct code *code, const char *text, size_t n,
                                 const struct code_beside *beside, int cores) {
    return code->programs(text, n, beside, cores);
}

const struct code_role *code_roles(const struct code *code) {
    return code->roles;
}

const char *code_how_to_get(const struct code *code) {
    return code->how_to_get;
}

bool code_has_serial_program(const struct code *code) {
    return code->has_serial;
}

const struct code_place *code_places(const struct code *code) {
    return code->places;
}

bool code_has_pools(const struct code *code) {
    return code->has_pools;
}

bool code_joins_errors(const struct code *code) {
    return code->joins_errors;
}

static bool is_fixed(const struct code *code, const char *input) {
    for (const char *const *name = code->fixed_inputs; name && *name; name++) {
        if (strcmp(*name, input) == 0) {
            return true;
        }
    }
    return false;
}

char *code_job_name(const struct code *code, const char *folder, const char *input) {
    if (is_fixed(code, input) && *path_basename(folder)) {
        return strdup(path_basename(folder));
    }
    const char *dot = strrchr(input, '.');
    return dot && dot != input ? strndup(input, (size_t)(dot - input)) : strdup(input);
}
