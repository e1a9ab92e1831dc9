/* One block of bytes and the starts of its lines. When it grows past its limit the
 * older half goes, so that dropping costs little per byte.
 *
 * The server replaces bytes that are not UTF-8, which makes a pushed piece of text
 * longer than the stretch of the file it stands for. Behind such a piece `end` is only
 * an upper bound, and where the next piece says that it begins is believed. */
#include "tui/logtext.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

void logtext_init(struct logtext *log) {
    *log = (struct logtext){0};
}

void logtext_deinit(struct logtext *log) {
    free(log->bytes);
    free(log->lines);
    logtext_init(log);
}

static int reserve_bytes(struct logtext *log, size_t n) {
    size_t cap = log->cap ? log->cap : 4096;

    while (cap < n) {
        cap *= 2;
    }
    if (cap == log->cap) {
        return 0;
    }
    char *bytes = realloc(log->bytes, cap);
    if (!bytes) {
        return -ENOMEM;
    }
    log->bytes = bytes;
    log->cap = cap;
    return 0;
}

static int add_line(struct logtext *log, size_t start) {
    if (log->n_lines == log->lines_cap) {
        size_t cap = log->lines_cap ? log->lines_cap * 2 : 256;
        size_t *lines = realloc(log->lines, cap * sizeof *lines);
        if (!lines) {
            return -ENOMEM;
        }
        log->lines = lines;
        log->lines_cap = cap;
    }
    log->lines[log->n_lines++] = start;
    return 0;
}

/* The lines that start in [from, n): a line starts at 0 and behind every newline that
 * has something behind it. */
static int index_from(struct logtext *log, size_t from) {
    while (from < log->n) {
        if (from == 0 || log->bytes[from - 1] == '\n') {
            int r = add_line(log, from);
            if (r < 0) {
                return r;
            }
        }
        const char *newline = memchr(log->bytes + from, '\n', log->n - from);
        if (!newline) {
            break;
        }
        from = (size_t)(newline - log->bytes) + 1;
    }
    return 0;
}

/* After a failure the text is empty rather than half indexed. */
static int index_or_empty(struct logtext *log, size_t from) {
    int r = index_from(log, from);

    if (r < 0) {
        log->n = 0;
        log->n_lines = 0;
        log->begin = log->end;
    }
    return r;
}

static int index_all(struct logtext *log) {
    log->n_lines = 0;
    return index_or_empty(log, 0);
}

int logtext_set(struct logtext *log, int64_t begin, int64_t end, const char *text) {
    size_t n = strlen(text);
    int r = reserve_bytes(log, n);

    if (r < 0) {
        return r;
    }
    if (n > 0) {
        memcpy(log->bytes, text, n);
    }
    log->n = n;
    log->begin = begin;
    log->end = end;
    log->end_is_bound = false;
    return index_all(log);
}

/* Forget the older half, up to the start of a line. */
static int drop_older_half(struct logtext *log) {
    size_t line = log->n_lines / 2;
    size_t cut = line > 0 ? log->lines[line] : log->n / 2;

    memmove(log->bytes, log->bytes + cut, log->n - cut);
    log->n -= cut;
    log->begin += (int64_t)cut;
    return index_all(log);
}

int logtext_append(struct logtext *log, int64_t begin, const char *text) {
    if (begin > log->end) {
        return LOGTEXT_E_GAP;
    }
    if (log->end_is_bound && begin > log->piece) {
        log->end = begin;
    }
    size_t known = (size_t)(log->end - begin);
    size_t n = strlen(text);
    if (known >= n) {
        return 0;
    }
    text += known;
    n -= known;
    int r = reserve_bytes(log, log->n + n);
    if (r < 0) {
        return r;
    }
    size_t old = log->n;
    memcpy(log->bytes + old, text, n);
    log->n += n;
    log->end = begin + (int64_t)(known + n);
    log->piece = begin;
    log->end_is_bound = strstr(text, "\xEF\xBF\xBD");
    r = index_or_empty(log, old);
    if (r == 0 && logtext_is_full(log)) {
        r = drop_older_half(log);
    }
    return r;
}

int logtext_prepend(struct logtext *log, int64_t begin, int64_t end, const char *text,
                    size_t *added_lines) {
    size_t n = strlen(text);

    if (end != log->begin) {
        return LOGTEXT_E_GAP;
    }
    int r = reserve_bytes(log, log->n + n);
    if (r < 0) {
        return r;
    }
    size_t before = log->n_lines;
    memmove(log->bytes + n, log->bytes, log->n);
    memcpy(log->bytes, text, n);
    log->n += n;
    log->begin = begin;
    r = index_all(log);
    if (r == 0) {
        *added_lines = log->n_lines - before;
    }
    return r;
}

bool logtext_is_full(const struct logtext *log) {
    return log->n >= LOGTEXT_MAX_BYTES;
}

const char *logtext_line(const struct logtext *log, size_t line, size_t *n) {
    size_t start = log->lines[line];
    size_t end = line + 1 < log->n_lines ? log->lines[line + 1] : log->n;

    while (end > start &&
           (log->bytes[end - 1] == '\n' || log->bytes[end - 1] == '\r')) {
        end--;
    }
    *n = end - start;
    return log->bytes + start;
}

static bool line_has(const struct logtext *log, size_t line, const char *word) {
    size_t n;
    size_t length = strlen(word);
    const char *text = logtext_line(log, line, &n);

    for (size_t i = 0; i + length <= n; i++) {
        if (strncasecmp(text + i, word, length) == 0) {
            return true;
        }
    }
    return false;
}

size_t logtext_find(const struct logtext *log, size_t from, const char *word,
                    bool down) {
    for (size_t line = from; line < log->n_lines; line += down ? 1 : (size_t)-1) {
        if (line_has(log, line, word)) {
            return line;
        }
    }
    return log->n_lines;
}
