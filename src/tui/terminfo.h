/* Apart from curses.h, because term.h takes words such as `columns` for itself. */
#pragma once

#include <stdbool.h>

/* Whether the terminal that TERM names is described on this machine, as one whose
 * cursor can be placed. */
bool terminfo_is_usable(void);
