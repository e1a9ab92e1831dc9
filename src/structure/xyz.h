/* XYZ, and its extension with a cell.
 * Formats: XMol's (a count, a comment, lines of symbol and Cartesian position in Å);
 * "Extended XYZ" as ASE documents it (ase.io.extxyz): Lattice="ax ay az bx …",
 * Properties=species:S:1:pos:R:3:…, pbc="T T T" in the comment. */
#pragma once

#include "structure/structure.h"

bool xyz_recognise(const char *text, size_t n);
/* The last frame of a file with several. 0, STRUCTURE_E_INPUT with `msg`, or -ENOMEM.
 */
int xyz_read(const struct structure_text *text, struct structure *out,
             struct errmsg *msg);
/* Append one frame, extended where there is a cell. 0 or -ENOMEM. */
int xyz_write(const struct structure *structure, struct buf *out);
