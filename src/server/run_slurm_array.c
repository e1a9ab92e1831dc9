/* What is told of a task's end goes to the disk with the job, for Slurm forgets it
 * soon. The job runs from its first task's start, and ends when the end of each is
 * told: as failed where one has failed, as cancelled where some were and none has
 * failed. */
#include "server/run_slurm_array.h"

#include "base/clock.h"
#include "base/sorted.h"
#include "base/str.h"
#include "job/placement.h"
#include "server/engine_internal.h"
#include "server/job_json.h"
#include "server/queue.h"
#include "server/run_slurm.h"
#include "slurm/answer.h"
#include "slurm/array.h"

#include <errno.h>
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

static int array_of(const struct job *job, struct slurm_array *out) {
    char spec[PLACEMENT_VALUE_SIZE];
    size_t n = 0;
    int r = slurm_array_init(out, placement_get(job->placement, PLACEMENT_ARRAY, spec),
                             NULL);
    const char *text = placement_find(job->placement, PLACEMENT_TASKS, &n);
    if (r == 0 && text) {
        slurm_array_load(out, text, n);
    }
    return r;
}

static bool has_tasks(const struct job *job) {
    char spec[PLACEMENT_VALUE_SIZE];
    return *placement_get(job->placement, PLACEMENT_ARRAY, spec);
}

int run_array_new(struct run *run) {
    if (!has_tasks(run->job)) {
        return 0;
    }
    struct slurm_array *array = calloc(1, sizeof *array);
    int r = array ? array_of(run->job, array) : -ENOMEM;
    if (r < 0) {
        free(array);
        return -ENOMEM; /* what it is was checked */
    }
    run->placed->array = array;
    return 0;
}

void run_array_free(struct run *run) {
    if (run->placed->array) {
        slurm_array_deinit(run->placed->array);
        free(TAKE_PTR(run->placed->array));
    }
}

/* ---- the queue ---- */

/* The first line of a look, or its end where there is none. */
static void begin_look(struct placed *placed, int64_t look) {
    if (placed->array_look != look) {
        placed->array_look = look;
        placed->note_more[0] = '\0';
        slurm_array_look(placed->array);
    }
}

static bool is_news(struct slurm_array_count a, struct slurm_array_count b) {
    return a.running != b.running || a.waiting != b.waiting || a.untold != b.untold;
}

bool run_array_seen(struct run *run, const struct slurm_queued *job) {
    struct placed *placed = run->placed;
    struct slurm_array_count before = slurm_array_count(placed->array);
    struct errmsg words = ERRMSG_NULL;
    char reason[128];
    begin_look(placed, placed->seen_at);
    slurm_array_seen(placed->array, job);
    if (job->state == SLURM_PENDING) {
        (void)snprintf(reason, sizeof reason, "%.*s",
                       (int)(job->reason.n < 127 ? job->reason.n : 127),
                       job->reason.at);
        slurm_reason_words(reason, 0, &words);
        (void)snprintf(placed->note_more, sizeof placed->note_more, "%.*s",
                       (int)sizeof placed->note_more - 1, words.text);
    } else if (job->state == SLURM_RUNNING || job->state == SLURM_SUSPENDED) {
        int64_t shift = queue_clock_shift(placed->queue);
        run_slurm_runs(run, job->starts_at > 0 ? job->starts_at + shift : 0);
    }
    return is_news(before, slurm_array_count(placed->array));
}

static void put_part(struct buf *out, size_t n, const char *what) {
    if (n > 0) {
        (void)buf_printf(out, "%s%zu %s", buf_len(out) > 0 ? ", " : "", n, what);
    }
}

static void note_counts(struct run *run) {
    struct slurm_array_count count = slurm_array_count(run->placed->array);
    _cleanup_buf_ struct buf parts = BUF_NULL;
    struct errmsg note = ERRMSG_NULL;
    const char *more = run->placed->note_more;
    put_part(&parts, count.running, count.running == 1 ? "runs" : "run");
    put_part(&parts, count.waiting, count.waiting == 1 ? "waits" : "wait");
    put_part(&parts, count.completed, "completed");
    put_part(&parts, count.cancelled, "cancelled");
    put_part(&parts, count.failed, "failed");
    (void)errmsg_set(&note, 0, "of %zu tasks %.*s%s%.300s", run->placed->array->n,
                     (int)buf_len(&parts), buf_bytes(&parts),
                     count.waiting > 0 && *more ? "; " : "",
                     count.waiting > 0 ? more : "");
    run_slurm_note(run, note.text);
}

