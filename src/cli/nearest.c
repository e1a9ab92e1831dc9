/* "Did you mean": offers the words that would have been right to the common guesser. */
#include "cli/command.h"

#include "base/nearest.h"

#include <string.h>

const char *command_nearest_word(const char *const *words, const char *typed) {
    struct nearest nearest;
    nearest_init(&nearest, typed, strlen(typed));
    for (; *words; words++) {
        nearest_offer(&nearest, *words);
    }
    return nearest.best;
}

const char *command_nearest(const char *typed) {
    struct nearest nearest;
    nearest_init(&nearest, typed, strlen(typed));
    for (size_t i = 0; command_at(i); i++) {
        nearest_offer(&nearest, command_at(i)->name);
    }
    return nearest.best;
}

const char *command_nearest_option(const struct option_spec *options,
                                   const char *typed) {
    struct nearest nearest;
    nearest_init(&nearest, typed, strlen(typed));
    for (; options->name; options++) {
        nearest_offer(&nearest, options->name);
    }
    return nearest.best;
}
