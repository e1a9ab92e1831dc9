/* For each of the last few files that somebody asked a line of: how many newlines lie
 * before each MiB of it. A file is read once, from its beginning, and only as far as
 * was asked; what it grows by is read when it is asked for. So a line is found by
 * reading one MiB, and 10 GB of a file take 80 KB here.
 *
 * One call reads for at most BUDGET_NS, then says that it has to be called again: the
 * server's other clients wait no longer than that, and when nobody asks again, nothing
 * goes on. A file that is cut or replaced begins anew: another identity, a smaller size
 * or other bytes where the index ends. */
#include "server/line_index.h"

#include "base/clock.h"

#include <errno.h>
#include <stdbool.h>
#include <string.h>

enum {
    FILES = 8,
    STEP = 1024 * 1024,
    PIECE = 64 * 1024,
    TAIL = 32,
    BUDGET_NS = 10 * 1000 * 1000,
    BACK_MAX = 16 * 1024 * 1024, /* read backwards for a line from the end */
};

struct entry {
    uint64_t device, inode;
    int64_t born_ns;
    int64_t *marks; /* owned; newlines before byte i * STEP, of all i with … */
    size_t n_marks, cap;
    int64_t scanned;  /* … i * STEP <= scanned */
    int64_t newlines; /* before byte `scanned` */
    char tail[TAIL];  /* the last bytes before `scanned` */
    size_t n_tail;
    uint64_t used; /* larger: later */
};

struct line_index {
    struct entry entries[FILES];
    uint64_t uses;
    char piece[PIECE];
};

int line_index_new(struct line_index **out) {
    *out = calloc(1, sizeof **out);
    return *out ? 0 : -ENOMEM;
}

static void forget(struct entry *entry) {
    free(entry->marks);
    *entry = (struct entry){0};
}

struct line_index *line_index_free(struct line_index *index) {
    if (index) {
        for (size_t i = 0; i < FILES; i++) {
            forget(&index->entries[i]);
        }
        free(index);
    }
    return NULL;
}

/* The count, 0 at the end, or a negative errno. */
static ssize_t read_at(int fd, char *bytes, size_t n, int64_t offset) {
    for (;;) {
        ssize_t got = pread(fd, bytes, n, (off_t)offset);
        if (got >= 0 || errno != EINTR) {
            return got < 0 ? -errno : got;
        }
    }
}

static bool is_same(const struct entry *entry, int fd,
                    const struct platform_file *state) {
    char now[TAIL];
    return state->size >= entry->scanned &&
           read_at(fd, now, entry->n_tail, entry->scanned - (int64_t)entry->n_tail) ==
               (ssize_t)entry->n_tail &&
           memcmp(now, entry->tail, entry->n_tail) == 0;
}

static bool is_of(const struct entry *entry, const struct platform_file *state) {
    return entry->used != 0 && entry->device == state->device &&
           entry->inode == state->inode && entry->born_ns == state->born_ns;
}

/* What is known of this file, NULL: nothing. */
static struct entry *lookup(struct line_index *index, int fd,
                            const struct platform_file *state) {
    for (size_t i = 0; i < FILES; i++) {
        struct entry *entry = &index->entries[i];
        if (is_of(entry, state)) {
            if (is_same(entry, fd, state)) {
                entry->used = ++index->uses;
                return entry;
            }
            forget(entry);
        }
    }
    return NULL;
}

/* A fresh one, in place of the one that was not used for longest. */
static struct entry *begin(struct line_index *index,
                           const struct platform_file *state) {
    struct entry *oldest = &index->entries[0];
    for (size_t i = 1; i < FILES; i++) {
        if (index->entries[i].used < oldest->used) {
            oldest = &index->entries[i];
        }
    }
    forget(oldest);
    oldest->device = state->device;
    oldest->inode = state->inode;
    oldest->born_ns = state->born_ns;
    oldest->used = ++index->uses;
    return oldest;
}

static int64_t count(const char *bytes, size_t n) {
    int64_t newlines = 0;
    const char *end = bytes + n;
    for (const char *at = bytes; (at = memchr(at, '\n', (size_t)(end - at)));) {
        newlines++;
        at++;
        if (at == end) {
            break;
        }
    }
    return newlines;
}

static int put_mark(struct entry *entry) {
    if (entry->n_marks == entry->cap) {
        size_t cap = entry->cap ? entry->cap * 2 : 64;
        int64_t *marks = realloc(entry->marks, cap * sizeof *marks);
        if (!marks) {
            return -ENOMEM;
        }
        entry->marks = marks;
        entry->cap = cap;
    }
    entry->marks[entry->n_marks++] = entry->newlines;
    return 0;
}

static void keep_tail(struct entry *entry, const char *bytes, size_t n) {
    size_t keep = n < TAIL ? n : TAIL;
    size_t old = TAIL - keep < entry->n_tail ? TAIL - keep : entry->n_tail;
    memmove(entry->tail, entry->tail + entry->n_tail - old, old);
    memcpy(entry->tail + old, bytes + n - keep, keep);
    entry->n_tail = old + keep;
}

/* Read on until so many newlines are known, to the end, or for as long as one call
 * may. Never past the size that `state` has. */
