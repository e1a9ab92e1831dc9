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

/* What other programs call it. */
static const char *find_synonym(const char *typed) {
    static const struct {
        const char *typed, *name;
    } synonyms[] = {
        {"ls", "jobs"},          {"list", "jobs"},         {"status", "jobs"},
        {"ps", "jobs"},          {"top", "jobs"},          {"queue", "jobs"},
        {"squeue", "jobs"},      {"qstat", "jobs"},        {"watch", "wait"},
        {"kill", "cancel"},      {"stop", "cancel"},       {"qdel", "cancel"},
        {"abort", "cancel"},     {"scancel", "cancel"},    {"delete", "remove"},
        {"del", "remove"},       {"rm", "remove"},         {"run", "submit"},
        {"sbatch", "submit"},    {"qsub", "submit"},       {"start", "submit"},
        {"restart", "resubmit"}, {"continue", "resubmit"}, {"info", "show"},
        {"tail", "log"},         {"cat", "log"},           {"output", "log"},
    };
    for (size_t i = 0; i < sizeof synonyms / sizeof *synonyms; i++) {
        if (strcmp(synonyms[i].typed, typed) == 0) {
            return synonyms[i].name;
        }
    }
    return NULL;
}

const char *command_nearest(const char *typed) {
    const char *synonym = find_synonym(typed);
    if (synonym) {
        return synonym;
    }
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
