/* `crystalmath plot ID|FILE|FOLDER`: how a calculation went, as a picture. A job's
 * results come from the server, as far as the job is; those of a file or folder are
 * read here, as `crystalmath parse` reads them. */
#include "cli/cmds.h"

#include "base/buf.h"
#include "base/path.h"
#include "base/str.h"
#include "cli/field.h"
#include "cli/parse_output.h"
#include "cli/remote.h"
#include "cli/save_file.h"
#include "cli/say.h"
#include "plot/kind.h"
#include "plot/png.h"
#include "plot/svg.h"
#include "plot/text.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>

enum {
    ROWS_LEAST = 8,
    ROWS_MOST = 26,
    COLUMNS_MOST = 120,
};

enum file_kind {
    FILE_NONE, /* into the terminal */
    FILE_SVG,
    FILE_PNG,
    FILE_TEXT,
};

struct source {
    json_t *results; /* owned; NULL: none yet */
    char *name;      /* owned: "job 7, silicon", "si.out" */
    char *state;     /* owned: of a job; NULL: a file's */
};

static void source_deinit(struct source *source) {
    json_decref(source->results);
    free(source->name);
    free(source->state);
}

/* ---- what is drawn ---- */

static int read_job(const struct cli *cli, int64_t id, struct source *source) {
    _cleanup_client_ struct cm_client *client = NULL;
    _cleanup_json_ json_t *job = NULL;
    int status = remote_open(cli, &client);
    status =
        status ? status : remote_ask(client, "jobs.get", remote_id_params(id), &job);
    if (status != CLI_OK) {
        return status;
    }
    const char *name = field_text(job, "name");
    const char *state = field_text(job, "state");
    json_t *results = json_object_get(job, "results");
    source->results = json_is_object(results) ? json_incref(results) : NULL;
    source->name =
        say_format("job %" PRId64 "%s%s", id, name ? ", " : "", name ? name : "");
    source->state = say_need(strdup(state ? state : "?"));
    return CLI_OK;
}

static int read_path(const struct cli *cli, const char *path, struct source *source) {
    if (cli->host) {
        return say_usage("with --host the id of a job is plotted; to plot a file that "
                         "is there: ssh %s crystalmath plot %s",
                         cli->host, path);
    }
    int status = parse_path(path, &source->results);
    if (status == CLI_OK) {
        source->name = say_need(
            strdup(strcmp(path, "-") == 0 ? "standard input" : path_basename(path)));
        if (!*source->name) {
            free(source->name);
            source->name = say_need(strdup(path));
        }
    }
    return status;
}

static int read_source(const struct cli *cli, const char *operand,
                       struct source *source) {
    int64_t id = 0;
    if (str_to_int64(operand, 1, INT64_MAX, &id) == 0) {
        return read_job(cli, id, source);
    }
    return read_path(cli, operand, source);
}

/* ---- which plot ---- */

static char *kind_names(unsigned kinds) {
    _cleanup_buf_ struct buf names = BUF_NULL;
    for (int kind = 0; kind < PLOT_N_KINDS; kind++) {
        if (kinds & 1U << kind &&
            buf_printf(&names, "%s%s", buf_len(&names) > 0 ? ", " : "",
                       plot_kind_name((enum plot_kind)kind)) < 0) {
            say_no_memory();
        }
    }
    return say_need(buf_take_string(&names));
}

static int say_nothing_there(const struct source *source, const char *operand) {
    if (source->state && !source->results) {
        say_error("%s has no results: it is %s; crystalmath show %s tells more",
                  source->name, source->state, operand);
    } else {
        say_error("%s has nothing to plot: less than two SCF cycles, less than two "
                  "geometries, no frequencies",
                  source->name);
    }
    return CLI_FAILED;
}

static int choose(const struct source *source, const char *operand, const char *what,
                  enum plot_kind *out) {
    unsigned kinds = 0;
    if (plot_kinds_of(source->results, &kinds) < 0) {
        say_no_memory();
    }
    if (kinds == 0) {
        return say_nothing_there(source, operand);
    }
    *out = plot_kind_of_calculation(source->results, kinds);
    if (!what) {
        return CLI_OK;
    }
    (void)plot_kind_by_name(what, out);
    if (kinds & 1U << *out) {
        return CLI_OK;
    }
    _cleanup_free_ char *names = kind_names(kinds);
    if (*out == PLOT_VOLUME && kinds & 1U << PLOT_OPT) {
        say_error("%s has no volume that changes from step to step; it has %s",
                  source->name, names);
    } else {
        say_error("%s has no %s to plot; it has %s", source->name, what, names);
    }
    return CLI_FAILED;
}

