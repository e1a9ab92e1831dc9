/* What is known of the selected job. */
#include "tui/watch.h"

void watch_init(struct watch *watch) {
    *watch = (struct watch){0};
}

void watch_deinit(struct watch *watch) {
    json_decref(watch->full);
    history_deinit(&watch->history);
    for (int i = 0; i < WATCH_N_FILES; i++) {
        logtext_deinit(&watch->files[i].text);
    }
    watch_init(watch);
}

void watch_reset(struct watch *watch, int64_t id) {
    enum history_quantity quantity = watch->quantity;

    watch_deinit(watch);
    watch->id = id;
    watch->quantity = quantity;
}

const char *watch_file_name(enum watch_file file) {
    static const char *const names[WATCH_N_FILES] = {"output", "error", "input"};

    return names[file];
}

const struct history_run *watch_run(const struct watch *watch, size_t *place) {
    const struct history *history = &watch->history;

    if (history->n == 0) {
        return NULL;
    }
    *place = watch->run_chosen && watch->run < history->n ? watch->run : history->n - 1;
    return &history->runs[*place];
}

enum history_quantity watch_quantity(const struct watch *watch,
                                     const struct history_run *run) {
    enum history_quantity other =
        watch->quantity == HISTORY_ACCURACY ? HISTORY_DELTA : HISTORY_ACCURACY;

    return history_has(run, watch->quantity) || !history_has(run, other) ? watch->quantity
                                                                          : other;
}

void watch_step_run(struct watch *watch, int by) {
    size_t place;

    if (!watch_run(watch, &place)) {
        return;
    }
    if (by < 0 && place > 0) {
        place--;
    } else if (by > 0 && place + 1 < watch->history.n) {
        place++;
    }
    watch->run = place;
    watch->run_chosen = place + 1 < watch->history.n;
}

enum watch_file watch_tail(const struct watch *watch) {
    const struct watched_file *output = &watch->files[WATCH_OUTPUT];
    const struct watched_file *error = &watch->files[WATCH_ERROR];
    bool only_errors = output->loaded && output->text.n == 0 && error->text.n > 0;

    return only_errors ? WATCH_ERROR : WATCH_OUTPUT;
}
