/* A few operations make each group: they are multiplied until nothing new comes out.
 * Groups with several settings of the axes that CRYSTAL numbers apart (and icosahedra)
 * are left out; single mirror planes as well. */
#include "codes/crystal/crystal_point_group.h"

#include <math.h>
#include <string.h>

enum maker {
    NONE,
    INVERSION,
    TWO_X,
    TWO_Y,
    TWO_Z,
    MIRROR_X, /* x becomes -x */
    MIRROR_Y,
    MIRROR_Z,
    THREE_Z,
    FOUR_Z,
    MINUS_FOUR_Z,
    SIX_Z,
    THREE_DIAGONAL, /* x, y, z in turn */
};

#define ROOT 0.86602540378443864676

static const double matrices[][3][3] = {
    [NONE] = {{1, 0, 0}, {0, 1, 0}, {0, 0, 1}},
    [INVERSION] = {{-1, 0, 0}, {0, -1, 0}, {0, 0, -1}},
    [TWO_X] = {{1, 0, 0}, {0, -1, 0}, {0, 0, -1}},
    [TWO_Y] = {{-1, 0, 0}, {0, 1, 0}, {0, 0, -1}},
    [TWO_Z] = {{-1, 0, 0}, {0, -1, 0}, {0, 0, 1}},
    [MIRROR_X] = {{-1, 0, 0}, {0, 1, 0}, {0, 0, 1}},
    [MIRROR_Y] = {{1, 0, 0}, {0, -1, 0}, {0, 0, 1}},
    [MIRROR_Z] = {{1, 0, 0}, {0, 1, 0}, {0, 0, -1}},
    [THREE_Z] = {{-0.5, -ROOT, 0}, {ROOT, -0.5, 0}, {0, 0, 1}},
    [FOUR_Z] = {{0, -1, 0}, {1, 0, 0}, {0, 0, 1}},
    [MINUS_FOUR_Z] = {{0, 1, 0}, {-1, 0, 0}, {0, 0, -1}},
    [SIX_Z] = {{0.5, -ROOT, 0}, {ROOT, 0.5, 0}, {0, 0, 1}},
    [THREE_DIAGONAL] = {{0, 0, 1}, {1, 0, 0}, {0, 1, 0}},
};

static const struct {
    bool known;
    enum maker makers[3];
} groups[POINT_GROUPS + 1] = {
    [1] = {true, {NONE}},
    [2] = {true, {INVERSION}},
    [3] = {true, {TWO_X}},
    [4] = {true, {TWO_Y}},
    [5] = {true, {TWO_Z}},
    [9] = {true, {TWO_X, INVERSION}},
    [10] = {true, {TWO_Y, INVERSION}},
    [11] = {true, {TWO_Z, INVERSION}},
    [12] = {true, {TWO_Z, TWO_X}},
    [13] = {true, {TWO_X, MIRROR_Y}},
    [14] = {true, {TWO_Y, MIRROR_X}},
    [15] = {true, {TWO_Z, MIRROR_X}},
    [16] = {true, {TWO_Z, TWO_X, INVERSION}},
    [17] = {true, {FOUR_Z}},
    [18] = {true, {MINUS_FOUR_Z}},
    [19] = {true, {FOUR_Z, INVERSION}},
    [20] = {true, {FOUR_Z, TWO_X}},
    [21] = {true, {FOUR_Z, MIRROR_X}},
    [24] = {true, {FOUR_Z, TWO_X, INVERSION}},
    [25] = {true, {THREE_Z}},
    [26] = {true, {THREE_Z, INVERSION}},
    [33] = {true, {SIX_Z}},
    [34] = {true, {THREE_Z, MIRROR_Z}},
    [35] = {true, {SIX_Z, INVERSION}},
    [36] = {true, {SIX_Z, TWO_X}},
    [37] = {true, {SIX_Z, MIRROR_X}},
    [40] = {true, {SIX_Z, TWO_X, INVERSION}},
    [41] = {true, {THREE_DIAGONAL, TWO_Z}},
    [42] = {true, {THREE_DIAGONAL, TWO_Z, INVERSION}},
    [43] = {true, {THREE_DIAGONAL, FOUR_Z}},
    [44] = {true, {THREE_DIAGONAL, MINUS_FOUR_Z}},
    [45] = {true, {THREE_DIAGONAL, FOUR_Z, INVERSION}},
};

static bool is_among(double list[][3][3], size_t n, double one[3][3]) {
    for (size_t i = 0; i < n; i++) {
        double apart = 0;
        for (int k = 0; k < 9; k++) {
            apart = fmax(apart, fabs(list[i][k / 3][k % 3] - one[k / 3][k % 3]));
        }
        if (apart < 1e-6) {
            return true;
        }
    }
    return false;
}

static void multiply(double a[3][3], const double b[3][3], double out[3][3]) {
    for (int i = 0; i < 9; i++) {
        out[i / 3][i % 3] = 0;
        for (int k = 0; k < 3; k++) {
            out[i / 3][i % 3] += a[i / 3][k] * b[k][i % 3];
        }
    }
}

size_t crystal_point_group(int number,
                           double operations[POINT_GROUP_OPERATIONS][3][3]) {
    if (number < 1 || number > POINT_GROUPS || !groups[number].known) {
        return 0;
    }
    size_t n = 1;
    memcpy(operations[0], matrices[NONE], sizeof matrices[NONE]);
    for (size_t i = 0; i < n; i++) {
        for (int k = 0; k < 3; k++) {
            double product[3][3];
            multiply(operations[i], matrices[groups[number].makers[k]], product);
            if (n < POINT_GROUP_OPERATIONS && !is_among(operations, n, product)) {
                memcpy(operations[n++], product, sizeof product);
            }
        }
    }
    return n;
}
