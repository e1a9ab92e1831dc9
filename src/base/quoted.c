/* Characters that programs other than editors of text put where ASCII was meant. The
 * sentence is gone through once; the first of them is told. */
#include "base/quoted.h"

#include "base/str.h"

#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

struct range {
    uint32_t from, to;
    char like; /* '\0': it is not seen at all */
};

/* What of ASCII a character looks like; false where it is no such. */
static bool find_like(uint32_t c, char *like) {
    static const struct range ranges[] = {
        {0x00A0, 0x00A0, ' '},  {0x02BC, 0x02BC, '\''}, {0x2000, 0x200A, ' '},
        {0x200B, 0x200F, '\0'}, {0x2010, 0x2015, '-'},  {0x2018, 0x201B, '\''},
        {0x201C, 0x201F, '"'},  {0x202F, 0x202F, ' '},  {0x2060, 0x2060, '\0'},
        {0x2212, 0x2212, '-'},  {0x2215, 0x2215, '/'},  {0x3000, 0x3000, ' '},
        {0xFE63, 0xFE63, '-'},  {0xFEFF, 0xFEFF, '\0'}};
    if (c > 0xFF00 && c < 0xFF5F) { /* ASCII in full width */
        *like = (char)(c - 0xFEE0);
        return true;
    }
    for (size_t i = 0; i < sizeof ranges / sizeof *ranges; i++) {
        if (c >= ranges[i].from && c <= ranges[i].to) {
            *like = ranges[i].like;
            return true;
        }
    }
    return false;
}

static void tell(char *at, size_t room, uint32_t c, char like) {
    char words[100];
    int n = like == '\0'  ? snprintf(words, sizeof words,
                                     "; U+%04X in it is not seen, delete it", c)
            : like == ' ' ? snprintf(words, sizeof words,
                                     "; U+%04X in it looks like a blank and is none, "
                                     "type it anew",
                                     c)
                          : snprintf(words, sizeof words,
                                     "; U+%04X in it looks like %c and is not, type it "
                                     "anew",
                                     c, like);
    if (n > 0 && (size_t)n < room) {
        memcpy(at, words, (size_t)n + 1);
    }
}

bool quoted_is_plain(const char *line) {
    while (*line && (unsigned char)*line < 0x80) {
        line++;
    }
    return *line == '\0';
}

void quoted_clean(char *sentence, size_t size) {
    size_t n = strlen(sentence);
    uint32_t found = 0;
    char like = '\0';
    for (size_t i = 0; i < n;) {
        uint32_t c = 0;
        size_t length = str_utf8_next(sentence + i, n - i, &c);
        if (c < 0x20 || (c >= 0x7F && c < 0xA0)) {
            length = length > 0 ? length : 1;
            memset(sentence + i, '?', length);
        } else if (found == 0 && find_like(c, &like)) {
            found = c;
        }
        i += length;
    }
    if (found > 0) {
        tell(sentence + n, size - n, found, like);
    }
}
