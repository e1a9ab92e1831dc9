/* Waiting with somebody looking on: on a terminal a line a cycle, in a pipe nothing.
 * Once all have ended they are told of in the order of the command line: in words, as
 * "ID<tab>STATE", or as JSON; and those that did not complete are errors. */
#include "cli/waiting.h"

#include "base/cleanup.h"
#include "cli/factsheet.h"
#include "cli/field.h"
#include "cli/jobline.h"
#include "cli/remote.h"
#include "cli/say.h"
#include "cli/term.h"
#include "cli/watch.h"

#include <inttypes.h>
#include <math.h>
#include <stdio.h>

enum {
    NUMBERS_SIZE = 160,
    NAME_LEAST = 12,  /* columns that a name keeps */
    FEWEST_LEVEL = 3, /* no numbers at all */
};

/* What a cycle brought; the higher the level, the less of it. */
static void write_numbers(const json_t *cycle, int level, char out[NUMBERS_SIZE]) {
    double energy = field_number(cycle, "energy_ev");
    double accuracy = field_number(cycle, "accuracy_ev");
    double delta = field_number(cycle, "delta_ev");
    size_t n = 0;
    out[0] = '\0';
    if (!isnan(energy) && level < FEWEST_LEVEL) {
        n += (size_t)snprintf(out + n, NUMBERS_SIZE - n, "  energy %.8f eV", energy);
    }
    if (!isnan(delta) && (level == 0 || (level == 1 && isnan(accuracy))) &&
        n < NUMBERS_SIZE) {
        n += (size_t)snprintf(out + n, NUMBERS_SIZE - n, "  change %.1e eV", delta);
    }
    if (!isnan(accuracy) && level < 2 && n < NUMBERS_SIZE) {
        (void)snprintf(out + n, NUMBERS_SIZE - n, "  accuracy %.1e eV", accuracy);
    }
}

/* The most that fits into the room. */
static int fit_numbers(const struct term *term, const json_t *cycle, int room,
                       char out[NUMBERS_SIZE]) {
    int level = 0;
    write_numbers(cycle, level, out);
    while (term_width(term, out) > room && level < FEWEST_LEVEL) {
        write_numbers(cycle, ++level, out);
    }
    return term_width(term, out);
}

/* In one line of the terminal: the name gives way, then numbers do, then the forecast
 * does. */
static void print_cycle(const struct watch_job *job, const json_t *cycle, void *data) {
    const struct term *term = data;
    const json_t *forecast = json_object_get(cycle, "forecast");
    char numbers[NUMBERS_SIZE];
    _cleanup_free_ char *name = jobline_name(term, job->summary);
    _cleanup_free_ char *count =
        say_format("  cycle %" PRId64, field_int(cycle, "cycle", 0));
    int width = term_width(term, name);
    int least = width < NAME_LEAST ? width : (int)NAME_LEAST;
    int words = fact_forecast_width(term, forecast);
    int begun = printf("job %" PRId64 ": ", job->id);
    int left = term->columns - begun - term_width(term, count);
    bool foretold = least + words <= left;
    words = foretold ? words : 0;
    left -= words + fit_numbers(term, cycle, left - least - words, numbers);
    left = left > least ? left : least;
    term_put_cell(term, name, width < left ? width : left, false);
    (void)printf("%s%s", count, numbers);
    if (foretold) {
        fact_print_forecast(term, "  ", forecast, "");
    }
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
