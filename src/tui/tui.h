/* The screen of CrystalMath: the jobs of this account and the progress of the selected
 * one, live. It speaks to the server through libcrystalmath only. */
#pragma once

#include <stdbool.h>

struct tui_options {
    const char *socket_path; /* NULL: the default */
    bool no_start;           /* never start a server, only connect to one */
    const char *host;        /* whose server it is; NULL: this machine's */
    /* The words of the programs that lead there, NULL-terminated: one that may ask on
     * the terminal, before the screen is there, and one that does not, when the
     * connection was lost. */
    char *const *host_asking;
    char *const *host_quiet;
};

/* Run until the user leaves; jobs go on without it. Returns the program's exit status:
 * 0, or 1 with the reason on stderr. The terminal is left as it was found in either
 * case. */
int tui_run(const struct tui_options *options);
