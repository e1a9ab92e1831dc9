/* How often the forecast is right: outputs are fed to the scanners a line at a time,
 * and after each SCF cycle it is noted what the forecast says of the run by what is
 * known until then. When the output has been read, that is compared with what became of
 * the run. Runs whose end the output does not tell are left out.
 *
 * "Right" is, for "converging": it converged; for "will not make": it ended at the
 * limit unconverged; for "oscillating", "stalled" and "diverging": within the next five
 * cycles it came no decade nearer, or it never converged.
 *
 * usage: bench-forecast FILE|FOLDER… */
#include "base/buf.h"
#include "base/cleanup.h"
#include "codes/code.h"

#include <errno.h>
#include <ftw.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

enum {
    BADGES = FORECAST_MISSES_TIME + 1,
    SOON = 5,
    HEAD = 64 * 1024,
};

/* What was said after a cycle. */
struct saying {
    const char *file;
    size_t scf, cycle;
    struct forecast forecast;
};

struct record {
    struct saying *sayings; /* owned */
    size_t n, cap;
};

struct score {
    size_t said[BADGES], right[BADGES], never[BADGES];
    size_t early;
    double *errors, *cycles, *widths; /* owned; one a range with two ends */
    size_t falling, fell, rising, rose, flat, stayed; /* of forces: said, and right */
    size_t ranges, covered, open_ended, runs, unconverged, unknown, files;
};

static void *need(void *memory) {
    if (!memory) {
        (void)fputs("no memory\n", stderr);
        exit(1);
    }
    return memory;
}

static void note(struct record *record, const struct results *results,
                 const struct code_limits *limits) {
    const struct scf_run *run = &results->scf[results->n_scf - 1];
    if (!scf_run_goes_on(run)) {
        return;
    }
    if (record->n == record->cap) {
        record->cap = record->cap ? 2 * record->cap : 64;
        record->sayings =
            need(realloc(record->sayings, record->cap * sizeof *record->sayings));
    }
    struct forecast_aim aim = results_aim(results);
    aim.cycle_limit = aim.cycle_limit > 0 ? aim.cycle_limit : limits->scf_cycles;
    record->sayings[record->n++] =
        (struct saying){.scf = results->n_scf - 1,
                        .cycle = run->n_cycles,
                        .forecast = scf_run_forecast(run, run->n_cycles, &aim)};
}

static void feed_lines(struct scanner *scanner, const struct buf *text,
                       const struct code_limits *limits, struct record *record) {
    const char *at = buf_bytes(text);
    const char *end = at + buf_len(text);
    size_t cycles = 0;
    while (at < end) {
        const char *newline = memchr(at, '\n', (size_t)(end - at));
        const char *next = newline ? newline + 1 : end;
        if (scanner_feed(scanner, at, (size_t)(next - at)) < 0) {
            need(NULL);
        }
        const struct results *results = scanner_results(scanner);
        if (results->n_cycles > cycles) {
            note(record, results, limits);
        }
        cycles = results->n_cycles;
        at = next;
    }
    if (scanner_finish(scanner) < 0) {
        need(NULL);
    }
}

/* Whether within the next cycles what is left is a tenth of what it is now. */
static bool gains_soon(const struct scf_run *run, size_t cycle) {
    const struct scf_cycle *c = run->cycles;
    double now = isnan(c[cycle - 1].left_ev)
                     ? cycle > 1 ? fabs(c[cycle - 1].energy_ev - c[cycle - 2].energy_ev)
                                 : INFINITY
                     : c[cycle - 1].left_ev;
    for (size_t i = cycle; i < run->n_cycles && i < cycle + SOON; i++) {
        double left = isnan(c[i].left_ev) ? fabs(c[i].energy_ev - c[i - 1].energy_ev)
                                          : c[i].left_ev;
        if (left < now / 10) {
            return true;
        }
    }
    return false;
}

static void score_range(struct score *score, const struct forecast *f, double actual) {
    if (f->cycles_low == 0) {
        return;
    }
    if (f->cycles_high == 0) {
        score->open_ended++;
        return;
    }
    double middle = sqrt((double)f->cycles_low * (double)f->cycles_high);
    size_t i = score->ranges++;
    score->errors = need(realloc(score->errors, (i + 1) * sizeof(double)));
    score->cycles = need(realloc(score->cycles, (i + 1) * sizeof(double)));
    score->widths = need(realloc(score->widths, (i + 1) * sizeof(double)));
    score->errors[i] = fabs(middle - actual) / actual;
    score->cycles[i] = fabs(middle - actual);
    score->widths[i] = (double)(f->cycles_high - f->cycles_low);
    score->covered +=
        (double)f->cycles_low <= actual && actual <= (double)f->cycles_high;
}

