/* Lines are taken apart in place. A line has exactly the fields of the format, or it is
 * none of ours: then it is counted and passed over, never guessed at. */
#include "slurm/queue.h"

#include <limits.h>
#include <string.h>

/* Nobody's clock is better than this, and it tells whole seconds. */
enum { CLOCK_SLACK_MS = 2000 };

enum field {
    ID,
    STATE,
    STARTS,
    USED,
    LIMIT,
    NODES,
    CPUS,
    PARTITION,
    USER,
    NODE_LIST,
    REASON,
    NAME,
    FIELDS,
};

int64_t slurm_number_read(const char *text, size_t n) {
    int64_t number = 0;
    for (size_t i = 0; i < n && text[i] >= '0' && text[i] <= '9'; i++) {
        if (number > INT32_MAX) {
            return 0;
        }
        number = number * 10 + (text[i] - '0');
    }
    return number;
}

int64_t slurm_time_read(const char *text, size_t n) {
    int64_t seconds = 0;
    for (size_t i = 0; i < n; i++) {
        if (text[i] < '0' || text[i] > '9' || seconds > INT64_MAX / 100000) {
            return 0;
        }
        seconds = seconds * 10 + (text[i] - '0');
    }
    return seconds * 1000;
}

int64_t slurm_duration_read(const char *text, size_t n) {
    int64_t parts[3] = {0};
    size_t n_parts = 0;
    int64_t days = 0;
    int64_t value = -1;
    for (size_t i = 0; i <= n; i++) {
        char c = i < n ? text[i] : ':';
        if (c >= '0' && c <= '9' && value < INT32_MAX) {
            value = (value < 0 ? 0 : value * 10) + (c - '0');
        } else if (c == '-' && value >= 0 && n_parts == 0 && days == 0) {
            days = value;
            value = -1;
        } else if (c == ':' && value >= 0 && n_parts < 3) {
            parts[n_parts++] = value;
            value = -1;
        } else if (c == '.' && value >= 0 && n_parts > 0) {
            i = n - 1; /* fractions of a second, as sacct has them */
        } else {
            return -1;
        }
    }
    int64_t seconds = 0;
    for (size_t i = 0; i < n_parts; i++) {
        seconds = seconds * 60 + parts[i];
    }
    return n_parts < 2 ? -1 : days * 86400 + seconds;
}

int64_t slurm_clock_shift(const char *text, size_t n, int64_t asked_at, int64_t now) {
    const char *at = memmem(text, n, SLURM_CLOCK, strlen(SLURM_CLOCK));
    const char *end = at ? memchr(at, '\n', n - (size_t)(at - text)) : NULL;
    if (!end) {
        return 0;
    }
    at += strlen(SLURM_CLOCK);
    int64_t there = slurm_time_read(at, (size_t)(end - at));
    return there == 0                          ? 0
           : there > now + CLOCK_SLACK_MS      ? now - there
           : there < asked_at - CLOCK_SLACK_MS ? asked_at - there
                                               : 0;
}

/* Exactly FIELDS of them, the last with all that is left. */
static bool split(const char *line, size_t n, struct slurm_text out[FIELDS]) {
    for (size_t i = 0; i < FIELDS; i++) {
        const char *end =
            i + 1 < FIELDS ? memchr(line, SLURM_SEPARATOR[0], n) : line + n;
        if (!end) {
            return false;
        }
        out[i] = (struct slurm_text){line, (size_t)(end - line)};
        n -= out[i].n + (i + 1 < FIELDS);
        line = end + (i + 1 < FIELDS);
    }
    return true;
}

static bool read_line(const char *line, size_t n, struct slurm_queued *out) {
    struct slurm_text f[FIELDS];
    if (!split(line, n, f)) {
        return false;
    }
    *out = (struct slurm_queued){
        .id = f[ID],
        .number = slurm_number_read(f[ID].at, f[ID].n),
        .state = slurm_state_read(f[STATE].at, f[STATE].n),
        .state_word = f[STATE],
        .reason = f[REASON],
        .starts_at = slurm_time_read(f[STARTS].at, f[STARTS].n),
        .used_seconds = slurm_duration_read(f[USED].at, f[USED].n),
        .limit_seconds = slurm_duration_read(f[LIMIT].at, f[LIMIT].n),
        .nodes = slurm_number_read(f[NODES].at, f[NODES].n),
        .cpus = slurm_number_read(f[CPUS].at, f[CPUS].n),
        .partition = f[PARTITION],
        .user = f[USER],
        .node_list = f[NODE_LIST],
        .name = f[NAME],
    };
    return out->number > 0;
}

int slurm_queue_read(const char *text, size_t n, slurm_queued_fn fn, void *data,
                     size_t *n_other) {
    const char *end = text + n;
    *n_other = 0;
    while (text < end) {
        const char *newline = memchr(text, '\n', (size_t)(end - text));
        size_t line = (size_t)((newline ? newline : end) - text);
        struct slurm_queued job;
        /* A line without its end was cut. */
        if (newline && read_line(text, line, &job)) {
            int r = fn(&job, data);
            if (r != 0) {
                return r;
            }
        } else if (line > 0 && text[0] != SLURM_SEPARATOR[0]) {
            (*n_other)++;
        }
        text += line + (newline ? 1 : 0);
    }
    return 0;
}
