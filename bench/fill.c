/* bench-fill DATABASE N: a database of N jobs that have come to their ends, through the
 * store's own functions, as a year of calculations would have left it. */
#include "base/cleanup.h"
#include "base/str.h"
#include "job/job.h"
#include "store/store.h"

#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { YEAR_SECONDS = 365 * 24 * 3600, GROUP = 1000 };

static const int64_t begun_ms = INT64_C(1700000000000);

static char **words(const char *a, const char *b) {
    char **list = calloc(3, sizeof *list);
    if (list) {
        list[0] = strdup(a);
        list[1] = b ? strdup(b) : NULL;
    }
    return list;
}

/* Every tenth failed, every hundredth was cancelled; a third are commands. */
static struct job *job_number(int64_t i, int64_t n) {
    struct job *job = NULL;
    bool command = i % 3 == 0;
    if (job_new(&job) < 0) {
        return NULL;
    }
    job->created_at = begun_ms + i * YEAR_SECONDS / n * 1000;
    job->state = JOB_QUEUED;
    job->code = strdup(command ? "command" : "quantum_espresso");
    job->argv = words(command ? "true" : "pw.x", command ? NULL : "-in");
    job->env = words("PATH=/usr/local/bin:/usr/bin:/bin", "HOME=/home/somebody");
    int r = str_printf(&job->name, "cell %" PRId64, i);
    r = r < 0 ? r
              : str_printf(&job->directory, "/home/somebody/runs/%03" PRId64, i % 997);
    r = r < 0 ? r : str_printf(&job->output, "%s/%" PRId64 ".out", job->directory, i);
    job->tags = i % 10 == 0 ? words("batch", NULL) : NULL;
    job->note = i % 1000 == 0 ? strdup("again with a denser grid") : NULL;
    if (!command && r >= 0) {
        r = str_printf(&job->input, "%" PRId64 ".in", i);
    }
    return r < 0 ? job_free(job) : job;
}

static int end(struct store *store, struct job *job, int64_t i) {
    static const enum job_state ends[] = {JOB_COMPLETED, JOB_FAILED, JOB_CANCELLED};
    int kind = i % 100 == 7 ? 2 : i % 10 == 3 ? 1 : 0;
    job->state = ends[kind];
    job->exit_code = kind == 0 ? 0 : kind == 1 ? 1 : JOB_NO_EXIT_CODE;
    job->signal = kind == 2 ? 15 : 0;
    job->started_at = job->created_at + 1000;
    job->finished_at = job->started_at + 60000 + i % 1000 * 1000;
    job->cpu_seconds = 60;
    job->peak_memory_bytes = 100 << 20;
    if (job->input) {
        job->progress.scf = 1;
        job->progress.cycle = 5 + i % 20;
        job->progress.energy_ev = -200 - (double)(i % 1000);
        job->progress.converged = kind == 0;
        job->progress.status = kind == 0 ? 1 : 2;
    }
    return store_job_update(store, job, job->finished_at, NULL);
}

/* In groups, so that the disk is waited for a hundred times instead of for each job. */
static int fill(struct store *store, int64_t n) {
    int r = 0;
    for (int64_t i = 0; r == 0 && i < n; i++) {
        _cleanup_(job_freep) struct job *job = job_number(i, n);
        r = !job ? -ENOMEM : i % GROUP == 0 ? store_begin(store) : 0;
        r = r ? r : store_job_insert(store, job);
        r = r ? r : end(store, job, i);
        if (r == 0 && (i % GROUP == GROUP - 1 || i == n - 1)) {
            r = store_commit(store);
        }
    }
    return r;
}

int main(int argc, char **argv) {
    struct errmsg msg = ERRMSG_NULL;
    _cleanup_(store_freep) struct store *store = NULL;
    int64_t n = argc == 3 ? strtoll(argv[2], NULL, 10) : 0;
    if (n <= 0 || store_open(&store, argv[1], &msg) != 0) {
        (void)fprintf(stderr, "usage: %s DATABASE N\n%s\n", argv[0], msg.text);
        return EXIT_FAILURE;
    }
    if (fill(store, n) != 0) {
        (void)fprintf(stderr, "%s: %s\n", argv[1], store_error(store));
        return EXIT_FAILURE;
    }
    return EXIT_SUCCESS;
}
