/* The terminal descriptions of this machine, and where it has none for a terminal,
 * those that a static program brings with it. The library takes one from $TERMINFO,
 * which is set for as long only. */
#include "tui/terminfo.h"

#include "base/static_data.h"
#include "base/str.h"

#include <curses.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <term.h>

static bool is_usable(void) {
    int status = 0;

    if (setupterm(NULL, STDOUT_FILENO, &status) != OK) {
        return false;
    }
    bool usable = cursor_address != NULL;
    (void)del_curterm(cur_term);
    return usable;
}

/* Names that came up after the descriptions were made are of terminals that understand
 * what xterm does. */
static const char *nearest_name(const char *name) {
    static const char *const like_xterm[] = {"xterm",   "alacritty", "foot",    "kitty",
                                             "ghostty", "wezterm",   "konsole", "gnome",
                                             "vte",     "st-",       "putty"};
    for (size_t i = 0; i < sizeof like_xterm / sizeof like_xterm[0]; i++) {
        if (str_starts_with(name, like_xterm[i])) {
            return "xterm-256color";
        }
    }
    return NULL;
}

static const struct static_terminal *brought_along(const char *name) {
    for (const struct static_terminal *at = static_terminals; name && at->name; at++) {
        if (strcmp(at->name, name) == 0) {
            return at;
        }
    }
    return NULL;
}

SCREEN *terminfo_open(void) {
    const char *name = getenv("TERM");
    const struct static_terminal *own = NULL;
    SCREEN *term = NULL;

    /* newterm() keeps memory when it fails for this reason, so it is asked for before.
     */
    if (is_usable()) {
        return newterm(NULL, stdout, stdin);
    }
    if (str_empty(name)) {
        return NULL;
    }
    own = brought_along(name);
    own = own ? own : brought_along(nearest_name(name));
    if (own && setenv("TERMINFO", own->description, 1) == 0) {
        term = newterm(own->name, stdout, stdin);
        (void)unsetenv("TERMINFO");
    }
    return term;
}
