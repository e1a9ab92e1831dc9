/* Checking an input of pw.x before it is run. */
#pragma once

#include "base/errmsg.h"

#include <stdbool.h>
#include <stddef.h>

/* Whether a text is an input of pw.x rather than of another program of the suite. It
 * may be faulty; it is then the better to know. */
bool pwx_input_recognise(const char *text, size_t n);

/* As code_check_input; never -ENOMEM. */
int pwx_input_check(const char *file, const char *text, size_t n, long *line,
                    struct errmsg *msg);
