/* The vectors of each lattice, as the program builds them, so that atoms come out where
 * it has them. */
#include "structure/bravais.h"

#include <math.h>
#include <string.h>

#define BOHR 0.529177210903

struct edges {
    double a, b, c; /* Å */
};

/* Which of celldm(2..6) a lattice needs, as bits. */
static unsigned needs(long ibrav) {
    switch (ibrav) {
    case 1:
    case 2:
    case 3:
    case -3:
        return 0;
    case 4:
    case 6:
    case 7:
        return 1U << 2;
    case 5:
    case -5:
        return 1U << 3;
    case 8:
    case 9:
    case -9:
    case 91:
    case 10:
    case 11:
        return 1U << 1 | 1U << 2;
    case 12:
    case 13:
        return 1U << 1 | 1U << 2 | 1U << 3;
    case -12:
    case -13:
        return 1U << 1 | 1U << 2 | 1U << 4;
    case 14:
        return 1U << 1 | 1U << 2 | 1U << 3 | 1U << 4 | 1U << 5;
    default:
        return ~0U;
    }
}

/* Edges are greater than 0, cosines within their bounds; 0 is a cosine. */
static int check(long ibrav, const double celldm[6], int *missing) {
    unsigned needed = needs(ibrav);
    if (needed == ~0U) {
        return BRAVAIS_E_UNKNOWN;
    }
    needed |= 1;
    for (int i = 0; i < 6; i++) {
        double value = celldm[i];
        double least = ibrav == 5 || ibrav == -5 ? -0.5 : -1;
        bool wrong =
            i < 3 ? !(value > 0 && value < 1e6) : !(value > least && value < 1);
        if ((needed >> i & 1) && wrong) {
            *missing = i + 1;
            return BRAVAIS_E_MISSING;
        }
    }
    return 0;
}

static void set(struct cell *cell, int i, double x, double y, double z) {
    cell->vector[i][0] = x;
    cell->vector[i][1] = y;
    cell->vector[i][2] = z;
}

static void set_rhombohedral(struct cell *cell, double a, double cosine,
                             bool along_111) {
    double tx = sqrt((1 - cosine) / 2);
    double ty = sqrt((1 - cosine) / 6);
    double tz = sqrt((1 + 2 * cosine) / 3);
    if (!along_111) {
        set(cell, 0, a * tx, -a * ty, a * tz);
        set(cell, 1, 0, 2 * a * ty, a * tz);
        set(cell, 2, -a * tx, -a * ty, a * tz);
        return;
    }
    double u = a / sqrt(3) * (tz - 2 * sqrt(2) * ty);
    double v = a / sqrt(3) * (tz + sqrt(2) * ty);
    set(cell, 0, u, v, v);
    set(cell, 1, v, u, v);
    set(cell, 2, v, v, u);
}

static void set_triclinic(struct cell *cell, const struct edges *e,
                          const double celldm[6]) {
    double alpha = celldm[3];
    double beta = celldm[4];
    double gamma = celldm[5];
    double sine = sqrt(1 - gamma * gamma);
    double rest =
        1 + 2 * alpha * beta * gamma - alpha * alpha - beta * beta - gamma * gamma;
    set(cell, 0, e->a, 0, 0);
    set(cell, 1, e->b * gamma, e->b * sine, 0);
    set(cell, 2, e->c * beta, e->c * (alpha - beta * gamma) / sine,
        e->c * sqrt(rest) / sine);
}

static struct edges edges_of(const double celldm[6]) {
    double a = celldm[0] * BOHR;
    return (struct edges){a, a * celldm[1], a * celldm[2]};
}

/* Lattices with right angles. */
static void set_right(struct cell *cell, long ibrav, const struct edges *e) {
    double a = e->a / 2;
    double b = e->b / 2;
    double c = e->c / 2;
    switch (ibrav) {
    case 2:
        set(cell, 0, -a, 0, a);
        set(cell, 1, 0, a, a);
        set(cell, 2, -a, a, 0);
        return;
    case 3:
        set(cell, 0, a, a, a);
        set(cell, 1, -a, a, a);
        set(cell, 2, -a, -a, a);
        return;
    case -3:
        set(cell, 0, -a, a, a);
        set(cell, 1, a, -a, a);
        set(cell, 2, a, a, -a);
        return;
    case 7:
        set(cell, 0, a, -a, c);
        set(cell, 1, a, a, c);
        set(cell, 2, -a, -a, c);
        return;
    case 9:
        set(cell, 0, a, b, 0);
        set(cell, 1, -a, b, 0);
        return;
    case -9:
        set(cell, 0, a, -b, 0);
        set(cell, 1, a, b, 0);
        return;
    case 91:
        set(cell, 1, 0, b, -c);
        set(cell, 2, 0, b, c);
        return;
    case 10:
        set(cell, 0, a, 0, c);
        set(cell, 1, a, b, 0);
        set(cell, 2, 0, b, c);
        return;
    case 11:
        set(cell, 0, a, b, c);
        set(cell, 1, -a, b, c);
        set(cell, 2, -a, -b, c);
        return;
    default:
        return;
    }
}

