/* Making plots in tests, and seeing them. */
#pragma once

#include "plot/kind.h"
#include "plot/plot.h"
#include "plot/raster.h"

/* A line through (1, y₀), (2, y₁), …; `log`: over decades. The test fails when there is
 * no memory. */
struct plot *plotting_line(const double *y, size_t n, bool log);
/* The results that a JSON text is, with ' for ". */
json_t *plotting_results(const char *text);
/* What the terminal shows, rows ended by newlines; the caller frees. */
char *plotting_text(const struct plot *plot, enum plot_marks marks, int rows,
                    int columns);
/* The plot of this kind that the results have; the test fails where there is none. */
struct plot *plotting_of(const char *results, enum plot_kind kind);
