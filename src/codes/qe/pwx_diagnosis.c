/* What lies behind pw.x's error messages: the category, and what is worth trying. The
 * first entry whose words are in the routine's name and in the message decides. */
#include "codes/qe/pwx_scan.h"

#include <string.h>

#define DIAGONALIZE                                                                    \
    "Try diagonalization = 'cg' (or 'paro', or startingwfc = 'random') in "            \
    "&electrons; "                                                                     \
    "check that no atoms overlap and that the cutoffs suit the pseudopotentials."
#define READ_AGAIN                                                                     \
    "A file of an earlier run is missing or not whole: check outdir and prefix, or "   \
    "start with restart_mode = 'from_scratch'."
#define CHECK_INPUT "Mend what the message names in the input."
#define NOT_POSSIBLE "This pw.x cannot do both: leave one of them out of the input."
#define OUTDIR                                                                         \
    "Set outdir (or ESPRESSO_TMPDIR) to a folder that can be written on every node."
#define DISK "Free room where outdir is, or set disk_io = 'low'."
#define MPI "MPI failed, often because another process died first: look for its words."
#define SYMMETRY                                                                       \
    "Cell and positions are just off their symmetry: give them with more digits (or "  \
    "by "                                                                              \
    "ibrav and space_group), or set nosym = .true."
#define NOT_BUILT                                                                      \
    "This pw.x was built without it: take one that was built with it, or leave it "    \
    "out."
#define POOLS                                                                          \
    "Make the number of processes a multiple of the pools (-nk) and of their parts "   \
    "(-nb, -nt, -nd)."
#define MIXING                                                                         \
    "Mixing broke down: lower mixing_beta, set mixing_ndim = 4, or try "               \
    "diagonalization = 'cg'."
#define MEMORY "Use more nodes, fewer processes a node or fewer pools."
#define TOO_MANY_PROCESSES                                                             \
    "There are more processes than the FFT grid has planes: run on fewer, or with "    \
    "more pools (-nk)."
#define TOO_MANY_SHARE                                                                 \
    "Too many processes share the diagonalization: add -nd 1 to the command."
#define CELL_CHANGED "The cell has changed much: restart from the last geometry."
#define UNKNOWN                                                                        \
    "Look for the message in the list of known troubles on quantum-espresso.org; the " \
    "file CRASH beside the run holds the words of every process."

struct entry {
    const char *routine; /* NULL: any */
    const char *message; /* NULL: any */
    const char *category;
    const char *remedy;
};

