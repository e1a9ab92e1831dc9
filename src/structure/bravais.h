/* The lattices of pw.x.
 * Source: INPUT_PW of Quantum ESPRESSO, the description of ibrav. */
#pragma once

#include "structure/cell.h"

#include <stdbool.h>

enum {
    BRAVAIS_E_UNKNOWN = 1, /* no such lattice */
    BRAVAIS_E_MISSING = 2, /* a number that it needs is 0 or out of range */
};

/* The primitive vectors for ibrav (1 to 14, -3, -5, -9, -12, -13, 91) and
 * celldm(1..6), the first in bohr. *missing is the index of the celldm that is wrong,
 * where BRAVAIS_E_MISSING is returned. */
int bravais_cell(long ibrav, const double celldm[6], struct cell *out, int *missing);
/* The conventional cell that goes with it. */
int bravais_conventional(long ibrav, const double celldm[6], struct cell *out,
                         int *missing);

/* celldm for A, B, C in Å and cosAB, cosAC, cosBC. */
void bravais_celldm(long ibrav, const double abc[3], const double cosines[3],
                    double celldm[6]);

/* The lattice of a space group: by the first letter of its symbol and its number. */
long bravais_of_group(int number, char centring, bool unique_b);
