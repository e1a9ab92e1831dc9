/* Where one is in a text. Blank lines at its end do not count: who follows an output
 * wants to see what it says. */
#include "tui/reader.h"

void scroll_clamp(struct scroll *scroll) {
    size_t last = scroll->lines > scroll->height ? scroll->lines - scroll->height : 0;

    if (scroll->top > last) {
        scroll->top = last;
    }
}

void scroll_by(struct scroll *scroll, long lines) {
    if (lines < 0 && (size_t)-lines > scroll->top) {
        scroll->top = 0;
    } else {
        scroll->top = (size_t)((long)scroll->top + lines);
    }
    scroll_clamp(scroll);
}

/* Lines up to the last that is not blank: a following reader ends there. */
static size_t end_of_text(const struct logtext *text) {
    size_t lines = text->n_lines;

    while (lines > 0) {
        size_t n;
        const char *line = logtext_line(text, lines - 1, &n);
        size_t i = 0;
        while (i < n && (line[i] == ' ' || line[i] == '\t')) {
            i++;
        }
        if (i < n) {
            break;
        }
        lines--;
    }
    return lines;
}

void reader_measure(struct reader *reader, const struct logtext *text, int rows) {
    struct scroll *scroll = &reader->scroll;

    scroll->height = (size_t)rows;
    scroll->lines = end_of_text(text);
    if (reader->follow) {
        scroll->top =
            scroll->lines > scroll->height ? scroll->lines - scroll->height : 0;
    }
    scroll_clamp(scroll);
}

void reader_scroll(struct reader *reader, long lines) {
    struct scroll *scroll = &reader->scroll;

    scroll_by(scroll, lines);
    if (lines < 0) {
        reader->follow = scroll->lines <= scroll->height;
    } else if (lines > 0 && scroll->top + scroll->height >= scroll->lines) {
        reader->follow = true;
    }
}
