/* The environment of this process, for a job. */
#include "cli/own_environment.h"

#include "base/cleanup.h"
#include "cli/say.h"

#include <stdlib.h>
#include <string.h>

extern char **environ;

json_t *own_environment(void) {
    json_t *object = say_need(json_object());
    for (char **at = environ; *at; at++) {
        const char *equals = strchr(*at, '=');
        if (!equals || equals == *at) {
            continue;
        }
        _cleanup_free_ char *key = say_need(strndup(*at, (size_t)(equals - *at)));
        if (json_object_set_new(object, key, json_string(equals + 1)) < 0) {
            say_error(
                "the environment variable %s is not UTF-8; the job runs without it",
                key);
        }
    }
    return object;
}
