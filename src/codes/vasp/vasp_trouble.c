/* What goes wrong in VASP: the words by which it is known, the name that custodian
 * gives it, whether VASP goes on, and what to try. Words that may stand for several are
 * behind those that are more exact. */
#include "codes/vasp/vasp_scan.h"

#include <string.h>

#define LREAL_REMEDY "Set LREAL = .FALSE. in INCAR."
#define SYMMETRY_REMEDY                                                                \
    "Change SYMPREC (first ten times smaller, then ten times larger than 1E-5); if "   \
    "that does not help, set ISYM = 0."
#define GAMMA_REMEDY "Use a k-mesh that is centred at Gamma, or set ISYM = 0."
#define TETRAHEDRON_REMEDY                                                             \
    "Use more k-points in a mesh centred at Gamma, or ISMEAR = 0 with SIGMA = 0.05."
#define ORTHONORMAL_REMEDY                                                             \
    "Set ISYM = 0, and NCORE = 1 in cells of few atoms; if it came in the first "      \
    "step, "                                                                           \
    "make the cell larger (atoms may be too close), later halve POTIM."
#define RESTART_REMEDY                                                                 \
    "Copy CONTCAR to POSCAR where it is whole, delete CHGCAR and WAVECAR, and "
#define POSCAR_REMEDY "Correct POSCAR and POTCAR: as many elements, in the same order."

