/* The list of jobs: what the server told, newest first, which of them the filter shows,
 * and which one is selected. Pure. The selection is an id, so it stays on its job while
 * others come and go; when its job disappears from view, the one in its place is
 * selected. */
#pragma once

#include "tui/summary.h"

#include <jansson.h>
#include <stddef.h>

enum {
    MODEL_FILTER_SIZE = 128,
};

struct model {
    struct summary *jobs; /* owned; descending ids */
    size_t n, cap;
    size_t *shown; /* owned; places in `jobs` that match the filter */
    size_t n_shown, shown_cap;
    char filter[MODEL_FILTER_SIZE];
    int64_t selected;      /* id, 0 when nothing is shown */
    size_t selected_place; /* in `shown` */
};

void model_init(struct model *model);
void model_deinit(struct model *model);

/* Each of these returns 0 or -ENOMEM, the list being then as far as it came; what is
 * not a job summary is left out. */

/* The list is now exactly this array of summaries. */
int model_replace(struct model *model, const json_t *summaries);
/* Add or renew these. */
int model_merge(struct model *model, const json_t *summaries);
/* Add or renew one. */
int model_put(struct model *model, const json_t *summary);
/* The job with this id is gone; one that is not there is no error. */
int model_remove(struct model *model, int64_t id);
/* Show the jobs that match (see summary_matches). A filter that is too long is cut. */
int model_set_filter(struct model *model, const char *filter);

/* The place-th job shown; NULL beyond the end. */
const struct summary *model_at(const struct model *model, size_t place);
/* NULL when nothing is shown. Valid until the model changes. */
const struct summary *model_selected(const struct model *model);
/* NULL when there is none with this id, shown or not. */
const struct summary *model_find(const struct model *model, int64_t id);
/* How many are in a state, shown or not. */
size_t model_count(const struct model *model, enum summary_state state);

/* Move the selection; both stop at the ends of the list. */
void model_select_place(struct model *model, size_t place);
void model_move(struct model *model, long by);
/* Select a job when it is shown. */
void model_select_id(struct model *model, int64_t id);
