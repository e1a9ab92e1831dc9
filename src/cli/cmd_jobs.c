/* `crystalmath jobs`: a table for people, columns between tabs for programs. */
#include "cli/cmds.h"

#include "base/cleanup.h"
#include "base/str.h"
#include "cli/factsheet.h"
#include "cli/field.h"
#include "cli/jobline.h"
#include "cli/remote.h"
#include "cli/say.h"
#include "cli/search_options.h"
#include "codes/forecast.h"

#include <inttypes.h>
#include <math.h>
#include <stdio.h>
#include <string.h>

enum {
    LIMIT_DEFAULT = 100,
    LIMIT_MAX = 1000000,
    PAGE_MAX = 1000, /* the most that the server hands out at once */
    NAME_LEAST = 8,  /* columns that a name keeps on a narrow terminal */
    COLUMNS = 9,
    GAP = 2,
};

enum column { ID, NAME, STATE, ON, CYCLE, CHANGE, FORECAST, ENERGY, TIME };

/* One line of the table; the texts are owned. */
struct row {
    char *cells[COLUMNS];
    enum term_style style, forecast; /* of the state, of the forecast */
};

static char *number(double value, const char *unit, const char *nothing, int digits,
                    bool small) {
    if (isnan(value)) {
        return say_format("%s", nothing);
    }
    return small ? say_format("%.*e%s", digits, value, unit)
                 : say_format("%.*f%s", digits, value, unit);
}

/* "5", or "2:5" for the fifth cycle of the second SCF. */
static char *cycle_text(const json_t *progress) {
    int64_t scf = field_int(progress, "scf", 0);
    int64_t cycle = field_int(progress, "cycle", 0);
    if (scf <= 0 && cycle <= 0) {
        return say_format("-");
    }
    return scf > 1 ? say_format("%" PRId64 ":%" PRId64, scf, cycle)
                   : say_format("%" PRId64, cycle);
}

static struct row row_for_people(const struct term *term, const json_t *job) {
    const json_t *progress = json_object_get(job, "progress");
    const char *state = field_text(job, "state");
    char duration[DURATION_SIZE];
    const json_t *forecast = json_object_get(job, "forecast");
    char words[FORECAST_WORDS_SIZE];
    const char *cluster = field_text(job, "cluster");
    /* Completed, and yet not what was wanted. */
    bool in_vain = state && strcmp(state, "completed") == 0 &&
                   json_is_false(json_object_get(progress, "converged"));
    struct row row = {.style =
                          in_vain ? TERM_YELLOW : jobline_style(state ? state : ""),
                      .forecast = fact_forecast_style(forecast)};
    row.cells[ID] = say_format("%" PRId64, field_int(job, "id", 0));
    row.cells[NAME] = jobline_name(term, job);
    row.cells[STATE] = say_format("%s", in_vain ? "not converged"
                                        : state ? state
                                                : "-");
    row.cells[ON] = cluster ? term_clean(term, cluster) : say_format("%s", "");
    row.cells[CYCLE] = cycle_text(progress);
    row.cells[CHANGE] = number(field_number(progress, "delta_ev"), " eV", "-", 1, true);
    row.cells[FORECAST] = say_format("%s", forecast_badge_words(forecast, words));
    row.cells[ENERGY] =
        number(field_number(progress, "energy_ev"), " eV", "-", 4, false);
    row.cells[TIME] =
        say_format("%s", jobline_duration(jobline_seconds(job), duration));
    return row;
}

static void row_deinit(struct row *row) {
    for (int i = 0; i < COLUMNS; i++) {
        free(row->cells[i]);
    }
}

static bool is_right(int column) {
    return column == ID || (column >= CYCLE && column != FORECAST);
}

/* Clusters and forecasts have a column where there are any. */
static bool is_needed(int column, const struct row *rows, size_t n) {
    if (column != ON && column != FORECAST) {
        return true;
    }
    for (size_t i = 0; i < n; i++) {
        if (*rows[i].cells[column]) {
            return true;
        }
    }
    return false;
}

