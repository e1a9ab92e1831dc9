/* The list is replaced as a whole by each answer. */
#include "tui/lineup.h"

#include "base/cleanup.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

void lineup_init(struct lineup *lineup) {
    *lineup = (struct lineup){0};
}

static void job_deinit(struct lineup_job *job) {
    free(job->id);
    free(job->name);
    free(job->partition);
    free(job->state);
    free(job->where);
}

static void forget_jobs(struct lineup *lineup) {
    for (size_t i = 0; i < lineup->n; i++) {
        job_deinit(&lineup->jobs[i]);
    }
    free(lineup->jobs);
    lineup->jobs = NULL;
    lineup->n = 0;
}

void lineup_deinit(struct lineup *lineup) {
    forget_jobs(lineup);
    lineup_init(lineup);
}

void lineup_reset(struct lineup *lineup, const char *cluster) {
    lineup_deinit(lineup);
    (void)snprintf(lineup->cluster, sizeof lineup->cluster, "%s", cluster);
}

static char *copy(const json_t *job, const char *member) {
    const char *text = json_string_value(json_object_get(job, member));

    return strdup(text ? text : "");
}

static int64_t seconds(const json_t *job, const char *member) {
    const json_t *value = json_object_get(job, member);

    return json_is_integer(value) ? json_integer_value(value) : -1;
}

/* Slurm shouts. */
static void lower(char *text) {
    for (; *text; text++) {
        *text = (char)(*text >= 'A' && *text <= 'Z' ? *text + ('a' - 'A') : *text);
    }
}

static int read_job(struct lineup_job *out, const json_t *job) {
    bool placed = json_is_string(json_object_get(job, "node_list"));

    *out = (struct lineup_job){
        .id = copy(job, "id"),
        .number = json_integer_value(json_object_get(job, "number")),
        .job = json_integer_value(json_object_get(job, "job")),
        .name = copy(job, "name"),
        .partition = copy(job, "partition"),
        .state = copy(job, "state"),
        .where = copy(job, placed ? "node_list" : "why"),
        .used = seconds(job, "time_used"),
        .limit = seconds(job, "time_limit"),
    };
    if (!out->id || !out->name || !out->partition || !out->state || !out->where) {
        job_deinit(out);
        return -ENOMEM;
    }
    lower(out->state);
    return 0;
}

static int read_all(struct lineup *lineup, const json_t *jobs) {
    size_t n = json_array_size(jobs);

    lineup->jobs = calloc(n + 1, sizeof *lineup->jobs);
    if (!lineup->jobs) {
        return -ENOMEM;
    }
    for (size_t i = 0; i < n; i++) {
        if (read_job(&lineup->jobs[i], json_array_get(jobs, i)) < 0) {
            return -ENOMEM;
        }
        lineup->n++;
    }
    return 0;
}

static void select_id(struct lineup *lineup, const char *id) {
    for (size_t i = 0; id && i < lineup->n; i++) {
        if (strcmp(lineup->jobs[i].id, id) == 0) {
            lineup->selected = i;
            return;
        }
    }
}

int lineup_set(struct lineup *lineup, const json_t *answer) {
    _cleanup_free_ char *id = NULL;
    const struct lineup_job *before = lineup_selected(lineup);

    if (before) {
        id = strdup(before->id);
        if (!id) {
            return -ENOMEM;
        }
    }
    forget_jobs(lineup);
    int r = read_all(lineup, json_object_get(answer, "jobs"));
    if (r < 0) {
        forget_jobs(lineup);
    }
    lineup->loaded = true;
    lineup->trouble[0] = '\0';
    select_id(lineup, id);
    lineup_move(lineup, 0);
    return r;
}

void lineup_fail(struct lineup *lineup, const char *trouble) {
    (void)snprintf(lineup->trouble, sizeof lineup->trouble, "%s", trouble);
}

const struct lineup_job *lineup_selected(const struct lineup *lineup) {
    return lineup->selected < lineup->n ? &lineup->jobs[lineup->selected] : NULL;
}

void lineup_move(struct lineup *lineup, long by) {
    size_t last = lineup->n > 0 ? lineup->n - 1 : 0;
    size_t back = (size_t)(by < 0 ? -by : 0);

    if (by < 0) {
        lineup->selected = lineup->selected > back ? lineup->selected - back : 0;
    } else {
        lineup->selected += (size_t)by;
    }
    if (lineup->selected > last) {
        lineup->selected = last;
    }
}

void lineup_keep_in_view(struct lineup *lineup, size_t height) {
    if (lineup->selected < lineup->top) {
        lineup->top = lineup->selected;
    } else if (height > 0 && lineup->selected >= lineup->top + height) {
        lineup->top = lineup->selected - height + 1;
    }
}

/* "12_[4-9%2]": what stands behind the percent sign is how many may run at once. */
bool lineup_task(const struct lineup_job *job, char *out, size_t size) {
    const char *at = strchr(job->id, '_');

    if (!at) {
        return false;
    }
    at += at[1] == '[' ? 2 : 1;
    (void)snprintf(out, size, "%.*s", (int)strcspn(at, "%]"), at);
    return *out != '\0';
}
