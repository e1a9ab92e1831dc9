/* What the codes share when a run goes on: the list of steps, names with a number that
 * is free, and whether a file was written to its end. A file that was cut looks like
 * one in most ways, so its end is looked at, or the marks around its records; but not
 * what is in it. */
#include "codes/code_restart.h"

#include "base/cleanup.h"
#include "base/str.h"
#include "codes/code_internal.h"

#include <errno.h>
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

enum {
    NUMBERS_MAX = 10000,       /* of runs that go on, one after the other */
    RECORDS_MAX = 1000 * 1000, /* no file of the kind has more */
    MARK = 4,                  /* bytes around a record */
    /* A file system's idea of the time may lie so far behind. */
    SLACK_MS = 2000,
    /* … or before it, and what was written last may come to the disk later. */
    GRACE_MS = 10000,
};

int code_restart(const struct code *code, const struct code_stopped *stopped,
                 struct code_restart *out, struct errmsg *msg) {
    return code->restart(code, stopped, out, msg);
}

static void step_deinit(struct code_step *step) {
    free(step->from);
    free(step->to);
    buf_deinit(&step->text);
}

void code_restart_drop_links(struct code_restart *restart) {
    size_t n = 0;
    for (size_t i = 0; i < restart->n_steps; i++) {
        if (restart->steps[i].kind == CODE_STEP_LINK) {
            step_deinit(&restart->steps[i]);
        } else {
            restart->steps[n++] = restart->steps[i];
        }
    }
    restart->n_steps = n;
}

void code_restart_deinit(struct code_restart *restart) {
    for (size_t i = 0; i < restart->n_steps; i++) {
        step_deinit(&restart->steps[i]);
    }
    free(restart->steps);
    free(restart->input);
    free(restart->output);
    buf_deinit(&restart->text);
    *restart = (struct code_restart){.text = BUF_NULL};
}

/* ---- steps ---- */

static int add_step(struct code_restart *restart, enum code_step_kind kind,
                    const char *from, const char *to, struct code_step **out) {
    struct code_step *more =
        reallocarray(restart->steps, restart->n_steps + 1, sizeof *more);
    if (!more) {
        return -ENOMEM;
    }
    restart->steps = more;
    struct code_step *step = &more[restart->n_steps];
    *step = (struct code_step){.kind = kind, .text = BUF_NULL};
    step->from = from ? strdup(from) : NULL;
    step->to = strdup(to);
    restart->n_steps++;
    *out = step;
    return step->to && (step->from || !from) ? 0 : -ENOMEM;
}

int code_step_keep(struct code_restart *restart, const char *from, const char *to) {
    struct code_step *step = NULL;
    return add_step(restart, CODE_STEP_KEEP, from, to, &step);
}

int code_step_link(struct code_restart *restart, const char *from, const char *to) {
    struct code_step *step = NULL;
    return add_step(restart, CODE_STEP_LINK, from, to, &step);
}

int code_step_write(struct code_restart *restart, const char *to, const char *text,
                    size_t n) {
    struct code_step *step = NULL;
    int r = add_step(restart, CODE_STEP_WRITE, NULL, to, &step);
    return r ? r : buf_append(&step->text, text, n);
}

/* ---- looking ---- */

int code_look_exists(const struct code_look *look, const char *name, bool *out) {
    int64_t size = 0;
    int64_t modified = 0;
    int r = look->state(look->data, name, &size, &modified);
    *out = r != -ENOENT;
    return code_look_broke_off(r) ? r : 0;
}

