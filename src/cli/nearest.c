/* "Did you mean": the word that needs the fewest slips of a finger to become the typed
 * one. A slip is a letter too many, too few, wrong, or two of them in the wrong order.
 */
#include "cli/command.h"

#include <stdbool.h>
#include <string.h>

enum {
    WORD_MAX = 31, /* longer words are near to nothing */
};

static size_t least(size_t a, size_t b) {
    return a < b ? a : b;
}

/* The restricted Damerau–Levenshtein distance, over the whole matrix: words are short.
 */
static size_t distance(const char *a, const char *b) {
    size_t n = strlen(a);
    size_t m = strlen(b);
    if (n > WORD_MAX || m > WORD_MAX) {
        return WORD_MAX;
    }
    size_t d[WORD_MAX + 1][WORD_MAX + 1];
    for (size_t i = 0; i <= n; i++) {
        for (size_t j = 0; j <= m; j++) {
            if (i == 0 || j == 0) {
                d[i][j] = i + j;
                continue;
            }
            d[i][j] = least(least(d[i - 1][j], d[i][j - 1]) + 1,
                            d[i - 1][j - 1] + (a[i - 1] != b[j - 1]));
            if (i > 1 && j > 1 && a[i - 1] == b[j - 2] && a[i - 2] == b[j - 1]) {
                d[i][j] = least(d[i][j], d[i - 2][j - 2] + 1);
            }
        }
    }
    return d[n][m];
}

struct candidate {
    const char *word;
    size_t slips;
};

static void consider(struct candidate *best, const char *word, const char *typed) {
    size_t slips = distance(word, typed);
    bool is_beginning = strlen(typed) > 1 && strncmp(word, typed, strlen(typed)) == 0;
    if (is_beginning) {
        slips = 1;
    }
    if (slips <= 1 + strlen(typed) / 4 && (!best->word || slips < best->slips)) {
        *best = (struct candidate){word, slips};
    }
}

const char *command_nearest_word(const char *const *words, const char *typed) {
    struct candidate best = {NULL, 0};
    for (; *words; words++) {
        consider(&best, *words, typed);
    }
    return best.word;
}

const char *command_nearest(const char *typed) {
    struct candidate best = {NULL, 0};
    for (size_t i = 0; command_at(i); i++) {
        consider(&best, command_at(i)->name, typed);
    }
    return best.word;
}

const char *command_nearest_option(const struct option_spec *options,
                                   const char *typed) {
    struct candidate best = {NULL, 0};
    for (; options->name; options++) {
        consider(&best, options->name, typed);
    }
    return best.word;
}
