/* The geometry in an input of CRYSTAL, and the file that EXTERNAL reads.
 * Formats: CRYSTAL23 User's Manual, "Geometry input" and the appendix on fort.34. */
#pragma once

#include "codes/code.h"
#include "structure/structure.h"

#include <stdbool.h>

/* Whether a text says of cell and atoms what CRYSTAL's inputs do. */
bool crystal_d12_recognise(const char *text, size_t n);
/* The primitive cell, as CRYSTAL works with it. EXTERNAL's file is read by `beside`,
 * which may be NULL. 0, STRUCTURE_E_INPUT with `msg`, or -ENOMEM. */
int crystal_d12_read(const struct structure_text *text,
                     const struct code_beside *beside, struct structure *out,
                     struct errmsg *msg);
/* Append title and geometry, up to END. With `symmetry` a structure that repeats in
 * two or three directions is written by its layer or space group and the atoms that it
 * does not make, in spglib's standard cell; otherwise with all atoms. 0,
 * STRUCTURE_E_INPUT where `symmetry` is asked for and none is found, or -ENOMEM. */
int crystal_d12_write(const struct structure *structure, bool symmetry,
                      struct buf *out);

/* fort.34, or .gui. */
bool crystal_gui_recognise(const char *text, size_t n);
int crystal_gui_read(const struct structure_text *text, struct structure *out,
                     struct errmsg *msg);
