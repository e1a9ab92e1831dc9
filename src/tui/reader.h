/* A text that is scrolled, and a file that is read. Pure. */
#pragma once

#include "tui/closeup.h"
#include "tui/logtext.h"

#include <stdbool.h>
#include <stddef.h>

/* What the last frame showed of a scrolled text, so that keys know how far they may go.
 */
struct scroll {
    size_t top;    /* first line shown */
    size_t lines;  /* in all */
    size_t height; /* lines that fit */
};

/* Keep inside the bounds. */
void scroll_clamp(struct scroll *scroll);
void scroll_by(struct scroll *scroll, long lines);

/* The log over the whole screen, or the output beside the results. */
struct reader {
    enum closeup_file file;
    struct scroll scroll;
    bool follow; /* stay at the end */
    int skip;    /* columns scrolled to the right */
    char word[128];
    size_t found; /* line with the match that was jumped to */
    bool has_found;
    bool search_again; /* when the earlier part of the file has come */
};

/* Find out how far one may scroll in this text on so many rows, and go to its end when
 * that is followed. */
void reader_measure(struct reader *reader, const struct logtext *text, int rows);
/* Scroll, within the bounds found out last. Following ends on the way up, and begins
 * again at the end. */
void reader_scroll(struct reader *reader, long lines);
