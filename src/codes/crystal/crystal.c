/* CRYSTAL as one of the codes. It is licensed and not redistributable, so it was not at
 * hand to be run: how it is called is known from its manual. */
#include "codes/code_internal.h"

#include "base/str.h"
#include "codes/crystal/crystal_run.h"
#include "codes/crystal/crystal_scan.h"

#include <errno.h>

static int check_input(const char *file, const char *text, size_t n, long *line,
                       struct errmsg *msg) {
    (void)file;
    (void)text;
    (void)n;
    (void)line;
    (void)msg;
    return 0;
}

static int set_value(const char *file, const char *text, size_t n, const char *name,
                     const char *value, struct buf *out, struct errmsg *msg) {
    (void)text;
    (void)n;
    (void)value;
    (void)out;
    return errmsg_set(
        msg, CODE_E_INPUT,
        "%s is an input for CRYSTAL, in which '%s' cannot be set: that is "
        "done in inputs of pw.x alone",
        file, name);
}

/* An input names no folders. */
static int move_input(const char *file, const char *text, size_t n, const char *folder,
                      struct buf *out, struct errmsg *msg) {
    (void)file;
    (void)folder;
    (void)msg;
    return buf_append(out, text, n);
}

static const char *const input_endings[] = {".d12", NULL};
static const char *const fixed_inputs[] = {"INPUT", NULL};
/* As the file cry23.bashrc and its older kin set them. */
static const struct code_place places[] = {
    {"CRY23_EXEDIR", NULL}, {"CRY23_EXEDIR", "$VERSION"},
    {"CRY17_EXEDIR", NULL}, {"CRY17_EXEDIR", "$VERSION"},
    {"CRY14_EXEDIR", NULL}, {"CRY14_EXEDIR", "$VERSION"},
    {NULL, NULL},
};

static const struct code_role roles[] = {
    {"serial", crystal_serial, 1}, {"parallel", crystal_parallel, 2}, {NULL, NULL, 0}};

const struct code code_crystal = {
    .name = "crystal",
    .title = "CRYSTAL",
    .program = "crystal",
    .cycle_limit = "MAXCYCLE",
    .is_input = crystal_input_recognise,
    .is_output = crystal_scan_is_output,
    .check_input = check_input,
    .check = crystal_check,
    .files = crystal_files,
    .set_value = set_value,
    .move_input = move_input,
    .restart = crystal_restart,
    .programs = crystal_programs,
    .places = places,
    .roles = roles,
    .how_to_get =
        "it is licensed (www.crystal.unito.it) and cannot be had from here; then "
        "put it on PATH, set CRY23_EXEDIR, or write command = /path/to/crystal "
        "under [code.crystal] in config.ini",
    .script = crystal_script,
    .fixed_inputs = fixed_inputs,
    .has_serial = true,
    .joins_errors = true,
    .live_file = crystal_live_file,
    .live_adds = true,
    .exit_says_nothing = true,
    .input_endings = input_endings,
    .scan_new = crystal_scan_new,
    .scan_free = crystal_scan_free,
    .scan_line = crystal_scan_line,
    .scan_finish = crystal_scan_finish,
    .scan_is_capture = crystal_scan_goes_with_a_run,
};
