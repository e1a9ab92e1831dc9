/* Quantum ESPRESSO's pw.x as one of the codes. */
#include "codes/code_internal.h"

#include "codes/qe/pwx_input.h"
#include "codes/qe/pwx_scan.h"

#include <stdio.h>

static const char *const programs[] = {"pw.x", NULL};

static const char *const *name_programs(const char *text, size_t n,
                                        const struct code_beside *beside, int cores) {
    (void)text;
    (void)n;
    (void)beside;
    (void)cores;
    return programs;
}

static int add_arguments(const struct code_start *start, struct words *out) {
    char pools[16];
    int r = 0;
    if (start->pools > 0) {
        (void)snprintf(pools, sizeof pools, "%d", start->pools);
        r = words_add(out, "-nk");
        r = r ? r : words_add(out, pools);
    }
    r = r ? r : words_add(out, "-in");
    return r ? r : words_add(out, start->input);
}

static const struct code_role roles[] = {{"pw.x", programs, 1}, {NULL, NULL, 0}};
static const struct code_place places[] = {{"ESPRESSO_ROOT", "bin"}, {NULL, NULL}};

static const char *const input_endings[] = {".pwi", ".inp", ".in", ".pw", NULL};

const struct code code_pwx = {
    .name = "quantum_espresso",
    .title = "Quantum ESPRESSO",
    .program = "pw.x",
    .is_input = pwx_input_recognise,
    .is_output = pwx_scan_is_output,
    .is_sibling = pwx_scan_is_sibling,
    .check_input = pwx_input_check,
    .check = pwx_input_look,
    .files = pwx_input_files,
    .limits = pwx_input_limits,
    .cycle_limit = "electron_maxstep",
    .set_value = pwx_input_set,
    .move_input = pwx_input_move,
    .restart = pwx_restart,
    .programs = name_programs,
    .places = places,
    .roles = roles,
    .how_to_get = "on Debian: apt install quantum-espresso; else load its module",
    .arguments = add_arguments,
    .has_pools = true,
    .input_endings = input_endings,
    .scan_new = pwx_scan_new,
    .scan_free = pwx_scan_free,
    .scan_feed = pwx_scan_feed,
    .scan_finish = pwx_scan_finish,
    .scan_is_capture = pwx_scan_goes_with_a_run,
};
