/* Edit distance without regard to case: a letter added, left out, changed, or two
 * exchanged count one each. How far a guess may go depends on the length of the word,
 * so that a suggestion is a likely one or is not made. */
#include "base/nearest.h"

#include <ctype.h>
#include <string.h>
#include <strings.h>

enum {
    LONGEST = 40, /* longer words get no suggestion */
};

static size_t least(size_t a, size_t b, size_t c) {
    size_t ab = a < b ? a : b;
    return ab < c ? ab : c;
}

static bool same(char a, char b) {
    return tolower((unsigned char)a) == tolower((unsigned char)b);
}

/* What is not below the limit may be told as the limit. */
static size_t distance(const char *a, size_t na, const char *b, size_t nb,
                       size_t limit) {
    size_t rows[3][LONGEST + 1];
    size_t *before = rows[0], *last = rows[1], *now = rows[2];
    for (size_t j = 0; j <= nb; j++) {
        last[j] = j;
    }
    for (size_t i = 1; i <= na; i++) {
        size_t nearest = i;
        now[0] = i;
        for (size_t j = 1; j <= nb; j++) {
            size_t change = last[j - 1] + (same(a[i - 1], b[j - 1]) ? 0 : 1);
            now[j] = least(last[j] + 1, now[j - 1] + 1, change);
            bool swapped =
                i > 1 && j > 1 && same(a[i - 1], b[j - 2]) && same(a[i - 2], b[j - 1]);
            if (swapped && before[j - 2] + 1 < now[j]) {
                now[j] = before[j - 2] + 1;
            }
            nearest = now[j] < nearest ? now[j] : nearest;
        }
        if (nearest >= limit) {
            return limit;
        }
        size_t *free_row = before;
        before = last;
        last = now;
        now = free_row;
    }
    return last[nb];
}

static size_t tolerance(size_t n) {
    return n < 3 ? 0 : n < 5 ? 1 : n < 8 ? 2 : 3;
}

void nearest_init(struct nearest *nearest, const char *word, size_t n) {
    *nearest = (struct nearest){.word = word, .n = n, .distance = tolerance(n) + 1};
}

void nearest_offer(struct nearest *nearest, const char *candidate) {
    size_t length = strlen(candidate);
    if (nearest->n > LONGEST || length > LONGEST || nearest->n == 0) {
        return;
    }
    size_t apart = length > nearest->n ? length - nearest->n : nearest->n - length;
    size_t d =
        apart < nearest->distance
            ? distance(nearest->word, nearest->n, candidate, length, nearest->distance)
            : apart; /* it is no less: not worth reckoning */
    /* The beginning of a name is as good a hint as a slip of the finger. */
    bool begins = nearest->n >= 3 && length > nearest->n &&
                  strncasecmp(nearest->word, candidate, nearest->n) == 0;
    if (begins && d > tolerance(nearest->n)) {
        d = tolerance(nearest->n);
    }
    if (d < nearest->distance) {
        nearest->best = candidate;
        nearest->distance = d;
    }
}
