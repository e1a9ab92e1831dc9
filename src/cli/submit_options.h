/* The options of `crystalmath submit` that become parameters of jobs.submit. */
#pragma once

#include "cli/args.h"

#include <jansson.h>

/* Put what was given into `params`. Returns a status. */
int submit_options(const struct args *args, json_t *params);

/* Put --time and --chain into `params`. Returns a status. */
int submit_limits(const struct args *args, json_t *params);
/* A random name for one submission; NULL when the system has no random bytes. */
json_t *submit_token(void);
/* Put the words of every --tag into `params`, as "tags". Returns a status. */
int submit_put_tags(const struct args *args, json_t *params);
/* `text` as a JSON string; NULL, with a sentence that calls it `what`, where it is not
 * UTF-8. */
json_t *submit_utf8(const char *what, const char *text);
/* Put a new value; ends the program when memory runs out. */
void submit_put(json_t *object, const char *key, json_t *value_take);