int bravais_conventional(long ibrav, const double celldm[6], struct cell *out,
                         int *missing) {
    int r = check(ibrav, celldm, missing);
    if (r != 0) {
        return r;
    }
    struct edges e = edges_of(celldm);
    struct cell_inverse inverse;
    struct cell cell = {{{0}}};
    bool cubic = (ibrav >= 1 && ibrav <= 3) || ibrav == -3;
    double b = ibrav >= 8 || ibrav <= -9 ? e.b : e.a;
    double cosine = ibrav == 12 || ibrav == 13 ? celldm[3] : 0;
    set(&cell, 0, e.a, 0, 0);
    set(&cell, 1, b * cosine, b * sqrt(1 - cosine * cosine), 0);
    set(&cell, 2, 0, 0, cubic ? e.a : e.c);
    if (ibrav == 4) {
        set(&cell, 1, -e.a / 2, e.a * sqrt(3) / 2, 0);
    } else if (ibrav == 5 || ibrav == -5) {
        set_rhombohedral(&cell, e.a, celldm[3], ibrav < 0);
    } else if (ibrav == -12 || ibrav == -13) {
        set(&cell, 2, e.c * celldm[4], 0, e.c * sqrt(1 - celldm[4] * celldm[4]));
    } else if (ibrav == 14) {
        set_triclinic(&cell, &e, celldm);
    }
    if (cell_invert(&cell, &inverse)) {
        *missing = ibrav == 14 ? 4 : 1;
        return BRAVAIS_E_MISSING;
    }
    *out = cell;
    return 0;
}

int bravais_cell(long ibrav, const double celldm[6], struct cell *out, int *missing) {
    struct cell cell;
    int r = bravais_conventional(ibrav, celldm, &cell, missing);
    if (r != 0) {
        return r;
    }
    struct edges e = edges_of(celldm);
    if (ibrav == 13) {
        set(&cell, 0, e.a / 2, 0, -e.c / 2);
        set(&cell, 2, e.a / 2, 0, e.c / 2);
    } else if (ibrav == -13) {
        set(&cell, 0, e.a / 2, e.b / 2, 0);
        set(&cell, 1, -e.a / 2, e.b / 2, 0);
    } else {
        set_right(&cell, ibrav, &e);
    }
    *out = cell;
    return 0;
}

void bravais_celldm(long ibrav, const double abc[3], const double cosines[3],
                    double celldm[6]) {
    memset(celldm, 0, 6 * sizeof *celldm);
    celldm[0] = abc[0] / BOHR;
    celldm[1] = abc[1] / abc[0];
    celldm[2] = abc[2] / abc[0];
    if (ibrav == 14 || ibrav == 0) {
        celldm[3] = cosines[2];
        celldm[4] = cosines[1];
        celldm[5] = cosines[0];
    } else if (ibrav == -12 || ibrav == -13) {
        celldm[4] = cosines[1];
    } else {
        celldm[3] = cosines[0];
    }
}

long bravais_of_group(int number, char centring, bool unique_b) {
    if (number <= 2) {
        return 14;
    }
    if (number <= 15) {
        long plain = centring == 'P' ? 12 : 13;
        return unique_b ? -plain : plain;
    }
    if (number <= 74) {
        return centring == 'P'   ? 8
               : centring == 'F' ? 10
               : centring == 'I' ? 11
               : centring == 'A' ? 91
                                 : 9;
    }
    if (number <= 142) {
        return centring == 'I' ? 7 : 6;
    }
    if (number <= 194) {
        return centring == 'R' ? 5 : 4;
    }
    return centring == 'F' ? 2 : centring == 'I' ? 3 : 1;
}
