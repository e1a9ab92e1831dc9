/* Makes processes without a copy of this one's memory, which would take longer than
 * everything else that a short job needs. */
#pragma once

#include <stdbool.h>

struct launcher;

/* It stays for the life of this process. The signals that are blocked now are blocked
 * in its thread. 0, or a negative errno. */
int launcher_new(struct launcher **out);

/* Have a process made in which `child` is called with `data`; it must not return. The
 * two of us share all memory until the process has become another program or has ended:
 * it may look at `data`, but allocates nothing, locks nothing, and changes nothing of
 * ours. Where there can be no process, `failed` is called in the launcher's thread,
 * with a positive errno. Not again before launcher_is_free. */
void launcher_make(struct launcher *launcher, void (*child)(const void *data),
                   void (*failed)(const void *data, int code), const void *data);

/* Whether the process that was wanted last has come so far, or could not be made. */
bool launcher_is_free(const struct launcher *launcher);
