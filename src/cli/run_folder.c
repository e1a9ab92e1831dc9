/* Which runs the outputs in a folder are of, and what those say together.
 *
 * Every file of the folder is looked at, not only those with the usual names: stdout
 * and stderr may be called anything. Of a code with outputs of fixed names (VASP) those
 * are joined, in the order of what they can tell, then what stdout and stderr add. Of a
 * code whose output is its stdout (pw.x, CRYSTAL) each is a run; to the only one there
 * is comes what goes with it: of pw.x the XML, also within prefix.save, and the file
 * CRASH, of CRYSTAL the logs (SCFOUT.LOG, fort.87) and the outputs of its properties
 * program. Last come files where others speak of the run: a stderr, a batch system's.
 *
 * A file is read once to know it, and from its beginning when its run is read: the
 * folder may hold thousands. */
#include "cli/run_folder.h"

#include "base/buf.h"
#include "base/path.h"
#include "base/str.h"
#include "cli/command.h"
#include "cli/parse_output.h"
#include "cli/say.h"
#include "codes/outside.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

enum {
    OUTDIR_FILES_MAX = 1000, /* that are looked at below a folder, for what is saved */
};

struct found {
    char *name; /* owned */
    const struct code *code;
    size_t rank;  /* among the names that the code always uses */
    bool fixed;   /* it has such a name */
    bool capture; /* it goes with an output */
    int64_t mtime_ms;
};

/* n files from `first` on, of one code; with `main` not the first one, only that. */
struct one_run {
    size_t main;     /* which says most */
    size_t first, n; /* the files to be joined */
    bool fixed;      /* of those without a fixed name only captures belong to it */
    bool partial;
};

struct run_folder {
    char *path;          /* owned */
    struct found *files; /* owned */
    size_t n, cap;
    struct one_run *runs; /* owned */
    size_t n_runs;
    char **words; /* owned: n_words names of files where others may speak of the run */
    size_t n_words;
    char *piece; /* owned */
};

struct run_folder *run_folder_free(struct run_folder *folder) {
    if (folder) {
        for (size_t i = 0; i < folder->n; i++) {
            free(folder->files[i].name);
        }
        for (size_t i = 0; i < folder->n_words; i++) {
            free(folder->words[i]);
        }
        free(folder->files);
        free(folder->words);
        free(folder->runs);
        free(folder->piece);
        free(folder->path);
        free(folder);
    }
    return NULL;
}

/* ---- looking ---- */

static int compare_found(const void *a, const void *b) {
    const struct found *x = a, *y = b;
    if (x->code != y->code) {
        return strcmp(code_name(x->code), code_name(y->code));
    }
    return x->rank != y->rank ? (x->rank < y->rank ? -1 : 1) : strcmp(x->name, y->name);
}

static size_t rank_of(const struct code *code, const char *name) {
    const char *const *names = code_output_names(code);
    size_t i = 0;
    while (names[i] && strcmp(names[i], name) != 0) {
        i++;
    }
    return i;
}

/* A regular file, or -1. That we have looked is no access that anybody means. */
static int open_regular(const struct run_folder *folder, const char *name,
                        struct stat *st) {
    _cleanup_free_ char *path = NULL;
    /* Without waiting, as a FIFO would make it. */
    const int flags = O_RDONLY | O_CLOEXEC | O_NONBLOCK;
    if (path_join(&path, folder->path, name) < 0) {
        say_no_memory();
    }
    _cleanup_close_ int fd = open(path, flags | O_NOATIME);
    if (fd < 0 && errno == EPERM) {
        fd = open(path, flags); /* it is another's */
    }
    return fd >= 0 && fstat(fd, st) == 0 && S_ISREG(st->st_mode) ? TAKE_FD(fd) : -1;
}

static bool is_capture(const struct code *code, const char *piece, ssize_t n) {
    _cleanup_(scanner_freep) struct scanner *scanner = NULL;
    if (scanner_new(&scanner, code) < 0 ||
        scanner_feed(scanner, piece, (size_t)n) < 0) {
        say_no_memory();
    }
    return scanner_is_capture(scanner);
}

static void add_words(struct run_folder *folder, const char *name) {
    folder->words =
        say_need(reallocarray(folder->words, folder->n_words + 1, sizeof(char *)));
    folder->words[folder->n_words++] = say_need(strdup(name));
}

static void look_at(struct run_folder *folder, const char *name) {
    struct stat st;
    _cleanup_close_ int fd = open_regular(folder, name, &st);
    ssize_t n = fd >= 0 ? parse_read_piece(fd, folder->piece) : -1;
    const struct code *code = n > 0 ? code_of_output(folder->piece, (size_t)n) : NULL;
    if (!code) {
        if (n > 0 && outside_is_capture_name(name)) {
            add_words(folder, name);
        }
        return;
    }
    if (folder->n == folder->cap) {
        folder->cap = folder->cap ? folder->cap * 2 : 8;
        folder->files =
            say_need(reallocarray(folder->files, folder->cap, sizeof *folder->files));
    }
    size_t rank = rank_of(code, name);
    folder->files[folder->n++] = (struct found){
        .name = say_need(strdup(name)),
        .code = code,
        .rank = rank,
        .fixed = code_output_names(code)[rank] != NULL,
        .capture = is_capture(code, folder->piece, n),
        .mtime_ms = (int64_t)st.st_mtim.tv_sec * 1000 + st.st_mtim.tv_nsec / 1000000};
}

