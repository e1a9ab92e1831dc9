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
    int kind; /* tells species of no known element apart; 0: there is nothing to tell */
};

struct cell_parameters cell_parameters(const struct cell *cell);
/* The volume, less than 0 where the vectors are left-handed. */
double cell_determinant(const struct cell *cell);

enum {
    CELL_E_FLAT = 1, /* no cell: its volume is zero, or a number is not finite */
};

/* The cell with these edges and angles (the volume is not looked at): a along x, b in
 * the plane of x and y. 0 or CELL_E_FLAT. */
int cell_of_parameters(const struct cell_parameters *p, struct cell *out);

/* What turns Cartesian into fractional coordinates, for the functions below. */
struct cell_inverse {
    double column[3][3]; /* columns are the reciprocal vectors, 1/Å, without 2π */
};

/* 0 or CELL_E_FLAT. */
int cell_invert(const struct cell *cell, struct cell_inverse *out);
void cell_to_fractional(const struct cell_inverse *inverse, const double position[3],
                        double out[3]);
void cell_to_cartesian(const struct cell *cell, const double fractional[3],
                       double out[3]);

/* The formula of a list of atoms in Hill order (carbon, hydrogen, then by alphabet;
 * without carbon all by alphabet), counts of 1 left out: "SiO2" is written "O2Si".
 * Freed by the caller; NULL when memory runs out. */
char *cell_formula(const struct atom *atoms, size_t n);
