/* CRYSTAL as one of the codes: its outputs are read. Running it is not done yet; an
 * input is known so that this can be said. CRYSTAL is licensed and not
 * redistributable, so it was not at hand to be run. */
#include "codes/code_internal.h"

#include "base/str.h"
#include "codes/crystal/crystal_scan.h"

#include <errno.h>

static int refuse(const char *file, struct errmsg *msg) {
    return errmsg_set(
        msg, CODE_E_INPUT,
        "%s is an input for CRYSTAL, which CrystalMath does not run from its inputs "
        "yet. To run it as a command, in its folder: crystalmath submit -- sh -c "
        "'crystal < %s'; to read an output that is there: crystalmath parse FILE",
        file, file);
}

static int check_input(const char *file, const char *text, size_t n, long *line,
                       struct errmsg *msg) {
    (void)text;
    (void)n;
    *line = 2;
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
    const char *const command[] = {"crystal", NULL};
    return strv_copy((char *const *)command);
}

static const char *const input_endings[] = {".d12", NULL};

const struct code code_crystal = {
    .name = "crystal",
    .title = "CRYSTAL",
    .program = "crystal",
    .is_input = crystal_input_recognise,
    .is_output = crystal_scan_is_output,
    .check_input = check_input,
    .files = name_files,
    .set_value = set_value,
    .move_input = move_input,
    .command = make_command,
    .input_endings = input_endings,
    .scan_new = crystal_scan_new,
    .scan_free = crystal_scan_free,
    .scan_line = crystal_scan_line,
    .scan_finish = crystal_scan_finish,
    .scan_is_capture = crystal_scan_goes_with_a_run,
};
