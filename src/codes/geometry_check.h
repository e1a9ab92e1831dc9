/* What is wrong with a geometry before it is run; the same for all codes. */
#pragma once

#include "codes/code_check.h"
#include "structure/structure.h"

/* Space without atoms that is taken for vacuum, in Å, from one atom to the next. No
 * bulk solid leaves as much along a whole plane. */
#define GEOMETRY_VACUUM 10.0

/* Atoms that are closer than half the sum of their covalent radii are an error, which
 * is told at a line of the input (0: none). 0 or -ENOMEM. */
int geometry_check_contacts(const struct structure *structure, const char *file,
                            long line, struct code_findings *out);

/* More than one point of a mesh along a vector that crosses vacuum may be meant, and is
 * told. 0 or -ENOMEM. */
int geometry_check_mesh(const struct structure *structure, const long mesh[3],
                        const char *file, long line, struct code_findings *out);

/* The largest space without atoms between planes along a vector of the cell (0 to 2),
 * in Å; 0 where it does not repeat. Negative: -ENOMEM. */
double geometry_gap(const struct structure *structure, int vector);
