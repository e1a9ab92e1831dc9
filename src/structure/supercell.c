/* A supercell: every old cell whose corner lies within the new one gives its atoms. */
#include "structure/supercell.h"

#include <errno.h>
#include <math.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

enum {
    ENTRY_MAX = 100,
    LOOKED_AT_MAX = 20000000, /* old cells that may be looked at */
};

static long determinant(int m[3][3]) {
    return (long)m[0][0] * (m[1][1] * m[2][2] - m[1][2] * m[2][1]) -
           (long)m[0][1] * (m[1][0] * m[2][2] - m[1][2] * m[2][0]) +
           (long)m[0][2] * (m[1][0] * m[2][1] - m[1][1] * m[2][0]);
}

/* The corners of the new cell, in old vectors, lie between these. */
static void range_of(int m[3][3], int from[3], int to[3]) {
    for (int k = 0; k < 3; k++) {
        from[k] = to[k] = 0;
        for (int i = 0; i < 3; i++) {
            from[k] += m[i][k] < 0 ? m[i][k] : 0;
            to[k] += m[i][k] > 0 ? m[i][k] : 0;
        }
    }
}

/* Whether old corner n is within [0, 1) of the new vectors, exactly: by the cofactors
 * and the determinant. */
static bool is_within(int m[3][3], long volume, const int n[3]) {
    for (int i = 0; i < 3; i++) {
        long at = 0;
        for (int k = 0; k < 3; k++) {
            int r = (i + 1) % 3;
            int s = (i + 2) % 3;
            int u = (k + 1) % 3;
            int v = (k + 2) % 3;
            at += n[k] * (long)(m[r][u] * m[s][v] - m[r][v] * m[s][u]);
        }
        at = volume < 0 ? -at : at;
        if (at < 0 || at >= labs(volume)) {
            return false;
        }
    }
    return true;
}

static int add_cell(const struct structure *structure, const int n[3],
                    struct structure *got) {
    const double corner[3] = {n[0], n[1], n[2]};
    double shift[3];
    int r = 0;
    cell_to_cartesian(&structure->cell, corner, shift);
    for (size_t i = 0; r == 0 && i < structure->n_atoms; i++) {
        double position[3];
        for (int k = 0; k < 3; k++) {
            position[k] = structure->atoms[i].position[k] + shift[k];
        }
        r = structure_add_like(got, &structure->atoms[i], position);
    }
    return r;
}

static int add_cells(const struct structure *structure, int m[3][3], long volume,
                     struct structure *got) {
    int from[3];
    int to[3];
    int n[3];
    int r = 0;
    range_of(m, from, to);
    for (n[0] = from[0]; r == 0 && n[0] <= to[0]; n[0]++) {
        for (n[1] = from[1]; r == 0 && n[1] <= to[1]; n[1]++) {
            for (n[2] = from[2]; r == 0 && n[2] <= to[2]; n[2]++) {
                r = is_within(m, volume, n) ? add_cell(structure, n, got) : 0;
            }
        }
    }
    return r;
}

int supercell_make(const struct structure *structure, int matrix[3][3],
                   struct structure *out) {
    struct structure got = {.periodic = structure->periodic,
                            .enlarged = structure->enlarged};
    double looked_at = 1;
    int from[3];
    int to[3];
    for (int i = 0; i < 9; i++) {
        if (abs(matrix[i / 3][i % 3]) > ENTRY_MAX) {
            return SUPERCELL_E_MATRIX;
        }
    }
    range_of(matrix, from, to);
    for (int k = 0; k < 3; k++) {
        looked_at *= to[k] - from[k] + 1;
    }
    long volume = determinant(matrix);
    if (volume == 0 || structure->periodic == 0) {
        return SUPERCELL_E_MATRIX;
    }
    if (looked_at > LOOKED_AT_MAX ||
        (double)labs(volume) * (double)structure->n_atoms > STRUCTURE_MAX_ATOMS) {
        return -E2BIG;
    }
    got.enlarged |= labs(volume) > 1;
    for (int i = 0; i < 3; i++) {
        const double row[3] = {matrix[i][0], matrix[i][1], matrix[i][2]};
        cell_to_cartesian(&structure->cell, row, got.cell.vector[i]);
    }
    int r = structure->title
                ? structure_set_title(&got, structure->title, strlen(structure->title))
                : 0;
    r = r ? r : add_cells(structure, matrix, volume, &got);
    if (r == 0) {
        structure_move(out, &got);
    }
    structure_deinit(&got);
    return r;
}
