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
    PROMPT_PATH, /* of an input on the host */
    PROMPT_TAGS,
    PROMPT_NAME,
    PROMPT_NOTE,
    PROMPT_CANCEL, /* yes or no, as the next */
    PROMPT_REMOVE,
    PROMPT_CANCEL_THERE, /* `text`: which tasks of an array, `before`: what it is */
};

enum {
    PROMPT_SIZE = 1024,
};

struct prompt {
    enum prompt_kind kind;
    char text[PROMPT_SIZE];   /* typed so far, UTF-8 */
    char before[PROMPT_SIZE]; /* what Esc goes back to */
    bool proposed; /* the text is a proposal: the first character replaces it */
    int64_t job;   /* that it is about; 0: none */
};

enum prompt_event {
    PROMPT_IGNORED,
    PROMPT_CHANGED,
    PROMPT_ENTERED, /* or yes */
    PROMPT_NEXT,    /* Tab, where something is to be chosen beside */
    PROMPT_LEFT,    /* Esc, or no */
};

/* Begin to ask, with a text to start from. */
void prompt_open(struct prompt *prompt, enum prompt_kind kind, const char *text);
void prompt_close(struct prompt *prompt);
/* Whether it is about something that has to stay where it is meanwhile. */
bool prompt_is_question(const struct prompt *prompt);
/* What a key says to a question with yes and no. */
enum prompt_event prompt_answer_key(int key);
/* A key as in keymap_action(). */
enum prompt_event prompt_key(struct prompt *prompt, int key);
