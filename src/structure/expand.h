/* All atoms that symmetry makes of a few. */
#pragma once

#include "structure/structure.h"
#include "structure/symmetry.h"

/* How near two images of one atom are one, in Å: coordinates with two digits are that
 * bad, and no two atoms are that near each other. */
#define EXPAND_MERGE 0.1

struct expansion {
    struct cell frame; /* that the operations and the coordinates refer to */
    struct cell cell;  /* that atoms are put into; a primitive one, or the same */
    const struct operation *operations; /* borrowed */
    size_t n;
};

/* Add the images of an atom at fractional coordinates of the frame, those that are one
 * once, each within the cell; in the order of the operations. Nothing is added where
 * the same element is there already. 0, -E2BIG, or -ENOMEM. */
int expand_atom(const struct expansion *expansion, const char *element,
                const double fractional[3], struct structure *out);

/* Read an operation as crystallographers write it, "x-y, -z+1/2, 1/2+x"; more behind a
 * third comma is not looked at. False where it is none. */
bool expand_parse(const char *text, size_t n, struct operation *out);
