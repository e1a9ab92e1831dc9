/* Levels in a data-file-schema.xml. Where occupations are not fixed, pw.x tells the
 * Fermi energy only; that there is a gap about it is seen where it leaves the same
 * number of levels below it at every k-point, none of them half full. */
#include "codes/qe/pwx_xml.h"

#include <math.h>

void pwx_xml_bands_init(struct pwx_xml_bands *bands) {
    *bands = (struct pwx_xml_bands){.fermi = NAN, .top = NAN, .bottom = NAN};
}

void pwx_xml_bands_begin_point(struct pwx_xml_bands *bands) {
    bands->index = 0;
    bands->occupied[0] = 0;
    bands->occupied[1] = 0;
}

void pwx_xml_bands_level(struct pwx_xml_bands *bands, double level) {
    size_t spin = bands->n_up > 0 && bands->index >= bands->n_up ? 1 : 0;
    bands->index++;
    bands->wrong |= isnan(level);
    if (level <= bands->fermi) {
        bands->occupied[spin]++;
        bands->top = fmax(bands->top, level);
    } else {
        bands->bottom = fmin(bands->bottom, level);
    }
}

void pwx_xml_bands_occupation(struct pwx_xml_bands *bands, double occupation) {
    bands->fractional |= occupation > 0.02 && occupation < 0.98;
}

void pwx_xml_bands_end_point(struct pwx_xml_bands *bands) {
    for (size_t i = 0; i < 2; i++) {
        bands->crossing |= bands->any && bands->occupied[i] != bands->wanted[i];
        bands->wanted[i] = bands->occupied[i];
    }
    bands->any = true;
}

void pwx_xml_bands_end(struct pwx_scan *scan, const struct pwx_xml_bands *bands) {
    struct results *results = scan->results;
    if (bands->edges || isnan(bands->fermi)) {
        return;
    }
    results->fermi_ev = bands->fermi * PWX_HARTREE_EV;
    if (!bands->any || bands->wrong) {
        return;
    }
    if (bands->crossing) {
        results->gap_ev = 0;
    } else if (!bands->fractional && !isnan(bands->top + bands->bottom)) {
        results->vbm_ev = bands->top * PWX_HARTREE_EV;
        results->cbm_ev = bands->bottom * PWX_HARTREE_EV;
        results->gap_ev = results->cbm_ev - results->vbm_ev;
    }
}

void pwx_xml_bands_highest(struct pwx_scan *scan, struct pwx_xml_bands *bands,
                           double level) {
    bands->edges = true;
    scan->results->fermi_ev = NAN; /* the same level, under another name */
    scan->results->vbm_ev = level * PWX_HARTREE_EV;
}

void pwx_xml_bands_lowest(struct pwx_scan *scan, double level) {
    struct results *results = scan->results;
    results->cbm_ev = level * PWX_HARTREE_EV;
    results->gap_ev = results->cbm_ev > results->vbm_ev
                          ? results->cbm_ev - results->vbm_ev
                      : results->cbm_ev <= results->vbm_ev ? 0
                                                           : NAN;
}
