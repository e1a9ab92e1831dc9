/* The table of codes, and what is the same for all of them: the scanner's shell (a line
 * reader, the results, the code's own state) and the naming of outputs. */
#include "codes/code.h"

#include "base/cleanup.h"
#include "base/str.h"
#include "codes/code_internal.h"
#include "codes/results_build.h"

#include <errno.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

static const struct code *const codes[] = {&code_pwx, &code_vasp, &code_crystal};

enum {
    CODES = sizeof(codes) / sizeof(codes[0]),
    /* Bytes, to recognise a text. Some MPIs put a hundred lines for each process before
       what the code prints. */
    LOOK_AT_MOST = 256 * 1024,
};

struct scanner {
    const struct code *code;
    struct results results;
    struct line_reader reader;
    void *state; /* owned, the code's */
    bool finished;
};

const struct code *code_by_name(const char *name) {
    for (size_t i = 0; name && i < CODES; i++) {
        if (strcmp(codes[i]->name, name) == 0) {
            return codes[i];
        }
    }
    return NULL;
}

const char *code_name(const struct code *code) {
    return code->name;
}

const char *code_title(const struct code *code) {
    return code->title;
}

const char *code_program(const struct code *code) {
    return code->program;
}

const struct code *code_of_input(const char *text, size_t n) {
    for (size_t i = 0; i < CODES; i++) {
        if (codes[i]->is_input(text, n < LOOK_AT_MOST ? n : LOOK_AT_MOST)) {
            return codes[i];
        }
    }
    return NULL;
}

const struct code *code_of_input_file(const char *name, const char *text, size_t n) {
    return strcmp(name, "INCAR") == 0    ? &code_vasp
           : str_ends_with(name, ".d12") ? &code_crystal
                                         : code_of_input(text, n);
}

const struct code *code_of_output(const char *text, size_t n) {
    for (size_t i = 0; i < CODES; i++) {
        if (codes[i]->is_output(text, n < LOOK_AT_MOST ? n : LOOK_AT_MOST)) {
            return codes[i];
        }
    }
    return NULL;
}

const struct code *code_of_sibling(const char *text, size_t n, char *name,
                                   size_t room) {
    for (size_t i = 0; i < CODES; i++) {
        if (codes[i]->is_sibling &&
            codes[i]->is_sibling(text, n < LOOK_AT_MOST ? n : LOOK_AT_MOST, name,
                                 room)) {
            return codes[i];
        }
    }
    return NULL;
}

int code_check_input(const struct code *code, const char *file, const char *text,
                     size_t n, long *line, struct errmsg *msg) {
    return code->check_input(file, text, n, line, msg);
}

int code_files(const struct code *code, const char *input, const char *text, size_t n,
               char *const *env, struct code_files *out) {
    struct code_files files = {NULL, NULL, NULL, NULL};
    int r = code->files(input, text, n, env, &files);
    if (r < 0) {
        code_files_deinit(&files);
        return r;
    }
    *out = files;
    return 0;
}

struct code_limits code_limits(const struct code *code, const char *text, size_t n) {
    return code->limits ? code->limits(text, n) : (struct code_limits){0, NAN};
}

const char *code_cycle_limit_name(const struct code *code) {
    return code->cycle_limit;
}

void code_files_deinit(struct code_files *files) {
    free(files->stop_file);
    free(files->stop_text);
    strv_free(files->read);
    strv_free(files->licensed);
    *files = (struct code_files){NULL, NULL, NULL, NULL};
}

int code_set_value(const struct code *code, const char *file, const char *text,
                   size_t n, const char *name, const char *value, struct buf *out,
                   struct errmsg *msg) {
    return code->set_value(file, text, n, name, value, out, msg);
}

int code_move_input(const struct code *code, const char *file, const char *text,
                    size_t n, const char *folder, struct buf *out, struct errmsg *msg) {
    return code->move_input(file, text, n, folder, out, msg);
}

char *code_output_name(const struct code *code, const char *input) {
    if (code->output) {
        return strdup(code->output);
    }
    const char *slash = strrchr(input, '/');
    const char *base = slash ? slash + 1 : input;
    size_t keep = strlen(input);
    for (const char *const *ending = code->input_endings; *ending; ending++) {
        size_t n = strlen(*ending);
        /* A name that is nothing but an ending is kept whole. */
        if (strlen(base) > n && str_ends_with(base, *ending)) {
            keep -= n;
            break;
        }
    }
    char *name = NULL;
    return str_printf(&name, "%.*s.out", (int)keep, input) < 0 ? NULL : name;
}

const char *const *code_output_names(const struct code *code) {
    static const char *const none[] = {NULL};
    return code->output_names ? code->output_names : none;
}

int code_live_file(const struct code *code, const char *input, size_t i, char **name,
                   char **moved) {
    *name = NULL;
    *moved = NULL;
    return code->live_file ? code->live_file(input, i, name, moved) : 0;
}

bool code_live_adds(const struct code *code) {
    return code->live_adds;
}

bool code_exit_says_nothing(const struct code *code) {
    return code->exit_says_nothing;
}

int scanner_new(struct scanner **out, const struct code *code) {
    struct scanner *scanner = calloc(1, sizeof(*scanner));
    if (!scanner) {
        return -ENOMEM;
    }
    scanner->code = code;
    results_init(&scanner->results);
    scanner->results.code = code->name;
    int r = code->scan_new(&scanner->state, &scanner->results);
    if (r < 0) {
        (void)scanner_free(scanner);
        return r;
    }
    *out = scanner;
    return 0;
}

struct scanner *scanner_free(struct scanner *scanner) {
    if (scanner) {
        scanner->state = scanner->code->scan_free(scanner->state);
        results_deinit(&scanner->results);
        free(scanner);
    }
    return NULL;
}

int scanner_feed(struct scanner *scanner, const char *bytes, size_t n) {
    const struct code *code = scanner->code;
    return code->scan_feed ? code->scan_feed(scanner->state, bytes, n)
                           : line_reader_feed(&scanner->reader, bytes, n,
                                              code->scan_line, scanner->state);
}

int scanner_finish(struct scanner *scanner) {
    if (scanner->finished) {
        return 0;
    }
    scanner->finished = true;
    const struct code *code = scanner->code;
    int r = code->scan_feed
                ? 0
                : line_reader_end(&scanner->reader, code->scan_line, scanner->state);
    return r < 0 ? r : code->scan_finish(scanner->state);
}

bool scanner_is_capture(const struct scanner *scanner) {
    const struct code *code = scanner->code;
    return code->scan_is_capture && code->scan_is_capture(scanner->state);
}

const struct results *scanner_results(const struct scanner *scanner) {
    return &scanner->results;
}
