/* The script's own word of an end counts where it is 0, or where Slurm says that the
 * task has ended; Slurm's state tells what the script could not know. A task that is
 * begun anew (requeued) is as if it had never ended. */
#include "slurm/array.h"

#include "base/cleanup.h"
#include "base/str.h"
#include "slurm/script.h"

#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { ID_MAX = 4000000 };

void slurm_array_deinit(struct slurm_array *array) {
    free(array->tasks);
    *array = (struct slurm_array){.rest = SLURM_UNKNOWN};
}

/* ---- lists of numbers ---- */

struct range {
    int64_t first, last, step;
};

static bool take_number(const char **at, const char *end, int64_t *out) {
    const char *begin = *at;
    int64_t number = 0;
    for (; *at < end && **at >= '0' && **at <= '9' && number <= ID_MAX; ++*at) {
        number = number * 10 + (**at - '0');
    }
    *out = number;
    return *at > begin && number <= ID_MAX;
}

/* One of them, and the comma behind it. */
static bool take_range(const char **at, const char *end, struct range *out) {
    if (!take_number(at, end, &out->first)) {
        return false;
    }
    out->last = out->first;
    out->step = 1;
    if (*at < end && **at == '-') {
        ++*at;
        if (!take_number(at, end, &out->last)) {
            return false;
        }
        if (*at < end && **at == ':') {
            ++*at;
            if (!take_number(at, end, &out->step) || out->step == 0) {
                return false;
            }
        }
    }
    if (*at < end && **at == ',') {
        ++*at;
        return *at < end;
    }
    return *at == end || **at == '%';
}

static int by_id(const void *a, const void *b) {
    int64_t x = ((const struct slurm_task *)a)->id;
    int64_t y = ((const struct slurm_task *)b)->id;
    return (x > y) - (x < y);
}

static struct slurm_task *find(const struct slurm_array *array, int64_t id) {
    const struct slurm_task key = {.id = id};
    return bsearch(&key, array->tasks, array->n, sizeof key, by_id);
}

static void make_unique(struct slurm_array *array) {
    size_t n = 0;
    qsort(array->tasks, array->n, sizeof *array->tasks, by_id);
    for (size_t i = 0; i < array->n; i++) {
        if (n == 0 || array->tasks[n - 1].id != array->tasks[i].id) {
            array->tasks[n++] = array->tasks[i];
        }
    }
    array->n = n;
}

static int refuse(const char *spec, const char *why, struct errmsg *msg) {
    return errmsg_set(msg, -EINVAL,
                      "array: '%.100s' %s; the numbers of its tasks are such as 0-9, "
                      "1,3,5-7 or 0-15%%4 (at most 4 at once)",
                      spec, why);
}

/* "%4" at the end. */
static bool is_limit(const char *at, const char *end) {
    int64_t most = 0;
    at += at < end;
    return take_number(&at, end, &most) && at == end && most > 0;
}

int slurm_array_init(struct slurm_array *out, const char *spec, struct errmsg *msg) {
    const char *at = spec;
    const char *end = spec + strlen(spec);
    struct slurm_array array = {.tasks = calloc(SLURM_TASKS_MAX, sizeof *array.tasks),
                                .rest = SLURM_UNKNOWN};
    if (!array.tasks) {
        return -ENOMEM;
    }
    int r = at < end && *at != '%' ? 0 : refuse(spec, "is no list of tasks", msg);
    while (r == 0 && at < end && *at != '%') {
        struct range range;
        if (!take_range(&at, end, &range) || range.last < range.first) {
            r = refuse(spec, "is no list of tasks", msg);
        }
        for (int64_t id = range.first; r == 0 && id <= range.last; id += range.step) {
            if (array.n == SLURM_TASKS_MAX) {
                r = errmsg_set(msg, -EINVAL,
                               "array: '%.100s' has more than %d tasks; submit it as "
                               "several jobs",
                               spec, SLURM_TASKS_MAX);
                break;
            }
            array.tasks[array.n++] =
                (struct slurm_task){.id = id, .state = SLURM_PENDING, .exit_code = -1};
        }
    }
    if (r == 0 && at < end && !is_limit(at, end)) {
        r = refuse(spec, "has no number of tasks behind its %", msg);
    }
    if (r < 0) {
        slurm_array_deinit(&array);
        return r;
    }
    make_unique(&array);
    *out = array;
    return 0;
}

