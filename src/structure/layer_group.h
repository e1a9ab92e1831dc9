/* The 80 layer groups: what repeats in a plane.
 * Source: International Tables for Crystallography, volume E, their numbers and
 * symbols. Each is what is left of a space group of the same symbol when nothing
 * repeats along z, so its operations are those of that space group. */
#pragma once

#include "structure/symmetry.h"

enum { LAYER_GROUPS = 80 };

enum layer_lattice {
    LAYER_OBLIQUE,     /* a, b, gamma */
    LAYER_RECTANGULAR, /* a, b */
    LAYER_SQUARE,      /* a */
    LAYER_HEXAGONAL,   /* a; gamma is 120 degrees */
};

/* The operations of a layer group, of its centred cell where it has one; those where
 * there are two origins are of the one at an inversion. False where there is no such
 * number. */
bool layer_group_setting(int number, struct setting *out);
/* Of a number from 1 to LAYER_GROUPS. */
enum layer_lattice layer_group_lattice(int number);
bool layer_group_is_centred(int number);
/* The symbol of the space group whose operations they are; static. */
const char *layer_group_symbol(int number);
/* Whether tables agree about the origin. */
bool layer_group_has_one_origin(int number);
