/* A structure: what repeats, and the atoms. What every reader of a format fills in. */
#pragma once

#include "base/buf.h"
#include "base/errmsg.h"
#include "structure/cell.h"

#include <stdbool.h>
#include <stddef.h>

enum {
    STRUCTURE_E_INPUT = 1, /* the text is wrong; the message names line and mend */
};

enum {
    STRUCTURE_MAX_ATOMS = 200000,          /* more than any DFT code takes */
    STRUCTURE_TEXT_MAX = 64 * 1024 * 1024, /* bytes of a file that is read whole */
    STRUCTURE_MAX_NOTES = 16,
};

/* What stands for the length of a vector along which nothing repeats, as CRYSTAL has
 * it, in Å. */
#define STRUCTURE_NO_PERIOD 500.0

struct structure {
    char *title;  /* owned; NULL: none */
    int periodic; /* along how many directions it repeats, 0 to 3; the first vectors of
                     the cell. Others are of length STRUCTURE_NO_PERIOD. */
    struct cell cell;   /* Å; of a molecule all zero */
    struct atom *atoms; /* owned; Cartesian, Å */
    size_t n_atoms, cap;
    bool enlarged; /* somebody wants this multiple of a smaller cell */
    /* What a reader of the text should know: owned, sentences. */
    char *notes[STRUCTURE_MAX_NOTES];
    size_t n_notes;
};

#define STRUCTURE_NULL                                                                 \
    { .title = NULL }

/* Leaves an empty structure behind. */
void structure_deinit(struct structure *structure);
#define _cleanup_structure_ _cleanup_(structure_deinit)

/* Move `from` into `to`, whose content is released; `from` is empty behind it. */
void structure_move(struct structure *to, struct structure *from);

/* Add an atom, Cartesian in Å. 0, -E2BIG beyond STRUCTURE_MAX_ATOMS, or -ENOMEM. */
int structure_add(struct structure *structure, const char *element,
                  const double position[3]);
/* The same, an atom of the element and kind of `like`. */
int structure_add_like(struct structure *structure, const struct atom *like,
                       const double position[3]);
/* n bytes as title, made one line of UTF-8 without blanks around. 0 or -ENOMEM. */
int structure_set_title(struct structure *structure, const char *text, size_t n);
/* Add a note; beyond STRUCTURE_MAX_NOTES it is dropped. 0 or -ENOMEM. */
int structure_note(struct structure *structure, const char *format, ...)
    __attribute__((format(printf, 2, 3)));

/* A text to be read. All is borrowed. */
struct structure_text {
    const char *file; /* the name for messages */
    const char *bytes;
    size_t n;
};

/* Say what is wrong in a line (0: none): "FILE:LINE: …", fit to be shown
 * (quoted_clean). Returns STRUCTURE_E_INPUT. */
int structure_fail(struct errmsg *msg, const char *file, long line, const char *format,
                   ...) __attribute__((format(printf, 4, 5)));
/* What structure_add returned, as the failure of a reader: 0, STRUCTURE_E_INPUT or
 * -ENOMEM. */
int structure_added(int r, struct errmsg *msg, const char *file, long line);

/* ---- lines ---- */

enum { STRUCTURE_LINE_MAX = 8192 };

struct structure_lines {
    const struct structure_text *text;
    const char *at;
    long number;                   /* of the line read last; 0 before the first */
    char line[STRUCTURE_LINE_MAX]; /* that line, cut, without its end; NULs are '?' */
};

void structure_lines_begin(struct structure_lines *lines,
                           const struct structure_text *text);
/* The next line; false behind the last, and `line` is empty then. */
bool structure_lines_next(struct structure_lines *lines);
/* Say what is wrong in the line read last, which is shown where it has other characters
 * than those of ASCII: such are easily overlooked. Returns STRUCTURE_E_INPUT. */
int structure_lines_fail(const struct structure_lines *lines, struct errmsg *msg,
                         const char *what);
/* Behind the blanks that the line begins with. */
const char *structure_line_text(const char *line);
/* Cut the next word, ended by blanks, off *at into `word`, cut to fit; false behind the
 * last. */
bool structure_word(const char **at, char *word, size_t size);
