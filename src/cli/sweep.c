/* Sweeps: all combinations of values, the last variable fastest. Every combination is
 * made twice, once to see that it can be, once to be written and submitted, so that no
 * more than one input is in memory. */
#include "cli/sweep.h"

#include "base/buf.h"
#include "base/cleanup.h"
#include "base/errmsg.h"
#include "base/fd.h"
#include "base/file.h"
#include "base/path.h"
#include "base/str.h"
#include "cli/say.h"
#include "codes/code.h"

#include <ctype.h>
#include <errno.h>
#include <fcntl.h>
#include <math.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

enum {
    AXES_MAX = 8,
    JOBS_MAX = 10000,
    NUMBER_SIZE = 32,
};

#define INPUT_MAX ((size_t)16 * 1024 * 1024)

extern char **environ;

struct axis {
    char *name;    /* owned */
    char **values; /* owned, NULL-terminated */
    size_t n;
};

struct sweep {
    const char *file; /* borrowed, as the user wrote it */
    struct axis axes[AXES_MAX];
    size_t n_axes;
    size_t n_jobs;
    const struct code *code;
    struct buf text; /* of the input */
    char *folder;    /* owned, absolute: where the input lies */
    char *stem;      /* owned: its name without the ending */
};

static void sweep_deinit(struct sweep *sweep) {
    for (size_t i = 0; i < sweep->n_axes; i++) {
        free(sweep->axes[i].name);
        strv_free(sweep->axes[i].values);
    }
    buf_deinit(&sweep->text);
    free(sweep->folder);
    free(sweep->stem);
}

/* ---- what is asked for ---- */

static void add_value(struct axis *axis, const char *value, size_t n) {
    axis->values =
        say_need(realloc(axis->values, (axis->n + 2) * sizeof *axis->values));
    axis->values[axis->n++] = say_need(strndup(value, n));
    axis->values[axis->n] = NULL;
}

/* "20:80:10", with the last one when the steps meet it. */
static bool read_range(struct axis *axis, const char *text) {
    double from = 0;
    double to = 0;
    double step = 0;
    int used = -1;
    if (sscanf(text, "%lf:%lf:%lf%n", &from, &to, &step, &used) != 3 || text[used] ||
        !isfinite(from) || !isfinite(to) || !isfinite(step) || step == 0) {
        return false;
    }
    double count = floor((to - from) / step + 1e-6) + 1;
    if (!(count >= 1) || count > JOBS_MAX) {
        return false;
    }
    for (int i = 0; i < (int)count; i++) {
        char number[NUMBER_SIZE];
        (void)snprintf(number, sizeof number, "%.10g", from + i * step);
        add_value(axis, number, strlen(number));
    }
    return true;
}

static bool read_list(struct axis *axis, const char *text) {
    for (;;) {
        size_t n = strcspn(text, ",");
        if (n == 0 || axis->n == JOBS_MAX) {
            return false;
        }
        add_value(axis, text, n);
        if (!text[n]) {
            return true;
        }
        text += n + 1;
    }
}

static int read_axis(struct sweep *sweep, const char *text) {
    const char *equals = strchr(text, '=');
    if (sweep->n_axes == AXES_MAX) {
        return say_usage("--sweep: at most %d variables", AXES_MAX);
    }
    struct axis *axis = &sweep->axes[sweep->n_axes++];
    if (equals && equals > text) {
        axis->name = say_need(strndup(text, (size_t)(equals - text)));
    }
    bool range = equals && strchr(equals, ':') && !strchr(equals, ',');
    if (!axis->name ||
        !(range ? read_range(axis, equals + 1) : read_list(axis, equals + 1))) {
        return say_usage("--sweep %s: a variable with a range or a list is expected "
                         "here, such as ecutwfc=20:80:10 (from, to, step) or "
                         "kpoints=2,4,6, of at most %d values",
                         text, JOBS_MAX);
    }
    sweep->n_jobs *= axis->n;
    return sweep->n_jobs > JOBS_MAX
               ? say_usage("--sweep: that would be more than %d jobs", JOBS_MAX)
               : CLI_OK;
}

static int fail_file(const char *file, int r) {
    char space[128];
    say_error("%s: %s%s", file, errmsg_errno(r, space, sizeof space),
              r == -ENAMETOOLONG ? "; give the input a shorter name" : "");
    return CLI_FAILED;
}

