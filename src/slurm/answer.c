/* Parts of a job begin with lines that have the separator in front, which no program
 * prints by itself; a part counts when its last line has come. Slurm's own words are
 * only compared, and cut where they are shown. */
#include "slurm/answer.h"

#include "base/str.h"
#include "slurm/queue.h"

#include <stdio.h>
#include <string.h>

struct line {
    const char *at;
    size_t n;
};

/* The next line of a text; false: there is none. */
static bool next_line(const char **text, const char *end, struct line *out) {
    if (*text >= end) {
        return false;
    }
    const char *newline = memchr(*text, '\n', (size_t)(end - *text));
    *out = (struct line){*text, (size_t)((newline ? newline : end) - *text)};
    *text = newline ? newline + 1 : end;
    return true;
}

static bool line_begins(struct line line, const char *prefix) {
    size_t n = strlen(prefix);
    return line.n >= n && strncmp(line.at, prefix, n) == 0;
}

static bool line_is(struct line line, const char *text) {
    return line.n == strlen(text) && line_begins(line, text);
}

static bool line_has(struct line line, const char *part) {
    return memmem(line.at, line.n, part, strlen(part)) != NULL;
}

int64_t slurm_id_read(const char *text, size_t n) {
    const char *end = text + n;
    int64_t id = 0;
    struct line line;
    while (next_line(&text, end, &line)) {
        if (line_begins(line, "id ")) {
            id = slurm_number_read(line.at + 3, line.n - 3);
        }
    }
    return id;
}

/* ---- a no ---- */

struct no {
    const char *words;
    enum slurm_refusal kind;
};

/* Parts of slurm_strerror's texts, of Slurm 20 to 24. */
static const struct no noes[] = {
    {"Job violates accounting/QOS policy", SLURM_REFUSAL_LIMIT},
    {"AssocMaxSubmitJobLimit", SLURM_REFUSAL_LIMIT},
    {"QOSMaxSubmitJobPerUserLimit", SLURM_REFUSAL_LIMIT},
    {"AssocGrpSubmitJobsLimit", SLURM_REFUSAL_LIMIT},
    {"QOSGrpSubmitJobsLimit", SLURM_REFUSAL_LIMIT},
    {"MaxSubmitJob", SLURM_REFUSAL_LIMIT},
    {"Resource temporarily unavailable", SLURM_REFUSAL_LIMIT},
    {"Slurm temporarily unable to accept job", SLURM_REFUSAL_LIMIT},
    {"Reached MaxJobCount limit", SLURM_REFUSAL_LIMIT},
    {"Job limit exceeded", SLURM_REFUSAL_LIMIT},
    {"Requested partition configuration not available now", SLURM_REFUSAL_LIMIT},
    {"Required partition not available", SLURM_REFUSAL_LIMIT},
    {"partition(s) or node(s) are down", SLURM_REFUSAL_LIMIT},
    {"I/O error writing script/environment", SLURM_REFUSAL_LIMIT},
    {"No space left", SLURM_REFUSAL_LIMIT},
    {"Unable to contact slurm controller", SLURM_REFUSAL_ABSENT},
    {"Unable to contact", SLURM_REFUSAL_ABSENT},
    {"Socket timed out", SLURM_REFUSAL_ABSENT},
    {"Connection refused", SLURM_REFUSAL_ABSENT},
    {"in standby mode", SLURM_REFUSAL_ABSENT},
    {"Zero Bytes were transmitted", SLURM_REFUSAL_ABSENT},
    {"Protocol authentication error", SLURM_REFUSAL_ABSENT},
    {"Munge encode failed", SLURM_REFUSAL_ABSENT},
};

/* One line of words, appended with "; " where others stand already. */
static void add_words(struct errmsg *words, struct line line) {
    static const char *const fronts[] = {"sbatch: ", "error: ", "fatal: "};
    for (size_t i = 0; i < sizeof fronts / sizeof *fronts; i++) {
        if (line_begins(line, fronts[i])) {
            line.at += strlen(fronts[i]);
            line.n -= strlen(fronts[i]);
        }
    }
    size_t used = strlen(words->text);
    if (line.n > 0 && used < sizeof words->text / 2) {
        struct errmsg before = *words;
        (void)errmsg_set(words, 0, "%.600s%s%.*s", before.text, used > 0 ? "; " : "",
                         (int)(line.n < 400 ? line.n : 400), line.at);
    }
}

