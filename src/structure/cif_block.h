/* What a data block of a CIF says of a structure. For the reader of CIF only. */
#pragma once

#include "structure/structure.h"
#include "structure/symmetry.h"

enum {
    CIF_OPERATIONS_MAX = 4096,
    CIF_WORD = 64,
};

struct cif_site {
    char label[CIF_WORD], type[CIF_WORD];
    double x[3];
    bool has_x[3];
    double cartn[3];
    bool has_cartn[3];
    double occupancy;
    bool dummy;
    long line;
};

struct cif_block {
    struct cell_parameters cell;
    int cell_known; /* bits */
    long number;
    char symbol[CIF_WORD], hall[CIF_WORD], choice[CIF_WORD];
    struct operation *operations; /* owned */
    size_t n_operations, cap_operations;
    struct operation *centrings; /* owned */
    size_t n_centrings, cap_centrings;
    struct cif_site *sites; /* owned */
    size_t n_sites, cap_sites;
    const char *name; /* of the file, n_name bytes */
    size_t n_name;
    long line;
    char formula[CIF_WORD * 2];
};

/* Whether it has an atom with a place. */
bool cif_block_has_atoms(const struct cif_block *block);
/* Make the structure, in `got`, which is empty before and the caller's to release in
 * either case. 0, STRUCTURE_E_INPUT with `msg`, or -ENOMEM. */
int cif_block_build(struct cif_block *block, const struct structure_text *text,
                    struct errmsg *msg, struct structure *got);