/* What pw.x saves: its XML lies in the folder prefix.save. */
static void look_into(struct run_folder *folder, const char *name) {
    static const char ending[] = ".save";
    size_t n = strlen(name);
    if (n > strlen(ending) && strcmp(name + n - strlen(ending), ending) == 0) {
        _cleanup_free_ char *inside = NULL;
        if (path_join(&inside, name, "data-file-schema.xml") < 0) {
            say_no_memory();
        }
        look_at(folder, inside);
    }
}

/* Beside an output of pw.x its outdir is often a folder of its own: the XML in it, as
 * far as it is no great search. */
static void look_deeper(struct run_folder *folder) {
    DIR *dir = opendir(folder->path);
    size_t seen = 0;
    for (const struct dirent *entry = dir ? readdir(dir) : NULL;
         entry && seen <= OUTDIR_FILES_MAX; entry = readdir(dir)) {
        _cleanup_free_ char *path = NULL;
        if (entry->d_name[0] != '.' &&
            path_join(&path, folder->path, entry->d_name) < 0) {
            say_no_memory();
        }
        DIR *inner = path ? opendir(path) : NULL;
        for (const struct dirent *saved = inner ? readdir(inner) : NULL;
             saved && seen <= OUTDIR_FILES_MAX; saved = readdir(inner)) {
            _cleanup_free_ char *name = NULL;
            seen++;
            if (path_join(&name, entry->d_name, saved->d_name) < 0) {
                say_no_memory();
            }
            look_into(folder, name);
        }
        if (inner) {
            (void)closedir(inner);
        }
    }
    if (dir) {
        (void)closedir(dir);
    }
}

static int compare_names(const void *a, const void *b) {
    return strcmp(*(char *const *)a, *(char *const *)b);
}

/* The names first: where there are too many of them no file is opened. In their order,
 * so that the same folder is told the same on every file system. */
static int list(const char *path, size_t max, char ***names, size_t *n) {
    DIR *dir = opendir(path);
    if (!dir) {
        return -errno;
    }
    size_t cap = 0;
    for (const struct dirent *entry = readdir(dir); entry && (max == 0 || *n <= max);
         entry = readdir(dir)) {
        if (entry->d_name[0] == '.') {
            continue;
        }
        if (*n == cap) {
            cap = cap ? cap * 2 : 64;
            *names = say_need(reallocarray(*names, cap, sizeof(char *)));
        }
        (*names)[(*n)++] = say_need(strdup(entry->d_name));
    }
    (void)closedir(dir);
    if (*n > 0) {
        qsort(*names, *n, sizeof(char *), compare_names);
    }
    return max > 0 && *n > max ? RUN_FOLDER_E_CROWDED : 0;
}

static int look_through(struct run_folder *folder, size_t max) {
    char **names = NULL;
    size_t n = 0;
    int r = list(folder->path, max, &names, &n);
    for (size_t i = 0; i < n; i++) {
        if (r == 0) {
            look_at(folder, names[i]);
            look_into(folder, names[i]);
        }
        free(names[i]);
    }
    free(names);
    return r;
}

/* ---- which runs they are of ---- */

static void add_run(struct run_folder *folder, struct one_run run) {
    folder->runs = say_need(reallocarray(folder->runs, folder->n_runs + 1, sizeof run));
    folder->runs[folder->n_runs++] = run;
}

/* Of the files of one code. */
static void add_runs(struct run_folder *folder, size_t first, size_t n) {
    size_t mains = 0;
    size_t main = first;
    for (size_t i = first + n; i-- > first;) {
        mains += !folder->files[i].capture;
        main = folder->files[i].capture ? main : i;
    }
    bool fixed = folder->files[first].fixed;
    if (fixed || mains <= 1) {
        add_run(folder, (struct one_run){.main = fixed ? first : main,
                                         .first = first,
                                         .n = n,
                                         .fixed = fixed,
                                         .partial = !fixed && mains == 0});
        return;
    }
    for (size_t i = first; i < first + n; i++) {
        if (!folder->files[i].capture) {
            add_run(folder, (struct one_run){.main = i, .first = i, .n = 1});
        }
    }
}

static void divide(struct run_folder *folder) {
    if (folder->n > 0) {
        qsort(folder->files, folder->n, sizeof *folder->files, compare_found);
    }
    for (size_t first = 0, n = 0; first < folder->n; first += n) {
        const struct code *code = folder->files[first].code;
        n = 0;
        while (first + n < folder->n && folder->files[first + n].code == code) {
            n++;
        }
        add_runs(folder, first, n);
    }
}

static bool is_of_pwx(const struct run_folder *folder) {
    return folder->n > 0 &&
           strcmp(code_name(folder->files[0].code), "quantum_espresso") == 0;
}