enum slurm_refusal slurm_refusal_read(const char *text, size_t n,
                                      struct errmsg *words) {
    const char *end = text + n;
    enum slurm_refusal kind = SLURM_REFUSAL_FINAL;
    struct line line;
    words->text[0] = '\0';
    while (next_line(&text, end, &line)) {
        for (size_t i = 0; i < sizeof noes / sizeof *noes; i++) {
            if (line_has(line, noes[i].words)) {
                kind = noes[i].kind > kind ? noes[i].kind : kind;
            }
        }
        add_words(words, line);
    }
    if (!words->text[0]) {
        (void)errmsg_set(words, 0, "sbatch refused it without a word");
    }
    return kind;
}

/* ---- an end ---- */

/* "0:9": status and signal. */
static void read_exit(struct line value, struct slurm_end *end) {
    const char *colon = memchr(value.at, ':', value.n);
    if (colon && value.n > 0 && value.at[0] >= '0' && value.at[0] <= '9') {
        int64_t signal =
            slurm_number_read(colon + 1, value.n - (size_t)(colon + 1 - value.at));
        int64_t code = slurm_number_read(value.at, value.n);
        end->signal = (int)(signal < 128 ? signal : 0);
        end->exit_code = end->signal != 0 ? -1 : (int)(code & 0xff);
    }
}

/* What the script has told itself is not told otherwise. */
static void take_times(struct slurm_end *end, int64_t started, int64_t finished) {
    end->started_at = end->started_at ? end->started_at : started;
    end->finished_at = end->finished_at ? end->finished_at : finished;
}

bool slurm_sacct_read(const char *text, size_t n, struct slurm_end *end) {
    enum { ID, STATE, EXIT, START, END, NODES, FIELDS };
    struct line fields[FIELDS];
    for (size_t i = 0; i < FIELDS; i++) {
        const char *bar = i + 1 < FIELDS ? memchr(text, '|', n) : text + n;
        if (!bar) {
            return false;
        }
        fields[i] = (struct line){text, (size_t)(bar - text)};
        n -= fields[i].n + (i + 1 < FIELDS);
        text = bar + (i + 1 < FIELDS);
    }
    enum slurm_state state = slurm_state_read(fields[STATE].at, fields[STATE].n);
    if (slurm_number_read(fields[ID].at, fields[ID].n) != end->number ||
        state == SLURM_UNKNOWN) {
        return false;
    }
    end->state = state;
    end->slurm_knows = true;
    if (slurm_state_is_final(state)) {
        if (!end->has_end) {
            read_exit(fields[EXIT], end);
        }
        take_times(end, slurm_time_read(fields[START].at, fields[START].n),
                   slurm_time_read(fields[END].at, fields[END].n));
    }
    return true;
}

/* The value of " KEY=" in a line of "KEY=VALUE KEY=VALUE"; n 0: it is not there. Names
 * and paths that people give stand behind what is looked for, or hold the key in vain:
 * the first counts. */
static struct line value_of(struct line line, const char *key) {
    size_t length = strlen(key);
    for (size_t i = 0; i + length < line.n; i++) {
        if ((i == 0 || line.at[i - 1] == ' ') &&
            strncmp(line.at + i, key, length) == 0) {
            const char *value = line.at + i + length;
            size_t left = line.n - i - length;
            const char *blank = memchr(value, ' ', left);
            return (struct line){value, blank ? (size_t)(blank - value) : left};
        }
    }
    return (struct line){line.at, 0};
}

