/* Writing a CIF: edges and angles, every atom, and the identity as only operation, so
 * that no reader's idea of a space group's setting comes into it. */
#include "structure/cif.h"

#include "base/cleanup.h"
#include "structure/frame.h"

#include <errno.h>
#include <stdlib.h>

static int write_head(const struct structure *structure, const char *formula,
                      struct buf *out) {
    struct cell_parameters p = cell_parameters(&structure->cell);
    return buf_printf(out,
                      "data_%s\n"
                      "_chemical_formula_sum '%s'\n"
                      "_cell_length_a %.10f\n_cell_length_b %.10f\n"
                      "_cell_length_c %.10f\n_cell_angle_alpha %.10f\n"
                      "_cell_angle_beta %.10f\n_cell_angle_gamma %.10f\n"
                      "_cell_volume %.6f\n"
                      "_space_group_name_H-M_alt 'P 1'\n_space_group_IT_number 1\n"
                      "loop_\n_space_group_symop_operation_xyz\n'x, y, z'\n"
                      "loop_\n_atom_site_label\n_atom_site_type_symbol\n"
                      "_atom_site_fract_x\n_atom_site_fract_y\n_atom_site_fract_z\n"
                      "_atom_site_occupancy\n",
                      formula, formula, p.a, p.b, p.c, p.alpha, p.beta, p.gamma,
                      p.volume);
}

int cif_write(const struct structure *structure, struct buf *out) {
    _cleanup_structure_ struct structure turned = STRUCTURE_NULL;
    _cleanup_free_ char *formula = cell_formula(structure->atoms, structure->n_atoms);
    int r = formula ? frame_standard(structure, &turned) : -ENOMEM;
    r = r ? r : write_head(&turned, formula, out);
    for (size_t i = 0; r == 0 && i < turned.n_atoms; i++) {
        const char *element = turned.atoms[i].element;
        double x[3];
        frame_fractional(&turned, i, x);
        r = buf_printf(out, "%s%zu %s %.12f %.12f %.12f 1\n", element, i + 1, element,
                       x[0] + 0.0, x[1] + 0.0, x[2] + 0.0);
    }
    return r < 0 ? -ENOMEM : 0;
}
