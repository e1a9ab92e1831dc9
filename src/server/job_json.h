/* A job as the wire shows it. */
#pragma once

#include "job/job.h"

#include <jansson.h>

/* Every function returns a new value, NULL when memory runs out. */

/* What lists and notifications carry. */
json_t *job_summary_json(const struct job *job, const char *runs_dir);

/* How the SCF of a job goes on; null where nothing is said. */
json_t *job_forecast_json(const struct job *job);

/* Null for NAN; null for NULL; text that is not UTF-8 with U+FFFD in it; null for time
 * 0. */
json_t *json_number_or_null(double value);
json_t *json_text_or_null(const char *text);
json_t *json_time_or_null(int64_t realtime_ms);

/* Put a new value into an object: 0, or -ENOMEM (also when the value is NULL). */
int json_put(json_t *object, const char *key, json_t *value_take);

/* Where the job's standard output goes: its own path, or for a command the file in its
 * folder under runs_dir. Freed by the caller. 0 or -ENOMEM. */
int job_output_path(const struct job *job, const char *runs_dir, char **out);
