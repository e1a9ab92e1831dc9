/* Quantum ESPRESSO's pw.x as one of the codes. */
#include "codes/code_internal.h"

#include "base/str.h"
#include "codes/qe/pwx_input.h"
#include "codes/qe/pwx_scan.h"

#include <stdio.h>

static char **make_command(const char *input, int cores) {
    char number[16];
    (void)snprintf(number, sizeof(number), "%d", cores);
    const char *const serial[] = {"pw.x", "-in", input, NULL};
    const char *const parallel[] = {"mpirun", "-np", number, "pw.x",
                                    "-in",    input, NULL};
    return strv_copy((char *const *)(cores > 1 ? parallel : serial));
}

static const char *const input_endings[] = {".pwi", ".inp", ".in", ".pw", NULL};

const struct code code_pwx = {
    .name = "quantum_espresso",
    .title = "Quantum ESPRESSO",
    .program = "pw.x",
    .is_input = pwx_input_recognise,
    .is_output = pwx_scan_is_output,
    .check_input = pwx_input_check,
    .files = pwx_input_files,
    .set_value = pwx_input_set,
    .move_input = pwx_input_move,
    .command = make_command,
    .input_endings = input_endings,
    .scan_new = pwx_scan_new,
    .scan_free = pwx_scan_free,
    .scan_line = pwx_scan_line,
    .scan_finish = pwx_scan_finish,
};
