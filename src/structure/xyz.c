/* XYZ. It is read frame by frame; each takes the place of the one before, so that a
 * trajectory yields its last geometry. */
#include "structure/xyz.h"

#include "base/fortran.h"
#include "structure/element.h"

#include <ctype.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

struct frame {
    struct structure_lines *lines;
    struct errmsg *msg;
    struct structure got;
    int element_column, position_column; /* of the words of a line, from 0 */
    long frames;
};

static int fail(struct frame *frame, const char *what) {
    return structure_fail(frame->msg, frame->lines->text->file, frame->lines->number,
                          "%s", what);
}

/* ---- the comment ---- */

/* How long a list in brackets is, which may be of lists. */
static size_t list_length(const char *at) {
    size_t n = 0;
    int depth = 0;
    do {
        depth += (at[n] == '[') - (at[n] == ']');
        n += at[n] != '\0';
    } while (depth > 0 && at[n]);
    return n;
}

/* The value of KEY=value, KEY="value", KEY={value} or KEY=[1, 2], cut to fit, copied,
 * with blanks between the elements of a list; false where there is no such key.
 * Whatever its case. */
static bool find_value(const char *comment, const char *key, char *value, size_t size) {
    size_t n = strlen(key);
    for (const char *at = comment; (at = strcasestr(at, key)) != NULL; at++) {
        if ((at > comment && isalnum((unsigned char)at[-1])) || at[n] != '=') {
            continue;
        }
        at += n + 1;
        char close = *at == '"' ? '"' : *at == '\'' ? '\'' : *at == '{' ? '}' : '\0';
        const char ends[2] = {close, '\0'};
        at += close != '\0';
        size_t length =
            *at == '[' ? list_length(at) : strcspn(at, close ? ends : " \t");
        length = length < size - 1 ? length : size - 1;
        memcpy(value, at, length);
        value[length] = '\0';
        for (char *sign = value; (sign = strpbrk(sign, "[],")) != NULL;) {
            *sign = ' ';
        }
        return true;
    }
    return false;
}

/* "species:S:1:pos:R:3:forces:R:3": in which columns the two stand. */
static int find_columns(struct frame *frame, char *properties) {
    char *rest = NULL;
    int column = 0;
    bool has_species = false;
    bool has_position = false;
    for (char *name = strtok_r(properties, ":", &rest); name;
         name = strtok_r(NULL, ":", &rest)) {
        const char *type = strtok_r(NULL, ":", &rest);
        const char *width = type ? strtok_r(NULL, ":", &rest) : NULL;
        long columns = 0;
        if (!width || !fortran_int(&width, &columns) || columns < 1 || columns > 1000) {
            return fail(frame, "Properties= is a list of name:type:columns, as in "
                               "species:S:1:pos:R:3");
        }
        if (!has_species &&
            (strcmp(name, "species") == 0 || strcmp(name, "element") == 0)) {
            frame->element_column = column;
            has_species = true;
        } else if (strcmp(name, "pos") == 0) {
            frame->position_column = column;
            has_position = columns == 3;
        }
        column += (int)columns;
    }
    return has_species && has_position
               ? 0
               : fail(frame, "Properties= names no species:S:1 and pos:R:3, which are "
                             "element and position");
}

/* How many of the directions repeat, by pbc="T T F"; the first ones have to. */
static int read_directions(struct frame *frame, const char *pbc) {
    bool repeats[3] = {true, true, true};
    for (int i = 0; i < 3 && *(pbc = structure_line_text(pbc)); i++) {
        repeats[i] = strchr("Tt1", *pbc) != NULL;
        pbc += strcspn(pbc, " \t");
    }
    frame->got.periodic = repeats[0] + repeats[1] + repeats[2];
    bool first = (!repeats[1] || repeats[0]) && (!repeats[2] || repeats[1]);
    if (!first) {
        frame->got.periodic = 3;
        return structure_note(&frame->got, "pbc leaves out a direction before one that "
                                           "repeats; taken as repeating in all three");
    }
    return 0;
}

static int read_comment(struct frame *frame) {
    char value[1024];
    struct cell_inverse inverse;
    const char *comment = frame->lines->line;
    if (find_value(comment, "Properties", value, sizeof value)) {
        int r = find_columns(frame, value);
        if (r) {
            return r;
        }
    }
    if (!find_value(comment, "Lattice", value, sizeof value)) {
        return structure_set_title(&frame->got, comment, strlen(comment));
    }
    const char *at = value;
    if (!fortran_reals(&at, &frame->got.cell.vector[0][0], 9)) {
        return fail(frame, "Lattice=\"...\" takes nine numbers, the vectors one behind "
                           "the other, in angstrom");
    }
    if (cell_invert(&frame->got.cell, &inverse)) {
        return fail(frame, "the three vectors of Lattice= span no volume");
    }
    frame->got.periodic = 3;
    return find_value(comment, "pbc", value, sizeof value)
               ? read_directions(frame, value)
               : 0;
}

/* ---- atoms ---- */

