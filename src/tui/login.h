/* The terminal is lent to a program that asks a person for something. */
#pragma once

#include "tui/screen.h"

#include <jansson.h>

/* Run these words, an array of strings, on the terminal until they end, with the screen
 * out of the way. Where they fail, what they have said stays until Enter is pressed.
 * `host` is for the words above. Its exit status, or a negative errno. */
int login_run(struct screen *screen, const json_t *words, const char *host);