/* ---- names of many ---- */

/* The end of a run of tasks that are alike, each the next one in the list. */
int slurm_array_name(const struct slurm_array *array,
                     bool (*which)(const struct slurm_task *task, const void *data),
                     const void *data, struct buf *out) {
    const char *separator = "";
    int r = 0;
    for (size_t i = 0; r == 0 && i < array->n; i++) {
        size_t first = i;
        if (!which(&array->tasks[i], data)) {
            continue;
        }
        while (i + 1 < array->n && array->tasks[i + 1].id == array->tasks[i].id + 1 &&
               which(&array->tasks[i + 1], data)) {
            i++;
        }
        r = buf_printf(out, "%s%" PRId64, separator, array->tasks[first].id);
        if (r == 0 && i > first) {
            r = buf_printf(out, "-%" PRId64, array->tasks[i].id);
        }
        separator = ",";
    }
    return r;
}

static bool is_alike(const struct slurm_task *a, const struct slurm_task *b) {
    return a->told == b->told && a->state == b->state && a->exit_code == b->exit_code &&
           a->signal == b->signal;
}

/* "0-6 COMPLETED 0 0;7 FAILED 3 0;" */
int slurm_array_save(const struct slurm_array *array, struct buf *out) {
    size_t before = buf_len(out);
    int r = 0;
    for (size_t i = 0; r == 0 && i < array->n; i++) {
        const struct slurm_task *first = &array->tasks[i];
        if (!first->told) {
            continue;
        }
        while (i + 1 < array->n && array->tasks[i + 1].id == array->tasks[i].id + 1 &&
               is_alike(first, &array->tasks[i + 1])) {
            i++;
        }
        r = buf_printf(out, "%" PRId64 "-%" PRId64 " %s %d %d;", first->id,
                       array->tasks[i].id, slurm_state_name(first->state),
                       first->exit_code, first->signal);
    }
    if (r < 0) {
        buf_cut(out, before);
    }
    return r;
}

void slurm_array_load(struct slurm_array *array, const char *text, size_t n) {
    const char *end = text + n;
    while (text < end) {
        const char *stop = memchr(text, ';', (size_t)(end - text));
        char one[128] = "";
        char word[32] = "";
        struct slurm_task told = {.told = true};
        int64_t first = 0;
        int64_t last = 0;
        size_t length = stop ? (size_t)(stop - text) : 0;
        if (length == 0 || length >= sizeof one) {
            return;
        }
        memcpy(one, text, length);
        if (sscanf(one, "%" SCNd64 "-%" SCNd64 " %31s %d %d", &first, &last, word,
                   &told.exit_code, &told.signal) != 5) {
            return;
        }
        told.state = slurm_state_read(word, strlen(word));
        for (size_t i = 0; i < array->n; i++) {
            told.id = array->tasks[i].id;
            if (told.id >= first && told.id <= last) {
                array->tasks[i] = told;
            }
        }
        text = stop + 1;
    }
}

/* ---- the queue ---- */

void slurm_array_look(struct slurm_array *array) {
    array->rest = SLURM_UNKNOWN;
    for (size_t i = 0; i < array->n; i++) {
        array->tasks[i].seen = false;
        array->tasks[i].goes_on = false;
    }
}

static void see(struct slurm_task *task, enum slurm_state state) {
    task->seen = true;
    task->goes_on = !slurm_state_is_final(state);
    /* One that has ended is still being cleared away for a while. */
    if (state == SLURM_UNKNOWN || (task->told && state != SLURM_PENDING)) {
        return;
    }
    if (state == SLURM_PENDING) {
        task->told = false;
        task->has_end = false;
    }
    task->state = state;
}

typedef void task_fn(struct slurm_task *task, const void *data);

/* Those of "3" or "[4-9%2]", n bytes. */
static void each_of(struct slurm_array *array, const char *at, size_t n, task_fn *fn,
                    const void *data) {
    const char *end = at + n;
    if (n > 1 && *at == '[') {
        at++;
        end -= end[-1] == ']';
    }
    while (at < end && *at != '%') {
        struct range range;
        if (!take_range(&at, end, &range)) {
            return;
        }
        for (size_t i = 0; i < array->n; i++) {
            int64_t id = array->tasks[i].id;
            if (id >= range.first && id <= range.last &&
                (id - range.first) % range.step == 0) {
                fn(&array->tasks[i], data);
            }
        }
    }
}