static int scan(struct line_index *index, struct entry *entry, int fd,
                const struct platform_file *state, int64_t newlines) {
    uint64_t until = clock_monotonic_ns() + BUDGET_NS;
    while (entry->newlines < newlines && entry->scanned < state->size) {
        if (entry->scanned % STEP == 0 &&
            entry->n_marks == (size_t)(entry->scanned / STEP) && put_mark(entry) < 0) {
            return -ENOMEM;
        }
        int64_t to_mark = STEP - entry->scanned % STEP;
        int64_t left = state->size - entry->scanned;
        int64_t want = to_mark < left ? to_mark : left;
        ssize_t n =
            read_at(fd, index->piece, want < PIECE ? (size_t)want : (size_t)PIECE,
                    entry->scanned);
        if (n <= 0) {
            return (int)n; /* cut just now: the next call sees it */
        }
        entry->newlines += count(index->piece, (size_t)n);
        keep_tail(entry, index->piece, (size_t)n);
        entry->scanned += n;
        if (clock_monotonic_ns() >= until) {
            return entry->newlines < newlines && entry->scanned < state->size
                       ? LINE_INDEX_E_BEHIND
                       : 0;
        }
    }
    return 0;
}

/* Behind the newline with this number, from 1; the scan has come past it. */
static int behind_newline(struct line_index *index, const struct entry *entry, int fd,
                          int64_t number, int64_t *offset) {
    size_t low = 0;
    size_t high = entry->n_marks;
    while (high - low > 1) { /* marks[low] < number <= marks[high] */
        size_t middle = low + (high - low) / 2;
        *(entry->marks[middle] < number ? &low : &high) = middle;
    }
    int64_t at = (int64_t)low * STEP;
    number -= entry->marks[low];
    while (at < entry->scanned) {
        ssize_t n = read_at(fd, index->piece, PIECE, at);
        if (n <= 0) {
            return n < 0 ? (int)n : -EIO;
        }
        const char *from = index->piece;
        const char *end = from + n;
        while (from < end && (from = memchr(from, '\n', (size_t)(end - from)))) {
            from++;
            if (--number == 0) {
                *offset = at + (from - index->piece);
                return 0;
            }
        }
        at += n;
    }
    return -EIO; /* the file changed under us */
}

static int find_from_start(struct line_index *index, int fd,
                           const struct platform_file *state, int64_t *line,
                           int64_t *offset) {
    struct entry *entry = lookup(index, fd, state);
    entry = entry ? entry : begin(index, state);
    int r = scan(index, entry, fd, state, *line - 1);
    if (r != 0) {
        return r;
    }
    if (*line == 1) {
        *offset = 0;
        return 0;
    }
    if (entry->newlines < *line - 1) {
        bool closed = entry->n_tail > 0 && entry->tail[entry->n_tail - 1] == '\n';
        *line = entry->newlines + (closed || state->size == 0 ? 1 : 2);
        *offset = state->size;
        return 0;
    }
    return behind_newline(index, entry, fd, *line - 1, offset);
}

/* Backwards over the newlines that close the last `lines` lines. LINE_INDEX_E_BEHIND:
 * the line begins farther from the end than is read here. */
static int find_backwards(struct line_index *index, int fd,
                          const struct platform_file *state, int64_t lines,
                          int64_t *offset) {
    int64_t at = state->size;
    int64_t least = at > BACK_MAX ? at - BACK_MAX : 0;
    uint64_t until = clock_monotonic_ns() + BUDGET_NS;
    while (at > least && clock_monotonic_ns() < until) {
        size_t want = at - least < PIECE ? (size_t)(at - least) : (size_t)PIECE;
        ssize_t n = read_at(fd, index->piece, want, at - (int64_t)want);
        if (n < (ssize_t)want) {
            return n < 0 ? (int)n : -EIO;
        }
        size_t end = want;
        if (at == state->size && index->piece[end - 1] == '\n') {
            end--; /* closes the last line, begins no other */
        }
        const char *newline = NULL;
        while ((newline = memrchr(index->piece, '\n', end))) {
            if (--lines == 0) {
                *offset = at - (int64_t)want + (newline - index->piece) + 1;
                return 0;
            }
            end = (size_t)(newline - index->piece);
        }
        at -= (int64_t)want;
    }
    *offset = 0;
    return at == 0 ? 0 : LINE_INDEX_E_BEHIND;
}

int line_index_find(struct line_index *index, int fd, const struct platform_file *state,
                    int64_t *line, int64_t *offset) {
    if (*line > 0) {
        return find_from_start(index, fd, state, line, offset);
    }
    int r = find_backwards(index, fd, state, -*line, offset);
    if (r == 0) {
        *line = line_index_number(index, fd, state, *offset);
    }
    if (r != LINE_INDEX_E_BEHIND) {
        return r;
    }
    int64_t end = INT64_MAX;
    r = find_from_start(index, fd, state, &end, offset);
    if (r == 0) {
        int64_t number = end + *line; /* `end` is one behind the last line's number */
        *line = number > 1 ? number : 1;
        r = find_from_start(index, fd, state, line, offset);
    }
    return r;
}

int64_t line_index_number(struct line_index *index, int fd,
                          const struct platform_file *state, int64_t offset) {
    if (offset == 0) {
        return 1;
    }
    const struct entry *entry = lookup(index, fd, state);
    if (!entry || offset > entry->scanned) {
        return 0;
    }
    size_t mark = (size_t)(offset / STEP);
    mark = mark < entry->n_marks ? mark : entry->n_marks - 1;
    int64_t at = (int64_t)mark * STEP;
    int64_t newlines = entry->marks[mark];
    while (at < offset) {
        int64_t want = offset - at < PIECE ? offset - at : PIECE;
        ssize_t n = read_at(fd, index->piece, (size_t)want, at);
        if (n <= 0) {
            return 0;
        }
        newlines += count(index->piece, (size_t)n);
        at += n;
    }
    return newlines + 1;
}
