/* What is known of the terminal. */
#pragma once

#include <curses.h>

/* Take the terminal over that TERM names, with newterm(3). The caller ends it with
 * endwin and delscreen. NULL when nothing is known of it, or its cursor cannot be
 * placed. */
SCREEN *terminfo_open(void);
