/* A plot as a file of PNG, through the library cairo. */
#pragma once

#include "base/buf.h"
#include "base/errmsg.h"
#include "plot/plot.h"

enum {
    PLOT_PNG_SCALE = 2, /* pixels for each unit of the sheet */
};

enum {
    PLOT_E_NO_CAIRO = 1, /* there is no such library here, or it was left out */
};

/* Append the whole file. 0; PLOT_E_NO_CAIRO with words on why in `msg`; or -ENOMEM. */
int plot_png(struct buf *out, const struct plot *plot, struct errmsg *msg);
