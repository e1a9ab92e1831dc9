/* Which atoms are near each other, images in other cells included. */
#pragma once

#include "structure/structure.h"

struct contact {
    size_t one, other; /* atoms; the same one for an atom and its own image */
    double distance;   /* Å */
};

/* The pair whose distance, divided by the sum of what `radius` says of its two atoms,
 * is smallest; the shortest distance where `radius` is NULL. Equal ones: the first in
 * the order of atoms. 0, -ENOENT where there are no two, or -ENOMEM. */
int contact_closest(const struct structure *structure,
                    double (*radius)(const char *element), struct contact *out);
