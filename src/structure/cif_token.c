/* Cutting a CIF into words: what a word is depends on its first sign, and a semicolon
 * opens a text field at the beginning of a line only. Nothing is copied. */
#include "structure/cif_token.h"

#include <ctype.h>
#include <string.h>
#include <strings.h>

void cif_begin(struct cif_reader *reader, const char *text, size_t n) {
    *reader =
        (struct cif_reader){.at = text, .end = text + n, .line = 1, .fresh = true};
}

static bool more(const struct cif_reader *reader) {
    return reader->at < reader->end;
}

static void step(struct cif_reader *reader) {
    reader->fresh = *reader->at == '\n';
    reader->line += reader->fresh;
    reader->at++;
}

static void skip_line(struct cif_reader *reader) {
    while (more(reader) && *reader->at != '\n') {
        step(reader);
    }
}

static void skip_blanks(struct cif_reader *reader) {
    while (more(reader) && (isspace((unsigned char)*reader->at) || *reader->at == '#' ||
                            *reader->at == '\0')) {
        if (*reader->at == '#') {
            skip_line(reader);
        } else {
            step(reader);
        }
    }
}

/* From behind the semicolon to the next one that begins a line. */
static void take_field(struct cif_reader *reader, struct cif_token *token) {
    step(reader);
    token->text = reader->at;
    while (more(reader) && !(reader->fresh && *reader->at == ';')) {
        step(reader);
    }
    token->n = (size_t)(reader->at - token->text);
    if (more(reader)) {
        step(reader);
    }
}

/* A quote closes where a blank follows it. */
static void take_quoted(struct cif_reader *reader, struct cif_token *token) {
    char quote = *reader->at;
    step(reader);
    token->text = reader->at;
    while (more(reader) && *reader->at != '\n') {
        const char *behind = reader->at + 1;
        if (*reader->at == quote &&
            (behind == reader->end || isspace((unsigned char)*behind))) {
            break;
        }
        step(reader);
    }
    token->n = (size_t)(reader->at - token->text);
    if (more(reader) && *reader->at == quote) {
        step(reader);
    }
}

static bool begins(const struct cif_token *token, const char *word) {
    size_t n = strlen(word);
    return token->n >= n && strncasecmp(token->text, word, n) == 0;
}

static void name_kind(struct cif_token *token) {
    if (*token->text == '_') {
        token->kind = CIF_TAG;
    } else if (begins(token, "data_")) {
        token->kind = CIF_DATA;
        token->text += 5;
        token->n -= 5;
    } else if (token->n == 5 && begins(token, "loop_")) {
        token->kind = CIF_LOOP;
    } else if (begins(token, "save_") || (token->n == 7 && begins(token, "global_")) ||
               (token->n == 5 && begins(token, "stop_"))) {
        token->kind = CIF_OTHER;
    }
}

struct cif_token cif_next(struct cif_reader *reader) {
    skip_blanks(reader);
    struct cif_token token = {
        .kind = CIF_VALUE, .text = reader->at, .line = reader->line};
    if (!more(reader)) {
        token.kind = CIF_END;
    } else if (*reader->at == ';' && reader->fresh) {
        token.quoted = true;
        take_field(reader, &token);
    } else if (*reader->at == '\'' || *reader->at == '"') {
        token.quoted = true;
        take_quoted(reader, &token);
    } else {
        while (more(reader) && !isspace((unsigned char)*reader->at)) {
            step(reader);
        }
        token.n = (size_t)(reader->at - token.text);
        name_kind(&token);
    }
    return token;
}
