/* The keys: one table gives what a key does where, the hints at the bottom and the
 * help. */
#pragma once

#include <stdbool.h>
#include <stddef.h>

enum key_context {
    KEYS_MAIN = 1 << 0, /* list and job */
    KEYS_JOB = 1 << 1,  /* the job over the whole screen */
    KEYS_LOG = 1 << 2,
    KEYS_PICKER = 1 << 3,
    KEYS_HELP = 1 << 4,
    KEYS_FILES = 1 << 5,
    KEYS_CLUSTERS = 1 << 6,
    KEYS_LINEUP = 1 << 7, /* the queue of a cluster */
    KEYS_EVERYWHERE = (1 << 8) - 1,
};

enum action {
    ACTION_NONE,
    ACTION_DOWN,
    ACTION_UP,
    ACTION_PAGE_DOWN,
    ACTION_PAGE_UP,
    ACTION_FIRST,
    ACTION_LAST,
    ACTION_LEFT,
    ACTION_RIGHT,
    ACTION_OPEN,
    ACTION_BACK,
    ACTION_FOCUS_NEXT,
    ACTION_FOCUS_BACK,
    ACTION_NEW_JOB,
    ACTION_CANCEL,
    ACTION_RESUBMIT,
    ACTION_TAGS,
    ACTION_RENAME,
    ACTION_NOTE,
    ACTION_REMOVE,
    ACTION_LOG,
    ACTION_FILES,
    ACTION_FILTER,
    ACTION_PLOT,
    ACTION_RUN_BACK,
    ACTION_RUN_NEXT,
    ACTION_FOLLOW,
    ACTION_SEARCH,
    ACTION_SEARCH_NEXT,
    ACTION_SEARCH_BACK,
    ACTION_NEXT_FILE,
    ACTION_CLUSTERS,
    ACTION_TEST,
    ACTION_LOGIN,
    ACTION_ADOPT,
    ACTION_HIDDEN,
    ACTION_RECONNECT,
    ACTION_REPAINT,
    ACTION_HELP,
    ACTION_QUIT,
};

/* A key as ncurses tells it: a character, or a function key's code made negative. */
enum action keymap_action(enum key_context context, int key);

struct key_line {
    const char *keys; /* "j, Down" */
    const char *text; /* what they do; short for a hint, a sentence for the help */
};

/* The n-th hint of the bottom line, the important first. False when there are no more.
 */
bool keymap_hint(enum key_context context, size_t n, struct key_line *out);
/* The n-th line of the help; one without keys is a heading. False when there are no
 * more. */
bool keymap_help(size_t n, struct key_line *out);