/* The cycles that a run had, without the final energy where that comes once more. */
static size_t cycles_of(const struct results *results, const struct scf_run *run) {
    bool twice = run->ended && strcmp(results->code, "crystal") == 0;
    return run->n_cycles - (twice ? 1 : 0);
}

/* What was said of the forces after each step: whether a later one was smaller; whether
 * none of the next five was by a third. */
static void score_forces(struct score *score, const struct results *results) {
    struct results part = *results;
    for (size_t n = 4; n < results->n_steps; n++) {
        part.n_steps = n;
        enum forecast_badge badge = results_forces(&part);
        double now = results->steps[n - 1].max_force_ev_per_ang;
        double soon = INFINITY;
        double later = INFINITY;
        for (size_t i = n; i < results->n_steps; i++) {
            double force = results->steps[i].max_force_ev_per_ang;
            later = fmin(later, force);
            soon = i < n + SOON ? fmin(soon, force) : soon;
        }
        bool falls = badge == FORECAST_CONVERGING;
        bool rises = badge == FORECAST_DIVERGING;
        bool stays = badge == FORECAST_STALLED || badge == FORECAST_OSCILLATING;
        score->falling += falls;
        score->fell += falls && later < now;
        score->rising += rises;
        score->rose += rises && !(soon < now * 2 / 3);
        score->flat += stays;
        score->stayed += stays && !(soon < now * 2 / 3);
    }
}

static void score_saying(struct score *score, const struct results *results,
                         const struct saying *saying, const char *verbose) {
    const struct scf_run *run = &results->scf[saying->scf];
    size_t total = cycles_of(results, run);
    enum forecast_badge badge = saying->forecast.badge;
    if (saying->cycle >= total || run->converged == TRUTH_UNKNOWN) {
        return;
    }
    bool converged = run->converged == TRUTH_YES;
    bool right = badge == FORECAST_CONVERGING ? converged
                 : badge == FORECAST_MISSES_CYCLES
                     ? !converged
                     : !converged || !gains_soon(run, saying->cycle);
    if (verbose && badge != FORECAST_NONE) {
        (void)printf("%s scf %zu cycle %zu of %zu%s: %s %ld-%ld%s\n", verbose,
                     saying->scf + 1, saying->cycle, total,
                     converged ? "" : " (unconverged)", forecast_badge_name(badge),
                     saying->forecast.cycles_low, saying->forecast.cycles_high,
                     right ? "" : " WRONG");
    }
    score->said[badge]++;
    score->right[badge] += right;
    score->never[badge] += !converged;
    if (converged) {
        score_range(score, &saying->forecast, (double)(total - saying->cycle));
    }
}

static bool read_file(const char *path, struct buf *text) {
    FILE *file = fopen(path, "r");
    if (!file) {
        return false;
    }
    char piece[16384];
    size_t n;
    while ((n = fread(piece, 1, sizeof piece, file)) > 0) {
        if (buf_append(text, piece, n) < 0) {
            need(NULL);
        }
    }
    (void)fclose(file);
    return true;
}

/* Of the input "x.in" beside an output "x.out". */
static struct code_limits limits_beside(const struct code *code, const char *path) {
    _cleanup_buf_ struct buf input = BUF_NULL;
    const char *dot = strrchr(path, '.');
    char name[4096];
    if (!dot || strcmp(dot, ".out") != 0) {
        return (struct code_limits){0, NAN};
    }
    (void)snprintf(name, sizeof name, "%.*s.in", (int)(dot - path), path);
    return read_file(name, &input)
               ? code_limits(code, buf_bytes(&input), buf_len(&input))
               : (struct code_limits){0, NAN};
}

static void score_file(struct score *score, const char *path, const struct buf *text) {
    size_t n = buf_len(text);
    const struct code *code = code_of_output(buf_bytes(text), n < HEAD ? n : HEAD);
    struct scanner *scanner = NULL;
    struct record record = {0};
    if (!code || scanner_new(&scanner, code) < 0) {
        return;
    }
    struct code_limits limits = limits_beside(code, path);
    feed_lines(scanner, text, &limits, &record);
    const struct results *results = scanner_results(scanner);
    const char *verbose = getenv("BENCH_VERBOSE") ? path : NULL;
    score->files += record.n > 0;
    for (size_t i = 0; i < results->n_scf; i++) {
        score->runs += results->scf[i].n_cycles > 0;
        score->unconverged += results->scf[i].converged == TRUTH_NO;
        score->unknown += results->scf[i].converged == TRUTH_UNKNOWN;
    }
    for (size_t i = 0; i < record.n; i++) {
        score_saying(score, results, &record.sayings[i], verbose);
    }
    score_forces(score, results);
    free(record.sayings);
    scanner_free(scanner);
}

