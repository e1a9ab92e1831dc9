/* The environment of this process, for a job. */
#pragma once

#include <jansson.h>

/* As jobs.submit takes it; new. JSON carries UTF-8 alone: a variable that is something
 * else is left out, aloud. */
json_t *own_environment(void);
