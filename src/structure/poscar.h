/* POSCAR and CONTCAR, the structures of VASP.
 * Format: the VASP wiki's page "POSCAR". */
#pragma once

#include "structure/structure.h"

/* Whether a text looks like one: numbers where scale and cell are. */
bool poscar_recognise(const char *text, size_t n);
/* 0, STRUCTURE_E_INPUT with `msg`, or -ENOMEM. */
int poscar_read(const struct structure_text *text, struct structure *out,
                struct errmsg *msg);
/* Append one of version 5, atoms grouped by element in the order of their first, of a
 * structure that repeats in three directions. 0 or -ENOMEM. */
int poscar_write(const struct structure *structure, struct buf *out);
