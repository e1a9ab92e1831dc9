/* Results of a calculation, and other facts, as lines for people: "  name    value". */
#pragma once

#include "cli/term.h"

#include <jansson.h>

/* A fact whose value is known; `text` NULL: print nothing. */
void fact_text(const char *name, const char *text);
/* With `digits` behind the point and a unit; NAN: print nothing. */
void fact_number(const char *name, double value, int digits, const char *unit);
/* Bytes; likewise. */
void fact_size(const char *name, double bytes);

/* How an SCF goes on, by the `forecast` of a job or of results, with text before and
 * behind it; nothing for one that says nothing. */
void fact_print_forecast(const struct term *term, const char *before,
                         const json_t *forecast, const char *behind);
/* The colour that goes with it. */
enum term_style fact_forecast_style(const json_t *forecast);

/* The results object (as `crystalmath parse --json` prints it): what was calculated,
 * the numbers, the cycles of the last SCF, and the problems with their remedies.
 * `runs`: they are of a job that has not ended. */
void factsheet_print(const struct term *term, const json_t *results, bool runs);
