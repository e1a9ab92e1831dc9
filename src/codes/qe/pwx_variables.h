/* What may stand in the namelists of a pw.x input. */
#pragma once

#include <stdbool.h>
#include <stddef.h>

enum pwx_namelist {
    PWX_CONTROL,
    PWX_SYSTEM,
    PWX_ELECTRONS,
    PWX_IONS,
    PWX_CELL,
    PWX_FCP,
    PWX_RISM,
    PWX_NAMELISTS,
};

enum pwx_type {
    PWX_INTEGER,
    PWX_REAL,
    PWX_LOGICAL,
    PWX_STRING,
};

struct pwx_variable {
    const char *name; /* lower case */
    enum pwx_type type;
    int rank;  /* 0: one value; else how many indices it takes */
    int limit; /* the largest index of a rank of 1; 0: it depends */
};

/* "control", without the ampersand. */
const char *pwx_namelist_name(enum pwx_namelist namelist);
/* The namelist called so, PWX_NAMELISTS when there is none. */
enum pwx_namelist pwx_namelist_find(const char *name, size_t n);

/* The variable of a namelist, whatever its case; NULL when there is none. */
const struct pwx_variable *pwx_variable_find(enum pwx_namelist namelist,
                                             const char *name, size_t n);
/* The namelist that does have such a variable, PWX_NAMELISTS when none has. */
enum pwx_namelist pwx_variable_home(const char *name, size_t n);
/* The name in this namelist that comes nearest; NULL when none does. */
const char *pwx_variable_nearest(enum pwx_namelist namelist, const char *name,
                                 size_t n);
