/* The words that an argument is one of, for completion and for messages. */
#include "cli/command.h"

const char *const *command_words(enum arg_kind kind) {
    static const char *const states[] = {
        "held",      "queued", "starting",  "running", "cancelling",
        "completed", "failed", "cancelled", "lost",    NULL};
    static const char *const verbs[] = {"start",  "stop", "restart",
                                        "status", "logs", NULL};
    static const char *const db_verbs[] = {"check", "backup", "restore", NULL};
    static const char *const cluster_verbs[] = {"list", "show",  "queue",  "add", "set",
                                                "test", "login", "remove", NULL};
    static const char *const answers[] = {"yes", "no", NULL};
    static const char *const shells[] = {"bash", "zsh", "fish", NULL};
    static const char *const plots[] = {"scf",    "accuracy",    "opt", "forces",
                                        "volume", "frequencies", NULL};
    static const char *const structures[] = {"poscar", "cif", "pw", "xyz", "d12", NULL};
    switch (kind) {
    case ARG_STATE:
        return states;
    case ARG_VERB:
        return verbs;
    case ARG_DB:
        return db_verbs;
    case ARG_CLUSTER:
        return cluster_verbs;
    case ARG_YES_NO:
        return answers;
    case ARG_SHELL:
        return shells;
    case ARG_PLOT:
        return plots;
    case ARG_STRUCTURE:
        return structures;
    default:
        return NULL;
    }
}
