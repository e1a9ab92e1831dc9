/* What is known of a cluster, as lines of "label  value", the important first. Pure. */
#pragma once

#include "tui/facts.h"
#include "tui/places.h"

/* How many jobs of ours it has. */
struct place_load {
    size_t running, waiting; /* to be handed over, or in its queue */
};

/* 0 or -ENOMEM; *out is then good for facts_deinit only. */
int place_facts_build(struct facts *out, const struct place *place,
                      const struct place_load *load);