static const struct vasp_trouble own[] = {
    {"ALGO=A and IALGO=5X tend to fail", "algo_tet", VASP_HINTS,
     "With ALGO = All or Damped use ISMEAR = 0, or ALGO = Fast with tetrahedra."},
    {"BRIONS problems: POTIM should be increased", "brions", VASP_GOES_ON,
     "Copy CONTCAR to POSCAR and raise POTIM by 0.1; if it comes again, IBRION = 2 "
     "with "
     "POTIM = 0.5."},
    {"BRMIX: very serious problems", "brmix", VASP_GOES_ON,
     "Run again with ISTART = 1; then try IMIX = 1, a mesh centred at Gamma, ISYM = 0, "
     "and without the old CHGCAR and WAVECAR."},
    {"Could not get correct shifts", "incorrect_shift", VASP_GOES_ON, GAMMA_REMEDY},
    {"DENTET", "dentet", VASP_GOES_ON, TETRAHEDRON_REMEDY},
    {"EDWAV: internal error, the gradient is not orthogonal", "grad_not_orth",
     VASP_STOPS, "Set ALGO = Fast, or Normal for hybrids and meta-GGA."},
    {"ELF: KPAR>1 not implemented", "elf_kpar", VASP_STOPS, "Set KPAR = 1."},
    {"ELF not implemented for non collinear case", "elf_ncl", VASP_GOES_ON,
     "Set LELF = .FALSE.: it is not there for non-collinear runs."},
    {"ERROR EDDIAG: Call to routine ZHEEV failed", "zheev", VASP_STOPS,
     "Set ALGO = Normal where it is Fast, else ALGO = Exact."},
    {"ERROR FEXCF", "fexcf", VASP_STOPS,
     "Atoms have come too close: start again from CONTCAR, or with IBRION = 2 and a "
     "smaller POTIM."},
    {"ERROR FEXCP", "fexcf", VASP_STOPS,
     "Atoms have come too close: start again from CONTCAR, or with IBRION = 2 and a "
     "smaller POTIM."},
    {"ERROR RSPHER", "rspher", VASP_STOPS, LREAL_REMEDY},
    {"ERROR in EDDIAG: call to ZHEEV/ZHEEVX/DSYEV/DSYEVX failed", "eddiag", VASP_STOPS,
     "Set ALGO = Normal where it is Fast, else ALGO = Exact."},
    {"ERROR in subspace rotation PDSYEVX", "pdsyevx", VASP_STOPS, "Set ALGO = Normal."},
    {"ERROR in subspace rotation PSSYEVX", "pssyevx", VASP_STOPS, "Set ALGO = Normal."},
    {"ERROR: SBESSELITER : nicht konvergent", "nicht_konv", VASP_STOPS, LREAL_REMEDY},
    {"ERROR: charge density could not be read from file CHGCAR", "input_error",
     VASP_STOPS, "Put the CHGCAR of an SCF run with the same cell into the folder."},
    {"ERROR: number of potentials on File POTCAR incompatible", "input_error",
     VASP_STOPS, POSCAR_REMEDY},
    {"ERROR: the triple product of the basis vectors", "triple_product", VASP_STOPS,
     "Exchange two lattice vectors in POSCAR, so that they are right-handed."},
    {"ERROR: there must be 1 or 3 items on line 2 of POSCAR", "input_error", VASP_STOPS,
     "Give one scale, or three, in line 2 of POSCAR."},
    {"Error EDDDAV: Call to ZHEGV failed", "edddav", VASP_STOPS,
     RESTART_REMEDY "set ALGO = All with ISEARCH = 1."},
    {"Error reading item", "read_error", VASP_STOPS,
     "Correct the value of the tag that the message names."},
    {"Error code was IERR=", "read_error", VASP_STOPS,
     "Correct the value of the tag that the message names."},
    {"Fatal error detecting k-mesh", "ksymm", VASP_STOPS, SYMMETRY_REMEDY},
    {"Fatal error: unable to match k-point", "ksymm", VASP_STOPS, SYMMETRY_REMEDY},
    {"Found some non-integer element in rotation matrix", "rot_matrix", VASP_STOPS,
     GAMMA_REMEDY},
    {"HDF5 call in vhdf5", "internal_error", VASP_STOPS,
     "Delete vaspout.h5 and vaspwave.h5 of an earlier run, and see that there is room "
     "and leave to write them."},
    {"HNFORM: k-point generating", "hnform", VASP_STOPS, "Set ISYM = 0."},
    {"Inconsistent Bravais lattice", "bravais", VASP_GOES_ON, SYMMETRY_REMEDY},
    {"LRF_COMMUTATOR internal error", "lrf_comm", VASP_STOPS, "Set LPEAD = .TRUE."},
    {"M_divide: can not subdivide", "input_error", VASP_STOPS,
     "Choose KPAR, NCORE and the number of processes so that they divide each other."},
    {"No initial positions read in", "input_error", VASP_STOPS, POSCAR_REMEDY},
    {"One of the lattice vectors is very long (>50 A), but AMIN", "amin", VASP_HINTS,
     "Set AMIN = 0.01."},
    {"PEAD routines do not work for NCORE", "dfpt_ncore", VASP_STOPS,
     "Remove NCORE and NPAR from INCAR."},
    {"POSMAP", "posmap", VASP_STOPS, SYMMETRY_REMEDY},
    {"PRICELV: current lattice and primitive lattice are incommensurate", "pricelv",
     VASP_STOPS, SYMMETRY_REMEDY},
    {"PRICEL (probably precision problem", "pricel", VASP_STOPS,
     "Set SYMPREC = 1E-8 and ISYM = 0."},
    {"PSMAXN for non-local potential too small", "psmaxn", VASP_HINTS,
     "ENCUT is higher than the POTCAR was made for: lower ENCUT, or set LREAL = "
     ".FALSE."},
    {"REAL_OPTLAY: internal error", "real_optlay", VASP_STOPS, LREAL_REMEDY},
    {"REAL_OPT: internal ERROR", "real_optlay", VASP_STOPS, LREAL_REMEDY},
    {"RHOSYG", "rhosyg", VASP_STOPS,
     "Set SYMPREC = 1E-4; if that does not help, ISYM = 0."},
    {"RSPHER: internal ERROR", "rspher", VASP_STOPS, LREAL_REMEDY},
    {"Reciprocal lattice and k-lattice belong to different class", "mesh_symmetry",
     VASP_HINTS, GAMMA_REMEDY},
    {"Routine TETIRR needs special values", "tetirr", VASP_GOES_ON, GAMMA_REMEDY},
    {"Routine ZPOTRF", "zpotrf", VASP_STOPS, ORTHONORMAL_REMEDY},
    {"Routine ZTRTRI", "zpotrf", VASP_STOPS, ORTHONORMAL_REMEDY},
    {"SGRCON", "rot_matrix", VASP_STOPS, GAMMA_REMEDY},
    {"SGRGEN: Too many elements", "internal_error", VASP_STOPS, SYMMETRY_REMEDY},
    {"Spin polarized Harris functional dynamics is a good joke",
     "spin_polarized_harris", VASP_STOPS,
     "Set NSW = 0: with ICHARG >= 10 and ISPIN = 2 the atoms cannot move."},
    {"TOO FEW BANDS", "too_few_bands", VASP_GOES_ON, "Raise NBANDS by a tenth."},
    {"Tetrahedron method fails", "tet", VASP_STOPS, TETRAHEDRON_REMEDY},
    {"The number of bands has been changed", "auto_nbands", VASP_HINTS,
     "Set NBANDS to a multiple of the number of processes that share a k-point (see "
     "KPAR and NCORE), or use fewer processes."},
    {"The distance between some ions is very small", "input_error", VASP_HINTS,
     "Look at the distances in OUTCAR, and correct POSCAR: its scale in line 2, Direct "
     "or Cartesian, atoms that are there twice."},
    {"The electronic self-consistency was not achieved", "scf_not_converged",
     VASP_GOES_ON,
     "Raise NELM, or take a slower ALGO (VeryFast, Fast, Normal, All in this order), "
     "then smaller AMIX and BMIX."},
    {"WARNING in EDDRMM: call to ZHEGV failed", "eddrmm", VASP_GOES_ON,
     RESTART_REMEDY "set ALGO = Normal where it is Fast, else halve POTIM."},
    {"WARNING: Sub-Space-Matrix is not hermitian in DAV", "subspacematrix",
     VASP_GOES_ON, "Set LREAL = .FALSE., then PREC = Accurate."},
    {"WARNING: small aliasing (wrap around) errors must be expected", "aliasing",
     VASP_HINTS, "Set NGX, NGY, NGZ to what the message recommends."},
    {"Your FFT grids (NGX,NGY,NGZ) are not sufficient for an accurate",
     "aliasing_incar", VASP_HINTS, "Remove NGX, NGY, NGZ from INCAR, or enlarge them."},
    {"ZBRENT: fatal error in bracketing", "zbrent", VASP_STOPS,
     "Copy CONTCAR to POSCAR and run again with a smaller EDIFF (1E-6) and NELMIN = 8; "
     "if it comes again, IBRION = 1."},
    {"ZBRENT: fatal internal in", "zbrent", VASP_STOPS,
     "Copy CONTCAR to POSCAR and run again with a smaller EDIFF (1E-6) and NELMIN = 8; "
     "if it comes again, IBRION = 1."},
    {"determination of the symmetry of your systems shows a strong", "symprec_noise",
     VASP_HINTS, "Set SYMPREC = 1E-6, or ISYM = 0."},
    {"group operation missing", "point_group", VASP_STOPS, "Set ISYM = 0."},
    {"internal error in GENERATE_KPOINTS_TRANS", "kpoints_trans", VASP_STOPS,
     "Use the same number of k-points along the three directions."},
    {"internal error in SET_CORE_WF", "set_core_wf", VASP_STOPS,
     "Take a newer POTCAR of the element."},
    {"internal error in subroutine PRICEL", "pricel", VASP_STOPS,
     "Set SYMPREC = 1E-8 and ISYM = 0."},
    {"not all point group operations", "ibzkpt", VASP_GOES_ON,
     "Set ISYM = 0, or SYMPREC = 1E-6."},
    {"number of bands is not sufficient", "nbands_not_sufficient", VASP_STOPS,
     "Remove NBANDS from INCAR, or raise it above half the number of electrons."},
    {"remove the tag NPAR from the INCAR file", "dfpt_ncore", VASP_STOPS,
     "Remove NCORE and NPAR from INCAR."},
    {"rotation matrix was not found (increase SYMPREC)", "inv_rot_mat", VASP_STOPS,
     "Set SYMPREC = 1E-8."},
    {"supplied exchange-correlation table", "fexcf", VASP_STOPS,
     "Atoms have come too close: start again from CONTCAR, or with IBRION = 2 and a "
     "smaller POTIM."},
    {"tetrahedron method can not be used", "tet", VASP_STOPS, TETRAHEDRON_REMEDY},
    {"tetrahedron method fails", "tet", VASP_STOPS, TETRAHEDRON_REMEDY},
    {"type information on POSCAR and POTCAR are incompatible", "input_error",
     VASP_STOPS, POSCAR_REMEDY},
    {"while reading WAVECAR", "coef", VASP_STOPS, "Delete WAVECAR and start again."},
    {"while reading plane", "coef", VASP_STOPS, "Delete WAVECAR and start again."},
};

