/* What is known of elements. */
#pragma once

/* Covalent radius in Å; 0 where none is known ("X", and beyond curium). Of carbon that
 * of sp3, of manganese, iron and cobalt that of low spin, which are the smaller or
 * usual ones.
 * Source: B. Cordero et al., Covalent radii revisited, Dalton Trans. 2008, 2832-2838,
 * table 2. */
double element_covalent_radius(const char *element);

/* Standard atomic weight; where there is none the mass number of the isotope that lives
 * longest; 0 for "X".
 * Source: IUPAC, Standard atomic weights of the elements 2021, abridged. */
double element_mass(const char *element);
