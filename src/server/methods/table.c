/* The one table of methods. */
#include "server/methods/methods.h"

#include <string.h>

const struct method *method_at(size_t index) {
    const struct {
        const struct method *methods;
        size_t n;
    } families[] = {
        {methods_system, methods_system_count},
        {methods_submit, methods_submit_count},
        {methods_resubmit, methods_resubmit_count},
        {methods_list, methods_list_count},
        {methods_jobs, methods_jobs_count},
        {methods_queue, methods_queue_count},
        {methods_logs, methods_logs_count},
        {methods_db, methods_db_count},
        {methods_keep, methods_keep_count},
        {methods_import, methods_import_count},
        {methods_input, methods_input_count},
        {methods_clusters, methods_clusters_count},
        {methods_clusters_test, methods_clusters_test_count},
        {methods_slurm, methods_slurm_count},
        {methods_slurm_queue, methods_slurm_queue_count},
        {methods_slurm_cancel, methods_slurm_cancel_count},
        {methods_fetch, methods_fetch_count},
    };
    for (size_t i = 0; i < sizeof families / sizeof families[0]; i++) {
        if (index < families[i].n) {
            return &families[i].methods[index];
        }
        index -= families[i].n;
    }
    return NULL;
}

const struct method *method_find(const char *name) {
    for (size_t i = 0;; i++) {
        const struct method *method = method_at(i);
        if (!method || strcmp(method->name, name) == 0) {
            return method;
        }
    }
}
