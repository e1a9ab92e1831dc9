/* CIF, the crystallographers' files.
 * Names: the IUCr's core dictionary (coreCIF), old names and new ones, those with a
 * point (mmCIF, CIF2) alike; the operations of magCIF. */
#pragma once

#include "structure/structure.h"

bool cif_recognise(const char *text, size_t n);
/* The first data block with atoms. 0, STRUCTURE_E_INPUT with `msg`, or -ENOMEM. */
int cif_read(const struct structure_text *text, struct structure *out,
             struct errmsg *msg);
/* Append one with all atoms of a structure that repeats in three directions, and the
 * identity as its only operation. 0, or -ENOMEM. */
int cif_write(const struct structure *structure, struct buf *out);
