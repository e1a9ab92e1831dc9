/* One line that the user types, or a question with yes and no, on the bottom line.
 * Pure. */
#pragma once

#include <stdbool.h>
#include <stdint.h>

enum prompt_kind {
    PROMPT_NONE,
    PROMPT_FILTER,
    PROMPT_SEARCH,
    PROMPT_CORES,
    PROMPT_CANCEL, /* yes or no */
};

enum {
    PROMPT_SIZE = 128,
};

struct prompt {
    enum prompt_kind kind;
    char text[PROMPT_SIZE];   /* typed so far, UTF-8 */
    char before[PROMPT_SIZE]; /* what Esc goes back to */
    bool proposed; /* the text is a proposal: the first character replaces it */
    int64_t job;   /* that the question is about */
};

enum prompt_event {
    PROMPT_IGNORED,
    PROMPT_CHANGED,
    PROMPT_ENTERED, /* or yes */
    PROMPT_LEFT,    /* Esc, or no */
};

/* Begin to ask, with a text to start from. */
void prompt_open(struct prompt *prompt, enum prompt_kind kind, const char *text);
void prompt_close(struct prompt *prompt);
/* A key as in keymap_action(). */
enum prompt_event prompt_key(struct prompt *prompt, int key);