int run_folder_new(struct run_folder **out, const char *path, size_t max) {
    _cleanup_(run_folder_freep) struct run_folder *folder =
        say_need(calloc(1, sizeof *folder));
    folder->path = say_need(strdup(path));
    folder->piece = say_need(malloc(PARSE_PIECE));
    int r = look_through(folder, max);
    if (r != 0) {
        return r;
    }
    divide(folder);
    /* What several have saved there is not told apart. */
    if (is_of_pwx(folder) && folder->n_runs == 1) {
        folder->n_runs = 0;
        look_deeper(folder);
        divide(folder);
    }
    *out = TAKE_PTR(folder);
    return 0;
}

const char *run_folder_file(const struct run_folder *folder, size_t i) {
    return i < folder->n ? folder->files[i].name : NULL;
}

size_t run_folder_runs(const struct run_folder *folder) {
    return folder->n_runs;
}

const struct code *run_folder_code(const struct run_folder *folder, size_t run) {
    return folder->files[folder->runs[run].main].code;
}

const char *run_folder_output(const struct run_folder *folder, size_t run) {
    return folder->files[folder->runs[run].main].name;
}

bool run_folder_is_partial(const struct run_folder *folder, size_t run) {
    return folder->runs[run].partial;
}

static bool belongs(const struct one_run *run, const struct found *file) {
    return !run->fixed || file->fixed || file->capture;
}

int64_t run_folder_written(const struct run_folder *folder, size_t run) {
    const struct one_run *one = &folder->runs[run];
    int64_t last = 0;
    for (size_t i = one->first; i < one->first + one->n; i++) {
        const struct found *file = &folder->files[i];
        if (belongs(one, file) && file->mtime_ms > last) {
            last = file->mtime_ms;
        }
    }
    return last;
}

/* ---- reading ---- */

static int read_file(const struct run_folder *folder, const struct found *file,
                     json_t **out) {
    struct stat st;
    _cleanup_free_ char *path = NULL;
    _cleanup_close_ int fd = open_regular(folder, file->name, &st);
    _cleanup_(scanner_freep) struct scanner *scanner = NULL;
    ssize_t n = fd >= 0 ? parse_read_piece(fd, folder->piece) : -1;
    if (path_join(&path, folder->path, file->name) < 0 ||
        scanner_new(&scanner, file->code) < 0) {
        say_no_memory();
    }
    if (n < 0) {
        return parse_say_system(path, fd >= 0 ? (int)n : -EIO);
    }
    int status = parse_rest(fd, path, folder->piece, n, scanner);
    if (status == CLI_OK) {
        *out = say_need(results_to_json(scanner_results(scanner)));
    }
    return status;
}

/* Lines count within a file, so each problem names its own. */
static void join_one(json_t **all, json_t *names, const char *raw, json_t *one_take) {
    _cleanup_free_ char *name = say_need(str_to_utf8(raw, strlen(raw)));
    size_t i = 0;
    json_t *problem = NULL;
    json_array_foreach(json_object_get(one_take, "problems"), i, problem) {
        if (json_object_set_new(problem, "file", json_string(name)) < 0) {
            say_no_memory();
        }
    }
    if (json_array_append_new(names, json_string(name)) < 0 ||
        (*all && results_join(*all, one_take) < 0)) {
        say_no_memory();
    }
    if (*all) {
        json_decref(one_take);
    } else {
        *all = one_take;
    }
}

/* What others say of the run, in files that are no outputs. */
static void join_words(const struct run_folder *folder, json_t **all, json_t *names) {
    for (size_t i = 0; i < folder->n_words; i++) {
        const char *name = folder->words[i];
        struct stat st;
        json_t *one = NULL;
        _cleanup_close_ int fd = open_regular(folder, name, &st);
        ssize_t n = fd >= 0 ? parse_read_piece(fd, folder->piece) : 0;
        if (n > 0 && parse_outside(fd, name, folder->piece, n, &one) == CLI_OK && one) {
            join_one(all, names, name, one);
        }
    }
}

/* What only goes with an output comes behind it, whatever its name. */
static int join_files(const struct run_folder *folder, const struct one_run *run,
                      json_t **all, json_t *names) {
    for (int captures = 0; captures < 2; captures++) {
        for (size_t i = run->first; i < run->first + run->n; i++) {
            const struct found *file = &folder->files[i];
            json_t *one = NULL;
            if (file->capture != (captures == 1) || !belongs(run, file)) {
                continue;
            }
            int status = read_file(folder, file, &one);
            if (status != CLI_OK) {
                return status;
            }
            join_one(all, names, file->name, one);
        }
    }
    return CLI_OK;
}

int run_folder_read(const struct run_folder *folder, size_t run, json_t **out) {
    json_t *all = NULL;
    json_t *names = say_need(json_array());
    int status = join_files(folder, &folder->runs[run], &all, names);
    if (status == CLI_OK && folder->n_runs == 1) {
        join_words(folder, &all, names);
    }
    if (status != CLI_OK) {
        json_decref(all);
        json_decref(names);
        return status;
    }
    if (json_object_set_new(all, "files", names) < 0) {
        say_no_memory();
    }
    *out = all;
    return CLI_OK;
}