/* The name gives way first, then columns go, and at last the name does once more. */
static void fit(const struct term *term, int total, int widths[COLUMNS]) {
    static const enum column less[] = {CHANGE, CYCLE, TIME, ON, FORECAST, ENERGY};
    int name = widths[NAME];
    int least = name < NAME_LEAST ? name : (int)NAME_LEAST;
    int others = total - name;
    for (size_t i = 0; i < sizeof less / sizeof *less && others + least > term->columns;
         i++) {
        others -= widths[less[i]] > 0 ? widths[less[i]] + GAP : 0;
        widths[less[i]] = 0;
    }
    int left = term->columns - others;
    widths[NAME] = left > name ? name : left > 1 ? left : 1;
}

/* As wide as the widest cell; the name gives way where the terminal is too narrow. */
static void measure(const struct term *term, const char *const heads[COLUMNS],
                    const struct row *rows, size_t n, int widths[COLUMNS]) {
    int total = (COLUMNS - 1) * GAP;
    for (int c = 0; c < COLUMNS; c++) {
        widths[c] = term_width(term, heads[c]);
        for (size_t i = 0; i < n; i++) {
            int width = term_width(term, rows[i].cells[c]);
            widths[c] = width > widths[c] ? width : widths[c];
        }
        if (!is_needed(c, rows, n)) {
            widths[c] = 0;
            total -= GAP;
        }
        total += widths[c];
    }
    fit(term, total, widths);
}

static void print_cells(const struct term *term, const char *const cells[COLUMNS],
                        const int widths[COLUMNS], const struct row *row) {
    for (int c = 0; c < COLUMNS; c++) {
        bool styled = !row || c == STATE || (c == FORECAST && *cells[c]);
        enum term_style style = !row            ? TERM_BOLD
                                : c == FORECAST ? row->forecast
                                                : row->style;
        if (widths[c] == 0) {
            continue;
        }
        (void)printf("%*s", c > 0 ? GAP : 0, "");
        (void)fputs(styled ? term_begin(term, style) : "", stdout);
        term_put_cell(term, cells[c], widths[c], is_right(c));
        (void)fputs(styled ? term_end(term, style) : "", stdout);
    }
    (void)putchar('\n');
}

static void print_table(const struct term *term, const json_t *jobs) {
    const char *const heads[COLUMNS] = {
        "ID",       "NAME",   "STATE", "ON", "CYCLE", term->utf8 ? "|ΔE|" : "|dE|",
        "FORECAST", "ENERGY", "TIME"};
    size_t n = json_array_size(jobs);
    struct row *rows = say_need(calloc(n + 1, sizeof *rows));
    int widths[COLUMNS];
    for (size_t i = 0; i < n; i++) {
        rows[i] = row_for_people(term, json_array_get(jobs, i));
    }
    measure(term, heads, rows, n, widths);
    print_cells(term, heads, widths, NULL);
    for (size_t i = 0; i < n; i++) {
        print_cells(term, (const char *const *)rows[i].cells, widths, &rows[i]);
        row_deinit(&rows[i]);
    }
    free(rows);
}

static void print_number(double value) {
    if (isnan(value)) {
        (void)fputs("\t-", stdout);
    } else {
        (void)printf("\t%.10g", value);
    }
}

static void print_plain(const struct term *term, const json_t *job) {
    const json_t *progress = json_object_get(job, "progress");
    const char *state = field_text(job, "state");
    _cleanup_free_ char *name = jobline_name(term, job);
    _cleanup_free_ char *cycle = cycle_text(progress);
    (void)printf("%" PRId64 "\t%s\t%s\t%s", field_int(job, "id", 0), name,
                 state ? state : "-", cycle);
    print_number(field_number(progress, "delta_ev"));
    print_number(field_number(progress, "energy_ev"));
    print_number(jobline_seconds(job));
    (void)putchar('\n');
}

