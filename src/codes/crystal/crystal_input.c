/* What a CRYSTAL input looks like: a line of title, then a line that says what kind of
 * system follows, and blocks that are each closed by a line that begins with END.
 * Capital and small letters are the same to CRYSTAL. */
#include "codes/crystal/crystal_scan.h"

#include <string.h>
#include <strings.h>

struct line {
    const char *text;
    size_t n;
};

/* The next line without the blanks around it; false behind the last. */
static bool next_line(const char **at, const char *end, struct line *line) {
    if (*at == end) {
        return false;
    }
    const char *stop = memchr(*at, '\n', (size_t)(end - *at));
    const char *last = stop ? stop : end;
    const char *first = *at;
    *at = stop ? stop + 1 : end;
    while (first < last && (*first == ' ' || *first == '\t')) {
        first++;
    }
    while (last > first && (last[-1] == ' ' || last[-1] == '\t' || last[-1] == '\r')) {
        last--;
    }
    *line = (struct line){first, (size_t)(last - first)};
    return true;
}

static bool is_kind(const struct line *line) {
    static const char *const kinds[] = {"CRYSTAL",  "SLAB",     "POLYMER", "HELIX",
                                        "MOLECULE", "EXTERNAL", "DLVINPUT"};
    for (size_t i = 0; i < sizeof(kinds) / sizeof(kinds[0]); i++) {
        if (line->n == strlen(kinds[i]) &&
            strncasecmp(line->text, kinds[i], line->n) == 0) {
            return true;
        }
    }
    return false;
}

bool crystal_input_has_kind(const char *text, size_t n) {
    const char *at = text;
    struct line line;
    return n > 0 && next_line(&at, text + n, &line) &&
           next_line(&at, text + n, &line) && is_kind(&line);
}

bool crystal_input_recognise(const char *text, size_t n) {
    const char *at = text;
    struct line line;
    if (n == 0 || !next_line(&at, text + n, &line) ||
        !next_line(&at, text + n, &line) || !is_kind(&line)) {
        return false;
    }
    bool end = false;
    while (!end && next_line(&at, text + n, &line)) {
        end = line.n >= 3 && strncasecmp(line.text, "END", 3) == 0;
    }
    /* A script may write the input in front of the output. */
    return end && !crystal_scan_is_output(text, n);
}