/* VASP tells the same cycles in up to three files: one of them counts. */
static bool is_told_elsewhere(const char *path) {
    const char *slash = strrchr(path, '/');
    const char *name = slash ? slash + 1 : path;
    char other[4096];
    if (strcmp(name, "OSZICAR") != 0 && strcmp(name, "vasprun.xml") != 0) {
        return false;
    }
    (void)snprintf(other, sizeof other, "%.*sOUTCAR", (int)(name - path), path);
    return access(other, R_OK) == 0;
}

static struct score walked; /* nftw has no place for it */

static int visit(const char *path, const struct stat *st, int type, struct FTW *ftw) {
    _cleanup_buf_ struct buf text = BUF_NULL;
    (void)st;
    (void)ftw;
    if (type != FTW_F || is_told_elsewhere(path) || !read_file(path, &text)) {
        return 0;
    }
    if (buf_len(&text) > 0) {
        score_file(&walked, path, &text);
    }
    return 0;
}

static int compare(const void *a, const void *b) {
    double x = *(const double *)a;
    double y = *(const double *)b;
    return (x > y) - (x < y);
}

static double median(double *values, size_t n) {
    qsort(values, n, sizeof *values, compare);
    return n == 0 ? NAN : (values[(n - 1) / 2] + values[n / 2]) / 2;
}

static void print_table(struct score *score) {
    (void)printf("%zu outputs, %zu SCF runs (%zu ended unconverged, of %zu the end is "
                 "not known)\n\n",
                 score->files, score->runs, score->unconverged, score->unknown);
    (void)printf("%-22s %6s %6s %6s %12s\n", "badge", "said", "right", "",
                 "unconverged");
    for (size_t i = 0; i < BADGES; i++) {
        const char *name = forecast_badge_name((enum forecast_badge)i);
        if (score->said[i] > 0 || name) {
            char share[16] = "-";
            if (score->said[i] > 0 && name) {
                (void)snprintf(share, sizeof share, "%.0f %%",
                               100.0 * (double)score->right[i] /
                                   (double)score->said[i]);
            }
            (void)printf("%-22s %6zu %6zu %6s %12zu\n", name ? name : "(none yet)",
                         score->said[i], name ? score->right[i] : 0, share,
                         score->never[i]);
        }
    }
    size_t n = score->ranges;
    (void)printf("\nranges: %zu, and %zu without an upper end\n", n, score->open_ended);
    if (n > 0) {
        (void)printf("  the end was within: %.0f %%\n",
                     100.0 * (double)score->covered / (double)n);
        (void)printf("  their (geometric) middle was off by %.1f cycles, %.0f %% of "
                     "what was left "
                     "(medians)\n",
                     median(score->cycles, n), 100 * median(score->errors, n));
        (void)printf("  they were %.1f cycles wide (median)\n",
                     median(score->widths, n));
    }
}

static void print_forces(const struct score *score) {
    (void)printf("\nforces of optimisations, step by step\n");
    (void)printf("%-22s %6zu %6zu (a later one was smaller)\n", "falling",
                 score->falling, score->fell);
    (void)printf("%-22s %6zu %6zu (none of the next five was smaller by a third)\n",
                 "not falling", score->flat, score->stayed);
    (void)printf("%-22s %6zu %6zu (likewise)\n", "rising", score->rising, score->rose);
}

int main(int argc, char **argv) {
    struct score *score = &walked;
    if (argc < 2) {
        (void)fputs("usage: bench-forecast FILE|FOLDER…\n", stderr);
        return 2;
    }
    for (int i = 1; i < argc; i++) {
        if (nftw(argv[i], visit, 16, FTW_PHYS) < 0) {
            (void)printf("%s: %s; skipped\n", argv[i], strerror(errno));
        }
    }
    if (score->files == 0) {
        (void)puts("no output with SCF cycles among these; nothing to tell");
        return 0;
    }
    print_table(score);
    print_forces(score);
    free(score->errors);
    free(score->cycles);
    free(score->widths);
    return 0;
}
