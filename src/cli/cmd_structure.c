/* `crystalmath structure FILE|FOLDER|ID`: the cell, the atoms and the space group that
 * a file or the results of a run hold, shown or written in another format. */
#include "cli/cmds.h"

#include "base/buf.h"
#include "base/cleanup.h"
#include "base/fortran.h"
#include "base/path.h"
#include "cli/remote.h"
#include "cli/save_file.h"
#include "cli/say.h"
#include "cli/structure_load.h"
#include "cli/structure_report.h"
#include "codes/structure_file.h"
#include "structure/supercell.h"
#include "structure/symmetry.h"

#include <ctype.h>
#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>

/* ---- written ---- */

static int say_formats(const char *start) {
    _cleanup_buf_ struct buf names = BUF_NULL;
    for (int i = 0; i < STRUCTURE_N_FORMATS; i++) {
        const char *between = i == 0 ? "" : i + 1 < STRUCTURE_N_FORMATS ? ", " : " or ";
        if (buf_printf(&names, "%s%s", between,
                       structure_format_name((enum structure_format)i)) < 0) {
            say_no_memory();
        }
    }
    _cleanup_free_ char *all = say_need(buf_take_string(&names));
    return say_usage("%s: %s", start, all);
}

/* What --to and -o together ask for; *wanted is false where nothing is written. */
static int choose_format(const struct args *args, bool *wanted,
                         enum structure_format *format) {
    const char *to = args_value(args, "to");
    const char *path = args_value(args, "output");
    *wanted = to || path;
    if (!*wanted) {
        return args_has(args, "force")
                   ? say_usage("--force is about the file that -o names")
                   : CLI_OK;
    }
    if (args_has(args, "json")) {
        return say_usage("--json shows a structure, --to and -o write it; do one after "
                         "the other");
    }
    if (to) {
        return structure_format_by_name(to, format)
                   ? CLI_OK
                   : say_formats("what --to takes is one of");
    }
    return structure_format_of_file(path_basename(path), format)
               ? CLI_OK
               : say_formats("the name of OUT says no format; --to takes one of");
}

static bool lies_there(const char *path) {
    struct stat st;
    return stat(path, &st) == 0 && S_ISREG(st.st_mode);
}

static int write_out(const char *path, bool force, const struct buf *text) {
    if (!path) {
        size_t n = buf_len(text);
        return fwrite(buf_bytes(text), 1, n, stdout) == n ? CLI_OK : CLI_FAILED;
    }
    if (!force && lies_there(path)) {
        say_error("%s is there already; --force replaces it", path);
        return CLI_FAILED;
    }
    return save_file(path, buf_bytes(text), buf_len(text));
}

static int write_structure(const struct args *args, const struct structure *structure,
                           enum structure_format format) {
    _cleanup_buf_ struct buf text = BUF_NULL;
    struct errmsg note = ERRMSG_NULL;
    struct errmsg msg = ERRMSG_NULL;
    int r = structure_file_write(structure, format, &text, &note, &msg);
    if (r == -ENOMEM) {
        say_no_memory();
    }
    if (r != 0) {
        say_error("%s", msg.text);
        return CLI_FAILED;
    }
    int status = write_out(args_value(args, "output"), args_has(args, "force"), &text);
    if (status == CLI_OK && note.text[0]) {
        say_error("%s", note.text);
    }
    return status;
}

/* ---- in another cell ---- */

static int standardise(bool primitive, struct structure *structure) {
    struct structure other = STRUCTURE_NULL;
    struct errmsg msg = ERRMSG_NULL;
    int r = symmetry_standard(structure, SYMMETRY_PRECISION, primitive, &other, &msg);
    if (r == 0 && structure->title) {
        r = structure_set_title(&other, structure->title, strlen(structure->title));
    }
    if (r == -ENOMEM) {
        say_no_memory();
    }
    if (r != 0) {
        say_error("no %s cell is found: %s", primitive ? "primitive" : "conventional",
                  msg.text);
        return CLI_FAILED;
    }
    structure_move(structure, &other);
    return CLI_OK;
}

/* "2x2x1"; without those behind where fewer directions repeat. */
static bool parse_supercell(const char *text, int periodic, int matrix[3][3]) {
    int given = 0;
    for (int i = 0; i < 3; i++) {
        long n = 1;
        given += *text != '\0';
        if (*text && (!isdigit((unsigned char)*text) || !fortran_int(&text, &n) ||
                      n < 1 || n > 100)) {
            return false;
        }
        matrix[i][i] = (int)n;
        text += *text == 'x' && text[1];
    }
    return *text == '\0' && given >= periodic;
}

static int enlarge(const char *words, struct structure *structure) {
    int matrix[3][3] = {{0}};
    if (!parse_supercell(words, structure->periodic, matrix)) {
        return say_usage("--supercell takes a number of cells up to 100 for each "
                         "direction that repeats, as in 2x2x1");
    }
    for (int i = structure->periodic; i < 3; i++) {
        if (matrix[i][i] > 1) {
            say_error("it repeats along %d direction%s, and --supercell enlarges more",
                      structure->periodic, structure->periodic == 1 ? "" : "s");
            return CLI_FAILED;
        }
    }
    int r = supercell_make(structure, matrix, structure);
    if (r == -ENOMEM) {
        say_no_memory();
    }
    if (r != 0 && structure->periodic > 0) {
        say_error("such a cell has more than %d atoms", (int)STRUCTURE_MAX_ATOMS);
        return CLI_FAILED;
    }
    return CLI_OK;
}

static int change_cell(const struct args *args, struct structure *structure) {
    bool primitive = args_has(args, "primitive");
    const char *supercell = args_value(args, "supercell");
    int status = CLI_OK;
    if (primitive && args_has(args, "conventional")) {
        return say_usage("--primitive and --conventional are two cells; choose one");
    }
    if (primitive || args_has(args, "conventional")) {
        status = standardise(primitive, structure);
    }
    return status == CLI_OK && supercell ? enlarge(supercell, structure) : status;
}

int cmd_structure(const struct cli *cli, const struct args *args) {
    _cleanup_structure_ struct structure structure = STRUCTURE_NULL;
    const char *format = NULL;
    bool wanted = false;
    enum structure_format to = STRUCTURE_POSCAR;
    struct term term = term_stdout();
    int status = choose_format(args, &wanted, &to);
    status =
        status ? status : structure_load(cli, args->operands[0], &structure, &format);
    if (status != CLI_OK) {
        return status;
    }
    status = change_cell(args, &structure);
    if (status != CLI_OK) {
        return status;
    }
    if (wanted) {
        return write_structure(args, &structure, to);
    }
    _cleanup_json_ json_t *json =
        structure_to_json(&structure, format, SYMMETRY_PRECISION);
    if (args_has(args, "json")) {
        return remote_print_json(&term, json);
    }
    structure_print(&term, json);
    return CLI_OK;
}
