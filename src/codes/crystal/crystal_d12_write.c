/* Writing the geometry block of a CRYSTAL input: by the space group where that is
 * wanted, in spglib's standard cell, which is the usual one of the International Tables
 * (where there are two origins the first: the third flag says so); else every atom,
 * without symmetry. */
#include "codes/crystal/crystal_d12.h"

#include "base/cleanup.h"
#include "structure/element.h"
#include "structure/expand.h"
#include "structure/frame.h"
#include "structure/layer_group.h"
#include "structure/symmetry.h"

#include <errno.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

enum { SLAB_ATOMS_MAX = 1000 }; /* the search takes time with their square */

static int write_atom(const struct structure *structure, size_t i, struct buf *out) {
    double x[3];
    const double *at = structure->atoms[i].position;
    if (structure->periodic > 0) {
        frame_fractional(structure, i, x);
    }
    for (int k = 0; k < 3; k++) {
        x[k] = (k < structure->periodic ? x[k] : at[k]) + 0.0;
    }
    return buf_printf(out, "%3d %17.12f %17.12f %17.12f\n",
                      element_number(structure->atoms[i].element), x[0], x[1], x[2]);
}

static int write_plain(const struct structure *structure, struct buf *out) {
    struct cell_parameters p = cell_parameters(&structure->cell);
    int r = 0;
    switch (structure->periodic) {
    case 3:
        r = buf_printf(out, "CRYSTAL\n0 0 0\n1\n%.10f %.10f %.10f %.10f %.10f %.10f\n",
                       p.a, p.b, p.c, p.alpha, p.beta, p.gamma);
        break;
    case 2:
        r = buf_printf(out, "SLAB\n1\n%.10f %.10f %.10f\n", p.a, p.b, p.gamma);
        break;
    case 1:
        r = buf_printf(out, "POLYMER\n1\n%.10f\n", p.a);
        break;
    default:
        r = buf_append_str(out, "MOLECULE\n1\n");
    }
    r = r ? r : buf_printf(out, "%zu\n", structure->n_atoms);
    for (size_t i = 0; r == 0 && i < structure->n_atoms; i++) {
        r = write_atom(structure, i, out);
    }
    return r;
}

/* As few numbers as the lattice takes. */
static int write_cell(int group, const struct cell_parameters *p, struct buf *out) {
    if (group <= 2) {
        return buf_printf(out, "%.10f %.10f %.10f %.10f %.10f %.10f\n", p->a, p->b,
                          p->c, p->alpha, p->beta, p->gamma);
    }
    if (group <= 15) {
        return buf_printf(out, "%.10f %.10f %.10f %.10f\n", p->a, p->b, p->c, p->beta);
    }
    if (group <= 74) {
        return buf_printf(out, "%.10f %.10f %.10f\n", p->a, p->b, p->c);
    }
    return group <= 194 ? buf_printf(out, "%.10f %.10f\n", p->a, p->c)
                        : buf_printf(out, "%.10f\n", p->a);
}

static int write_group(const struct structure *standard, const struct symmetry *group,
                       const struct symmetry_site *sites, struct buf *out) {
    struct setting setting;
    struct cell_parameters p = cell_parameters(&standard->cell);
    size_t count = 0;
    if (!symmetry_setting(group->setting, &setting)) {
        return STRUCTURE_E_INPUT;
    }
    for (size_t i = 0; i < standard->n_atoms; i++) {
        count += sites[i].first == i;
    }
    int r = buf_printf(out, "CRYSTAL\n0 0 %d\n%d\n", setting.choice[0] == '1',
                       group->number);
    r = r ? r : write_cell(group->number, &p, out);
    r = r ? r : buf_printf(out, "%zu\n", count);
    for (size_t i = 0; r == 0 && i < standard->n_atoms; i++) {
        r = sites[i].first == i ? write_atom(standard, i, out) : 0;
    }
    return r;
}

/* ---- slabs ---- */

/* Whether an operation takes atom `from` to atom `to`, or to another cell. */
static bool takes_to(const struct structure *slab, const struct operation *operation,
                     size_t from, size_t to) {
    double x[3];
    double y[3];
    double apart[3];
    frame_fractional(slab, from, x);
    frame_fractional(slab, to, y);
    for (int k = 0; k < 3; k++) {
        const int *row = operation->rotation[k];
        apart[k] = row[0] * x[0] + row[1] * x[1] + row[2] * x[2] +
                   operation->translation[k] - y[k];
        apart[k] -= k < 2 ? round(apart[k]) : 0;
    }
    cell_to_cartesian(&slab->cell, apart, x);
    return hypot(hypot(x[0], x[1]), x[2]) < EXPAND_MERGE &&
           strcmp(slab->atoms[from].element, slab->atoms[to].element) == 0;
}