static const struct entry entries[] = {
    {NULL, "On entry to", "input_error",
     "LAPACK was asked for what is impossible, and ended the run: see whether "
     "tot_charge, tot_magnetization and nbnd leave electrons and bands."},
    {NULL, "cannot allocate", "out_of_memory", MEMORY},
    {NULL, "cholesky", "diagonalization_error", DIAGONALIZE},
    {NULL, "S matrix not positive", "diagonalization_error", DIAGONALIZE},
    {NULL, "too many bands are not converged", "diagonalization_error", DIAGONALIZE},
    {NULL, "eigenvectors failed to converge", "diagonalization_error", DIAGONALIZE},
    {NULL, "qr(X, 0) failed", "diagonalization_error", DIAGONALIZE},
    {NULL, "zhegv", "diagonalization_error", DIAGONALIZE},
    {"diaghg", NULL, "diagonalization_error", DIAGONALIZE},
    {"egterg", NULL, "diagonalization_error", DIAGONALIZE},
    {"broyden", NULL, "diagonalization_error", MIXING},
    {NULL, "diagonalization failed", "diagonalization_error", DIAGONALIZE},
    {"gram_schmidt", NULL, "diagonalization_error", DIAGONALIZE},
    {"mix_rho", "negative dr2", "internal_error", MIXING},
    {"mp_start", NULL, "input_error", POOLS},
    {"mp_bands", "incompatible", "input_error", POOLS},
    {"divide_et_impera", NULL, "input_error",
     "There are more pools than k-points: lower -nk (npool), or run on fewer cores."},
    {"divide", "no k-points", "input_error",
     "There are more pools than k-points: lower -nk (npool), or run on fewer cores."},
    {NULL, "processes with no planes", "input_error", TOO_MANY_PROCESSES},
    {"n_plane_waves", NULL, "input_error", TOO_MANY_PROCESSES},
    {"2cyc_", NULL, "input_error", TOO_MANY_SHARE},
    {"2blk_", NULL, "input_error", TOO_MANY_SHARE},
    {NULL, "cannot bracket Ef", "internal_error",
     "Raise nbnd, and see that degauss makes sense and the SCF does not diverge (lower "
     "mixing_beta)."},
    {NULL, "charge is wrong", "input_error",
     "The bands do not hold the electrons: set occupations = 'smearing' with a "
     "degauss, "
     "or check nbnd, tot_charge and tot_magnetization."},
    {NULL, "dexx is negative", "input_error",
     "Check exxdiv_treatment and raise ecutfock."},
    {NULL, "G_par is NOT a reciprocal lattice vector", "input_error",
     "The strings of k-points do not close along a reciprocal vector: check gdir, "
     "nppstr "
     "and the K_POINTS."},
    {NULL, "larger cell_factor", "input_error",
     "The cell has changed much: set cell_factor = 2 in &cell, or restart from the "
     "last "
     "geometry."},
    {NULL, "not orthogonal operation", "internal_error",
     "The geometry has left its symmetry: start again from the last geometry, or with "
     "nosym = .true."},
    {"allsym", NULL, "internal_error",
     "The geometry has left its symmetry: start again from the last geometry, or with "
     "nosym = .true."},
    {"d_matrix", NULL, "internal_error", SYMMETRY},
    {"sym_rho_init", "lone vector", "internal_error", SYMMETRY},
    {NULL, "not a group", "internal_error", SYMMETRY},
    {"scale_sym_ops", NULL, "internal_error", SYMMETRY},
    {"angle_rot", NULL, "internal_error", SYMMETRY},
    {"divide_class", NULL, "internal_error", SYMMETRY},
    {"find_group", NULL, "internal_error", SYMMETRY},
    {"tipo_sym", NULL, "internal_error", SYMMETRY},
    {"gk_sort", NULL, "internal_error", CELL_CHANGED},
    {"bfgs", NULL, "geometry_not_converged",
     "Tighten conv_thr: forces that are not exact mislead the optimiser; or go on from "
     "the "
     "last geometry, or with ion_dynamics = 'damp'."},
    {"tetra", NULL, "input_error",
     "Tetrahedra want an automatic grid of k-points without symmetry lost: check "
     "K_POINTS, or set occupations = 'smearing'."},
    {NULL, "too many k", "input_error", "Make the grid of K_POINTS coarser."},
    {NULL, "not compiled", "input_error", NOT_BUILT},
    {NULL, "not linked", "input_error", NOT_BUILT},
    {NULL, "requires compilation", "input_error", NOT_BUILT},
    {NULL, "more bands than PWs", "input_error",
     "There are more bands than plane waves: lower nbnd or raise ecutwfc."},
    {NULL, "too few plane waves", "input_error",
     "There are more bands than plane waves: lower nbnd or raise ecutwfc."},
    {NULL, "too few bands", "input_error",
     "Raise nbnd: at least half the electrons, a fifth more for metals, twice as many "
     "with noncolin."},
    {NULL, "optimal ", "input_error",
     "The Ewald sum does not converge: raise ecutwfc and ecutrho, and check celldm."},
    {NULL, "may be overlapping", "input_error",
     "Check the distances of the atoms, and raise ecutrho for ultrasoft and PAW "
     "pseudopotentials."},
    {NULL, "input syntax has changed", "input_error",
     "pw.x 7.1 and later want a card HUBBARD in place of Hubbard_U and its like."},
    {"tempdir", NULL, "input_error", OUTDIR},
    {"create_directory", NULL, "input_error", OUTDIR},
    {NULL, "for writing", "internal_error", DISK},
    {NULL, "error writing", "internal_error", DISK},
    {NULL, "while writing", "internal_error", DISK},
    {NULL, "cannot write", "internal_error", DISK},
    {"write_rhog", NULL, "internal_error", DISK},
    {"write_scf", NULL, "internal_error", DISK},
    {"mp_", NULL, "internal_error", MPI},
    {"bcast", NULL, "internal_error", MPI},
    {NULL, "mpi_", "internal_error", MPI},
    {NULL, "not allocated", "internal_error", UNKNOWN},
    {NULL, "smooth grid", "input_error", CELL_CHANGED},
    {NULL, "allocat", "out_of_memory", MEMORY},
    {NULL, "out of memory", "out_of_memory", MEMORY},
    {NULL, "not enough memory", "out_of_memory", MEMORY},
    {NULL, "fft order too large", "input_error",
     "The cell is huge for this cutoff: check the units of celldm (bohr), A and "
     "CELL_PARAMETERS."},
    {NULL, "too many r-vectors", "input_error",
     "A lattice vector is very short beside the others, or its unit is wrong: check "
     "the cell."},
    {"ggen", NULL, "input_error", "Check nr1, nr2, nr3 and ecutrho."},
    {"kernel_table", NULL, "read_error",
     "Put the file vdW_kernel_table into pseudo_dir; generate_vdW_kernel_table.x makes "
     "it."},
    {NULL, "not yet inserted", "input_error",
     "This pw.x knows no Hubbard orbitals of that element: leave out its U, or take a "
     "newer version, which wants them in the card HUBBARD."},
    {NULL, "input not recognized", "input_error", CHECK_INPUT},
    {"matching_shortids", NULL, "input_error", CHECK_INPUT},
    {"cell_alat", NULL, "input_error", CHECK_INPUT},
    {"potinit", "charges differ", "input_error",
     "There is no charge to start from: take pseudopotentials that hold that of the "
     "atom (PP_RHOATOM)."},
    {"read_namelists", NULL, "input_error",
     "A namelist has a misspelt variable, a wrong value or no closing / – at the line "
     "that the message quotes or the one before."},
    {"readpp", NULL, "read_error",
     "Check pseudo_dir and the file names in ATOMIC_SPECIES."},
    {"read_upf", NULL, "read_error",
     "The pseudopotential file is damaged: fetch it again."},
    {"upf", NULL, "read_error", "The pseudopotential file is damaged: fetch it again."},
    {"read_line", NULL, "input_error", CHECK_INPUT},
    {"london", NULL, "input_error",
     "Grimme's D2 has no values for this element: give london_c6, or take another "
     "vdw_corr."},
    {"read_pseudo", NULL, "read_error",
     "Check pseudo_dir and the file names in ATOMIC_SPECIES."},
    {"card", NULL, "input_error", CHECK_INPUT},
    {"checkin", NULL, "input_error", CHECK_INPUT},
    {"read_input", NULL, "input_error", CHECK_INPUT},
    {"iosys", NULL, "input_error", CHECK_INPUT},
    {"setup", NULL, "input_error", CHECK_INPUT},
    {"input", NULL, "input_error", CHECK_INPUT},
    {"latgen", NULL, "input_error", "Check ibrav and celldm (or A, B, C, cosAB …)."},
    {"cell_base", NULL, "input_error", CHECK_INPUT},
    {"init_pos", NULL, "input_error", CHECK_INPUT},
    {"check_atoms", NULL, "input_error",
     "Two atoms are in the same place, perhaps a lattice vector apart: check the units "
     "of ATOMIC_POSITIONS and CELL_PARAMETERS."},
    {"set_cutoff", NULL, "input_error", CHECK_INPUT},
    {"_check", NULL, "input_error", CHECK_INPUT},
    {"add_bfield", NULL, "input_error",
     "Check constrained_magnetization, lambda and starting_magnetization: there is "
     "hardly "
     "a moment to hold."},
    {"add_efield", NULL, "input_error", CHECK_INPUT},
    {"add_gatefield", NULL, "input_error", CHECK_INPUT},
    {"average_pp", NULL, "input_error",
     "The pseudopotential is fully relativistic: set noncolin and lspinorb = .true., "
     "or take a scalar relativistic one."},
    {"alloc_neighborhood", NULL, "input_error",
     "Check the card HUBBARD, V above all; sc_size may have to be larger."},
    {"hubbard", NULL, "input_error", CHECK_INPUT},
    {"init_constraint", NULL, "input_error", CHECK_INPUT},
    {"init_dofree", NULL, "input_error", CHECK_INPUT},
    {"init_extffield", NULL, "input_error", CHECK_INPUT},
    {"init_start_k", NULL, "input_error", CHECK_INPUT},
    {"init_twochem", NULL, "input_error", CHECK_INPUT},
    {"init_vloc", NULL, "input_error", CHECK_INPUT},
    {"energy_xdm", "parametrized", "input_error", CHECK_INPUT},
    {"wypos", NULL, "input_error", CHECK_INPUT},
    {"seqopn", NULL, "read_error", READ_AGAIN},
    {"dft", NULL, "input_error", CHECK_INPUT},
    {"offset_atom_wfc", NULL, "input_error", CHECK_INPUT},
    {"set_hubbard", NULL, "input_error", CHECK_INPUT},
    {"kpoint", NULL, "input_error", CHECK_INPUT},
    {"k_points", NULL, "input_error", CHECK_INPUT},
    {"davcio", NULL, "read_error", READ_AGAIN},
    {"diropn", NULL, "read_error", READ_AGAIN},
    {"read_rho", NULL, "read_error", READ_AGAIN},
    {"read_file", NULL, "read_error", READ_AGAIN},
    {"read_xml", NULL, "read_error", READ_AGAIN},
    {"pw_read", NULL, "read_error", READ_AGAIN},
    {"potinit", NULL, "read_error", READ_AGAIN},
    {"read", NULL, "read_error", READ_AGAIN},
    {"qexsd", NULL, "read_error", READ_AGAIN},
    {"open", NULL, "read_error", READ_AGAIN},
    {NULL, "not found", "read_error", READ_AGAIN},
    {NULL, "error reading", "read_error", READ_AGAIN},
    {NULL, "error while reading", "read_error", READ_AGAIN},
    {NULL, "end of file", "read_error", READ_AGAIN},
    {"diag", NULL, "diagonalization_error", DIAGONALIZE},
    {"ppcg", NULL, "diagonalization_error", DIAGONALIZE},
    {NULL, "internal error", "internal_error", UNKNOWN},
    /* What no routine's name tells, the words may. */
    {NULL, "not implemented", "input_error", NOT_POSSIBLE},
    {NULL, "not yet implemented", "input_error", NOT_POSSIBLE},
    {NULL, " NYI", "input_error", NOT_POSSIBLE},
    {NULL, "does not support", "input_error", NOT_POSSIBLE},
    {NULL, "only supports", "input_error", NOT_POSSIBLE},
    {NULL, "not programmed", "input_error", NOT_POSSIBLE},
    {NULL, "not supported", "input_error", NOT_POSSIBLE},
    {NULL, "not available", "input_error", NOT_POSSIBLE},
    {NULL, "not compatible", "input_error", NOT_POSSIBLE},
    {NULL, "does not work", "input_error", NOT_POSSIBLE},
    {NULL, "cannot use", "input_error", NOT_POSSIBLE},
    {NULL, "cannot be used", "input_error", NOT_POSSIBLE},
    {NULL, "not allowed", "input_error", CHECK_INPUT},
    {NULL, "out of range", "input_error", CHECK_INPUT},
    {NULL, "unknown", "input_error", CHECK_INPUT},
    {NULL, "invalid", "input_error", CHECK_INPUT},
    {NULL, "incorrect", "input_error", CHECK_INPUT},
    {NULL, "inconsistent with", "input_error", CHECK_INPUT},
    {NULL, "must be", "input_error", CHECK_INPUT},
    {NULL, "required", "input_error", CHECK_INPUT},
    {NULL, "is not set", "input_error", CHECK_INPUT},
    {NULL, "please set", "input_error", CHECK_INPUT},
    {NULL, "please do not", "input_error", CHECK_INPUT},
    {NULL, "increase nbnd", "input_error", "Raise nbnd."},
    {NULL, "overlapping atoms", "input_error", CHECK_INPUT},
    {NULL, " only for ", "input_error", NOT_POSSIBLE},
    {NULL, " only available ", "input_error", NOT_POSSIBLE},
    {NULL, " only allowed ", "input_error", NOT_POSSIBLE},
    {"set_occupations", NULL, "input_error", CHECK_INPUT},
    {"c_phase", NULL, "input_error", CHECK_INPUT},
};

static bool applies(const struct entry *entry, const char *routine,
                    const char *message) {
    return (!entry->routine || strcasestr(routine, entry->routine)) &&
           (!entry->message || strcasestr(message, entry->message));
}

struct pwx_diagnosis pwx_diagnose(const char *routine, const char *message) {
    for (size_t i = 0; i < sizeof(entries) / sizeof(entries[0]); i++) {
        if (applies(&entries[i], routine, message)) {
            return (struct pwx_diagnosis){entries[i].category, entries[i].remedy};
        }
    }
    return (struct pwx_diagnosis){"internal_error", UNKNOWN};
}
