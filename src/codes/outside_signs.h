/* The words by which it is known what others say of the end of a run. */
#pragma once

#include "codes/outside.h"

struct outside_sign {
    const char *words;
    const char *also; /* is in the line, too; may be NULL */
    enum outside_cause cause;
    bool may_go_on; /* the script that it is said in goes on, and may start the run */
};

/* The first that is in the line; NULL: none is, or the line says that nothing came of
 * it. */
const struct outside_sign *outside_sign_of_line(const char *line);