/* ---- where it goes ---- */

static int print_row(const struct term *term, const struct plot_text *text, int row) {
    const char *const begin[] = {[PLOT_INK_NONE] = "",
                                 [PLOT_INK_AXIS] = term_begin(term, TERM_DIM),
                                 [PLOT_INK_POINTS] = term_begin(term, TERM_CYAN),
                                 [PLOT_INK_POINTS + 1] = term_begin(term, TERM_YELLOW)};
    _cleanup_buf_ struct buf line = BUF_NULL;
    if (plot_text_row(&line, text, row, term->colour ? begin : NULL,
                      term_end(term, TERM_CYAN)) < 0 ||
        buf_append_str(&line, "\n") < 0) {
        say_no_memory();
    }
    return fwrite(buf_bytes(&line), 1, buf_len(&line), stdout) == buf_len(&line);
}

static struct plot_text *draw_text(const struct plot *plot,
                                   const struct plot_size *size) {
    struct plot_text *text = NULL;
    if (plot_text_new(&text, plot, size) < 0) {
        say_no_memory();
    }
    return text;
}

static char *label_of(const struct plot *plot, enum plot_marks marks) {
    _cleanup_buf_ struct buf label = BUF_NULL;
    if (plot_text_words(&label, plot->y.label, marks) < 0) {
        say_no_memory();
    }
    return say_need(buf_take_string(&label));
}

static int smaller(int a, int b) {
    return a < b ? a : b;
}

static int larger(int a, int b) {
    return a > b ? a : b;
}

/* As wide as the terminal, and so high that the prompt and the title stay in view. */
static int print_plot(const struct term *term, const struct plot *plot) {
    const struct plot_size size = {
        .marks = term->tty && !term->utf8 ? PLOT_ASCII : PLOT_BRAILLE,
        .rows = larger(smaller(term->rows - 4, ROWS_MOST), ROWS_LEAST),
        .columns = smaller(term->columns - 1, COLUMNS_MOST)};
    _cleanup_(plot_text_freep) struct plot_text *text = draw_text(plot, &size);
    _cleanup_free_ char *title = term_clean(term, plot->title);
    _cleanup_free_ char *label = label_of(plot, size.marks);
    (void)printf("%s%s%s\n%s%s%s\n", term_begin(term, TERM_BOLD), title,
                 term_end(term, TERM_BOLD), term_begin(term, TERM_DIM), label,
                 term_end(term, TERM_DIM));
    for (int row = 0; row < text->rows; row++) {
        if (!print_row(term, text, row)) {
            break;
        }
    }
    return CLI_OK;
}

static void render_text(struct buf *out, const struct plot *plot) {
    const struct plot_size size = {PLOT_BRAILLE, 22, 79};
    _cleanup_(plot_text_freep) struct plot_text *text = draw_text(plot, &size);
    _cleanup_free_ char *title =
        say_need(str_to_utf8(plot->title, strlen(plot->title)));
    int r = buf_printf(out, "%s\n%s\n", title, plot->y.label);
    for (int row = 0; row < text->rows && r == 0; row++) {
        r = plot_text_row(out, text, row, NULL, NULL);
        r = r ? r : buf_append_str(out, "\n");
    }
    if (r < 0) {
        say_no_memory();
    }
}

static int render_png(struct buf *out, const struct plot *plot, const char *path) {
    struct errmsg why = ERRMSG_NULL;
    int r = plot_png(out, plot, &why);
    if (r < 0) {
        say_no_memory();
    }
    if (r == PLOT_E_NO_CAIRO) {
        say_error("%s was not written: %s; %.*s.svg needs none", path, why.text,
                  (int)(strlen(path) - strlen(".png")), path);
    }
    return r == 0 ? CLI_OK : CLI_FAILED;
}

static int write_plot(const char *path, enum file_kind kind, const struct plot *plot) {
    _cleanup_buf_ struct buf bytes = BUF_NULL;
    int status = CLI_OK;
    if (kind == FILE_TEXT) {
        render_text(&bytes, plot);
    } else if (kind == FILE_PNG) {
        status = render_png(&bytes, plot, path);
    } else if (plot_svg(&bytes, plot) < 0) {
        say_no_memory();
    }
    return status ? status : save_file(path, buf_bytes(&bytes), buf_len(&bytes));
}

/* ---- the command line ---- */

