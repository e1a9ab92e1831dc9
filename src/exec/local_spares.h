/* Inside of exec/: files of run folders that are over, for those that come. */
#pragma once

#include "exec/local.h"

/* Put what there is into a run folder that is new; without `spares`, or where one is
 * missing, nothing. */
void local_spares_take(struct local_spares *spares, const char *run_dir);

/* Take the files out of a run folder that nobody will ask for again. What is not
 * wanted, or cannot be had, stays there. */
void local_spares_put(struct local_spares *spares, const char *run_dir);