static int read_atom(struct frame *frame) {
    char word[32];
    char element[ATOM_ELEMENT_SIZE] = "X";
    double position[3] = {0, 0, 0};
    bool has_position = false;
    bool more = structure_lines_next(frame->lines);
    const char *at = frame->lines->line;
    const char *from = at;
    for (int column = 0; more && structure_word(&at, word, sizeof word); column++) {
        if (column == frame->element_column) {
            const char *number = word;
            long z = 0;
            if (fortran_int(&number, &z) && *number == '\0') {
                (void)strcpy(element, element_symbol((int)(z < 200 ? z : 0)));
            } else {
                element_of_label(word, element);
            }
        }
        if (column == frame->position_column) {
            has_position = fortran_reals(&from, position, 3);
        }
        from = at;
    }
    if (!has_position) {
        frame->lines->number += !more;
        return structure_fail(frame->msg, frame->lines->text->file,
                              frame->lines->number,
                              "an atom is expected here, a symbol and three numbers "
                              "(atom %zu of this frame)",
                              frame->got.n_atoms + 1);
    }
    return structure_added(structure_add(&frame->got, element, position), frame->msg,
                           frame->lines->text->file, frame->lines->number);
}

static bool take_count(const char *line, long *count) {
    return fortran_int(&line, count) && *structure_line_text(line) == '\0';
}

/* One frame, whose line with the count is the last that was read. */
static int read_frame(struct frame *frame, long count) {
    int r = 0;
    structure_deinit(&frame->got);
    frame->element_column = 0;
    frame->position_column = 1;
    if (count < 0 || count > STRUCTURE_MAX_ATOMS) {
        return fail(frame, "this is no number of atoms that can be read");
    }
    if (!structure_lines_next(frame->lines)) {
        return fail(frame, "behind the number of atoms a line of comment is expected, "
                           "be it empty");
    }
    r = read_comment(frame);
    for (long i = 0; r == 0 && i < count; i++) {
        r = read_atom(frame);
    }
    frame->frames++;
    return r;
}

static int read_all(struct frame *frame) {
    int r = 0;
    while (r == 0 && structure_lines_next(frame->lines)) {
        long count = 0;
        if (take_count(frame->lines->line, &count)) {
            r = read_frame(frame, count);
        } else if (*structure_line_text(frame->lines->line)) {
            return fail(frame, frame->frames == 0
                                   ? "the number of atoms is expected here"
                                   : "more atoms than are announced, or no number of "
                                     "atoms for another frame");
        }
    }
    return r == 0 && frame->frames == 0
               ? structure_fail(frame->msg, frame->lines->text->file, 0,
                                "the file is empty")
               : r;
}

int xyz_read(const struct structure_text *text, struct structure *out,
             struct errmsg *msg) {
    struct structure_lines lines;
    structure_lines_begin(&lines, text);
    struct frame frame = {.lines = &lines, .msg = msg};
    int r = read_all(&frame);
    if (r == 0 && frame.frames > 1) {
        r = structure_note(&frame.got, "the last of %ld frames", frame.frames);
    }
    if (r == 0) {
        structure_move(out, &frame.got);
    }
    structure_deinit(&frame.got);
    return r;
}

bool xyz_recognise(const char *text, size_t n) {
    const struct structure_text whole = {"", text, n};
    struct structure_lines lines;
    char word[32];
    double position[3];
    long count = 0;
    structure_lines_begin(&lines, &whole);
    if (!structure_lines_next(&lines) || !take_count(lines.line, &count) ||
        !structure_lines_next(&lines)) {
        return false;
    }
    if (strcasestr(lines.line, "Properties=") || strcasestr(lines.line, "Lattice=")) {
        return true;
    }
    const char *at = structure_lines_next(&lines) ? lines.line : "";
    return structure_word(&at, word, sizeof word) && fortran_reals(&at, position, 3);
}

/* ---- writing ---- */

/* What looks like a key of the extended format is kept from being one. */
static int write_title(const struct structure *structure, struct buf *out) {
    const char *title = structure->title ? structure->title : "";
    int r = 0;
    for (; r == 0 && *title; title++) {
        r = buf_append(out, *title == '=' ? ":" : title, 1);
    }
    return r;
}

static int write_lattice(const struct structure *structure, struct buf *out) {
    int r = buf_append_str(out, "Lattice=\"");
    for (int i = 0; r == 0 && i < 9; i++) {
        r = buf_printf(out, "%s%.12f", i > 0 ? " " : "",
                       structure->cell.vector[i / 3][i % 3] + 0.0);
    }
    return r ? r
             : buf_printf(out, "\" Properties=species:S:1:pos:R:3 pbc=\"T %c %c\"",
                          structure->periodic > 1 ? 'T' : 'F',
                          structure->periodic > 2 ? 'T' : 'F');
}

int xyz_write(const struct structure *structure, struct buf *out) {
    int r = buf_printf(out, "%zu\n", structure->n_atoms);
    r = r                     ? r
        : structure->periodic ? write_lattice(structure, out)
                              : write_title(structure, out);
    r = r ? r : buf_append_str(out, "\n");
    for (size_t i = 0; r == 0 && i < structure->n_atoms; i++) {
        const double *at = structure->atoms[i].position;
        r = buf_printf(out, "%-2s%20.12f%20.12f%20.12f\n", structure->atoms[i].element,
                       at[0] + 0.0, at[1] + 0.0, at[2] + 0.0);
    }
    return r < 0 ? -ENOMEM : 0;
}
