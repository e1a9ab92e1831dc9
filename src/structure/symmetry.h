/* Space groups: of a structure, and as tables. spglib knows them; symmetry.c is the
 * only file that includes it (https://spglib.readthedocs.io). */
#pragma once

#include "structure/structure.h"

/* What positions may be off from symmetric ones, in Å: coordinates with four digits in
 * a cell of usual size are as exact as that. */
#define SYMMETRY_PRECISION 0.01

enum {
    SYMMETRY_E_NONE = 1,       /* not found: two atoms in one place, no cell, … */
    SYMMETRY_MAX_ATOMS = 4000, /* the search takes time with the square of them */
    SYMMETRY_OPERATIONS = 192, /* that a group has at most, centring included */
    SYMMETRY_SETTINGS = 530,   /* in the table, numbered from 1 */
};

struct symmetry {
    int number;      /* in the International Tables, 1 to 230 */
    char symbol[12]; /* "Fm-3m", "P2_1/c" */
    char hall[18];   /* Hall's symbol for the setting */
    int setting;     /* its number in the table */
    char point_group[6];
};

/* Find the space group of a structure that repeats in three directions. 0,
 * SYMMETRY_E_NONE with `msg`, or -ENOMEM. */
int symmetry_find(const struct structure *structure, double precision,
                  struct symmetry *out, struct errmsg *msg);

/* Of an atom: the first atom that symmetry makes of it, counted from 0, and the letter
 * and symmetry of its Wyckoff position in the group's usual setting. */
struct symmetry_site {
    size_t first;
    char wyckoff;
    char symmetry[8];
};

/* The group, and the sites of all atoms, for which `sites` has room. Errors as above.
 */
int symmetry_sites(const struct structure *structure, double precision,
                   struct symmetry *out, struct symmetry_site *sites,
                   struct errmsg *msg);

/* The primitive cell, in spglib's standard form, or the conventional one. Errors as
 * above. */
int symmetry_standard(const struct structure *structure, double precision,
                      bool primitive, struct structure *out, struct errmsg *msg);

/* The layer group of a structure that repeats in two directions, by its number, and the
 * structure in the standard cell of that group: c, along z, is of length
 * STRUCTURE_NO_PERIOD, and the group's origin at 0. 0, SYMMETRY_E_NONE (also where
 * spglib is one that knows no layer groups, and of a cell that is several primitive
 * ones other than a centred one), or -ENOMEM. */
int symmetry_layer(const struct structure *structure, double precision, int *number,
                   struct structure *out);

/* x' = rotation · x + translation, in fractional coordinates. */
struct operation {
    int rotation[3][3];
    double translation[3];
};

struct setting {
    int number;     /* the space group's */
    char choice[8]; /* "1", "2", "H", "R", "b1", "cab", …; may be empty */
    size_t n;
    struct operation operations[SYMMETRY_OPERATIONS];
};

/* The operations of a setting, by its number in the table. False where there is no such
 * number. */
bool symmetry_setting(int setting, struct setting *out);

/* The letter of its lattice: P, A, B, C, F, I or R (of hexagonal axes). */
char symmetry_centring(int setting);

/* The number in the table of a space group's setting with this choice ("1", "2", "H",
 * "R", "b1", …); with "" or where there is no such choice the first one, which is the
 * usual. 0 where there is no such group. */
int symmetry_by_number(int number, const char *choice);
/* By symbol: Hermann-Mauguin's, short or full, "P 21/c", "P2_1/c", "F d -3 m :2",
 * "R -3 m :R", or Hall's. Blanks, underscores and case do not matter. 0 where there is
 * none. `choice` is preferred where the symbol leaves it open; may be "". */
int symmetry_by_symbol(const char *symbol, const char *choice);
