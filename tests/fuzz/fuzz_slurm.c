/* What Slurm's programs print, read by all who read it: nothing of it is read behind
 * its end, and what is told lies in it. */
#include "slurm/answer.h"
#include "slurm/queue.h"

#include <stdint.h>
#include <stdlib.h>
#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

struct span {
    const char *at;
    size_t n;
};

static int take_job(const struct slurm_queued *job, void *data) {
    const struct span *all = data;
    if (job->number <= 0 || job->name.at < all->at ||
        job->name.at + job->name.n > all->at + all->n) {
        abort();
    }
    return 0;
}

static void take_end(const struct slurm_end *end, void *data) {
    (void)data;
    if (end->exit_code < -1 || end->exit_code > 255 ||
        !memchr(end->host, '\0', sizeof end->host) || end->state >= SLURM_STATES) {
        abort();
    }
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
    struct errmsg words = ERRMSG_NULL;
    struct span all = {(const char *)data, size};
    size_t other = 0;
    if (size == 0) {
        return 0;
    }
    (void)slurm_queue_read(all.at, size, take_job, &all, &other);
    slurm_ends_read(all.at, size, take_end, NULL);
    (void)slurm_refusal_read(all.at, size, &words);
    return slurm_id_read(all.at, size) < 0;
}