static int check_what(const char *what) {
    const char *const *words = command_words(ARG_PLOT);
    enum plot_kind kind;
    if (!what || plot_kind_by_name(what, &kind)) {
        return CLI_OK;
    }
    _cleanup_free_ char *names = kind_names(~0U);
    const char *near = command_nearest_word(words, what);
    return near ? say_usage("there is no plot '%s'; did you mean %s?", what, near)
                : say_usage("there is no plot '%s'; there are %s", what, names);
}

static bool is_same_file(const char *a, const char *b) {
    struct stat st_a, st_b;
    return stat(a, &st_a) == 0 && stat(b, &st_b) == 0 && st_a.st_dev == st_b.st_dev &&
           st_a.st_ino == st_b.st_ino;
}

static int check_output(const char *operand, const char *path, enum file_kind *kind) {
    *kind = FILE_NONE;
    if (!path) {
        return CLI_OK;
    }
    *kind = str_ends_with(path, ".svg")   ? FILE_SVG
            : str_ends_with(path, ".png") ? FILE_PNG
            : str_ends_with(path, ".txt") ? FILE_TEXT
                                          : FILE_NONE;
    if (*kind == FILE_NONE) {
        return say_usage("what is written to '%s'? Its name must end in .svg, .png or "
                         ".txt",
                         path);
    }
    if (is_same_file(operand, path)) {
        return say_usage("%s is what is plotted; give the plot another name", path);
    }
    return CLI_OK;
}

/* The place of the SCF that --scf asks for, with PLOT_ALL_RUNS where it does not. */
static int choose_run(const struct args *args, const struct source *source,
                      long *place) {
    int64_t n = (int64_t)json_array_size(json_object_get(source->results, "scf"));
    int64_t number = 0;
    int status = args_number(args, "scf", -1, INT32_MAX, &number);
    if (status != CLI_OK || !args_has(args, "scf")) {
        return status;
    }
    if (number == 0 || number > n) {
        say_error("%s has no SCF %" PRId64 "; its last one is %" PRId64, source->name,
                  number, n);
        return CLI_FAILED;
    }
    *place = (long)(number < 0 ? n : number) - 1;
    return CLI_OK;
}

/* What is wrong with --scf itself is told before anything is read. */
static int check_scf(const struct args *args, const char **what) {
    int64_t number = 0;
    enum plot_kind kind = PLOT_SCF;
    if (!args_has(args, "scf")) {
        return CLI_OK;
    }
    if (!*what) {
        *what = plot_kind_name(PLOT_SCF);
    }
    if (plot_kind_by_name(*what, &kind) && kind != PLOT_SCF && kind != PLOT_ACCURACY) {
        return say_usage("--scf is for --what scf and --what accuracy, not for %s",
                         *what);
    }
    return args_number(args, "scf", -1, INT32_MAX, &number);
}

static int build(const struct args *args, const struct source *source,
                 enum plot_kind kind, struct plot **out) {
    long place = PLOT_ALL_RUNS;
    int status = choose_run(args, source, &place);
    if (status != CLI_OK) {
        return status;
    }
    int r = place == PLOT_ALL_RUNS
                ? plot_of_results(out, source->results, kind)
                : plot_of_results_run(out, source->results, kind, place);
    if (r < 0) {
        say_no_memory();
    }
    if (r == PLOT_E_NOTHING) {
        say_error("SCF %ld of %s has no %s to plot", place + 1, source->name,
                  plot_kind_name(kind));
        return CLI_FAILED;
    }
    (*out)->title =
        place == PLOT_ALL_RUNS
            ? say_format("%s of %s", (*out)->what, source->name)
            : say_format("%s of %s, SCF %ld", (*out)->what, source->name, place + 1);
    return CLI_OK;
}

int cmd_plot(const struct cli *cli, const struct args *args) {
    const char *operand = args->operands[0];
    const char *what = args_value(args, "what");
    const char *path = args_value(args, "output");
    enum file_kind file = FILE_NONE;
    enum plot_kind kind = PLOT_SCF;
    _cleanup_(source_deinit) struct source source = {0};
    _cleanup_(plot_freep) struct plot *plot = NULL;
    int status = check_what(what);
    status = status ? status : check_scf(args, &what);
    status = status ? status : check_output(operand, path, &file);
    status = status ? status : read_source(cli, operand, &source);
    status = status ? status : choose(&source, operand, what, &kind);
    status = status ? status : build(args, &source, kind, &plot);
    if (status != CLI_OK) {
        return status;
    }
    if (file != FILE_NONE) {
        return write_plot(path, file, plot);
    }
    const struct term term = term_stdout();
    return print_plot(&term, plot);
}
