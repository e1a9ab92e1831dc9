/* What values of an input are found to be wrong before it runs. */
#include "check_expect.h"

/* ---- pw.x ---- */

#define PW(control, system, electrons, rest, cards)                                    \
    "&control\n" control "/\n&system\n" system "\n ecutwfc=20, nat=1, ntyp=1\n/\n"     \
    "&electrons\n" electrons "/\n" rest "ATOMIC_SPECIES\nSi 28 a\n" cards
#define AT_GAMMA "ATOMIC_POSITIONS alat\nSi 0 0 0\nK_POINTS gamma\n"
#define SYSTEM(system) PW("", system, "", "", AT_GAMMA)
#define CUBIC(system) SYSTEM("ibrav=1, celldm(1)=9" system)
#define ELECTRONS(electrons)                                                           \
    PW("", "ibrav=1, celldm(1)=9", electrons "\n", "", AT_GAMMA)
#define MOVING(calculation, lists)                                                     \
    PW("calculation='" calculation "'\n", "ibrav=1, celldm(1)=9", "", lists, AT_GAMMA)
#define SMEARED ", occupations='smearing', degauss=0.01"

static void expect_pw(const char *text, const char *want) {
    static const char *const files[] = {"/espresso/pseudo/a", "<UPF>", NULL};
    expect("quantum_espresso", "x.in", text, files, want);
}

static void words_that_pw_x_stops_at_are_errors(void **state) {
    (void)state;
    static const char *const cases[][2] = {
        {CUBIC(", occupations='smear'"),
         "!x.in:4: pw.x knows no occupations 'smear'; did you mean 'smearing'?\n"},
        {CUBIC(SMEARED "\n smearing='gausian'"),
         "!x.in:5: pw.x knows no smearing 'gausian'; did you mean 'gaussian'?\n"},
        {CUBIC(SMEARED ", smearing='FERMI-DIRAC'"),
         "!x.in:4: pw.x knows no smearing 'FERMI-DIRAC'; did you mean "
         "'fermi-dirac'?\n"},
        {CUBIC(SMEARED ", smearing='M-V '"), ""},
        {CUBIC(", smearing='gausian'"), ""},
        {ELECTRONS("diagonalization='lanczos'"),
         "!x.in:8: pw.x knows no diagonalization 'lanczos'; it takes david, cg, ppcg, "
         "paro, rmm-davidson, rmm-paro\n"},
        {ELECTRONS("diagonalization='rmm-diis'"), ""},
        {ELECTRONS("mixing_mode='tf'"),
         "!x.in:8: pw.x knows no mixing_mode 'tf'; did you mean 'TF'?\n"},
        {MOVING("relax", "&ions\nion_dynamics='verlet'\n/\n"),
         "!x.in:11: pw.x knows no ion_dynamics 'verlet' with calculation relax; it "
         "takes bfgs, damp, fire, ipi\n"},
        {MOVING("md", "&ions\nion_dynamics='verlet'\n/\n"), ""},
        {MOVING("vc-relax", "&ions\n/\n&cell\ncell_dynamics='pr'\n/\n"),
         "!x.in:13: pw.x knows no cell_dynamics 'pr' with calculation vc-relax; it "
         "takes bfgs, damp-pr, damp-w, none, ipi\n"},
        {MOVING("vc-relax", "&ions\n/\n&cell\ncell_dofree='xyzz'\n/\n"),
         "!x.in:13: pw.x knows no cell_dofree 'xyzz'; did you mean 'xyz'?\n"},
        {MOVING("vc-relax", "&ions\n/\n&cell\ncell_dofree='ibrav+xy'\n/\n"), ""},
        {MOVING("vc-relax", "&ions\n/\n&cell\ncell_dofree='ibrav+xw'\n/\n"),
         "!x.in:13: pw.x knows no cell_dofree 'xw'; it takes all, ibrav, x, y, z, xy, "
         "xz, yz, xyz, shape, volume, 2Dxy, 2Dshape\n"},
        {PW("restart_mode='restrat'\n", "ibrav=1, celldm(1)=9", "", "", AT_GAMMA),
         "!x.in:2: pw.x knows no restart_mode 'restrat'; did you mean 'restart'?\n"},
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        expect_pw(cases[i][0], cases[i][1]);
    }
}