/* What says least; told only where nothing says more. */
static const struct vasp_trouble vague = {
    "internal error", "internal_error", VASP_STOPS,
    "VASP itself stumbled: look the message up in the VASP wiki and forum."};

enum {
    OWN = sizeof(own) / sizeof(*own),
};

_Static_assert(OWN < UCHAR_MAX - VASP_IN_WORD, "a place is told in a byte");

/* In any locale. */
static bool is_of_a_word(unsigned char c) {
    return (unsigned char)((c | 0x20) - 'a') < 26 || (unsigned char)(c - '0') < 10;
}

void vasp_trouble_index(struct vasp_trouble_index *index) {
    for (size_t c = 0; c <= UCHAR_MAX; c++) {
        index->of[c] = is_of_a_word((unsigned char)c) ? VASP_IN_WORD : 0;
    }
    for (size_t i = OWN; i > 0; i--) {
        index->of[(unsigned char)own[i - 1].words[0]] =
            (unsigned char)(i + VASP_IN_WORD);
    }
}

static const struct vasp_trouble *at_word(size_t first, const char *word) {
    for (size_t i = first; i < OWN && own[i].words[0] == *word; i++) {
        /* All have two letters at least. */
        if (own[i].words[1] == word[1] && vasp_behind(word, own[i].words)) {
            return &own[i];
        }
    }
    return NULL;
}

