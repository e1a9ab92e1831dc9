/* Asking a code to end in good order while there is still time: by a file that it looks
 * for, as prefix.EXIT of Quantum ESPRESSO and STOPCAR of VASP are. */
#pragma once

#include "supervisor/options.h"

#include <stdint.h>
#include <sys/types.h>

/* How long before its time limit a job is asked, in ms: a tenth of the limit, but at
 * least 2 s and at most 10 min. -1: it is not, because there is no limit, nothing to
 * ask with, or so little time that half of it would be lost. */
int64_t soft_stop_margin_ms(const struct options *options);

/* Remove the file: before the start, when an earlier run may have left it, and after
 * the end, when the code did not. It would end the next run. */
void soft_stop_clear(const struct options *options);

/* Write the file. That is left to a process of its own, for a file server that does not
 * answer may hold it for hours; its exit status is 0 when the file is there. Returns
 * its pid, or a negative errno. */
pid_t soft_stop_write(const struct options *options);