/* Mark all that the group makes of an atom. */
static void mark_images(const struct structure *slab, const struct setting *setting,
                        size_t atom, bool *made) {
    for (size_t o = 0; o < setting->n; o++) {
        for (size_t i = atom + 1; i < slab->n_atoms; i++) {
            made[i] = made[i] || takes_to(slab, &setting->operations[o], atom, i);
        }
    }
}

static int write_layer_cell(int group, const struct cell_parameters *p,
                            struct buf *out) {
    switch (layer_group_lattice(group)) {
    case LAYER_OBLIQUE:
        return buf_printf(out, "%.10f %.10f %.10f\n", p->a, p->b, p->gamma);
    case LAYER_RECTANGULAR:
        return buf_printf(out, "%.10f %.10f\n", p->a, p->b);
    default:
        return buf_printf(out, "%.10f\n", p->a);
    }
}

static int write_layer(const struct structure *slab, int group, struct buf *out) {
    struct setting setting;
    struct cell_parameters p = cell_parameters(&slab->cell);
    _cleanup_free_ bool *made = calloc(slab->n_atoms + 1, sizeof *made);
    size_t count = 0;
    if (!made) {
        return -ENOMEM;
    }
    if (group == 1 || !layer_group_setting(group, &setting)) {
        return STRUCTURE_E_INPUT;
    }
    for (size_t i = 0; i < slab->n_atoms; i++) {
        if (!made[i]) {
            count++;
            mark_images(slab, &setting, i, made);
        }
    }
    int r = buf_printf(out, "SLAB\n%d\n", group);
    r = r ? r : write_layer_cell(group, &p, out);
    r = r ? r : buf_printf(out, "%zu\n", count);
    for (size_t i = 0; r == 0 && i < slab->n_atoms; i++) {
        r = made[i] ? 0 : write_atom(slab, i, out);
    }
    return r;
}

static int write_slab(const struct structure *structure, struct buf *out) {
    _cleanup_structure_ struct structure slab = STRUCTURE_NULL;
    _cleanup_structure_ struct structure turned = STRUCTURE_NULL;
    int group = 0;
    int r = structure->n_atoms <= SLAB_ATOMS_MAX
                ? symmetry_layer(structure, SYMMETRY_PRECISION, &group, &slab)
                : SYMMETRY_E_NONE;
    r = r ? r : frame_standard(&slab, &turned);
    return r > 0 ? STRUCTURE_E_INPUT : r ? r : write_layer(&turned, group, out);
}

static int write_symmetric(const struct structure *structure, struct buf *out) {
    _cleanup_structure_ struct structure standard = STRUCTURE_NULL;
    _cleanup_structure_ struct structure turned = STRUCTURE_NULL;
    _cleanup_free_ struct symmetry_site *sites = NULL;
    struct symmetry group;
    int r = symmetry_standard(structure, SYMMETRY_PRECISION, false, &standard, NULL);
    r = r ? r : frame_standard(&standard, &turned);
    if (r == 0) {
        sites = calloc(turned.n_atoms + 1, sizeof *sites);
        r = sites ? symmetry_sites(&turned, SYMMETRY_PRECISION, &group, sites, NULL)
                  : -ENOMEM;
    }
    if (r != 0) {
        return r > 0 ? STRUCTURE_E_INPUT : r;
    }
    /* Of what has none the cell and its origin stay as they are. */
    return group.number > 1 ? write_group(&turned, &group, sites, out)
                            : STRUCTURE_E_INPUT;
}

int crystal_d12_write(const struct structure *structure, bool symmetry,
                      struct buf *out) {
    _cleanup_structure_ struct structure turned = STRUCTURE_NULL;
    _cleanup_free_ char *formula = cell_formula(structure->atoms, structure->n_atoms);
    int r = formula
                ? buf_printf(out, "%s\n", structure->title ? structure->title : formula)
                : -ENOMEM;
    if (r == 0 && symmetry) {
        r = structure->periodic == 2 ? write_slab(structure, out)
                                     : write_symmetric(structure, out);
    } else if (r == 0) {
        r = frame_standard(structure, &turned);
        r = r ? r : write_plain(&turned, out);
    }
    r = r ? r : buf_append_str(out, "END\n");
    return r < 0 ? -ENOMEM : r;
}