static void see_one(struct slurm_task *task, const void *data) {
    see(task, *(const enum slurm_state *)data);
}

/* "12_3", "12_[4-9%2]"; "12" is what is left of one whose rest was cancelled. */
void slurm_array_seen(struct slurm_array *array, const struct slurm_queued *job) {
    const char *under = memchr(job->id.at, '_', job->id.n);
    if (under) {
        each_of(array, under + 1, job->id.n - (size_t)(under + 1 - job->id.at), see_one,
                &job->state);
    } else {
        array->rest = job->state;
    }
}

void slurm_array_looked(struct slurm_array *array) {
    for (size_t i = 0; array->rest != SLURM_UNKNOWN && i < array->n; i++) {
        if (!array->tasks[i].seen && !array->tasks[i].told) {
            see(&array->tasks[i], array->rest);
        }
    }
}

bool slurm_array_is_due(const struct slurm_array *array) {
    for (size_t i = 0; i < array->n; i++) {
        if (!array->tasks[i].told && !array->tasks[i].goes_on) {
            return true;
        }
    }
    return false;
}

size_t slurm_array_ended(const struct slurm_array *array) {
    size_t n = 0;
    for (size_t i = 0; i < array->n; i++) {
        n += array->tasks[i].told || !array->tasks[i].goes_on;
    }
    return n;
}

struct slurm_array_count slurm_array_count(const struct slurm_array *array) {
    struct slurm_array_count count = {0};
    for (size_t i = 0; i < array->n; i++) {
        const struct slurm_task *task = &array->tasks[i];
        bool runs = task->state == SLURM_RUNNING || task->state == SLURM_SUSPENDED;
        count.untold += !task->told;
        count.running += runs;
        count.waiting += task->state == SLURM_PENDING;
        count.completed += task->state == SLURM_COMPLETED;
        count.cancelled += task->state == SLURM_CANCELLED;
    }
    count.failed =
        array->n - count.running - count.waiting - count.completed - count.cancelled;
    return count;
}

/* ---- ends ---- */

int slurm_array_program(struct buf *out, const char *directory, const char *name,
                        int64_t id, size_t ended) {
    size_t before = buf_len(out);
    int r = buf_printf(out, "echo '" SLURM_SEPARATOR "array %" PRId64 "'\ncm=", id);
    r = r ? r : slurm_quote_folder(out, directory);
    /* Slurm is asked where the tasks have not told all themselves. */
    r = r ? r
          : buf_printf(out,
                       "/'.crystalmath/%s'\n"
                       "cm_ends() { find \"$cm/.\" ! -name . -prune -name 'end.*' ! "
                       "-name 'end.*.*' -exec \"$@\" {} + 2>/dev/null; }\n"
                       "cm_ends cat\n"
                       "if [ \"$(cm_ends cat | grep -c '^exit 0$')\" -lt %zu ]; then\n"
                       "echo '" SLURM_SEPARATOR "sacct'\n"
                       "SLURM_TIME_FORMAT=%%s sacct -n -P -X -D -j %" PRId64
                       " -o JobID,State,ExitCode 2>&1\n"
                       "echo '" SLURM_SEPARATOR "scontrol'\n"
                       "SLURM_TIME_FORMAT=%%s scontrol -o show job %" PRId64 " 2>&1\n"
                       "fi\n"
                       "echo '" SLURM_SEPARATOR "done'\n",
                       name, ended, id, id);
    if (r < 0) {
        buf_cut(out, before);
    }
    return r;
}

static void settle(struct slurm_task *task) {
    if (task->goes_on) {
        return; /* what is told may be of its run before; the next look tells */
    }
    if (task->has_end && task->own_code == 0) {
        task->state = SLURM_COMPLETED;
        task->exit_code = 0;
        task->signal = 0;
        task->told = true;
    } else if (slurm_state_is_final(task->state)) {
        task->exit_code = task->has_end ? task->own_code : task->exit_code;
        task->exit_code =
            task->state == SLURM_COMPLETED && task->exit_code < 0 ? 0 : task->exit_code;
        task->told = true;
    }
}