/* In a frame the name of a subroutine may follow without a blank:
 * "subroutinePOSMAP:symmetry". */
static const unsigned char *glued_name(const unsigned char *at) {
    const char *name = *at == 's' ? vasp_behind((const char *)at, "subroutine") : NULL;
    return name && is_of_a_word((unsigned char)*name) ? (const unsigned char *)name
                                                      : NULL;
}

const struct vasp_trouble *vasp_trouble_own(const struct vasp_trouble_index *index,
                                            const char *text) {
    const struct vasp_trouble *found = NULL;
    const unsigned char *at = (const unsigned char *)text;
    while (*at) {
        const unsigned char *name = glued_name(at);
        at = name ? name : at;
        size_t kind = index->of[*at];
        if (kind == 0) {
            at++;
            continue;
        }
        const struct vasp_trouble *one =
            kind > VASP_IN_WORD ? at_word(kind - VASP_IN_WORD - 1, (const char *)at)
                                : NULL;
        if (one) {
            return one;
        }
        if (*at == vague.words[0] && vasp_behind((const char *)at, vague.words)) {
            found = &vague;
        }
        while (index->of[*at] != 0) {
            at++;
        }
    }
    return found;
}

bool vasp_trouble_is_hint(const char *category) {
    for (size_t i = 0; i < OWN; i++) {
        if (strcmp(own[i].category, category) == 0) {
            return own[i].ending == VASP_HINTS;
        }
    }
    return false;
}
