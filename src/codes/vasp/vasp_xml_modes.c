/* Frequencies in a vasprun.xml: it has the eigenvalues of the dynamical matrix, with
 * the sign of forces, in eV/(Å² u) or, since version 6, in a unit that it tells. */
#include "codes/vasp/vasp_xml.h"

#include <math.h>
#include <string.h>

/* √(eV/(Å² u)) / 2πc and THz / c, in cm⁻¹. */
#define CM1_OF_EV 521.47089837
#define CM1_OF_THZ 33.35640952

void vasp_xml_modes_begin(struct vasp_scan *scan, struct vasp_xml_modes *modes) {
    *modes = (struct vasp_xml_modes){.to_cm1 = CM1_OF_EV};
    results_drop_frequencies(scan->results);
}

void vasp_xml_modes_unit(struct vasp_scan *scan, struct vasp_xml_modes *modes,
                         const char *unit) {
    struct results *results = scan->results;
    double before = modes->to_cm1;
    unit += strspn(unit, " ");
    if (!vasp_behind(unit, "THz^2")) {
        return;
    }
    modes->to_cm1 = CM1_OF_THZ;
    for (size_t i = 0; i < results->n_frequencies; i++) {
        results->frequencies_cm1[i] *= CM1_OF_THZ / before;
    }
}

void vasp_xml_modes_add(struct vasp_scan *scan, struct vasp_xml_modes *modes,
                        double eigenvalue) {
    double size = sqrt(fabs(eigenvalue)) * modes->to_cm1;
    modes->wrong |= isnan(eigenvalue);
    if (modes->wrong) {
        results_drop_frequencies(scan->results);
        return;
    }
    int r = results_add_frequency(scan->results, eigenvalue <= 0 ? size : -size);
    modes->error = r < 0 ? r : modes->error;
}
