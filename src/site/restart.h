/* A run that goes on in a folder of this machine: its files, and the steps. */
#pragma once

#include "codes/code_restart.h"

/* For code_look: files of the folder `data`. */
int site_look_state(void *data, const char *name, int64_t *size, int64_t *modified_ms);
int site_look_read(void *data, const char *name, int64_t offset, size_t n,
                   struct buf *out);

/* Take the steps in their order; what is written has this mode. They are on the disk
 * when 0 is returned; else nothing has changed: a negative errno with `msg`. */
int site_restart_take(const char *folder, const struct code_restart *restart,
                      unsigned mode, struct errmsg *msg);
/* The opposite, as far as that can be. */
void site_restart_undo(const char *folder, const struct code_restart *restart);
