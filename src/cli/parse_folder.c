/* `crystalmath parse FOLDER`: what the files of one run say together.
 *
 * Every file of the folder is looked at, not only those with the usual names: stdout
 * and stderr may be called anything. Of a code with outputs of fixed names (VASP) those
 * are joined, in the order of what they can tell, then what stdout and stderr add. Of a
 * code whose output is its stdout (pw.x, CRYSTAL) there must be one, as several would
 * be several runs; what goes with it adds to it: of pw.x the XML, also within
 * prefix.save, and the file CRASH, of CRYSTAL the logs (SCFOUT.LOG, fort.87) and the
 * outputs of its properties program. Last come files where others speak of the run: a
 * stderr, a batch system's.
 */
#include "cli/parse_output.h"

#include "base/buf.h"
#include "base/path.h"
#include "cli/command.h"
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
    FILES_MAX = 1000, /* a folder with more is no run's */
};

struct found {
    char *name; /* owned */
    const struct code *code;
    struct scanner *scanner; /* owned; NULL while the file has not been read */
    size_t rank;             /* among the names that the code always uses */
};

struct folder {
    const char *path;
    struct found *files; /* owned */
    size_t n, cap;
    char **words; /* owned: n_words names of files where others may speak of the run */
    size_t n_words;
    char *piece; /* owned */
};

static void folder_deinit(struct folder *folder) {
    for (size_t i = 0; i < folder->n; i++) {
        free(folder->files[i].name);
        (void)scanner_free(folder->files[i].scanner);
    }
    free(folder->files);
    for (size_t i = 0; i < folder->n_words; i++) {
        free(folder->words[i]);
    }
    free(folder->words);
    free(folder->piece);
}

static int compare_ranks(const void *a, const void *b) {
    const struct found *x = a, *y = b;
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

static bool has_fixed_name(const struct found *file) {
    return code_output_names(file->code)[file->rank] != NULL;
}

/* A regular file, or -1. */
static int open_regular(const struct folder *folder, const char *name) {
    _cleanup_free_ char *path = NULL;
    struct stat st;
    if (path_join(&path, folder->path, name) < 0) {
        say_no_memory();
    }
    /* Without waiting, as a FIFO would make it. */
    _cleanup_close_ int fd = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK);
    return fd >= 0 && fstat(fd, &st) == 0 && S_ISREG(st.st_mode) ? TAKE_FD(fd) : -1;
}

static void look_at(struct folder *folder, const char *name) {
    _cleanup_close_ int fd = open_regular(folder, name);
    ssize_t n = fd >= 0 ? parse_read_piece(fd, folder->piece) : -1;
    const struct code *code = n > 0 ? code_of_output(folder->piece, (size_t)n) : NULL;
    if (!code) {
        if (n > 0 && outside_is_capture_name(name)) {
            folder->words = say_need(
                reallocarray(folder->words, folder->n_words + 1, sizeof(char *)));
            folder->words[folder->n_words++] = say_need(strdup(name));
        }
        return;
    }
    if (folder->n == folder->cap) {
        folder->cap = folder->cap ? folder->cap * 2 : 8;
        folder->files =
            say_need(reallocarray(folder->files, folder->cap, sizeof *folder->files));
    }
    folder->files[folder->n++] = (struct found){
        .name = say_need(strdup(name)), .code = code, .rank = rank_of(code, name)};
}

