/* A sorted array of jobs and an index of those shown. Lists are of thousands at most,
 * so the index is made anew after every change. */
#include "tui/model.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

void model_init(struct model *model) {
    *model = (struct model){0};
}

static void drop_jobs(struct model *model) {
    for (size_t i = 0; i < model->n; i++) {
        summary_deinit(&model->jobs[i]);
    }
    model->n = 0;
}

void model_deinit(struct model *model) {
    drop_jobs(model);
    free(model->jobs);
    free(model->shown);
    *model = (struct model){0};
}

/* Where a job with this id is, or would be inserted. */
static size_t place_of(const struct model *model, int64_t id) {
    size_t low = 0;
    size_t high = model->n;

    while (low < high) {
        size_t middle = low + (high - low) / 2;
        if (model->jobs[middle].id > id) {
            low = middle + 1;
        } else {
            high = middle;
        }
    }
    return low;
}

static int make_room(struct model *model) {
    if (model->n < model->cap) {
        return 0;
    }
    size_t cap = model->cap ? model->cap * 2 : 64;
    struct summary *jobs = realloc(model->jobs, cap * sizeof *jobs);
    if (!jobs) {
        return -ENOMEM;
    }
    model->jobs = jobs;
    model->cap = cap;
    return 0;
}

/* Without making the index anew. */
static int put_one(struct model *model, const json_t *summary) {
    struct summary job = {0};
    int r = summary_from_json(&job, summary);

    if (r < 0) {
        return r == -EINVAL ? 0 : r;
    }
    size_t place = place_of(model, job.id);
    if (place < model->n && model->jobs[place].id == job.id) {
        summary_deinit(&model->jobs[place]);
        model->jobs[place] = job;
        return 0;
    }
    r = make_room(model);
    if (r < 0) {
        summary_deinit(&job);
        return r;
    }
    memmove(&model->jobs[place + 1], &model->jobs[place],
            (model->n - place) * sizeof job);
    model->jobs[place] = job;
    model->n++;
    return 0;
}

static void settle_selection(struct model *model) {
    if (model->n_shown == 0) {
        model->selected = 0;
        model->selected_place = 0;
        return;
    }
    for (size_t i = 0; i < model->n_shown; i++) {
        if (model->jobs[model->shown[i]].id == model->selected) {
            model->selected_place = i;
            return;
        }
    }
    model_select_place(model, model->selected_place);
}

static int make_index(struct model *model) {
    if (model->shown_cap < model->n) {
        size_t *shown = realloc(model->shown, model->cap * sizeof *shown);
        if (!shown) {
            /* The index may name places that have moved; an empty one is always right.
             */
            model->n_shown = 0;
            settle_selection(model);
            return -ENOMEM;
        }
        model->shown = shown;
        model->shown_cap = model->cap;
    }
    model->n_shown = 0;
    for (size_t i = 0; i < model->n; i++) {
        if (summary_matches(&model->jobs[i], model->filter)) {
            model->shown[model->n_shown++] = i;
        }
    }
    settle_selection(model);
    return 0;
}

int model_merge(struct model *model, const json_t *summaries) {
    size_t i;
    json_t *summary;
    int r = 0;

    json_array_foreach((json_t *)summaries, i, summary) {
        r = put_one(model, summary);
        if (r < 0) {
            break;
        }
    }
    int indexed = make_index(model);
    return r < 0 ? r : indexed;
}

int model_replace(struct model *model, const json_t *summaries) {
    drop_jobs(model);
    return model_merge(model, summaries);
}

int model_put(struct model *model, const json_t *summary) {
    int r = put_one(model, summary);
    int indexed = make_index(model);

    return r < 0 ? r : indexed;
}

int model_remove(struct model *model, int64_t id) {
    size_t place = place_of(model, id);

    if (place >= model->n || model->jobs[place].id != id) {
        return 0;
    }
    summary_deinit(&model->jobs[place]);
    model->n--;
    memmove(&model->jobs[place], &model->jobs[place + 1],
            (model->n - place) * sizeof *model->jobs);
    return make_index(model);
}

int model_set_filter(struct model *model, const char *filter) {
    (void)snprintf(model->filter, sizeof model->filter, "%s", filter);
    return make_index(model);
}

const struct summary *model_at(const struct model *model, size_t place) {
    return place < model->n_shown ? &model->jobs[model->shown[place]] : NULL;
}

const struct summary *model_selected(const struct model *model) {
    return model_at(model, model->selected_place);
}

const struct summary *model_find(const struct model *model, int64_t id) {
    size_t place = place_of(model, id);

    return place < model->n && model->jobs[place].id == id ? &model->jobs[place] : NULL;
}

size_t model_count(const struct model *model, enum summary_state state) {
    size_t count = 0;

    for (size_t i = 0; i < model->n; i++) {
        count += model->jobs[i].state == state;
    }
    return count;
}

void model_select_place(struct model *model, size_t place) {
    if (model->n_shown == 0) {
        return;
    }
    model->selected_place = place < model->n_shown ? place : model->n_shown - 1;
    model->selected = model->jobs[model->shown[model->selected_place]].id;
}

void model_move(struct model *model, long by) {
    size_t place = model->selected_place;

    if (by < 0 && (size_t)-by > place) {
        place = 0;
    } else {
        place = (size_t)((long)place + by);
    }
    model_select_place(model, place);
}

void model_select_id(struct model *model, int64_t id) {
    for (size_t i = 0; i < model->n_shown; i++) {
        if (model->jobs[model->shown[i]].id == id) {
            model_select_place(model, i);
            return;
        }
    }
}