int code_look_written(const struct code_stopped *stopped, const char *name,
                      int64_t *size, struct errmsg *msg) {
    int64_t bytes = 0;
    int64_t modified = 0;
    char space[128];
    int r = stopped->look->state(stopped->look->data, name, &bytes, &modified);
    if (code_look_broke_off(r)) {
        return r;
    }
    if (r < 0) {
        return errmsg_set(msg, CODE_E_RESTART, "%s cannot be used: %s", name,
                          r == -ENOENT ? "it is not there"
                                       : errmsg_errno(r, space, sizeof space));
    }
    if (bytes == 0) {
        return errmsg_set(msg, CODE_E_RESTART,
                          "%s is not whole: it is empty, as when a run is ended before "
                          "it has written anything",
                          name);
    }
    if (modified + SLACK_MS < stopped->since_ms) {
        return errmsg_set(
            msg, CODE_E_RESTART,
            "%s is older than the run, and so another run's: this one was "
            "ended before it wrote its own",
            name);
    }
    if (stopped->until_ms > 0 && modified > stopped->until_ms + GRACE_MS) {
        return errmsg_set(msg, CODE_E_RESTART,
                          "%s is newer than the end of the run, and so another run's: "
                          "one with the same names was there since",
                          name);
    }
    if (size) {
        *size = bytes;
    }
    return 0;
}

static int not_whole(struct errmsg *msg, const char *name) {
    return errmsg_set(msg, CODE_E_RESTART,
                      "%s is not whole: it ends in the middle, as when a run is ended "
                      "while it writes",
                      name);
}

static int read_at(const struct code_stopped *stopped, const char *name, int64_t offset,
                   size_t n, struct buf *out, struct errmsg *msg) {
    char space[128];
    int r = stopped->look->read(stopped->look->data, name, offset, n, out);
    return r == 0 || code_look_broke_off(r)
               ? r
               : errmsg_set(msg, CODE_E_RESTART, "%s cannot be read: %s", name,
                            errmsg_errno(r, space, sizeof space));
}

int code_look_ends_with(const struct code_stopped *stopped, const char *name,
                        const char *end, struct errmsg *msg) {
    enum { TAIL = 256 };
    _cleanup_buf_ struct buf tail = BUF_NULL;
    int64_t size = 0;
    int r = code_look_written(stopped, name, &size, msg);
    if (r == 0) {
        r = read_at(stopped, name, size > TAIL ? size - TAIL : 0, TAIL, &tail, msg);
    }
    if (r != 0) {
        return r;
    }
    size_t n = buf_len(&tail);
    const char *bytes = buf_bytes(&tail);
    while (n > 0 && strchr(" \t\r\n", bytes[n - 1]) && bytes[n - 1]) {
        n--;
    }
    size_t want = strlen(end);
    return n >= want && memcmp(bytes + n - want, end, want) == 0 ? 0
                                                                 : not_whole(msg, name);
}

/* The length of the record that begins or ends here. A record beyond 2 GiB is made of
 * parts; the sign tells that one goes on. */
static int read_mark(const struct code_stopped *stopped, const char *name, int64_t at,
                     int64_t *out, struct errmsg *msg) {
    _cleanup_buf_ struct buf bytes = BUF_NULL;
    int32_t length = 0;
    int r = read_at(stopped, name, at, MARK, &bytes, msg);
    if (r == 0 && buf_len(&bytes) == MARK) {
        memcpy(&length, buf_bytes(&bytes), MARK);
        *out = length < 0 ? -(int64_t)length : length;
    } else if (r == 0) {
        r = not_whole(msg, name);
    }
    return r;
}

int code_look_records(const struct code_stopped *stopped, const char *name,
                      struct errmsg *msg) {
    int64_t size = 0;
    int64_t at = 0;
    int r = code_look_written(stopped, name, &size, msg);
    for (int i = 0; r == 0 && at < size && i < RECORDS_MAX; i++) {
        int64_t length = 0;
        int64_t again = 0;
        if (size - at < (int64_t)2 * MARK) {
            return not_whole(msg, name);
        }
        r = read_mark(stopped, name, at, &length, msg);
        if (r == 0 && length > size - at - (int64_t)2 * MARK) {
            /* The other order of bytes, or another kind of file, tells this at once. */
            bool kind = i > 0 || length < INT32_MAX / 2;
            return kind ? not_whole(msg, name) : 0;
        }
        r = r ? r : read_mark(stopped, name, at + MARK + length, &again, msg);
        if (r == 0 && again != length) {
            return i > 0 ? not_whole(msg, name) : 0;
        }
        at += length + (int64_t)2 * MARK;
    }
    return r;
}

