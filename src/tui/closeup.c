/* What is known of the selected job. */
#include "tui/closeup.h"

#include "base/cleanup.h"

#include <errno.h>
#include <string.h>

void closeup_init(struct closeup *closeup) {
    *closeup = (struct closeup){0};
}

void closeup_deinit(struct closeup *closeup) {
    json_decref(closeup->full);
    free(closeup->chosen);
    history_deinit(&closeup->history);
    for (int i = 0; i < CLOSEUP_N_FILES; i++) {
        logtext_deinit(&closeup->files[i].text);
    }
    closeup_init(closeup);
}

void closeup_reset(struct closeup *closeup, int64_t id) {
    enum plot_kind kind = closeup->kind;
    bool kind_chosen = closeup->kind_chosen;
    int64_t chosen_job = closeup->chosen_job;
    int n_chosen = closeup->n_chosen;
    _cleanup_free_ char *chosen = TAKE_PTR(closeup->chosen);

    closeup_deinit(closeup);
    closeup->id = id;
    closeup->kind = kind;
    closeup->kind_chosen = kind_chosen;
    closeup->n_chosen = n_chosen;
    if (id == 0 || id == chosen_job) {
        closeup->chosen = TAKE_PTR(chosen);
        closeup->chosen_job = chosen_job;
    }
}

const char *closeup_file_name(const struct closeup *closeup, enum closeup_file file) {
    static const char *const names[CLOSEUP_CHOSEN] = {"output", "error", "input"};

    return file == CLOSEUP_CHOSEN ? closeup->chosen : names[file];
}

int closeup_choose(struct closeup *closeup, const char *name) {
    char *copy = strdup(name);
    struct closeup_text *file = &closeup->files[CLOSEUP_CHOSEN];

    if (!copy) {
        return -ENOMEM;
    }
    free(closeup->chosen);
    closeup->chosen = copy;
    closeup->chosen_job = closeup->id;
    closeup->n_chosen++;
    logtext_deinit(&file->text);
    *file = (struct closeup_text){0};
    return 0;
}

enum closeup_file closeup_next_file(const struct closeup *closeup,
                                    enum closeup_file file) {
    int n = closeup->chosen ? CLOSEUP_N_FILES : CLOSEUP_CHOSEN;

    return (enum closeup_file)(((int)file + 1) % n);
}

const struct history_run *closeup_run(const struct closeup *closeup, size_t *place) {
    const struct history *history = &closeup->history;

    if (history->n == 0) {
        return NULL;
    }
    *place = closeup->run_chosen && closeup->run < history->n ? closeup->run
                                                              : history->n - 1;
    return &history->runs[*place];
}

static bool is_of_scf(enum plot_kind kind) {
    return kind == PLOT_SCF || kind == PLOT_ACCURACY;
}

int closeup_take_full(struct closeup *closeup, const json_t *full) {
    const json_t *results = json_object_get(full, "results");
    unsigned kinds = 0;
    int r = history_read(&closeup->history, json_object_get(results, "scf"));

    r = r ? r : plot_kinds_of(results, &kinds);
    if (r < 0) {
        return r;
    }
    json_decref(closeup->full);
    closeup->full = json_incref((json_t *)full);
    closeup->kinds = kinds & ~(1U << PLOT_SCF | 1U << PLOT_ACCURACY);
    closeup->ended = json_is_string(json_object_get(full, "finished_at"));
    closeup->about = plot_kind_of_calculation(results, kinds);
    return 0;
}

unsigned closeup_kinds(const struct closeup *closeup) {
    size_t place;
    const struct history_run *run = closeup_run(closeup, &place);
    unsigned kinds = closeup->kinds;

    if (run && history_has(run, HISTORY_DELTA)) {
        kinds |= 1U << PLOT_SCF;
    }
    if (run && history_has(run, HISTORY_ACCURACY)) {
        kinds |= 1U << PLOT_ACCURACY;
    }
    return kinds;
}

/* A chosen SCF plot stays one of the SCF where the job lacks the very one. */
enum plot_kind closeup_kind(const struct closeup *closeup) {
    unsigned kinds = closeup_kinds(closeup);
    bool scf_chosen = closeup->kind_chosen && is_of_scf(closeup->kind);

    if (closeup->kind_chosen && kinds & 1U << closeup->kind) {
        return closeup->kind;
    }
    if (closeup->ended && !scf_chosen && !is_of_scf(closeup->about) &&
        kinds & 1U << closeup->about) {
        return closeup->about;
    }
    if (kinds & 1U << PLOT_ACCURACY) {
        return PLOT_ACCURACY;
    }
    return kinds & 1U << PLOT_SCF || closeup->kinds == 0 ? PLOT_SCF : closeup->about;
}

void closeup_step_kind(struct closeup *closeup) {
    unsigned kinds = closeup_kinds(closeup);
    int kind = (int)closeup_kind(closeup);

    for (int i = 1; i <= PLOT_N_KINDS; i++) {
        int next = (kind + i) % PLOT_N_KINDS;
        if (kinds & 1U << next) {
            closeup->kind = (enum plot_kind)next;
            closeup->kind_chosen = true;
            return;
        }
    }
}

void closeup_step_run(struct closeup *closeup, int by) {
    size_t place;

    if (!closeup_run(closeup, &place)) {
        return;
    }
    if (by < 0 && place > 0) {
        place--;
    } else if (by > 0 && place + 1 < closeup->history.n) {
        place++;
    }
    if (!is_of_scf(closeup_kind(closeup))) {
        closeup->kind = PLOT_ACCURACY;
        closeup->kind_chosen = true;
    }
    closeup->run = place;
    closeup->run_chosen = place + 1 < closeup->history.n;
}

enum closeup_file closeup_tail(const struct closeup *closeup) {
    const struct closeup_text *output = &closeup->files[CLOSEUP_OUTPUT];
    const struct closeup_text *error = &closeup->files[CLOSEUP_ERROR];
    bool only_errors = output->loaded && output->text.n == 0 && error->text.n > 0;

    return only_errors ? CLOSEUP_ERROR : CLOSEUP_OUTPUT;
}
