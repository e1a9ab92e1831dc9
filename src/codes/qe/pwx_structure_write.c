/* The part of an input of pw.x that tells of cell and atoms: &system with the counts,
 * and the three cards. What else pw.x needs depends on the calculation, and is left to
 * the person. */
#include "codes/qe/pwx_input.h"

#include "structure/element_data.h"
#include "structure/frame.h"

#include <errno.h>

static int write_species(const struct frame_elements *elements, struct buf *out) {
    int r = buf_append_str(out, "ATOMIC_SPECIES\n");
    for (size_t i = 0; r == 0 && i < elements->n; i++) {
        const char *element = elements->element[i];
        r = buf_printf(out, "  %-2s %8.3f  %s.UPF\n", element, element_mass(element),
                       element);
    }
    return r;
}

static int write_cell(const struct structure *structure, struct buf *out) {
    int r = buf_append_str(out, "CELL_PARAMETERS angstrom\n");
    for (int i = 0; r == 0 && i < 3; i++) {
        const double *v = structure->cell.vector[i];
        r = buf_printf(out, "%20.12f%20.12f%20.12f\n", v[0] + 0.0, v[1] + 0.0,
                       v[2] + 0.0);
    }
    return r;
}

int pwx_structure_write(const struct structure *structure, struct buf *out) {
    struct frame_elements elements;
    frame_elements(structure, &elements);
    int r = buf_printf(out, "&SYSTEM\n  ibrav = 0\n  nat = %zu\n  ntyp = %zu\n/\n",
                       structure->n_atoms, elements.n);
    r = r ? r : write_species(&elements, out);
    r = r ? r : write_cell(structure, out);
    r = r ? r : buf_append_str(out, "ATOMIC_POSITIONS crystal\n");
    for (size_t i = 0; r == 0 && i < structure->n_atoms; i++) {
        double x[3];
        frame_fractional(structure, i, x);
        r = buf_printf(out, "  %-2s%18.14f%18.14f%18.14f\n",
                       structure->atoms[i].element, x[0] + 0.0, x[1] + 0.0, x[2] + 0.0);
    }
    return r < 0 ? -ENOMEM : 0;
}
