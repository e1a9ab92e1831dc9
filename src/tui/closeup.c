/* What is known of the selected job. */
#include "tui/closeup.h"

void closeup_init(struct closeup *closeup) {
    *closeup = (struct closeup){0};
}

void closeup_deinit(struct closeup *closeup) {
    json_decref(closeup->full);
    history_deinit(&closeup->history);
    for (int i = 0; i < CLOSEUP_N_FILES; i++) {
        logtext_deinit(&closeup->files[i].text);
    }
    closeup_init(closeup);
}

void closeup_reset(struct closeup *closeup, int64_t id) {
    enum history_quantity quantity = closeup->quantity;

    closeup_deinit(closeup);
    closeup->id = id;
    closeup->quantity = quantity;
}

const char *closeup_file_name(enum closeup_file file) {
    static const char *const names[CLOSEUP_N_FILES] = {"output", "error", "input"};

    return names[file];
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

enum history_quantity closeup_quantity(const struct closeup *closeup,
                                       const struct history_run *run) {
    enum history_quantity other =
        closeup->quantity == HISTORY_ACCURACY ? HISTORY_DELTA : HISTORY_ACCURACY;

    return history_has(run, closeup->quantity) || !history_has(run, other)
               ? closeup->quantity
               : other;
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
    closeup->run = place;
    closeup->run_chosen = place + 1 < closeup->history.n;
}

enum closeup_file closeup_tail(const struct closeup *closeup) {
    const struct closeup_text *output = &closeup->files[CLOSEUP_OUTPUT];
    const struct closeup_text *error = &closeup->files[CLOSEUP_ERROR];
    bool only_errors = output->loaded && output->text.n == 0 && error->text.n > 0;

    return only_errors ? CLOSEUP_ERROR : CLOSEUP_OUTPUT;
}