void run_array_looked(struct run *run, int64_t look) {
    if (!run->placed->array) {
        return;
    }
    begin_look(run->placed, look);
    slurm_array_looked(run->placed->array);
    run->placed->end_due = slurm_array_is_due(run->placed->array);
    note_counts(run);
    if (run->job->state == JOB_CANCELLING && !run->placed->end_due) {
        run_slurm_cancel(run);
    }
}

/* ---- ends ---- */

int run_array_ask(const struct run *run, struct buf *program) {
    char name[PLACEMENT_VALUE_SIZE];
    char there[PLACEMENT_VALUE_SIZE];
    return slurm_array_program(program, run_slurm_directory(run, there),
                               run_slurm_name_of(run, name), run->placed->number,
                               slurm_array_ended(run->placed->array));
}

/* Their ends go to the disk before Slurm forgets them. */
static void keep(struct run *run) {
    _cleanup_buf_ struct buf text = BUF_NULL;
    int r = slurm_array_save(run->placed->array, &text);
    r = r ? r : buf_append(&text, "", 1);
    if (r == 0 &&
        placement_set(&run->job->placement, PLACEMENT_TASKS, buf_bytes(&text)) == 0) {
        engine_write_soon(run->engine, run);
    }
}

/* Those of which nobody tells. */
static void give_up(struct run *run) {
    struct slurm_array *array = run->placed->array;
    bool cancelled = run->job->state == JOB_CANCELLING;
    if (!slurm_array_has_missing(array)) {
        run->placed->missing_since = 0;
        return;
    }
    switch (run_slurm_missing(run, array->denies, array->sacct_fails)) {
    case MISSING_YET:
        break;
    case MISSING_LONG:
        slurm_array_give_up(array, SLURM_PENDING);
        break;
    case MISSING_FOR_GOOD:
        slurm_array_give_up(array, cancelled ? SLURM_CANCELLED : SLURM_UNKNOWN);
        break;
    }
}

static bool has_failed(const struct slurm_task *task, const void *data) {
    (void)data;
    return task->told && task->state != SLURM_COMPLETED &&
           task->state != SLURM_CANCELLED;
}

static const struct slurm_task *first_failed(const struct slurm_array *array) {
    for (size_t i = 0; i < array->n; i++) {
        if (has_failed(&array->tasks[i], NULL)) {
            return &array->tasks[i];
        }
    }
    return NULL;
}

/* The answer was taken: tell, and end the job with its last task. */
static void were_told(struct run *run) {
    struct placed *placed = run->placed;
    give_up(run);
    struct slurm_array_count count = slurm_array_count(placed->array);
    keep(run);
    note_counts(run);
    placed->end_due = slurm_array_is_due(placed->array);
    if (count.completed + count.failed > 0) {
        run_slurm_runs(run, 0); /* some may have come and gone between two looks */
    }
    if (count.untold > 0) {
        return;
    }
    const struct slurm_task *failed = first_failed(placed->array);
    bool cancelled = !failed && count.cancelled > 0;
    const struct slurm_end end = {
        .number = placed->number,
        .has_end = true,
        .slurm_knows = cancelled,
        .state = cancelled ? SLURM_CANCELLED : SLURM_UNKNOWN,
        .exit_code = failed      ? failed->exit_code
                     : cancelled ? -1
                                 : 0,
        .signal = failed ? failed->signal : 0,
        .finished_at = clock_realtime_ms(),
    };
    run_slurm_ends(run, &end);
}

static struct run *find(const struct sorted *runs, int64_t number) {
    struct placed placed = {.number = number};
    const struct run key = {.placed = &placed};
    return sorted_find(runs, &key);
}

static struct slurm_array *find_array(int64_t number, void *data) {
    const struct run *run = find(data, number);
    return run ? run->placed->array : NULL;
}

static void on_told(int64_t number, void *data) {
    were_told(find(data, number));
}

void run_slurm_tasks(const struct sorted *runs, const struct buf *answer) {
    slurm_arrays_read(buf_bytes(answer), buf_len(answer), find_array, on_told,
                      (void *)runs);
}

static void say_task(const struct slurm_task *task, struct errmsg *out) {
    const char *words = slurm_state_words(task->state);
    if (*words) {
        (void)errmsg_set(out, 0, "%s", words);
    } else if (task->state == SLURM_UNKNOWN) {
        (void)errmsg_set(out, 0, "nobody knows how it ended");
    } else if (task->signal != 0) {
        (void)errmsg_set(out, 0, "ended by signal %d (%s)", task->signal,
                         strsignal(task->signal));
    } else {
        (void)errmsg_set(out, 0, "exit status %d", task->exit_code);
    }
}

