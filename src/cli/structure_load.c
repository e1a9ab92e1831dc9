/* A file's first piece decides whether it is the output of a code, which may be of any
 * size and is scanned, or a format of structures, which is read whole. */
#include "cli/structure_load.h"

#include "base/buf.h"
#include "base/cleanup.h"
#include "base/path.h"
#include "base/str.h"
#include "cli/field.h"
#include "cli/parse_output.h"
#include "cli/remote.h"
#include "cli/say.h"
#include "cli/structure_results.h"
#include "codes/structure_file.h"
#include "site/site.h"

#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

/* The rest of a file whose first n bytes are in `piece`. */
static int read_whole(int fd, const char *file, char *piece, ssize_t n,
                      struct buf *text) {
    while (n > 0) {
        if (buf_len(text) + (size_t)n > STRUCTURE_TEXT_MAX) {
            say_error("%s has more than %d MiB, too much for a structure", file,
                      STRUCTURE_TEXT_MAX >> 20);
            return CLI_FAILED;
        }
        if (buf_append(text, piece, (size_t)n) < 0) {
            say_no_memory();
        }
        n = parse_read_piece(fd, piece);
    }
    return n < 0 ? parse_say_system(file, (int)n) : CLI_OK;
}

static int unknown(const char *file, size_t n) {
    if (n == 0) {
        say_error("%s is empty", file);
    } else {
        say_error("%s holds no structure in a format that is known: POSCAR, CIF, XYZ, "
                  "an input of pw.x or CRYSTAL (.d12, .gui), or the output of a code "
                  "(crystalmath help structure)",
                  file);
    }
    return CLI_FAILED;
}

static int read_structure(int fd, const char *file, const char *path, char *piece,
                          ssize_t n, struct structure *out, const char **format) {
    _cleanup_buf_ struct buf text = BUF_NULL;
    _cleanup_free_ char *folder = NULL;
    struct errmsg msg = ERRMSG_NULL;
    int status = read_whole(fd, file, piece, n, &text);
    if (status != CLI_OK) {
        return status;
    }
    if (path && path_dirname(&folder, path) < 0) {
        say_no_memory();
    }
    const struct code_beside beside = {site_read_beside, folder};
    int r =
        structure_file_read(path ? path_basename(path) : file, buf_bytes(&text),
                            buf_len(&text), path ? &beside : NULL, out, format, &msg);
    if (r == -ENOMEM) {
        say_no_memory();
    }
    if (r == STRUCTURE_FILE_E_UNKNOWN) {
        return unknown(file, buf_len(&text));
    }
    if (r != 0) {
        say_error("%s", msg.text);
        return CLI_FAILED;
    }
    return CLI_OK;
}

/* ---- results ---- */

static int read_output(int fd, const char *file, char *piece, ssize_t n,
                       const struct code *code, struct structure *out,
                       const char **format) {
    _cleanup_(scanner_freep) struct scanner *scanner = NULL;
    if (scanner_new(&scanner, code) < 0) {
        say_no_memory();
    }
    int status = parse_rest(fd, file, piece, n, scanner);
    if (status != CLI_OK) {
        return status;
    }
    _cleanup_json_ json_t *results =
        say_need(results_to_json(scanner_results(scanner)));
    return structure_of_results(results, file, out, format);
}

static int read_job(const struct cli *cli, int64_t id, struct structure *out,
                    const char **format) {
    _cleanup_client_ struct cm_client *client = NULL;
    _cleanup_json_ json_t *job = NULL;
    int status = remote_open(cli, &client);
    status =
        status ? status : remote_ask(client, "jobs.get", remote_id_params(id), &job);
    if (status != CLI_OK) {
        return status;
    }
    _cleanup_free_ char *name = say_format("job %" PRId64, id);
    const json_t *results = json_object_get(job, "results");
    if (!json_is_object(results)) {
        const char *state = field_text(job, "state");
        say_error("%s has no results: it is %s; crystalmath show %" PRId64
                  " tells more",
                  name, state ? state : "?", id);
        return CLI_FAILED;
    }
    return structure_of_results(results, name, out, format);
}

/* ---- files ---- */

static int read_file(const char *file, struct structure *out, const char **format) {
    bool from_stdin = strcmp(file, "-") == 0;
    const char *shown = from_stdin ? "standard input" : file;
    _cleanup_close_ int own = from_stdin ? -1 : open(file, O_RDONLY | O_CLOEXEC);
    if (!from_stdin && own < 0) {
        return parse_say_system(file, -errno);
    }
    int fd = from_stdin ? STDIN_FILENO : own;
    _cleanup_free_ char *piece = say_need(malloc(PARSE_PIECE));
    ssize_t n = parse_read_piece(fd, piece);
    if (n < 0) {
        return parse_say_system(shown, (int)n);
    }
    const struct code *code = code_of_output(piece, (size_t)n);
    return code ? read_output(fd, shown, piece, n, code, out, format)
                : read_structure(fd, shown, from_stdin ? NULL : file, piece, n, out,
                                 format);
}

static bool lies_in(const char *folder, const char *name) {
    _cleanup_free_ char *path = say_format("%s/%s", folder, name);
    return access(path, F_OK) == 0;
}

/* A run of VASP that has not begun has its structure in POSCAR. */
static bool is_before_run(const char *folder) {
    const struct code *vasp = code_by_name("vasp");
    const char *const *outputs = vasp ? code_output_names(vasp) : NULL;
    for (size_t i = 0; outputs && outputs[i]; i++) {
        if (lies_in(folder, outputs[i])) {
            return false;
        }
    }
    return lies_in(folder, "POSCAR");
}

static int read_folder(const char *folder, struct structure *out, const char **format) {
    _cleanup_json_ json_t *results = NULL;
    if (is_before_run(folder)) {
        _cleanup_free_ char *poscar = say_format("%s/POSCAR", folder);
        return read_file(poscar, out, format);
    }
    int status = parse_folder(folder, &results);
    return status ? status : structure_of_results(results, folder, out, format);
}

int structure_load(const struct cli *cli, const char *operand, struct structure *out,
                   const char **format) {
    struct stat st;
    int64_t id = 0;
    if (str_to_int64(operand, 1, INT64_MAX, &id) == 0) {
        return read_job(cli, id, out, format);
    }
    bool folder = stat(operand, &st) == 0 && S_ISDIR(st.st_mode);
    return folder ? read_folder(operand, out, format) : read_file(operand, out, format);
}
