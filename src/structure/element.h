/* Chemical symbols. */
#pragma once

#include "structure/cell.h"

/* The chemical symbol in an atom's label, as DFT codes let people write labels: "Fe1",
 * "fe_up", "O-h", "SI". A label that names no element yields "X". */
void element_of_label(const char *label, char element[ATOM_ELEMENT_SIZE]);

/* The place in the periodic table, 0 for "X". */
int element_number(const char *element);
/* The symbol of that place; "X" for numbers that have none. Static. */
const char *element_symbol(int number);
