/* Built without cairo. */
#include "plot/png.h"

int plot_png(struct buf *out, const struct plot *plot, struct errmsg *msg) {
    (void)out;
    (void)plot;
    return errmsg_set(msg, PLOT_E_NO_CAIRO,
                      "this program was built without the library cairo");
}
