/* The loop: terminal, signals and connection, waited for together. */
#pragma once

#include "tui/app.h"

#include <signal.h>

/* Run until app->quit. 0 or a negative errno. The terminal is open. */
int loop_run(struct app *app, int signals);

/* Block the signals that the loop reads, and open the descriptor it reads them from;
 * *before gets the mask to go back to. 0 or a negative errno. */
int loop_open_signals(int *fd, sigset_t *before);
