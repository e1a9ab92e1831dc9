/* VASP as one of the codes: its outputs are read. Running it from its inputs, which are
 * a folder of files rather than one, is not done; an INCAR is known so that this can be
 * said. VASP is licensed and not redistributable, so none was at hand to be run. */
#include "codes/code_internal.h"

#include "base/str.h"
#include "codes/vasp/vasp_scan.h"

#include <ctype.h>
#include <errno.h>
#include <string.h>
#include <strings.h>

/* Tags that hardly an INCAR is without; other programs have none of them. */
static bool is_tag(const char *name, size_t n) {
    static const char *const tags[] = {
        "SYSTEM", "ENCUT", "PREC",   "ISTART", "ICHARG", "ISPIN",  "ISMEAR",
        "SIGMA",  "EDIFF", "EDIFFG", "NSW",    "IBRION", "ISIF",   "ALGO",
        "IALGO",  "NELM",  "LREAL",  "LWAVE",  "LCHARG", "LORBIT", "MAGMOM",
    };
    for (size_t i = 0; i < sizeof(tags) / sizeof(*tags); i++) {
        if (strlen(tags[i]) == n && strncasecmp(tags[i], name, n) == 0) {
            return true;
        }
    }
    return false;
}

struct tags {
    int known;
    bool other; /* a line that no INCAR has */
};

/* "ENCUT = 400", perhaps with a comment behind it; "TAG = 1; TAG = 2". */
static int look_at_line(void *data, const char *line, long number, bool whole) {
    struct tags *tags = data;
    const char *text = line + strspn(line, " \t");
    (void)number;
    (void)whole;
    if (!*text || *text == '#' || *text == '!') {
        return 0;
    }
    size_t n = 0;
    while (isalnum((unsigned char)text[n]) || text[n] == '_') {
        n++;
    }
    const char *behind = text + n + strspn(text + n, " \t");
    if (n > 0 && *behind == '=') {
        tags->known += is_tag(text, n);
    } else if (tags->known == 0) {
        tags->other = true;
    }
    return tags->other;
}

static bool is_incar(const char *text, size_t n) {
    struct line_reader reader = {0};
    struct tags tags = {0};
    if (line_reader_feed(&reader, text, n, look_at_line, &tags) == 0) {
        (void)line_reader_end(&reader, look_at_line, &tags);
    }
    return !tags.other && tags.known >= 2;
}

static int refuse(const char *file, struct errmsg *msg) {
    return errmsg_set(
        msg, CODE_E_INPUT,
        "%s is an input for VASP, which CrystalMath does not run from its "
        "inputs yet. To run it as a command, in its folder: crystalmath "
        "submit -- mpirun -np 4 vasp_std; to read what it writes: "
        "crystalmath parse .",
        file);
}

static int check_input(const char *file, const char *text, size_t n, long *line,
                       struct errmsg *msg) {
    (void)text;
    (void)n;
    *line = 1;
    return refuse(file, msg);
}

static int name_files(const char *text, size_t n, char *const *env,
                      struct code_files *out) {
    (void)text;
    (void)n;
    (void)env;
    char *none[] = {NULL};
    out->read = strv_copy(none);
    return out->read ? 0 : -ENOMEM;
}

static int set_value(const char *file, const char *text, size_t n, const char *name,
                     const char *value, struct buf *out, struct errmsg *msg) {
    (void)text;
    (void)n;
    (void)name;
    (void)value;
    (void)out;
    return refuse(file, msg);
}

static int move_input(const char *file, const char *text, size_t n, const char *folder,
                      struct buf *out, struct errmsg *msg) {
    (void)text;
    (void)n;
    (void)folder;
    (void)out;
    return refuse(file, msg);
}

/* Never asked for an input that was refused; still a true one. */
static char **make_command(const char *input, int cores) {
    (void)input;
    (void)cores;
    const char *const command[] = {"vasp_std", NULL};
    return strv_copy((char *const *)command);
}

static const char *const input_endings[] = {NULL};

/* OUTCAR says most about the end, vasprun.xml has more digits, OSZICAR little. */
static const char *const output_names[] = {"OUTCAR", "vasprun.xml", "OSZICAR", NULL};

const struct code code_vasp = {
    .name = "vasp",
    .title = "VASP",
    .program = "vasp_std",
    .is_input = is_incar,
    .is_output = vasp_scan_is_output,
    .check_input = check_input,
    .files = name_files,
    .set_value = set_value,
    .move_input = move_input,
    .command = make_command,
    .input_endings = input_endings,
    .output_names = output_names,
    .scan_new = vasp_scan_new,
    .scan_free = vasp_scan_free,
    .scan_feed = vasp_scan_feed,
    .scan_finish = vasp_scan_finish,
    .scan_is_capture = vasp_scan_is_capture,
};