/* ---- names ---- */

/* "si" and ".in"; of "si.2.in", which was made here, likewise. */
static void split(const struct code *code, const struct code_stopped *stopped,
                  size_t *stem, const char **ending) {
    const char *input = stopped->input;
    size_t n = strlen(input);
    for (const char *const *one = code->input_endings; *one; one++) {
        if (n > strlen(*one) && str_ends_with(input, *one)) {
            n -= strlen(*one);
            break;
        }
    }
    *ending = input + n;
    size_t digits = 0;
    while (digits < n && input[n - digits - 1] >= '0' && input[n - digits - 1] <= '9') {
        digits++;
    }
    if (stopped->again && digits > 0 && n > digits + 1 &&
        input[n - digits - 1] == '.') {
        n -= digits + 1;
    }
    *stem = n;
}

static int try_number(const struct code *code, const struct code_stopped *stopped,
                      int number, struct code_restart *out, bool *free_) {
    _cleanup_free_ char *input = NULL;
    const char *ending = NULL;
    size_t stem = 0;
    bool there[2] = {false, false};
    split(code, stopped, &stem, &ending);
    int r = str_printf(&input, "%.*s.%d%s", (int)stem, stopped->input, number, ending);
    _cleanup_free_ char *output = r == 0 ? code_output_name(code, input) : NULL;
    r = r == 0 && !output ? -ENOMEM : r;
    r = r ? r : code_look_exists(stopped->look, input, &there[0]);
    r = r ? r : code_look_exists(stopped->look, output, &there[1]);
    *free_ = r == 0 && !there[0] && !there[1];
    if (*free_) {
        out->input = TAKE_PTR(input);
        out->output = TAKE_PTR(output);
    }
    return r;
}

int code_restart_name(const struct code *code, const struct code_stopped *stopped,
                      struct code_restart *out) {
    bool found = false;
    int r = 0;
    for (int number = 2; r == 0 && !found && number < NUMBERS_MAX; number++) {
        r = try_number(code, stopped, number, out, &found);
    }
    return r == 0 && !found ? -EMFILE : r;
}

/* ---- the command line ---- */

/* The script of the run ends with what the code put there for its input. */
static int change_script(const struct code *code, const char *script, const char *input,
                         const char *with, char **out) {
    const struct code_start before = {.input = input};
    const struct code_start behind = {.input = with};
    _cleanup_buf_ struct buf old = BUF_NULL;
    _cleanup_buf_ struct buf new = BUF_NULL;
    size_t n = strlen(script);
    int r = code->script(&before, &old);
    if (r < 0) {
        return r;
    }
    size_t tail = buf_len(&old);
    if (tail > n || memcmp(script + n - tail, buf_bytes(&old), tail) != 0) {
        return -EINVAL;
    }
    r = buf_append(&new, script, n - tail);
    r = r ? r : code->script(&behind, &new);
    *out = r == 0 ? buf_take_string(&new) : NULL;
    return r == 0 && !*out ? -ENOMEM : r;
}

int code_command_with(const struct code *code, char *const *argv, const char *input,
                      const char *with, char ***out) {
    enum { SCRIPT = 2 };
    char **words = strv_copy(argv);
    size_t n = strv_length(argv);
    char *changed = NULL;
    int r = words ? 0 : -ENOMEM;
    size_t at = n;
    if (r == 0 && code->script) {
        at = SCRIPT;
        r = n > SCRIPT ? change_script(code, argv[SCRIPT], input, with, &changed)
                       : -EINVAL;
    } else if (r == 0 && code->arguments) {
        at = n - 1;
        changed = n > 0 && strcmp(argv[at], input) == 0 ? strdup(with) : NULL;
        r = changed ? 0 : n > 0 && strcmp(argv[at], input) == 0 ? -ENOMEM : -EINVAL;
    }
    if (r < 0) {
        (void)strv_free(words);
        return r;
    }
    if (at < n) {
        free(words[at]);
        words[at] = changed;
    }
    *out = words;
    return 0;
}
