/* A stretch of a text file as the server hands it out, in lines. Pure. It covers the
 * bytes [begin, end) of the file; more is added behind it as the file grows and before
 * it as one scrolls back. */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum {
    LOGTEXT_MAX_BYTES = 16 << 20, /* kept; the oldest lines go first */
};

struct logtext {
    char *bytes; /* owned */
    size_t n, cap;
    size_t *lines; /* owned; where each line starts */
    size_t n_lines, lines_cap;
    int64_t begin, end; /* offsets in the file */
    int64_t piece;      /* where the last appended piece began */
    bool end_is_bound;  /* the file's offset behind it may be less than `end` */
};

void logtext_init(struct logtext *log);
void logtext_deinit(struct logtext *log);

enum {
    LOGTEXT_E_GAP =
        1, /* bytes between what is here and this are missing: fetch again */
};

/* The text is now this piece of the file. 0 or -ENOMEM. */
int logtext_set(struct logtext *log, int64_t begin, int64_t end, const char *text);
/* What the file has from `begin` on; what is here already is left out.
 * 0, LOGTEXT_E_GAP (nothing is changed) or -ENOMEM. */
int logtext_append(struct logtext *log, int64_t begin, const char *text);
/* The piece that ends where the text here begins; *added_lines gets by how many the
 * numbers of the lines have grown. 0, LOGTEXT_E_GAP or -ENOMEM. */
int logtext_prepend(struct logtext *log, int64_t begin, int64_t end, const char *text,
                    size_t *added_lines);
bool logtext_is_full(const struct logtext *log);

/* A line without its end; valid until the text changes. `line` < n_lines. */
const char *logtext_line(const struct logtext *log, size_t line, size_t *n);
/* The next line from `from` on (or back, when `down` is false) that contains `word` in
 * either case, `from` included; n_lines when there is none. */
size_t logtext_find(const struct logtext *log, size_t from, const char *word,
                    bool down);