/* "0:9": status and signal. */
static void take_exit(struct slurm_task *task, const char *text, size_t n) {
    const char *colon = memchr(text, ':', n);
    if (colon && text[0] >= '0' && text[0] <= '9') {
        int64_t signal = slurm_number_read(colon + 1, n - (size_t)(colon + 1 - text));
        int64_t code = slurm_number_read(text, n);
        task->signal = (int)(signal < 128 ? signal : 0);
        task->exit_code = task->signal != 0 ? -1 : (int)(code & 0xff);
    }
}

/* What Slurm says of tasks. */
struct word {
    const char *state, *exit;
    size_t n_state, n_exit;
    bool waiting; /* it is said of those that had not begun */
};

static void take_word(struct slurm_task *task, const void *data) {
    const struct word *word = data;
    enum slurm_state state = slurm_state_read(word->state, word->n_state);
    bool applies = !word->waiting || task->state == SLURM_PENDING;
    if (task->told || task->goes_on || state == SLURM_UNKNOWN || !applies) {
        return;
    }
    task->known = true;
    task->state = state;
    task->exit_code = -1;
    task->signal = 0;
    if (slurm_state_is_final(state)) {
        take_exit(task, word->exit, word->n_exit);
    }
}

/* "12_3|FAILED|3:0", "12_[4-9]|CANCELLED by 0|0:0". One that was begun anew has several
 * lines, of which the last is the present, also where that is no end. */
static void read_sacct(struct slurm_array *array, const char *line, size_t n) {
    const char *end = line + n;
    const char *under = memchr(line, '_', n);
    const char *bar = under ? memchr(under, '|', (size_t)(end - under)) : NULL;
    const char *second = bar ? memchr(bar + 1, '|', (size_t)(end - bar - 1)) : NULL;
    if (second) {
        const struct word word = {.state = bar + 1,
                                  .n_state = (size_t)(second - bar - 1),
                                  .exit = second + 1,
                                  .n_exit = (size_t)(end - second - 1),
                                  .waiting = under[1] == '['};
        each_of(array, under + 1, (size_t)(bar - under - 1), take_word, &word);
    }
}

/* The value of " KEY=" in a line; NULL: it is not there. */
static const char *value_of(const char *line, size_t n, const char *key,
                            size_t *length) {
    const char *at = n > 0 ? memmem(line, n, key, strlen(key)) : NULL;
    if (!at) {
        return NULL;
    }
    at += strlen(key);
    size_t left = n - (size_t)(at - line);
    const char *blank = left > 0 ? memchr(at, ' ', left) : NULL;
    *length = blank ? (size_t)(blank - at) : left;
    return at;
}

/* Where the rest was cancelled its number is none. */
#define REST "4294967294"

static void read_scontrol(struct slurm_array *array, const char *line, size_t n) {
    size_t length = 0;
    struct word word = {.waiting = false};
    const char *id = value_of(line, n, " ArrayTaskId=", &length);
    word.state = value_of(line, n, " JobState=", &word.n_state);
    word.exit = value_of(line, n, " ExitCode=", &word.n_exit);
    if (!id || !word.state || !word.exit) {
        return;
    }
    bool rest = length == strlen(REST) && memcmp(id, REST, length) == 0;
    word.waiting = rest || memchr(id, '-', length) || memchr(id, ',', length);
    for (size_t i = 0; rest && i < array->n; i++) {
        take_word(&array->tasks[i], &word);
    }
    if (!rest) {
        each_of(array, id, length, take_word, &word);
    }
}

enum part { OUTSIDE, OWN, SACCT, SCONTROL };

struct reading {
    enum part part;
    int64_t number;
    struct slurm_array *array;
    struct slurm_task *task; /* of the script's own word; NULL: of none */
    int64_t code;
};

static bool own_number(const char *line, size_t n, const char *key, int64_t *out) {
    size_t length = strlen(key);
    const char *at = line + length;
    return n > length && memcmp(line, key, length) == 0 &&
           take_number(&at, line + n, out) && at == line + n;
}

