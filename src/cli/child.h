/* A program that has our terminal until it ends. */
#pragma once

#include <jansson.h>

/* Run these words, an array of strings. Its exit status; 127 where it could not be
 * started, 128 and the number of a signal that ended it. */
int child_run(const json_t *words);
