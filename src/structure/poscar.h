/* POSCAR and CONTCAR, the structures of VASP.
 * Format: the VASP wiki's page "POSCAR". */
#pragma once

#include "structure/structure.h"

/* Whether a text looks like one: numbers where scale and cell are. */
bool poscar_recognise(const char *text, size_t n);
/* 0, STRUCTURE_E_INPUT with `msg`, or -ENOMEM. */
int poscar_read(const struct structure_text *text, struct structure *out,
                struct errmsg *msg);
enum {
    POSCAR_SPECIES_MAX = 256,
    POSCAR_NAME_SIZE = 16,
};

/* The groups of atoms, in the order of the file. */
struct poscar_species {
    char name[POSCAR_SPECIES_MAX][POSCAR_NAME_SIZE]; /* "Si" where it says "Si_pv" */
    long count[POSCAR_SPECIES_MAX];
    size_t n;
    bool named; /* by a line of their own (version 5); else there are no names */
    long extra; /* a line behind the last atom that looks like another; 0: none */
};

/* The same, and the groups. */
int poscar_read_species(const struct structure_text *text, struct structure *out,
                        struct poscar_species *species, struct errmsg *msg);

/* Append one of version 5, atoms grouped by element in the order of their first, of a
 * structure that repeats in three directions. 0 or -ENOMEM. */
int poscar_write(const struct structure *structure, struct buf *out);
