/* The terminal descriptions of this machine. */
#include "tui/terminfo.h"

#include <curses.h>
#include <unistd.h>

#include <term.h>

bool terminfo_is_usable(void) {
    int status = 0;

    if (setupterm(NULL, STDOUT_FILENO, &status) != OK) {
        return false;
    }
    bool usable = cursor_address != NULL;
    (void)del_curterm(cur_term);
    return usable;
}