static int read_input(struct sweep *sweep) {
    int r = file_read(sweep->file, INPUT_MAX, &sweep->text);
    if (r == -EISDIR) {
        say_error("%s is a folder; sweeps are for inputs of pw.x, each of which is one "
                  "file. For a run of VASP make a folder for each value, and submit "
                  "them: crystalmath submit FOLDER…",
                  sweep->file);
        return CLI_FAILED;
    }
    if (r < 0) {
        return fail_file(sweep->file, r);
    }
    sweep->code = code_of_input(buf_bytes(&sweep->text), buf_len(&sweep->text));
    if (!sweep->code) {
        say_error("%s is not recognised as an input of a known code, in which values "
                  "could be set",
                  sweep->file);
        return CLI_FAILED;
    }
    _cleanup_free_ char *given = NULL;
    if (path_dirname(&given, sweep->file) < 0) {
        say_no_memory();
    }
    sweep->folder = realpath(given, NULL);
    if (!sweep->folder) {
        return fail_file(given, -errno);
    }
    const char *name = path_basename(sweep->file);
    const char *dot = strrchr(name, '.');
    sweep->stem = say_need(dot && dot != name ? strndup(name, (size_t)(dot - name))
                                              : strdup(name));
    return CLI_OK;
}

/* ---- one combination ---- */

struct combination {
    struct buf text;
    char *words; /* owned: " ecutwfc=20 kpoints=4" */
    char *path;  /* owned: of its input */
};

static void combination_deinit(struct combination *one) {
    buf_deinit(&one->text);
    free(one->words);
    free(one->path);
}

/* What a name of a folder can have without quotes. */
static void append_plain(struct buf *out, const char *text) {
    for (; *text; text++) {
        bool plain = isalnum((unsigned char)*text) || strchr(".+-_", *text);
        if (*text != '(' && *text != ')' &&
            buf_append(out, plain ? text : "_", 1) < 0) {
            say_no_memory();
        }
    }
}

static int set_all(const struct sweep *sweep, const char *const values[AXES_MAX],
                   struct buf *text) {
    struct errmsg msg = ERRMSG_NULL;
    int r = code_move_input(sweep->code, sweep->file, buf_bytes(&sweep->text),
                            buf_len(&sweep->text), sweep->folder, text, &msg);
    for (size_t i = 0; r == 0 && i < sweep->n_axes; i++) {
        _cleanup_buf_ struct buf next = BUF_NULL;
        r = code_set_value(sweep->code, sweep->file, buf_bytes(text), buf_len(text),
                           sweep->axes[i].name, values[i], &next, &msg);
        struct buf old = *text;
        *text = next;
        next = old;
    }
    long line = 0;
    if (r == 0) {
        r = code_check_input(sweep->code, sweep->file, buf_bytes(text), buf_len(text),
                             &line, &msg);
    }
    if (r < 0) {
        say_no_memory();
    }
    if (r > 0) {
        say_error("%s", msg.text);
        return CLI_FAILED;
    }
    return CLI_OK;
}

/* Combination number `index`, the last variable fastest. */
static int combine(const struct sweep *sweep, size_t index, struct combination *out) {
    const char *values[AXES_MAX] = {NULL};
    _cleanup_buf_ struct buf folder = BUF_NULL;
    _cleanup_buf_ struct buf words = BUF_NULL;
    for (size_t i = sweep->n_axes; i-- > 0;) {
        values[i] = sweep->axes[i].values[index % sweep->axes[i].n];
        index /= sweep->axes[i].n;
    }
    int r = buf_printf(&folder, "%s/%s", sweep->folder, sweep->stem);
    for (size_t i = 0; r == 0 && i < sweep->n_axes; i++) {
        r = buf_printf(&words, " %s=%s", sweep->axes[i].name, values[i]);
        r = r ? r : buf_append_str(&folder, "_");
        append_plain(&folder, sweep->axes[i].name);
        r = r ? r : buf_append_str(&folder, "_");
        append_plain(&folder, values[i]);
    }
    r = r ? r : buf_printf(&folder, "/%s", path_basename(sweep->file));
    if (r < 0) {
        say_no_memory();
    }
    out->words = say_need(buf_take_string(&words));
    out->path = say_need(buf_take_string(&folder));
    return set_all(sweep, values, &out->text);
}

