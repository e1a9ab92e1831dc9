/* JSON as text in memory of ours. */
#pragma once

#include <jansson.h>

/* Compact UTF-8 text of any value, freed with free(); NULL when memory runs out. */
char *json_text(const json_t *value);
