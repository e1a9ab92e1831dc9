/* A small line editor: characters at the end, Backspace, Ctrl-W, Ctrl-U. */
#include "tui/prompt.h"

#include <curses.h>
#include <stdio.h>
#include <string.h>

enum {
    CTRL_U = 21,
    CTRL_W = 23,
    CTRL_H = 8,
    ESCAPE = 27,
    DELETE = 127,
};

void prompt_open(struct prompt *prompt, enum prompt_kind kind, const char *text) {
    *prompt = (struct prompt){.kind = kind, .proposed = kind == PROMPT_CORES};
    (void)snprintf(prompt->text, sizeof prompt->text, "%s", text);
    (void)snprintf(prompt->before, sizeof prompt->before, "%s", text);
}

void prompt_close(struct prompt *prompt) {
    prompt->kind = PROMPT_NONE;
}

bool prompt_is_question(const struct prompt *prompt) {
    return prompt->kind != PROMPT_NONE && prompt->kind != PROMPT_FILTER &&
           prompt->kind != PROMPT_SEARCH;
}

static size_t encode(char out[4], unsigned c) {
    if (c < 0x80) {
        out[0] = (char)c;
        return 1;
    }
    if (c < 0x800) {
        out[0] = (char)(0xC0 | c >> 6);
        out[1] = (char)(0x80 | (c & 0x3F));
        return 2;
    }
    if (c < 0x10000) {
        out[0] = (char)(0xE0 | c >> 12);
        out[1] = (char)(0x80 | (c >> 6 & 0x3F));
        out[2] = (char)(0x80 | (c & 0x3F));
        return 3;
    }
    out[0] = (char)(0xF0 | c >> 18);
    out[1] = (char)(0x80 | (c >> 12 & 0x3F));
    out[2] = (char)(0x80 | (c >> 6 & 0x3F));
    out[3] = (char)(0x80 | (c & 0x3F));
    return 4;
}

static bool takes(const struct prompt *prompt, int key) {
    return prompt->kind == PROMPT_CORES ? key >= '0' && key <= '9'
                                        : key >= ' ' && key != DELETE;
}

static enum prompt_event add(struct prompt *prompt, int key) {
    char bytes[4];

    if (prompt->proposed) {
        prompt->text[0] = '\0';
        prompt->proposed = false;
    }
    size_t n = encode(bytes, (unsigned)key);
    size_t used = strlen(prompt->text);

    if (used + n >= sizeof prompt->text) {
        return PROMPT_IGNORED;
    }
    memcpy(prompt->text + used, bytes, n);
    prompt->text[used + n] = '\0';
    return PROMPT_CHANGED;
}

static enum prompt_event erase_character(struct prompt *prompt) {
    size_t n = strlen(prompt->text);

    if (n == 0) {
        return PROMPT_IGNORED;
    }
    prompt->proposed = false;
    do {
        n--;
    } while (n > 0 && ((unsigned char)prompt->text[n] & 0xC0) == 0x80);
    prompt->text[n] = '\0';
    return PROMPT_CHANGED;
}

static enum prompt_event erase_word(struct prompt *prompt) {
    size_t n = strlen(prompt->text);

    while (n > 0 && prompt->text[n - 1] == ' ') {
        n--;
    }
    while (n > 0 && prompt->text[n - 1] != ' ') {
        n--;
    }
    prompt->text[n] = '\0';
    return PROMPT_CHANGED;
}

enum prompt_event prompt_answer_key(int key) {
    if (key == 'y' || key == 'Y') {
        return PROMPT_ENTERED;
    }
    return key == 'n' || key == 'N' || key == 'q' || key == ESCAPE || key == '\r'
               ? PROMPT_LEFT
               : PROMPT_IGNORED;
}

enum prompt_event prompt_key(struct prompt *prompt, int key) {
    if (prompt->kind >= PROMPT_CANCEL) {
        return prompt_answer_key(key);
    }
    switch (key) {
    case '\r':
    case '\n':
    case -KEY_ENTER:
        return PROMPT_ENTERED;
    case '\t':
        return prompt->kind == PROMPT_CORES || prompt->kind == PROMPT_PATH
                   ? PROMPT_NEXT
                   : PROMPT_IGNORED;
    case ESCAPE:
        return PROMPT_LEFT;
    case DELETE:
    case CTRL_H:
    case -KEY_BACKSPACE:
        return erase_character(prompt);
    case CTRL_U:
        prompt->text[0] = '\0';
        return PROMPT_CHANGED;
    case CTRL_W:
        return erase_word(prompt);
    default:
        return takes(prompt, key) ? add(prompt, key) : PROMPT_IGNORED;
    }
}