static void words_that_pw_x_passes_over_are_warnings(void **state) {
    (void)state;
    expect_pw(
        ELECTRONS("startingwfc='atomc', startingpot='files'"),
        "x.in:8: pw.x knows no startingwfc 'atomc'; did you mean 'atomic'? (it "
        "goes on with its default)\n"
        "x.in:8: pw.x knows no startingpot 'files'; did you mean 'file'? (it goes "
        "on with its default)\n");
    expect_pw(CUBIC(", vdw_corr='dft-d4'"),
              "x.in:4: pw.x knows no vdw_corr 'dft-d4'; it takes grimme-d2, grimme-d3, "
              "ts-vdw, mbd_vdw, xdm, none (it goes on with its default)\n");
    expect_pw(CUBIC(", vdw_corr='dft-d3', degauss=0.01"),
              "x.in:4: degauss is passed over without occupations = 'smearing'\n");
}

#define NO_WIDTH                                                                       \
    "!x.in:4: occupations = 'smearing' needs a width, degauss in Ry (0.01 to 0.02 is " \
    "common)\n"
#define NO_TOTAL                                                                       \
    "!x.in:4: nspin = 2 with fixed occupations needs tot_magnetization; or take "      \
    "occupations = 'smearing', degauss and starting_magnetization(1)\n"

static void commas_for_points_are_told(void **state) {
    (void)state;
    expect_pw(SYSTEM("ibrav=1, celldm(1)=10,26"),
              "x.in:4: 10,26 are two values, for two elements of an array; a decimal "
              "number is written with a point, 10.26\n");
    expect_pw(SYSTEM("ibrav=1, celldm(1)=9, 1"), "");
    expect_pw(SYSTEM("ibrav=1, celldm=9,0,0,0,0,0"), "");
}

static void spins_and_occupations_go_together(void **state) {
    (void)state;
    static const char *const cases[][2] = {
        {CUBIC(", occupations='smearing'"), NO_WIDTH},
        {CUBIC(", occupations='smearing', degauss=0.d0"), NO_WIDTH},
        {CUBIC(", occupations='tetrahedra'"), ""},
        {CUBIC(", nspin=3"), "!x.in:4: nspin is 1 (no spin), 2 (up and down) or 4 "
                             "(non-collinear), not 3\n"},
        {CUBIC(SMEARED ", nspin=2, noncolin=.true."),
         "!x.in:4: nspin = 2 and noncolin exclude each other; leave nspin out for "
         "non-collinear spins\n"},
        {CUBIC(", nspin=2, starting_magnetization(1)=0.5"), NO_TOTAL},
        {CUBIC(", nspin=2, tot_magnetization=0"), ""},
        {PW("calculation='bands'\n", "ibrav=1, celldm(1)=9, nspin=2", "", "", AT_GAMMA),
         ""},
        {CUBIC(SMEARED ", nspin=2"),
         "!x.in:4: nspin = 2 needs the starting_magnetization of a species, as in "
         "starting_magnetization(1) = 0.5 (or tot_magnetization)\n"},
        {CUBIC(SMEARED ", nspin=2, Starting_Magnetization(1)=0"), ""},
        {CUBIC(SMEARED ", nspin=2, constrained_magnetization='total'"), ""},
        {CUBIC(", nspin=2, occupations='from_input'"), ""},
        {CUBIC(", tot_magnetization=1"),
         "!x.in:4: tot_magnetization needs nspin = 2\n"},
        {CUBIC(", tot_magnetization=-1"), ""},
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        expect_pw(cases[i][0], cases[i][1]);
    }
}

#define NO_COSINE                                                                      \
    " is no cosine of an angle of this lattice (celldm(4) to (6), cosAB, cosAC and "   \
    "cosBC are cosines, not angles)\n"

