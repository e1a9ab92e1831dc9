/* What Slurm's programs print, read by all who read it: nothing of it is read behind
 * its end, and what is told lies in it. */
#include "slurm/answer.h"
#include "slurm/array.h"
#include "slurm/look.h"
#include "slurm/queue.h"

#include <errno.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

struct span {
    const char *at;
    size_t n;
};

static struct slurm_array *find_array(int64_t number, void *data) {
    return number > 0 ? data : NULL;
}

static void take_tasks(int64_t number, void *data) {
    (void)number;
    slurm_array_give_up(data, SLURM_UNKNOWN);
}

static int see_job(const struct slurm_queued *job, void *data) {
    slurm_array_seen(data, job);
    return 0;
}

/* As the list of an array, and as what is told of one. */
static void take_array(const struct span *all) {
    struct slurm_array array = {.rest = SLURM_UNKNOWN};
    char spec[64] = "";
    size_t other = 0;
    (void)memcpy(spec, all->at, all->n < sizeof spec - 1 ? all->n : sizeof spec - 1);
    if (slurm_array_init(&array, spec, NULL) < 0 &&
        slurm_array_init(&array, "0-7,9", NULL) < 0) {
        return;
    }
    slurm_array_load(&array, all->at, all->n);
    slurm_array_look(&array);
    (void)slurm_queue_read(all->at, all->n, see_job, &array, &other);
    slurm_array_looked(&array);
    slurm_arrays_read(all->at, all->n, find_array, take_tasks, &array);
    struct slurm_array_count count = slurm_array_count(&array);
    if (count.waiting + count.running + count.completed + count.cancelled +
            count.failed !=
        array.n) {
        abort();
    }
    slurm_array_deinit(&array);
}

/* As what is told of a folder. */
static void take_folder(const struct span *all) {
    struct slurm_look *look = NULL;
    int64_t size = 0;
    if (slurm_look_new(&look, "/x") == 0) {
        (void)slurm_look_state(look, "y", &size, &size);
        if (slurm_look_answer(look, all->at, all->n) == 0 &&
            slurm_look_state(look, "y", &size, &size) == -EAGAIN) {
            abort();
        }
    }
    (void)slurm_look_free(look);
}

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
    take_array(&all);
    take_folder(&all);
    return slurm_id_read(all.at, size) < 0;
}