/* "task 3", "exit 0", …, "end SECONDS", which is the last. */
static void read_own(struct reading *reading, const char *line, size_t n) {
    int64_t number = 0;
    if (own_number(line, n, "task ", &number)) {
        reading->task = find(reading->array, number);
        reading->code = -1;
    } else if (own_number(line, n, "exit ", &number)) {
        reading->code = number & 0xff;
    } else if (reading->task && n > 4 && memcmp(line, "end ", 4) == 0 &&
               reading->code >= 0) {
        if (!reading->task->told) {
            reading->task->has_end = true;
            reading->task->own_code = (int)reading->code;
        }
        reading->task = NULL;
    }
}

static bool has_words(const char *line, size_t n, const char *words) {
    return line && n > 0 && memmem(line, n, words, strlen(words));
}

static void read_body(struct reading *reading, const char *line, size_t n) {
    switch (reading->part) {
    case OWN:
        read_own(reading, line, n);
        break;
    case SACCT:
        read_sacct(reading->array, line, n);
        reading->array->sacct_fails |= has_words(line, n, "error:");
        break;
    case SCONTROL:
        read_scontrol(reading->array, line, n);
        reading->array->denies |=
            has_words(line, n, "Invalid job id") || has_words(line, n, " ArrayTaskId=");
        break;
    default:
        break;
    }
}

static bool is_word(const char *line, size_t n, const char *word) {
    return n == strlen(word) && memcmp(line, word, n) == 0;
}

static void begin_reading(struct reading *reading, struct slurm_array *array) {
    reading->array = array;
    reading->part = array ? OWN : OUTSIDE;
    reading->task = NULL;
    if (array) {
        array->denies = false;
        array->sacct_fails = false;
    }
    for (size_t i = 0; array && i < array->n; i++) {
        array->tasks[i].known = false;
        array->tasks[i].has_end = false;
    }
}

void slurm_arrays_read(const char *text, size_t n, slurm_array_fn *find_array,
                       void (*done)(int64_t number, void *data), void *data) {
    const char *end = text + n;
    struct reading reading = {.part = OUTSIDE};
    while (text < end) {
        const char *newline = memchr(text, '\n', (size_t)(end - text));
        const char *line = text;
        size_t length = (size_t)((newline ? newline : end) - text);
        text = newline ? newline + 1 : end;
        if (!newline || length == 0 || line[0] != SLURM_SEPARATOR[0]) {
            read_body(&reading, line, newline ? length : 0);
            continue;
        }
        line++;
        length--;
        if (length > 4 && memcmp(line, "job ", 4) == 0) {
            reading.part = OUTSIDE; /* of one without tasks */
        } else if (length > 6 && memcmp(line, "array ", 6) == 0) {
            reading.number = slurm_number_read(line + 6, length - 6);
            begin_reading(&reading, find_array(reading.number, data));
        } else if (reading.part == OUTSIDE) {
            continue;
        } else if (is_word(line, length, "sacct")) {
            reading.part = SACCT;
        } else if (is_word(line, length, "scontrol")) {
            reading.part = SCONTROL;
        } else if (is_word(line, length, "done")) {
            for (size_t i = 0; i < reading.array->n; i++) {
                settle(&reading.array->tasks[i]);
            }
            reading.part = OUTSIDE;
            done(reading.number, data);
        }
    }
}

/* Its own word counts also where Slurm is late and tells of it as running. */
static bool is_missing(const struct slurm_task *task) {
    return !task->told && !task->goes_on &&
           (!task->known || (task->has_end && task->state != SLURM_PENDING));
}

bool slurm_array_has_missing(const struct slurm_array *array) {
    for (size_t i = 0; i < array->n; i++) {
        if (is_missing(&array->tasks[i])) {
            return true;
        }
    }
    return false;
}

void slurm_array_give_up(struct slurm_array *array, enum slurm_state as) {
    for (size_t i = 0; i < array->n; i++) {
        struct slurm_task *task = &array->tasks[i];
        if (is_missing(task) && (task->has_end || as != SLURM_PENDING)) {
            task->state = task->has_end ? SLURM_FAILED : as;
            task->exit_code = task->has_end ? task->own_code : -1;
            task->told = true;
        }
    }
}