static void a_lattice_has_its_lengths_and_angles(void **state) {
    (void)state;
    static const char *const cases[][2] = {
        {SYSTEM("ibrav=4, celldm(1)=9"),
         "!x.in:4: ibrav = 4 needs celldm(3) (c/a), greater than 0\n"},
        {SYSTEM("ibrav=4, celldm=9,0,1.6"), ""},
        {SYSTEM("ibrav=8, A=4, C=4"),
         "!x.in:4: ibrav = 8 needs B (in angstrom), greater than 0\n"},
        {SYSTEM("ibrav=8, A=4, B=4,\n c=0"),
         "!x.in:5: ibrav = 8 needs C (in angstrom), greater than 0\n"},
        {SYSTEM("ibrav=12, A=4, B=4, C=4"),
         "x.in:4: ibrav = 12 stands without cosAB, so that pw.x takes right "
         "angles\n"},
        {SYSTEM("ibrav=-12, celldm(1)=9, celldm(2)=1, celldm(3)=1, celldm(5)=110"),
         "!x.in:4: 110" NO_COSINE},
        {SYSTEM("ibrav=5, A=4, cosAB=-0.5"), "!x.in:4: -0.5" NO_COSINE},
        {SYSTEM("ibrav=14, A=4, B=4, C=4, cosBC=0.1"), ""},
        {SYSTEM("ibrav=14, celldm=9,1,1"),
         "x.in:4: ibrav = 14 stands without celldm(4) to celldm(6), so that pw.x takes "
         "right angles\n"},
        {SYSTEM("ibrav=8, A=4, space_group=47"), ""},
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        expect_pw(cases[i][0], cases[i][1]);
    }
}

#define CELL(vectors)                                                                  \
    PW("", "ibrav=0", "", "", AT_GAMMA "CELL_PARAMETERS angstrom\n" vectors)
#define ALONG(k)                                                                       \
    PW("", "ibrav=1, celldm(1)=9", "", "", "ATOMIC_POSITIONS alat\nSi 0 0 0\n" k)
#define FLAT                                                                           \
    "!x.in:14: the three CELL_PARAMETERS lie in one plane, so that the cell has no "   \
    "volume\n"

static void vectors_of_a_cell_span_it(void **state) {
    (void)state;
    expect_pw(CELL("4 0 0\n4 0 0\n0 0 4\n"), FLAT);
    expect_pw(CELL("4 0 0\n0 4 0\n4.d0 4 0\n"), FLAT);
    expect_pw(CELL("4 0 0\n0 0 4\n0 4 0\n"), "");
}

static void words_behind_a_card_are_known_ones(void **state) {
    (void)state;
    static const char *const cases[][2] = {
        {ALONG("K_POINTS automatik\n4 4 4 0 0 0\n"),
         "!x.in:13: K_POINTS knows no word automatik; did you mean automatic?\n"},
        {ALONG("K_POINTS {Automatic}\n4 4 4 0 0 0\n"), ""},
        {ALONG("K_POINTS mesh\n4 4 4 0 0 0\n"),
         "!x.in:13: K_POINTS knows no word mesh; it takes automatic, gamma, tpiba, "
         "crystal, tpiba_b, tpiba_c, crystal_b, crystal_c\n"},
        {ALONG("K_POINTS (cristal)\n1\n0 0 0 1\n"),
         "x.in:13: K_POINTS knows no word cristal; pw.x takes tpiba\n"},
        {PW("", "ibrav=1, celldm(1)=9", "", "",
            "ATOMIC_POSITIONS {angstom}\nSi 0 0 0\nK_POINTS gamma\n"),
         "!x.in:11: ATOMIC_POSITIONS knows no word angstom; did you mean angstrom?\n"},
        {PW("", "ibrav=1, celldm(1)=9", "", "",
            "ATOMIC_POSITIONS angstroms\nSi 0 0 0\nK_POINTS gamma\n"),
         ""},
        {PW("", "ibrav=1, celldm(1)=9", "", "",
            "ATOMIC_POSITIONS ! two\nSi 0 0 0\nK_POINTS gamma\n"),
         "!x.in:11: pw.x takes nothing behind ATOMIC_POSITIONS, not even a comment, "
         "without a unit (alat where none is told)\n"},
        {PW("", "ibrav=1, celldm(1)=9", "", "",
            "ATOMIC_POSITIONS  \nSi 0 0 0\nK_POINTS gamma\n"),
         ""},
        {ALONG("K_POINTS gamma\nHUBBARD (Ortho-Atomic)\nU Si-3p 1\n"), ""},
        {ALONG("K_POINTS gamma\nHUBBARD {atomic}\nU Si-3p 1\n"), ""},
        {ALONG("K_POINTS gamma\nHUBBARD orthoatomic\nU Si-3p 1\n"),
         "!x.in:14: HUBBARD knows no word orthoatomic; did you mean ortho-atomic?\n"},
        {ALONG("K_POINTS gamma\nHUBBARD\nU Si-3p 1\n"),
         "!x.in:14: HUBBARD needs the kind of its projectors behind it, as in "
         "\"HUBBARD (ortho-atomic)\"\n"},
        {PW("", "ibrav=0", "", "",
            AT_GAMMA "CELL_PARAMETERS angstom\n9 0 0\n0 9 0\n"
                     "0 0 9\n"),
         "x.in:14: CELL_PARAMETERS knows no word angstom; pw.x takes bohr\n"},
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        expect_pw(cases[i][0], cases[i][1]);
    }
}

