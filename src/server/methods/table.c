/* The one table of methods. */
#include "server/methods/methods.h"

#include <string.h>

const struct method *method_at(size_t index) {
    if (index < methods_system_count) {
        return &methods_system[index];
    }
    index -= methods_system_count;
    if (index < methods_submit_count) {
        return &methods_submit[index];
    }
    index -= methods_submit_count;
    return index < methods_jobs_count ? &methods_jobs[index] : NULL;
}

const struct method *method_find(const char *name) {
    for (size_t i = 0;; i++) {
        const struct method *method = method_at(i);
        if (!method || strcmp(method->name, name) == 0) {
            return method;
        }
    }
}