/* Folders that are the run's own cannot be one for all. */
static int check_scratch(const struct sweep *sweep, const struct combination *one) {
    struct code_files files;
    if (code_files(sweep->code, path_basename(one->path), buf_bytes(&one->text),
                   buf_len(&one->text), environ, &files) < 0) {
        say_no_memory();
    }
    bool shared = files.stop_file && path_leads_out(files.stop_file);
    if (shared) {
        _cleanup_free_ char *folder = NULL;
        if (path_dirname(&folder, files.stop_file) < 0) {
            say_no_memory();
        }
        say_error(
            "the jobs of the sweep would overwrite each other's files in %s; make "
            "outdir a folder below that of the input, such as './tmp'",
            folder);
    }
    code_files_deinit(&files);
    return shared ? CLI_FAILED : CLI_OK;
}

/* Refuses to overwrite what is not the same already. Returns a status. */
static int check_place(const struct combination *one, bool *there) {
    _cleanup_buf_ struct buf old = BUF_NULL;
    int r = file_read(one->path, INPUT_MAX, &old);
    *there = r == 0;
    if (r == -ENOENT) {
        return CLI_OK;
    }
    if (r < 0) {
        return fail_file(one->path, r);
    }
    if (buf_len(&old) != buf_len(&one->text) ||
        memcmp(buf_bytes(&old), buf_bytes(&one->text), buf_len(&old)) != 0) {
        say_error("%s is there already, and is not what this sweep would write; move "
                  "its folder away, or name the input otherwise",
                  one->path);
        return CLI_FAILED;
    }
    return CLI_OK;
}

static int write_input(const struct combination *one) {
    _cleanup_free_ char *folder = NULL;
    if (path_dirname(&folder, one->path) < 0) {
        say_no_memory();
    }
    if (mkdir(folder, 0777) < 0 && errno != EEXIST) {
        return fail_file(folder, -errno);
    }
    _cleanup_close_ int fd =
        open(one->path, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0666);
    if (fd < 0) {
        return fail_file(one->path, -errno);
    }
    const char *at = buf_bytes(&one->text);
    for (size_t left = buf_len(&one->text); left > 0;) {
        ssize_t n = write(fd, at, left);
        if (n < 0) {
            int r = -errno;
            (void)unlink(one->path);
            return fail_file(one->path, r);
        }
        at += n;
        left -= (size_t)n;
    }
    return CLI_OK;
}

/* ---- all of them ---- */

static int check_all(const struct sweep *sweep) {
    int status = CLI_OK;
    for (size_t i = 0; status == CLI_OK && i < sweep->n_jobs; i++) {
        _cleanup_(combination_deinit) struct combination one = {.text = BUF_NULL};
        bool there = false;
        status = combine(sweep, i, &one);
        status = status ? status : check_place(&one, &there);
        status = status ? status : check_scratch(sweep, &one);
    }
    return status;
}

static int run_one(const struct sweep *sweep, size_t i, const char *name,
                   int (*fn)(const struct sweep_job *job, void *data), void *data) {
    _cleanup_(combination_deinit) struct combination one = {.text = BUF_NULL};
    bool there = false;
    int status = combine(sweep, i, &one);
    status = status ? status : check_place(&one, &there);
    if (status == CLI_OK && !there) {
        status = write_input(&one);
    }
    if (status != CLI_OK) {
        return status;
    }
    _cleanup_free_ char *whole =
        say_format("%s%s", name ? name : sweep->stem, one.words);
    _cleanup_free_ char *tag = say_format("sweep:%s", sweep->stem);
    struct sweep_job job = {.path = one.path, .name = whole, .tag = tag};
    return fn(&job, data);
}

int sweep_run(const struct args *args, const char *file,
              int (*fn)(const struct sweep_job *job, void *data), void *data,
              size_t *n_jobs) {
    _cleanup_(sweep_deinit) struct sweep sweep = {
        .file = file, .n_jobs = 1, .text = BUF_NULL};
    const char *text = NULL;
    int status = CLI_OK;
    for (size_t i = 0; status == CLI_OK && (text = args_nth(args, "sweep", i)); i++) {
        status = read_axis(&sweep, text);
    }
    status = status ? status : read_input(&sweep);
    status = status ? status : check_all(&sweep);
    *n_jobs = status == CLI_OK ? sweep.n_jobs : 0;
    for (size_t i = 0; status == CLI_OK && i < sweep.n_jobs; i++) {
        status = run_one(&sweep, i, args_value(args, "name"), fn, data);
    }
    return status;
}