/* ---- VASP ---- */

#define POTCAR                                                                         \
    "   TITEL  = PAW_PBE Si 05Jan2001\n   ENMAX  =  245.345; ENMIN  =  184.009 eV\n"   \
    "   TITEL  = PAW_PBE C 8Apr2002\n   ENMAX  =  400.000; ENMIN  =  300.000 eV\n"
#define VECTORS(vectors) "t\n5.43\n" vectors "Si C\n1 1\nDirect\n0 0 0\n.25 .25 .25\n"
#define MESH(mesh) "k\n0\nGamma\n" mesh "\n"

static void expect_vasp(const char *incar, const char *vectors, const char *mesh,
                        const char *want) {
    const char *const files[] = {"POSCAR",  vectors, "POTCAR", POTCAR,
                                 "KPOINTS", mesh,    NULL};
    expect("vasp", "INCAR", incar, files, want);
}

static void expect_incar(const char *incar, const char *want) {
    expect_vasp(incar, VECTORS("0 .5 .5\n.5 0 .5\n.5 .5 0\n"), MESH("4 4 4"), want);
}

static void left_handed_vectors_stop_vasp(void **state) {
    (void)state;
    expect_vasp("", VECTORS(".5 0 .5\n0 .5 .5\n.5 .5 0\n"), MESH("4 4 4"),
                "!POSCAR:3: the three vectors are left-handed, at which VASP stops; "
                "exchange two of them, and the same two coordinates of each atom if "
                "they are Direct\n");
}

#define UNKNOWN                                                                        \
    " is no value that is known here; is it what the manual of VASP calls it?\n"

static void values_that_vasp_may_not_know_are_warnings(void **state) {
    (void)state;
    expect_incar("GGA = xy\nMETAGGA = SKAN\nIVDW = 17\nPREC = Best\nALGO = Warp",
                 "INCAR:1: GGA = xy" UNKNOWN "INCAR:2: METAGGA = SKAN" UNKNOWN
                 "INCAR:3: IVDW = 17" UNKNOWN "INCAR:4: PREC = Best" UNKNOWN
                 "INCAR:5: ALGO = Warp" UNKNOWN);
    expect_incar("GGA = Pe\nMETAGGA = r2scan\nIVDW = 12\nPREC = accurate\n"
                 "ALGO = VeryFast",
                 "");
    expect_incar("ISIF = 33\nEDIFF = 1E6",
                 "INCAR:1: ISIF = 33" UNKNOWN
                 "INCAR:2: EDIFF = 1e+06 eV ends an SCF that has not converged; common "
                 "is 1E-4 to 1E-8\n");
    expect_incar("ISIF = 3\nEDIFF = -1E-6", "");
    expect_incar("ISPIN = 3\nKPAR = 0\nNCORE = -1\nNPAR = 0",
                 "INCAR:1: ISPIN is 1 (no spin) or 2 (up and down), not 3\n"
                 "INCAR:2: KPAR is 1 or more, not 0\n"
                 "INCAR:3: NCORE is 1 or more, not -1\n"
                 "INCAR:4: NPAR is 1 or more, not 0\n");
}

