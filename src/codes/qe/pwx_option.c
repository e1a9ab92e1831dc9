/* The word behind a card's name, as in "K_POINTS {automatic}". pw.x looks for the words
 * that it knows anywhere in the line; what holds none of them is passed over by some
 * cards, which take their default, and refused by others. */
#include "codes/qe/pwx_check.h"

#include "base/nearest.h"

#include <ctype.h>
#include <stdio.h>
#include <string.h>
#include <strings.h>

bool pwx_option_is(const struct pwx_slice *option, const char *word) {
    size_t n = strlen(word);
    for (size_t i = 0; i + n <= option->n; i++) {
        if (strncasecmp(option->text + i, word, n) == 0) {
            return true;
        }
    }
    return false;
}

bool pwx_option_known(const struct pwx_slice *option, const char *const *known) {
    while (*known && !pwx_option_is(option, *known)) {
        known++;
    }
    return *known;
}

struct pwx_slice pwx_option_unknown(const struct pwx_slice *option,
                                    const char *const *known) {
    struct pwx_slice word = {NULL, 0, option->line};
    if (pwx_option_known(option, known)) {
        return word;
    }
    size_t i = 0;
    while (i < option->n && strchr(" \t{(", option->text[i])) {
        i++;
    }
    size_t start = i;
    while (i < option->n && !strchr(" \t\r{}()!#", option->text[i])) {
        i++;
    }
    if (i > start && isalpha((unsigned char)option->text[start])) {
        word.text = option->text + start;
        word.n = i - start;
    }
    return word;
}

int pwx_option_fail(struct pwx_check *check, const char *card,
                    const struct pwx_slice *word, const char *const *known) {
    struct nearest nearest;
    char list[200] = "";
    size_t n = 0;
    nearest_init(&nearest, word->text, word->n);
    for (size_t i = 0; known[i]; i++) {
        nearest_offer(&nearest, known[i]);
        n += (size_t)snprintf(list + n, sizeof list - n, "%s%s", i == 0 ? "" : ", ",
                              known[i]);
    }
    return pwx_check_fail(check, word->line, "%s knows no word %.*s; %s%s%s", card,
                          (int)(word->n < 60 ? word->n : 60), word->text,
                          nearest.best ? "did you mean " : "it takes ",
                          nearest.best ? nearest.best : list, nearest.best ? "?" : "");
}

int pwx_option_hubbard(struct pwx_check *check, const struct pwx_slice *option) {
    static const char *const words[] = {"ortho-atomic", "norm-atomic", "wf",
                                        "pseudo",       "atomic",      NULL};
    static const char *const wrong[] = {"-atomic", "orthoatomic", "normatomic", NULL};
    static const char *const no_words[] = {NULL};
    bool right = pwx_option_is(option, words[0]) || pwx_option_is(option, words[1]) ||
                 (pwx_option_known(option, words) && !pwx_option_known(option, wrong));
    if (right) {
        return 0;
    }
    struct pwx_slice word = pwx_option_unknown(option, no_words);
    return word.text ? pwx_option_fail(check, "HUBBARD", &word, words)
                     : pwx_check_fail(check, option->line,
                                      "HUBBARD needs the kind of its projectors behind "
                                      "it, as in \"HUBBARD (ortho-atomic)\"");
}
