/* Numbers that are written as small sums, as pw.x takes them for coordinates: "1/3",
 * "-0.5*sqrt(3)/2". */
#pragma once

#include <stdbool.h>
#include <stddef.h>

/* The value of the n bytes: numbers, + - * / ^, brackets, and the functions sqrt, sin,
 * cos, tan, exp, log, abs. False where they are anything else, or no finite number. */
bool expression_value(const char *text, size_t n, double *out);