/* How to see what is older. A page that is not the first does not know how many are. */
static void print_older(const struct term *term, const json_t *answer, int64_t shown,
                        bool filtered, bool first) {
    int64_t total = field_int(answer, "total", shown);
    int64_t next = field_int(answer, "next", 0);
    if (first && total > shown) {
        (void)printf("%s%" PRId64 " older jobs%s --limit %" PRId64 "%s\n",
                     term_begin(term, TERM_DIM), total - shown,
                     filtered ? " are like that; add" : ": crystalmath jobs", total,
                     term_end(term, TERM_DIM));
    } else if (!first && next > 0) {
        (void)printf("%sThere may be older jobs: --before %" PRId64 "%s\n",
                     term_begin(term, TERM_DIM), next, term_end(term, TERM_DIM));
    }
}

static void print_list(const struct term *term, const json_t *answer, bool filtered,
                       bool first) {
    const json_t *jobs = json_object_get(answer, "jobs");
    size_t n = json_array_size(jobs);
    if (!term->tty) {
        for (size_t i = 0; i < n; i++) {
            print_plain(term, json_array_get(jobs, i));
        }
        return;
    }
    if (n == 0) {
        (void)puts(!first     ? "No older job is like that."
                   : filtered ? "No job is like that; `crystalmath jobs` lists all."
                              : "There are no jobs yet. Run an input file with: "
                                "crystalmath submit FILE");
        return;
    }
    print_table(term, jobs);
    print_older(term, answer, (int64_t)n, filtered, first);
}

static void put(json_t *object, const char *key, json_t *value_take) {
    if (json_object_set_new(object, key, value_take) < 0) {
        say_no_memory();
    }
}

/* The server hands out pages; `limit` jobs may be several of them. Returns a status. */
static int fetch(struct cm_client *client, json_t *params, int64_t limit,
                 json_t **out) {
    _cleanup_json_ json_t *all = NULL;
    for (;;) {
        json_t *jobs = json_object_get(all, "jobs");
        int64_t left = limit - (int64_t)json_array_size(jobs);
        _cleanup_json_ json_t *page = NULL;
        put(params, "limit", json_integer(left < PAGE_MAX ? left : PAGE_MAX));
        int status = remote_ask(client, "jobs.list", json_incref(params), &page);
        if (status != CLI_OK) {
            return status;
        }
        json_t *next = json_object_get(page, "next");
        bool is_last = !json_is_integer(next) ||
                       left <= (int64_t)json_array_size(json_object_get(page, "jobs"));
        put(params, "before", json_incref(next));
        if (!all) {
            all = TAKE_PTR(page);
        } else if (json_array_extend(jobs, json_object_get(page, "jobs")) < 0) {
            say_no_memory();
        } else {
            put(all, "next", json_incref(next));
        }
        if (is_last) {
            *out = TAKE_PTR(all);
            return CLI_OK;
        }
    }
}

int cmd_jobs(const struct cli *cli, const struct args *args) {
    int64_t limit = LIMIT_DEFAULT;
    int64_t before = 0;
    int status = args_number(args, "limit", 1, LIMIT_MAX, &limit);
    status =
        status == CLI_OK ? args_number(args, "before", 1, INT64_MAX, &before) : status;
    if (status != CLI_OK) {
        return status;
    }
    _cleanup_json_ json_t *params = say_need(json_object());
    status = search_options(args, params);
    if (status != CLI_OK) {
        return status;
    }
    bool filtered = json_object_size(params) > 0;
    if (before > 0) {
        put(params, "before", json_integer(before));
    }
    _cleanup_client_ struct cm_client *client = NULL;
    _cleanup_json_ json_t *answer = NULL;
    status = remote_open(cli, &client);
    if (status == CLI_OK) {
        status = fetch(client, params, limit, &answer);
    }
    if (status != CLI_OK) {
        return status;
    }
    struct term term = term_stdout();
    if (args_has(args, "json")) {
        return remote_print_json(&term, answer);
    }
    print_list(&term, answer, filtered, before == 0);
    return CLI_OK;
}
