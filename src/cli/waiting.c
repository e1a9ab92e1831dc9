/* Waiting with somebody looking on: on a terminal a line a cycle, in a pipe nothing.
 * Once all have ended they are told of in the order of the command line: in words, as
 * "ID<tab>STATE", or as JSON; and those that did not complete are errors. */
#include "cli/waiting.h"

#include "base/cleanup.h"
#include "cli/factsheet.h"
#include "cli/field.h"
#include "cli/jobline.h"
#include "cli/remote.h"
#include "cli/term.h"
#include "cli/watch.h"

#include <inttypes.h>
#include <math.h>
#include <stdio.h>

static void print_cycle(const struct watch_job *job, const json_t *cycle, void *data) {
    const struct term *term = data;
    double energy = field_number(cycle, "energy_ev");
    double accuracy = field_number(cycle, "accuracy_ev");
    double delta = field_number(cycle, "delta_ev");
    _cleanup_free_ char *name = jobline_name(term, job->summary);
    (void)printf("job %" PRId64 ": %s  cycle %" PRId64, job->id, name,
                 field_int(cycle, "cycle", 0));
    if (!isnan(energy)) {
        (void)printf("  energy %.8f eV", energy);
    }
    if (!isnan(delta)) {
        (void)printf("  change %.1e eV", delta);
    }
    if (!isnan(accuracy)) {
        (void)printf("  accuracy %.1e eV", accuracy);
    }
    fact_print_forecast(term, "  ", json_object_get(cycle, "forecast"), "");
    (void)putchar('\n');
}

static void print_ends(const struct waiting *waiting, const struct watch *watch,
                       const struct term *term) {
    for (size_t i = 0; i < watch->n_jobs; i++) {
        const json_t *job = watch->jobs[i].summary;
        const char *state = field_text(job, "state");
        if (waiting->json) {
            (void)remote_print_json(term, job);
        } else if (term->tty) {
            if (jobline_exit_status(job) == CLI_OK) { /* the others become errors */
                jobline_print_completed(term, job);
            }
        } else if (!waiting->quiet) {
            (void)printf("%" PRId64 "\t%s\n", watch->jobs[i].id, state ? state : "-");
        }
    }
}

int waiting_run(const struct waiting *waiting) {
    struct term term = term_stdout();
    _cleanup_(watch_deinit) struct watch watch = {0};
    watch_init(&watch, waiting->cli, waiting->client, waiting->ids, waiting->n);
    watch.say_on_interrupt = true;
    watch.data = &term;
    if (term.tty && !waiting->json) {
        watch.hooks.cycle = print_cycle;
    }
    int status = watch_run(&watch);
    if (status != CLI_OK) {
        return status;
    }
    print_ends(waiting, &watch, &term);
    return watch_exit_status(&watch);
}