static void tetrahedra_need_k_points(void **state) {
    (void)state;
    static const char cell[] = VECTORS("0 .5 .5\n.5 0 .5\n.5 .5 0\n");
    expect_vasp("ISMEAR = -5", cell, MESH("1 1 2"),
                "INCAR:1: ISMEAR = -5, the tetrahedron method, needs 4 k points or "
                "more, and the mesh in KPOINTS has 2; take ISMEAR = 0 with a small "
                "SIGMA\n");
    expect_vasp("ISMEAR = -5", cell, MESH("2 2 1"), "");
    expect_vasp("ISMEAR = 0", cell, MESH("1 1 1"), "");
}

static void hubbard_parameters_are_as_many_as_the_species(void **state) {
    (void)state;
    expect_incar("LDAU = T\nLDAUL = 2\nLDAUU = 4 0 0\nLDAUJ = 2*0",
                 "!INCAR:2: LDAUL has 1 value, and POSCAR 2 species\n"
                 "INCAR:3: LDAUU has 3 values, and POSCAR 2 species\n");
    expect_incar("LDAU = F\nLDAUL = 2", "");
}

/* ---- CRYSTAL ---- */

#define BASIS "12 1\n1 0 3 2. 0.\n99 0\nEND\n"
#define CRYSTAL_OF(group, rest)                                                        \
    "MgO\nCRYSTAL\n0 0 0\n" group "\n4.21\n1\n12 0 0 0\nEND\n" BASIS rest
#define BULK(rest) CRYSTAL_OF("225", rest)

static void expect_d12(const char *text, const char *want) {
    static const char *const none[] = {NULL};
    expect("crystal", "m.d12", text, none, want);
}

static void blocks_of_a_crystal_input_are_closed(void **state) {
    (void)state;
    expect_d12(BULK("SHRINK\n8 8\nFMIXING\n30\n"),
               "!m.d12:16: an END is missing: the basis set, which line 11 ends, and "
               "the input each need one (there: 1)\n");
    expect_d12(BULK("DFT\nPBE\nEND\nSHRINK\n8 8\n"),
               "!m.d12:17: an END is missing: the basis set, which line 11 ends, DFT "
               "and the input each need one (there: 2)\n");
    expect_d12(BULK("DFT\nPBE\nSHRINK\n8 8\nEND\n"),
               "!m.d12:15: SHRINK stands inside of DFT, which line 13 opens; close it "
               "by END before\n");
    expect_d12(BULK("DFT\nPBE\nENDDFT\nSHRINK\n8 8\nENDSCF\n"), "");
}

static void keywords_of_crystal_have_their_numbers(void **state) {
    (void)state;
    static const char *const cases[][2] = {
        {"FMIXING\nPPAN\n",
         "!m.d12:16: FMIXING takes a whole number on the line below it (how much of "
         "the "
         "matrix of the cycle before is mixed in, in percent, as in \"30\"), and PPAN "
         "stands here\n"},
        {"SMEAR\nPPAN\n", "!m.d12:16: SMEAR takes a number on the line below it (the "
                          "width in hartree, as "
                          "in \"0.005\"), and PPAN stands here\n"},
        {"LEVSHIFT\n6\n",
         "!m.d12:16: LEVSHIFT takes two whole numbers on the line below it (the shift "
         "in "
         "tenths of a hartree, and 1 or 0 (the state is locked, or not), as in \"6 "
         "1\"), and 6 stands here\n"},
        {"SPINLOCK\n0.5 10\n",
         "!m.d12:16: SPINLOCK takes two whole numbers on the line below it (how many "
         "electrons of spin alpha there are more than of beta, and for how many "
         "cycles, "
         "as in \"2 10\"), and 0.5 10 stands here\n"},
        {"TOLDEE\n1e-8\n",
         "!m.d12:16: TOLDEE takes a whole number on the line below it (an exponent, as "
         "in \"8\" for a change below 1e-8), and 1e-8 stands here\n"},
        {"FMIXING\n130\n",
         "m.d12:16: 130 is odd for FMIXING, which takes how much of the matrix of the "
         "cycle before is mixed in, in percent, as in \"30\"\n"},
        {"levshift\n 6  1\nSPINLOCK\n-2,10 # cycles\nMAXCYCLE\n100\n", ""},
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        char text[400];
        (void)snprintf(text, sizeof text, BULK("SHRINK\n8 8\n%sEND\n"), cases[i][0]);
        expect_d12(text, cases[i][1]);
    }
    expect_d12(BULK("SHRINK\n8\nEND\n"),
               "!m.d12:14: SHRINK takes two numbers, for the k points and for the net "
               "of Gilat, as in \"8 8\"\n");
    expect_d12(BULK("SHRINK\n8\n8\nSMEAR # wide\n0.01\nEND\n"), "");
}

