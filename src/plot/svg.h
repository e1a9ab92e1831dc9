/* A plot as a file of SVG. */
#pragma once

#include "base/buf.h"
#include "plot/plot.h"

/* Append the whole file: UTF-8 that refers to nothing outside. 0 or -ENOMEM. */
int plot_svg(struct buf *out, const struct plot *plot);