/* What pw.x saves: its XML lies in the folder prefix.save. */
static void look_into(struct folder *folder, const char *name) {
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
static void look_deeper(struct folder *folder) {
    DIR *dir = opendir(folder->path);
    size_t seen = 0;
    for (const struct dirent *entry = dir ? readdir(dir) : NULL;
         entry && seen <= FILES_MAX; entry = readdir(dir)) {
        _cleanup_free_ char *path = NULL;
        if (entry->d_name[0] != '.' &&
            path_join(&path, folder->path, entry->d_name) < 0) {
            say_no_memory();
        }
        DIR *inner = path ? opendir(path) : NULL;
        for (const struct dirent *saved = inner ? readdir(inner) : NULL;
             saved && seen <= FILES_MAX; saved = readdir(inner)) {
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

static int look_through(struct folder *folder) {
    DIR *dir = opendir(folder->path);
    if (!dir) {
        return parse_say_system(folder->path, -errno);
    }
    size_t seen = 0;
    for (const struct dirent *entry = readdir(dir); entry && seen <= FILES_MAX;
         entry = readdir(dir)) {
        if (entry->d_name[0] != '.') {
            seen++;
            look_at(folder, entry->d_name);
            look_into(folder, entry->d_name);
        }
    }
    (void)closedir(dir);
    if (seen > FILES_MAX) {
        say_error("%s holds more than %d files; name the output file in it",
                  folder->path, FILES_MAX);
        return CLI_FAILED;
    }
    if (folder->n == 0) {
        say_error("%s: no file in this folder is the output of a code that CrystalMath "
                  "reads",
                  folder->path);
        return CLI_FAILED;
    }
    if (strcmp(code_name(folder->files[0].code), "quantum_espresso") == 0) {
        look_deeper(folder);
    }
    qsort(folder->files, folder->n, sizeof *folder->files, compare_ranks);
    return CLI_OK;
}

/* Read a file, unless it is another run's: one of an output's kind beside those that
 * have the names of outputs. */
static int read_file(struct folder *folder, struct found *file, bool fixed_names) {
    _cleanup_free_ char *path = NULL;
    _cleanup_close_ int fd = open_regular(folder, file->name);
    _cleanup_(scanner_freep) struct scanner *scanner = NULL;
    ssize_t n = fd >= 0 ? parse_read_piece(fd, folder->piece) : -1;
    if (path_join(&path, folder->path, file->name) < 0 ||
        scanner_new(&scanner, file->code) < 0) {
        say_no_memory();
    }
    if (n < 0) {
        return parse_say_system(path, fd >= 0 ? (int)n : -EIO);
    }
    if (scanner_feed(scanner, folder->piece, (size_t)n) < 0) {
        say_no_memory();
    }
    if (fixed_names && !has_fixed_name(file) && !scanner_is_capture(scanner)) {
        return CLI_OK;
    }
    n = parse_read_piece(fd, folder->piece);
    int status = parse_rest(fd, path, folder->piece, n, scanner);
    file->scanner = status == CLI_OK ? TAKE_PTR(scanner) : NULL;
    return status;
}

static int say_several(const struct folder *folder) {
    _cleanup_buf_ struct buf names = BUF_NULL;
    for (size_t i = 0; i < folder->n && i < 5; i++) {
        if (buf_printf(&names, "%s%s", i ? ", " : "", folder->files[i].name) < 0) {
            say_no_memory();
        }
    }
    say_error("%s holds outputs of several runs (%.*s%s); name one of them",
              folder->path, (int)buf_len(&names), buf_bytes(&names),
              folder->n > 5 ? ", …" : "");
    return CLI_FAILED;
}

static int read_files(struct folder *folder) {
    bool fixed_names = has_fixed_name(&folder->files[0]);
    size_t runs = 0;
    for (size_t i = 0; i < folder->n; i++) {
        struct found *file = &folder->files[i];
        if (file->code != folder->files[0].code) {
            return say_several(folder);
        }
        int status = read_file(folder, file, fixed_names);
        if (status != CLI_OK) {
            return status;
        }
        runs += file->scanner && !has_fixed_name(file) &&
                !scanner_is_capture(file->scanner);
    }
    return runs > 1 ? say_several(folder) : CLI_OK;
}

/* Lines count within a file, so each problem names its own. */
static void join_one(json_t **all, json_t *names, const char *name, json_t *one_take) {
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
static void join_words(const struct folder *folder, json_t **all, json_t *names) {
    for (size_t i = 0; i < folder->n_words; i++) {
        const char *name = folder->words[i];
        json_t *one = NULL;
        _cleanup_close_ int fd = open_regular(folder, name);
        ssize_t n = fd >= 0 ? parse_read_piece(fd, folder->piece) : 0;
        if (n > 0 && parse_outside(fd, name, folder->piece, n, &one) == CLI_OK && one) {
            join_one(all, names, name, one);
        }
    }
}

/* What only goes with an output comes behind it, whatever its name. */
static json_t *join(const struct folder *folder) {
    json_t *all = NULL;
    json_t *names = say_need(json_array());
    for (int captures = 0; captures < 2; captures++) {
        for (size_t i = 0; i < folder->n; i++) {
            const struct found *file = &folder->files[i];
            if (file->scanner && scanner_is_capture(file->scanner) == captures) {
                join_one(&all, names, file->name,
                         say_need(results_to_json(scanner_results(file->scanner))));
            }
        }
    }
    join_words(folder, &all, names);
    if (json_object_set_new(all, "files", names) < 0) {
        say_no_memory();
    }
    return all;
}

int parse_folder(const char *path, json_t **out) {
    _cleanup_(folder_deinit) struct folder folder = {
        .path = path, .piece = say_need(malloc(PARSE_PIECE))};
    int status = look_through(&folder);
    status = status == CLI_OK ? read_files(&folder) : status;
    if (status == CLI_OK) {
        *out = join(&folder);
    }
    return status;
}
