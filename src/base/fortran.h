/* Numbers as Fortran prints and reads them. Independent of the locale. */
#pragma once

#include <stdbool.h>
#include <stddef.h>

/* Read a real number at *at, behind blanks: "-1.5", ".5", "1.0D-03", "4.2E-09". On
 * success *at is behind it; the next number may follow without a blank ("0.25-0.25").
 * False, and nothing changed, where there is no finite number ("****", "NaN"). */
bool fortran_real(const char **at, double *out);
/* Several of them, one behind the other; all or nothing. */
bool fortran_reals(const char **at, double *out, size_t n);
/* The same of an F format whose numbers have so many decimals (1 or more), and fill
 * their columns where they are large: "0.000000000113.517567000" are two of nine. */
bool fortran_fixed_reals(const char **at, size_t decimals, double *out, size_t n);
/* A decimal integer, likewise. False where it does not fit. */
bool fortran_int(const char **at, long *out);
