/* Reading vasprun.xml: what the reader of the XML tells the reader of its meaning. */
#pragma once

#include "codes/vasp/vasp_scan.h"
#include "codes/xml_reader.h"

/* The elements that matter, some of them told apart by their attribute `name`. */
enum vasp_element {
    VASP_ELEMENT_OTHER,
    VASP_MODELING,
    VASP_GENERATOR,
    VASP_INCAR,
    VASP_PARAMETERS,
    VASP_SEPARATOR,
    VASP_SEPARATOR_RESPONSE, /* repeats names with other values */
    VASP_GENERATION,
    VASP_ATOM_COUNT,
    VASP_ATOM_LIST,
    VASP_SET,
    VASP_RC,
    VASP_C,
    VASP_STRUCTURE,
    VASP_BASIS,
    VASP_POSITIONS,
    VASP_FORCES,
    VASP_STRESS,
    VASP_CALCULATION,
    VASP_SCSTEP,
    VASP_ENERGY,
    VASP_EIGENVALUES,
    VASP_DOS,
    VASP_ASIDE, /* all in it is passed over */
    VASP_I,
    VASP_V,
    VASP_R,
};

struct vasp_energies {
    double free, sigma0;
    int items; /* how many terms were given */
};

/* What is being put together. */
struct vasp_xml_data {
    struct vasp_energies energies; /* of the block being read */
    struct vasp_energies last;     /* of the last cycle of the SCF run */
    bool in_scf;                   /* the calculation's SCF run has begun … */
    bool scf_over;                 /* … and ended: a linear response follows */
    bool mesh_known;
    double basis[3][3];
    double stress[3][3];
    size_t n_basis, n_stress, n_forces;
    double pstress;
    size_t n_first; /* columns of the row of atoms at hand that were read */
};

/* As struct xml_dialect has them; the elements are those above. */
int vasp_xml_element(const char *tag, const char **attributes);
enum xml_wish vasp_xml_wish(int element);

void vasp_xml_data_init(struct vasp_xml_data *data);
/* An element begins; it is at the end of the path. */
void vasp_xml_begin(struct vasp_scan *scan, struct vasp_xml_data *data,
                    const struct xml_path *path);
/* It ends; `name` is its attribute of that name, `text` what was in it (cut where it is
 * too long). 0 or -ENOMEM. */
int vasp_xml_end(struct vasp_scan *scan, struct vasp_xml_data *data,
                 const struct xml_path *path, const char *name, const char *text);