bool slurm_scontrol_read(const char *text, size_t n, struct slurm_end *end) {
    struct line line = {text, n};
    if (!line_begins(line, "JobId=")) {
        return false;
    }
    struct line id = value_of(line, "JobId=");
    struct line word = value_of(line, "JobState=");
    enum slurm_state state = slurm_state_read(word.at, word.n);
    if (slurm_number_read(id.at, id.n) != end->number || state == SLURM_UNKNOWN) {
        return false;
    }
    end->state = state;
    end->slurm_knows = true;
    if (slurm_state_is_final(state)) {
        struct line start = value_of(line, "StartTime=");
        struct line finish = value_of(line, "EndTime=");
        if (!end->has_end) {
            read_exit(value_of(line, "ExitCode="), end);
        }
        take_times(end, slurm_time_read(start.at, start.n),
                   slurm_time_read(finish.at, finish.n));
    }
    return true;
}

enum part { OUTSIDE, HEAD, STARTED, END, SACCT, SCONTROL };

struct reading {
    struct slurm_end end;
    enum part part;
    bool scontrol_denies;
};

/* "KEY VALUE" of the script's own files. */
static bool own_number(struct line line, const char *key, int64_t *out) {
    size_t n = strlen(key);
    if (!line_begins(line, key) || line.n == n) {
        return false;
    }
    *out = slurm_number_read(line.at + n, line.n - n);
    return true;
}

static void read_own(struct reading *reading, struct line line) {
    struct slurm_end *end = &reading->end;
    int64_t number = 0;
    if (own_number(line, "job ", &number)) {
        end->owner = number;
    } else if (own_number(line, "start ", &number)) {
        end->started_at = number * 1000;
        end->has_started = end->has_started || reading->part == STARTED;
    } else if (own_number(line, "restarts ", &number)) {
        end->restarts = number;
    } else if (line_begins(line, "host ")) {
        (void)snprintf(end->host, sizeof end->host, "%.*s",
                       (int)(line.n - 5 < 63 ? line.n - 5 : 63), line.at + 5);
    } else if (reading->part != END) {
        return;
    } else if (own_number(line, "exit ", &number)) {
        end->exit_code = (int)(number & 0xff);
    } else if (line_is(line, "signal TERM")) {
        end->signalled = true;
    } else if (line_is(line, "stopped yes")) {
        end->soft_stopped = true;
    } else if (own_number(line, "end ", &number)) {
        end->finished_at = number * 1000;
        end->has_end = true;
    }
}

static void read_body(struct reading *reading, struct line line) {
    switch (reading->part) {
    case STARTED:
    case END:
        read_own(reading, line);
        break;
    case SACCT:
        /* A job that was requeued has several lines; the last is the present. */
        (void)slurm_sacct_read(line.at, line.n, &reading->end);
        reading->end.sacct_fails = reading->end.sacct_fails || line_has(line, "error:");
        break;
    case SCONTROL:
        (void)slurm_scontrol_read(line.at, line.n, &reading->end);
        reading->scontrol_denies =
            reading->scontrol_denies || line_has(line, "Invalid job id");
        break;
    default:
        break;
    }
}

static void read_mark(struct reading *reading, struct line line, slurm_end_fn fn,
                      void *data) {
    line.at++;
    line.n--;
    if (line_begins(line, "job ")) {
        *reading = (struct reading){
            .end = {.exit_code = -1,
                    .number = slurm_number_read(line.at + 4, line.n - 4)},
            .part = HEAD};
    } else if (reading->part == OUTSIDE) {
        return;
    } else if (line_is(line, "started")) {
        reading->part = STARTED;
    } else if (line_is(line, "end")) {
        reading->part = END;
    } else if (line_is(line, "sacct")) {
        reading->part = SACCT;
    } else if (line_is(line, "scontrol")) {
        reading->part = SCONTROL;
    } else if (line_is(line, "done")) {
        reading->end.slurm_denies =
            reading->scontrol_denies && !reading->end.slurm_knows;
        fn(&reading->end, data);
        reading->part = OUTSIDE;
    }
}

void slurm_ends_read(const char *text, size_t n, slurm_end_fn fn, void *data) {
    const char *end = text + n;
    struct reading reading = {.part = OUTSIDE};
    struct line line;
    while (next_line(&text, end, &line)) {
        if (line.n > 0 && line.at[0] == SLURM_SEPARATOR[0]) {
            read_mark(&reading, line, fn, data);
        } else {
            read_body(&reading, line);
        }
    }
}
