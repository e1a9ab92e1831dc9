/* Larger cells of the same structure. */
#pragma once

#include "structure/structure.h"

enum {
    SUPERCELL_E_MATRIX =
        1, /* no cell: its determinant is 0, or the numbers are large */
};

/* The structure in the cell whose vectors are rows of the matrix times the old ones. Of
 * directions that do not repeat the matrix has the row of the unit matrix. 0,
 * SUPERCELL_E_MATRIX, -E2BIG, or -ENOMEM. */
int supercell_make(const struct structure *structure, int matrix[3][3],
                   struct structure *out);
