/* The structure that readers fill in, and how they walk through the lines of a text.
 * A reader fills in one of its own and moves it to the caller's when all is right, so
 * that a failure leaves nothing half. */
#include "structure/structure.h"

#include "base/quoted.h"
#include "base/str.h"

#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

void structure_deinit(struct structure *structure) {
    free(structure->title);
    free(structure->atoms);
    for (size_t i = 0; i < structure->n_notes; i++) {
        free(structure->notes[i]);
    }
    *structure = (struct structure)STRUCTURE_NULL;
}

void structure_move(struct structure *to, struct structure *from) {
    structure_deinit(to);
    *to = *from;
    *from = (struct structure)STRUCTURE_NULL;
}

int structure_add(struct structure *structure, const char *element,
                  const double position[3]) {
    if (structure->n_atoms >= STRUCTURE_MAX_ATOMS) {
        return -E2BIG;
    }
    if (structure->n_atoms == structure->cap) {
        size_t cap = structure->cap ? structure->cap * 2 : 16;
        struct atom *atoms = realloc(structure->atoms, cap * sizeof *atoms);
        if (!atoms) {
            return -ENOMEM;
        }
        structure->atoms = atoms;
        structure->cap = cap;
    }
    struct atom *atom = &structure->atoms[structure->n_atoms++];
    *atom = (struct atom){.kind = 0};
    (void)strncpy(atom->element, element, sizeof atom->element - 1);
    memcpy(atom->position, position, sizeof atom->position);
    return 0;
}

int structure_add_like(struct structure *structure, const struct atom *like,
                       const double position[3]) {
    int kind = like->kind;
    int r = structure_add(structure, like->element, position);
    if (r == 0) {
        structure->atoms[structure->n_atoms - 1].kind = kind;
    }
    return r;
}

int structure_added(int r, struct errmsg *msg, const char *file, long line) {
    return r == -E2BIG ? structure_fail(msg, file, line,
                                        "more than %d atoms; that many are not read",
                                        (int)STRUCTURE_MAX_ATOMS)
                       : r;
}

static bool is_blank(char c) {
    return c == ' ' || c == '\t' || c == '\r';
}

int structure_set_title(struct structure *structure, const char *text, size_t n) {
    while (n > 0 && (is_blank(*text) || *text == '\n')) {
        text++;
        n--;
    }
    while (n > 0 && (is_blank(text[n - 1]) || text[n - 1] == '\n')) {
        n--;
    }
    char *title = n > 0 ? str_to_utf8(text, n) : NULL;
    if (n > 0 && !title) {
        return -ENOMEM;
    }
    for (char *at = title; at && *at; at++) {
        *at = (unsigned char)*at < 0x20 || *at == 0x7F ? ' ' : *at;
    }
    free(structure->title);
    structure->title = title;
    return 0;
}

/* Words quoted from files may hold any bytes. */
static void clean(char *text) {
    for (; *text; text++) {
        *text = (unsigned char)*text < 0x20 || *text == 0x7F ? '?' : *text;
    }
}

int structure_note(struct structure *structure, const char *format, ...) {
    char words[1024];
    va_list arguments;
    va_start(arguments, format);
    (void)vsnprintf(words, sizeof words, format, arguments);
    va_end(arguments);
    clean(words);
    if (structure->n_notes == STRUCTURE_MAX_NOTES) {
        return 0;
    }
    char *note = str_to_utf8(words, strlen(words));
    if (!note) {
        return -ENOMEM;
    }
    structure->notes[structure->n_notes++] = note;
    return 0;
}

int structure_fail(struct errmsg *msg, const char *file, long line, const char *format,
                   ...) {
    char words[800];
    va_list arguments;
    va_start(arguments, format);
    (void)vsnprintf(words, sizeof words, format, arguments);
    va_end(arguments);
    quoted_clean(words, sizeof words);
    return line > 0
               ? errmsg_set(msg, STRUCTURE_E_INPUT, "%s:%ld: %s", file, line, words)
               : errmsg_set(msg, STRUCTURE_E_INPUT, "%s: %s", file, words);
}

void structure_lines_begin(struct structure_lines *lines,
                           const struct structure_text *text) {
    lines->text = text;
    lines->at = text->bytes;
    lines->number = 0;
    lines->line[0] = '\0';
}

bool structure_lines_next(struct structure_lines *lines) {
    const char *end = lines->text->bytes + lines->text->n;
    lines->line[0] = '\0';
    if (lines->at >= end) {
        return false;
    }
    const char *stop = memchr(lines->at, '\n', (size_t)(end - lines->at));
    size_t n = (size_t)((stop ? stop : end) - lines->at);
    size_t kept = n < sizeof lines->line - 1 ? n : sizeof lines->line - 1;
    memcpy(lines->line, lines->at, kept);
    for (char *nul = memchr(lines->line, '\0', kept); nul;
         nul = memchr(nul, '\0', kept - (size_t)(nul - lines->line))) {
        *nul = '?';
    }
    while (kept > 0 && is_blank(lines->line[kept - 1])) {
        kept--;
    }
    lines->line[kept] = '\0';
    lines->at = stop ? stop + 1 : end;
    lines->number++;
    return true;
}

int structure_lines_fail(const struct structure_lines *lines, struct errmsg *msg,
                         const char *what) {
    const char *line = structure_line_text(lines->line);
    return structure_fail(msg, lines->text->file, lines->number,
                          quoted_is_plain(lines->line) ? "%s" : "%s, not \"%.*s\"",
                          what, (int)str_utf8_uncut(line, strnlen(line, 60)), line);
}

const char *structure_line_text(const char *line) {
    return line + strspn(line, " \t\r");
}

bool structure_word(const char **at, char *word, size_t size) {
    const char *from = structure_line_text(*at);
    size_t n = strcspn(from, " \t\r");
    size_t kept = n < size - 1 ? n : size - 1;
    memcpy(word, from, kept);
    word[kept] = '\0';
    *at = from + n;
    return n > 0;
}