static void groups_that_do_not_exist_are_errors(void **state) {
    (void)state;
    expect_d12(CRYSTAL_OF("231", "SHRINK\n8 8\nEND\n"),
               "!m.d12:4: there is no space group 231; the numbers are 1 to 230\n");
    expect_d12("m\nSLAB\n81\n3 3\n1\n12 0 0 0\nEND\n" BASIS "SHRINK\n8 8\nEND\n",
               "!m.d12:3: there is no layer group 81; the numbers are 1 to 80\n");
}

static void an_input_says_first_what_it_is_of(void **state) {
    (void)state;
    expect_d12("\nMgO\nCRYSTAL\n0 0 0\n225\n",
               "!m.d12:2: CRYSTAL, SLAB, POLYMER, HELIX, MOLECULE or EXTERNAL is "
               "expected here; the line above is the title\n");
}

static void a_mistyped_shrink_is_named(void **state) {
    (void)state;
    expect_d12(
        BULK("SHRINCK\n8 8\nEND\n"),
        "!m.d12:13: SHRINCK is no keyword of CRYSTAL; did you mean SHRINK, which "
        "gives the k points of a periodic system?\n");
    expect_d12(BULK("shrink\n8 8\nend\n"), "");
}

static void small_letters_are_keywords_as_well(void **state) {
    (void)state;
#define SMALL(geometry)                                                                \
    "MgO\ncrystal\n0 0 0\n225\n4.21\n1\n12 0 0 0\n" geometry "end\n" BASIS             \
    "shrink\n8 8\nend\n"
    expect_d12(SMALL("optgeom\natomonly\nendopt\n"), "");
    expect_d12(SMALL("coorpt\n"),
               "m.d12:8: coorpt is no keyword of CRYSTAL; did you mean COORPRT?\n");
}

/* As real inputs have them. */
static void keywords_that_look_like_others_are_no_mistakes(void **state) {
    (void)state;
    expect_d12(CRYSTAL_OF("225", "SHRINK\n8 8\nDFT\nHUGEGRID\nEND\nGCPAUTO\nEND\n"),
               "");
    expect_d12("m\nMOLECULE\n1\n1\n12 0 0 0\nOPTGEOM\nATOMONLY\nEND\nEND\n" BASIS
               "LDREMO\n4\nMAXCYCLES\n9\nEND\n",
               "");
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(words_that_pw_x_stops_at_are_errors),
        cmocka_unit_test(words_that_pw_x_passes_over_are_warnings),
        cmocka_unit_test(commas_for_points_are_told),
        cmocka_unit_test(spins_and_occupations_go_together),
        cmocka_unit_test(a_lattice_has_its_lengths_and_angles),
        cmocka_unit_test(vectors_of_a_cell_span_it),
        cmocka_unit_test(words_behind_a_card_are_known_ones),
        cmocka_unit_test(left_handed_vectors_stop_vasp),
        cmocka_unit_test(values_that_vasp_may_not_know_are_warnings),
        cmocka_unit_test(tetrahedra_need_k_points),
        cmocka_unit_test(hubbard_parameters_are_as_many_as_the_species),
        cmocka_unit_test(blocks_of_a_crystal_input_are_closed),
        cmocka_unit_test(keywords_of_crystal_have_their_numbers),
        cmocka_unit_test(groups_that_do_not_exist_are_errors),
        cmocka_unit_test(an_input_says_first_what_it_is_of),
        cmocka_unit_test(a_mistyped_shrink_is_named),
        cmocka_unit_test(small_letters_are_keywords_as_well),
        cmocka_unit_test(keywords_that_look_like_others_are_no_mistakes),
    };
    return cmocka_run_group_tests_name("check_values", tests, NULL, NULL);
}