void run_array_say_end(const struct run *run, struct errmsg *out) {
    const struct slurm_array *array = run->placed->array;
    const struct slurm_task *failed = array ? first_failed(array) : NULL;
    _cleanup_buf_ struct buf names = BUF_NULL;
    struct errmsg words = ERRMSG_NULL;
    if (!failed || run->job->state == JOB_CANCELLING ||
        slurm_array_name(array, has_failed, NULL, &names) < 0) {
        return;
    }
    say_task(failed, &words);
    size_t n = slurm_array_count(array).failed;
    (void)errmsg_set(out, 0,
                     "%zu of %zu tasks failed: %.*s%s; task %" PRId64
                     ": %.300s. `crystalmath log %" PRId64 " --task %" PRId64
                     "` shows what it printed",
                     n, array->n, (int)(buf_len(&names) < 200 ? buf_len(&names) : 200),
                     buf_bytes(&names), buf_len(&names) > 200 ? "…" : "", failed->id,
                     words.text, run->job->id, failed->id);
}

/* ---- for people ---- */

static bool is_alike(const struct slurm_task *task, const void *data) {
    const struct slurm_task *other = data;
    return task->state == other->state && task->exit_code == other->exit_code &&
           task->signal == other->signal;
}

static bool came_before(const struct slurm_array *array, size_t i) {
    for (size_t k = 0; k < i; k++) {
        if (is_alike(&array->tasks[k], &array->tasks[i])) {
            return true;
        }
    }
    return false;
}

static json_t *state_json(enum slurm_state state) {
    char word[32];
    size_t i = 0;
    for (const char *at = slurm_state_name(state); at[i] && i < sizeof word - 1; i++) {
        word[i] = (char)(at[i] == '_' ? '_' : at[i] - 'A' + 'a');
    }
    word[i] = '\0';
    return json_string(word);
}

static json_t *group_json(const struct slurm_array *array,
                          const struct slurm_task *one) {
    _cleanup_buf_ struct buf names = BUF_NULL;
    json_t *object = json_object();
    int r = object ? slurm_array_name(array, is_alike, one, &names) : -ENOMEM;
    r = r ? r : buf_append(&names, "", 1);
    r = r ? r : json_put(object, "tasks", json_string(buf_bytes(&names)));
    r = r ? r : json_put(object, "state", state_json(one->state));
    r = r ? r
          : json_put(object, "exit_code",
                     one->told && one->exit_code >= 0 ? json_integer(one->exit_code)
                                                      : json_null());
    r = r ? r
          : json_put(object, "signal",
                     one->signal > 0 ? json_integer(one->signal) : json_null());
    if (r < 0) {
        json_decref(object);
        return NULL;
    }
    return object;
}

static json_t *groups_json(const struct slurm_array *array) {
    json_t *groups = json_array();
    for (size_t i = 0; groups && i < array->n; i++) {
        if (!came_before(array, i) &&
            json_array_append_new(groups, group_json(array, &array->tasks[i])) < 0) {
            json_decref(groups);
            return NULL;
        }
    }
    return groups;
}

static json_t *tasks_json(const struct slurm_array *array) {
    struct slurm_array_count count = slurm_array_count(array);
    json_t *object = json_object();
    int r = object ? 0 : -ENOMEM;
    r = r ? r : json_put(object, "total", json_integer((json_int_t)array->n));
    r = r ? r : json_put(object, "waiting", json_integer((json_int_t)count.waiting));
    r = r ? r : json_put(object, "running", json_integer((json_int_t)count.running));
    r = r ? r
          : json_put(object, "completed", json_integer((json_int_t)count.completed));
    r = r ? r
          : json_put(object, "cancelled", json_integer((json_int_t)count.cancelled));
    r = r ? r : json_put(object, "failed", json_integer((json_int_t)count.failed));
    r = r ? r : json_put(object, "groups", groups_json(array));
    if (r < 0) {
        json_decref(object);
        return NULL;
    }
    return object;
}

json_t *run_array_json(const struct job *job, const struct run *run) {
    if (run && run->placed && run->placed->array) {
        return tasks_json(run->placed->array);
    }
    struct slurm_array array;
    if (!has_tasks(job)) {
        return json_null();
    }
    if (array_of(job, &array) < 0) {
        return NULL;
    }
    json_t *object = tasks_json(&array);
    slurm_array_deinit(&array);
    return object;
}
