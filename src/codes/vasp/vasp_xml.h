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
    VASP_DYNMAT,
    VASP_MODES, /* eigenvalues of the dynamical matrix */
    VASP_ASIDE, /* all in it is passed over */
    VASP_I,
    VASP_V,
    VASP_R,
};

/* The modes of a dynamical matrix. */
struct vasp_xml_modes {
    double to_cm1; /* times the root of an eigenvalue */
    bool wrong;    /* a number could not be read */
    int error;     /* 0 or -ENOMEM, for want of room for one of them */
};

struct vasp_energies {
    double free, sigma0, without; /* without: the entropy of the smearing */
    int items;                    /* how many terms were given */
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
    struct vasp_xml_modes modes;
    size_t n_first; /* columns of the row of atoms at hand that were read */
};

/* As struct xml_dialect has them; the elements are those above. */
int vasp_xml_element(const char *tag, const char **attributes);
enum xml_wish vasp_xml_wish(int element);

void vasp_xml_data_init(struct vasp_xml_data *data);
/* An element begins; it is at the end of the path. */
void vasp_xml_begin(struct vasp_scan *scan, struct vasp_xml_data *data,
                    const struct xml_path *path);
/* A number of an element that holds many. */
void vasp_xml_number(struct vasp_scan *scan, struct vasp_xml_data *data,
                     const struct xml_path *path, double value);
/* It ends; `name` is its attribute of that name, `text` what was in it (cut where it is
 * too long). 0 or -ENOMEM. */
int vasp_xml_end(struct vasp_scan *scan, struct vasp_xml_data *data,
                 const struct xml_path *path, const char *name, const char *text);

/* ---- vasp_xml_modes.c ---- */

/* A dynamical matrix begins: its modes take the place of those of before. */
void vasp_xml_modes_begin(struct vasp_scan *scan, struct vasp_xml_modes *modes);
/* Its unit, where it is told: "THz^2". */
void vasp_xml_modes_unit(struct vasp_scan *scan, struct vasp_xml_modes *modes,
                         const char *unit);
/* An eigenvalue, negative for a mode that is not imaginary. */
void vasp_xml_modes_add(struct vasp_scan *scan, struct vasp_xml_modes *modes,
                        double eigenvalue);
