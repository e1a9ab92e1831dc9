/* A unit cell and the atoms in it; Å and degrees. */
#pragma once

#include <stddef.h>

struct cell {
    double vector[3][3]; /* rows are the lattice vectors, Cartesian, Å */
};

struct cell_parameters {
    double a, b, c;            /* Å */
    double alpha, beta, gamma; /* degrees: between b and c, c and a, a and b */
    double volume;             /* Å³ */
};

#define ATOM_ELEMENT_SIZE 4

struct atom {
    char element[ATOM_ELEMENT_SIZE]; /* chemical symbol, "Si" */
    double position[3];              /* Cartesian, Å */
};

struct cell_parameters cell_parameters(const struct cell *cell);

/* The formula of a list of atoms in Hill order (carbon, hydrogen, then by alphabet;
 * without carbon all by alphabet), counts of 1 left out: "SiO2" is written "O2Si".
 * Freed by the caller; NULL when memory runs out. */
char *cell_formula(const struct atom *atoms, size_t n);
