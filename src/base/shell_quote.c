/* Single quotes take every byte as it is but themselves; these go out of the quotes,
 * behind a backslash. */
#include "base/shell_quote.h"

#include <stdbool.h>

static bool is_plain(const char *word) {
    /* ~, = and % mean something in some place or in some shell: they are quoted. */
    return *word &&
           word[strspn(word, "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz"
                             "0123456789_-./:,+@")] == '\0';
}

int shell_quote(struct buf *out, const char *word) {
    if (is_plain(word)) {
        return buf_append_str(out, word);
    }
    size_t before = buf_len(out);
    int r = buf_append_str(out, "'");
    while (r == 0 && *word) {
        size_t n = strcspn(word, "'");
        r = buf_append(out, word, n);
        word += n;
        if (r == 0 && *word) {
            r = buf_append_str(out, "'\\''");
            word++;
        }
    }
    r = r == 0 ? buf_append_str(out, "'") : r;
    if (r < 0) {
        buf_cut(out, before);
    }
    return r;
}

int shell_quote_all(struct buf *out, char *const *words) {
    size_t before = buf_len(out);
    int r = 0;
    for (char *const *at = words; r == 0 && *at; at++) {
        r = at == words ? 0 : buf_append_str(out, " ");
        r = r == 0 ? shell_quote(out, *at) : r;
    }
    if (r < 0) {
        buf_cut(out, before);
    }
    return r;
}
