/* What is found in an input before it runs, one rule a case. */
#include "check_expect.h"
#include "support/alloc_fault.h"

/* ---- pw.x ---- */

#define PWX(more, species)                                                             \
    "&control\n pseudo_dir='p'\n/\n&system\n ibrav=1, celldm(1)=9, nat=1, "            \
    "ntyp=" species "\n/\n&electrons\n/\nATOMIC_SPECIES\n" more                        \
    "ATOMIC_POSITIONS\n Si 0 0 0\nK_POINTS gamma\n"
#define V2(element, dft, cutoff)                                                       \
    "<UPF version=\"2.0.1\">\n<PP_HEADER\n element=\" " element                        \
    "\"\n functional=\"" dft "\"\n wfc_cutoff=\"" cutoff "\"/>\n"
#define V1                                                                             \
    "<PP_HEADER>\n   0                   Version Number\n  Si                   "      \
    "Element\n   NC     Norm\n    F        Nonlinear Core Correction\n SLA  PZ   "     \
    "NOGX "                                                                            \
    "NOGC   PZ   Exchange-Correlation functional\n  27.0  223.0   Suggested cutoff "   \
    "for "                                                                             \
    "wfc and rho\n</PP_HEADER>\n"

static void pseudopotentials_are_there_and_of_their_element(void **state) {
    (void)state;
    static const char *const files[] = {"p/a", V2("Si", "PBE", "1.0E1"), "p/b",
                                        V2("C ", "PBE", "0"), NULL};
    expect("quantum_espresso", "x.in", PWX(" Si 28 a\n", "1, ecutwfc=20"), files, "");
    expect("quantum_espresso", "x.in", PWX(" Si 28 none\n", "1, ecutwfc=20"), files,
           "!x.in:10: there is no pseudopotential p/none; put it there, or name its "
           "folder as pseudo_dir in &control or in ESPRESSO_PSEUDO\n");
    expect("quantum_espresso", "x.in",
           "&control\n pseudo_dir='./'\n/\n&system\n ibrav=1, celldm(1)=9, nat=1, "
           "ntyp=1, ecutwfc=20\n/\n&electrons\n/\nATOMIC_SPECIES\n Si 28 none\n"
           "ATOMIC_POSITIONS\n Si 0 0 0\nK_POINTS gamma\n",
           files,
           "!x.in:10: there is no pseudopotential ./none; put it there, or name its "
           "folder as pseudo_dir in &control or in ESPRESSO_PSEUDO\n");
    expect("quantum_espresso", "x.in", PWX(" Si 28 b\n", "1, ecutwfc=20"), files,
           "x.in:10: b is for C, but stands beside the species Si; is it the right "
           "file?\n");
}

static void cutoffs_are_compared_with_what_is_asked_for(void **state) {
    (void)state;
    static const char *const files[] = {"p/a", V2("Si", "PBE", "3.0E1"), "p/b", V1,
                                        NULL};
    expect("quantum_espresso", "x.in", PWX(" Si 28 a\n", "1\n ecutwfc=20"), files,
           "x.in:6: ecutwfc is 20 Ry, and a asks for 30 Ry at least\n");
    expect("quantum_espresso", "x.in", PWX(" Si 28 b\n", "1\n ecutwfc=20"), files,
           "x.in:6: ecutwfc is 20 Ry, and b asks for 27 Ry at least\n");
    expect("quantum_espresso", "x.in", PWX(" Si 28 b\n", "1\n ecutwfc=30, ecutrho=60"),
           files,
           "x.in:6: ecutrho is 60 Ry, less than 4 times ecutwfc (30 Ry); leave it out "
           "for norm-conserving pseudopotentials, and take 8 to 12 times for ultrasoft "
           "ones\n");
}

static void functionals_are_not_mixed_unless_one_is_named(void **state) {
    (void)state;
    static const char *const files[] = {"p/a", V2("Si", "PBE", "0"), "p/b",
                                        V2("C", "PZ", "0"), NULL};
    expect("quantum_espresso", "x.in", PWX(" Si 28 a\n C 12 b\n", "2, ecutwfc=20"),
           files,
           "x.in:11: b was made with the functional PZ, a with PBE; take all from one "
           "library, or name input_dft\n");
    expect("quantum_espresso", "x.in",
           PWX(" Si 28 a\n C 12 b\n", "2, ecutwfc=20, input_dft='PBE'"), files, "");
}

static void gamma_alone_is_told_where_no_k_points_are_named(void **state) {
    (void)state;
    static const char *const files[] = {"p/a", V2("Si", "PBE", "0"), NULL};
    static const char all[] = PWX(" Si 28 a\n", "1, ecutwfc=20");
    _cleanup_free_ char *cut = strndup(all, (size_t)(strstr(all, "K_POINTS") - all));
    assert_non_null(cut);
    expect("quantum_espresso", "x.in", cut, files,
           "x.in: there is no card K_POINTS, so that pw.x takes the gamma point alone, "
           "as for a molecule in a box\n");
}

static void a_wrong_syntax_is_the_only_finding(void **state) {
    (void)state;
    static const char *const files[] = {NULL};
    struct code_findings findings = {NULL, 0, 0};
    assert_int_equal(check("quantum_espresso", "x.in",
                           PWX(" Si 28 a\n", "1, ecutwfx=20"), files, &findings),
                     0);
    assert_int_equal(findings.n, 1);
    assert_int_equal(findings.errors, 1);
    assert_int_equal(findings.items[0].line, 5);
    code_findings_deinit(&findings);
}

/* ---- VASP ---- */

#define CELL "t\n5.43\n0 .5 .5\n.5 0 .5\n.5 .5 0\n"
#define POSCAR CELL "Si C_pv\n1 2\nDirect\n0 0 0\n.25 .25 .25\n.5 .5 .5\n"
#define POTCAR                                                                         \
    "   TITEL  = PAW_PBE Si 05Jan2001\n   ENMAX  =  245.345; ENMIN  =  184.009 eV\n"   \
    "   TITEL  = PAW_PBE C_s 8Apr2002\n   ENMAX  =  400.000; ENMIN  =  300.000 eV\n"
#define KPOINTS "k\n0\nGamma\n2 2 2\n"

static void expect_vasp(const char *incar, const char *poscar, const char *potcar,
                        const char *kpoints, const char *want) {
    const char *files[7] = {NULL};
    size_t n = 0;
    const char *const all[][2] = {
        {"POSCAR", poscar}, {"POTCAR", potcar}, {"KPOINTS", kpoints}};
    for (size_t i = 0; i < 3; i++) {
        if (all[i][1]) {
            files[n++] = all[i][0];
            files[n++] = all[i][1];
        }
    }
    expect("vasp", "INCAR", incar, files, want);
}

static void a_whole_folder_has_no_findings(void **state) {
    (void)state;
    expect_vasp("ENCUT = 400", POSCAR, POTCAR, KPOINTS, "");
    expect_vasp("KSPACING = 0.3",
                CELL "1 2\nSel\nCart\n0 0 0 T T T\n.3 .3 .3\n.6 .6 .6\n", POTCAR, NULL,
                "");
}

static void files_that_are_missing_are_named(void **state) {
    (void)state;
    expect_vasp(
        "ENCUT = 400", NULL, NULL, NULL,
        "!POSCAR: there is none, or nothing in it: the cell and the atoms belong "
        "there (of a run before: cp CONTCAR POSCAR)\n"
        "!POTCAR: there is none, or nothing in it; put those of your licence "
        "together in the order of the species in POSCAR\n"
        "KPOINTS: there is none, and no KSPACING in INCAR: VASP takes a spacing "
        "of 0.5, or stops\n");
}

static void potcar_and_poscar_have_the_same_species_in_the_same_order(void **state) {
    (void)state;
    expect_vasp(
        "", CELL "C Si\n1 1\nD\n0 0 0\n.25 .25 .25\n", POTCAR, KPOINTS,
        "!POTCAR: part 1 is for Si, and species 1 of POSCAR is C; put the parts "
        "into the order of the POSCAR\n");
    expect_vasp("", CELL "Si\n1\nD\n0 0 0\n", POTCAR, KPOINTS,
                "!POTCAR: it has 2 parts, and POSCAR 1 species\n");
    expect_vasp(
        "", POSCAR, "nothing", KPOINTS,
        "POTCAR: no line with TITEL is in it, so that it cannot be compared with "
        "the POSCAR\n");
}

static void a_poscar_is_whole(void **state) {
    (void)state;
    static const char *const cases[][2] = {
        {"t\nx\n",
         "!POSCAR:2: the scale is expected here: a number (negative: the volume of the "
         "cell), or three\n"},
        {"t\n1\n1 0\n",
         "!POSCAR:3: a vector of the cell is expected here: three numbers\n"},
        {CELL "Si C\n0.5 1\n",
         "!POSCAR:7: the numbers of atoms are expected here, one for each species "
         "above\n"},
        {CELL "Si C\n1\nD\n0 0 0\n",
         "!POSCAR:7: 1 numbers of atoms for the 2 species named above\n"},
        {CELL "Si C\n1 1\n0 0 0\n",
         "!POSCAR:8: \"Direct\" or \"Cartesian\" is expected here\n"},
        {CELL "Si C\n1 1\nD\n0 0 0\n",
         "!POSCAR:10: a position is expected here, three numbers (atom 2)\n"},
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        struct code_findings findings = {NULL, 0, 0};
        const char *const files[] = {"POSCAR",  cases[i][0], "POTCAR", POTCAR,
                                     "KPOINTS", KPOINTS,     NULL};
        assert_int_equal(check("vasp", "INCAR", "", files, &findings), 0);
        assert_true(findings.n >= 1 && findings.items[0].error);
        assert_memory_equal(findings.items[0].text, cases[i][1] + 1,
                            strlen(cases[i][1]) - 2);
        code_findings_deinit(&findings);
    }
}

static void tags_of_an_incar_go_with_the_files(void **state) {
    (void)state;
    static const char *const cases[][2] = {
        {"ENCUT = 300", "INCAR:1: ENCUT is 300 eV, less than the largest ENMAX of the "
                        "POTCAR, 400 eV\n"},
        {"KSPACING = .5", "INCAR:1: KSPACING means nothing where there is a KPOINTS; "
                          "keep one of them\n"},
        {"\nIBRION = 2",
         "INCAR:2: IBRION = 2 moves atoms, but without NSW no steps are allowed\n"},
        {"IBRION = 2\nNSW = 0", ""},
        {"NSW = 5\nIBRION = -1",
         "INCAR:2: IBRION = -1 moves no atoms, but NSW = 5 steps are asked for\n"},
        {"MAGMOM = 2*1", "!INCAR:1: MAGMOM has 2 values, and 3 atoms need 3\n"},
        {"MAGMOM = 9*0\nLSORBIT=T", ""},
        {"MAGMOM = 1 1 1 1", "INCAR:1: MAGMOM has 4 values, and 3 atoms need 3\n"},
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        expect_vasp(cases[i][0], POSCAR, POTCAR, KPOINTS, cases[i][1]);
    }
    expect_vasp(
        "", POSCAR, POTCAR, "k\nAuto\n",
        "!KPOINTS:2: how many k points follow, 0 for a mesh, is expected here\n");
}

static void
tags_that_vasp_passes_over_are_told_and_values_that_it_cannot_read(void **state) {
    (void)state;
    static const char *const cases[][2] = {
        {"ENCUT = 400 eV\nLREAL = Auto\nLWAVE=.F.\nNELMDL=-5\nEDIFF = 1d-6\n"
         "MAGMOM = 3*0.6\nML_LMLFF = T\nSYSTEM = a b\nISMEAR=-5;SIGMA=.05",
         ""},
        {"\nENCTU = 400", "INCAR:2: ENCTU is no tag of VASP, which passes over it; did "
                          "you mean ENCUT?\n"},
        {"QQQQQQQQQ = 1",
         "INCAR:1: QQQQQQQQQ is no tag of VASP that is known here; VASP "
         "passes over what it does not know\n"},
        {"NSW = 5.5", "!INCAR:1: NSW takes a whole number, not '5.5'\n"},
        {"ISMEAR = gauss", "!INCAR:1: ISMEAR takes a whole number, not 'gauss'\n"},
        {"SIGMA = small", "!INCAR:1: SIGMA takes a number, not 'small'\n"},
        {"LWAVE = 0", "!INCAR:1: LWAVE takes .TRUE. or .FALSE., not '0'\n"},
        {"ENCUT = 400\nencut = 500",
         "INCAR:2: ENCUT stands in line 1 already, and that one counts\n"},
        {"INCAR created by a program\n\nStart parameters:\n ENCUT= 500", ""},
        {"encut 500", "INCAR:1: there is no = in 'encut 500', so that VASP passes over "
                      "it; write ENCUT = and the value, or put # before a comment\n"},
        {"ISYM = 2 (0=none; 2=GGA; 3=hybrids)", ""},
        {"ALGO = All (Combo; ALGO=58)",
         "INCAR:1: ALGO stands in line 1 already, and that one counts\n"},
        {"MAGMOM = 4* 1.0",
         "!INCAR:1: no blank may stand behind the * in MAGMOM, as in "
         "\"4*1.0\"\n"},
        {"\xEF\xBB\xBFPREC = Normal", "INCAR:1: a byte order mark stands before PREC, "
                                      "so that VASP does not know it; save "
                                      "the file without, as plain UTF-8\n"},
        {"EDIFF = 1E\u22126",
         "!INCAR:1: EDIFF takes a number, not '1E\u22126'; U+2212 in "
         "it looks like - and is not, type it anew\n"},
        {"LIBXC1_P2 = 0.1\nML_FF_ISTART = 1\nISEARCH = 1\nEB_K = 78.4", ""},
        {"KERNEL_TRUNCATION {\n LTRUNCATE = T\n FACTOR = 2\n}\nFACTORS = 1",
         "INCAR:5: FACTORS is no tag of VASP that is known here; VASP passes over what "
         "it does not know\n"},
        {"PLUGINS { STRUCTURES = T ; POTENTIALS = F }\nNSWW = 1",
         "INCAR:2: NSWW is no tag of VASP, which passes over it; did you mean NSW?\n"},
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        expect_vasp(cases[i][0], POSCAR, POTCAR, KPOINTS, cases[i][1]);
    }
}

static void a_kpoints_is_read_as_vasp_reads_it(void **state) {
    (void)state;
    static const char *const cases[][2] = {
        {"k\n0\nMonkhorst\n4 4 4\n0 0 0\n", ""},
        {"k\n0\nAuto\n 30\n", ""},
        {"k\n0\nGamma\n4,4, 4\n0., 0., 0.\n", ""},
        {"k\n2\nrec\n0,0,0,1\n.5,0,0,3\n", ""},
        {"k\n0\nReciprocal\n.5 0 0\n0 .5 0\n0 0 .5\n.5 .5 .5\n", ""},
        {"k\n2\nrec\n0 0 0 1\n.5 0 0 3 ! X\n", ""},
        {"k\n 20\nLine-mode\nrec\n0 0 0 ! G\n.5 0 0\n\n.5 0 0\n.5 .5 0\n", ""},
        {"k\n0\nGamma\n4 4\n", "!KPOINTS:4: the divisions of the mesh, three whole "
                               "numbers from 1 on, are expected here\n"},
        {"k\n0\nGamma\n4 4 0\n", "!KPOINTS:4: the divisions of the mesh, three whole "
                                 "numbers from 1 on, are expected here\n"},
        {"k\n0\nGamma\n4 4 4\nx\n",
         "KPOINTS:5: the shift of the mesh is three numbers, as in \"0 0 0\"\n"},
        {"k\n0\n4 4 4\n",
         "!KPOINTS:3: Gamma, Monkhorst or Automatic is expected here\n"},
        {"k\n0\nAuto\n", "!KPOINTS:4: the length of the automatic mesh, a number, is "
                         "expected here\n"},
        {"k\n2\nrec\n0 0 0 1\n",
         "!KPOINTS:2: 2 k points are told here, and 1 follow\n"},
        {"k\n1\nrec\n0 0 0\n",
         "!KPOINTS:4: a k point and its weight, four numbers, are expected here\n"},
        {"k\n9\nLine\nrec\n0 0 0\n", "!KPOINTS: 1 ends of lines are here; each line "
                                     "through the zone needs two\n"},
        {"k\n9\nLine\nrec\n0 0 0\nG X\n",
         "!KPOINTS:6: an end of a line, three numbers, is expected here\n"},
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        expect_vasp("", POSCAR, POTCAR, cases[i][0], cases[i][1]);
    }
}

/* ---- CRYSTAL ---- */

#define GEOMETRY "MgO\nCRYSTAL\n0 0 0\n225\n4.21\n1\n12 0 0 0\nEND\n"

static void a_crystal_input_has_basis_and_k_points(void **state) {
    (void)state;
    static const char *const none[] = {NULL};
    expect("crystal", "m.d12",
           GEOMETRY "12 1\n1 0 3 2. 0.\n99 0\nEND\nSHRINK\n8 8\nEND\n", none, "");
    expect("crystal", "m.d12",
           "m\nMOLECULE\n1\n1\n1 0 0 0\nEND\n1 1\n1 0 3 1. 0.\n99 0\nEND\nEND\n", none,
           "");
    expect("crystal", "m.d12",
           "MOLECULE in a crystal\nCRYSTAL\n0 0 0\n1\n9 9 9 90 90 90\n1\n1 0 0 0\n"
           "MOLECULE\n1\n1 0 0 0\nEND\n1 1\n1 0 3 1. 0.\n99 0\nEND\nEND\n",
           none, "");
    expect("crystal", "m.d12",
           "m\nCRYSTAL\n0 0 0\n1\n4 4 4 90 90 90\n1\n2 0 0 0\nTESTGEOM\nEND\n", none,
           "");
    expect("crystal", "m.d12",
           "m\nCRYSTAL\n0 0 0\n1\n4 4 4 90 90 90\n1\n2 0 0 0\nTEST\nEND\n", none, "");
    expect(
        "crystal", "m.d12", GEOMETRY "END\nSHRINK\n8 8\nEND\n", none,
        "!m.d12:12: no basis set is here: behind the END of the geometry they stand, "
        "closed by a line '99 0' (or BASISSET names one)\n");
    expect("crystal", "m.d12", GEOMETRY "99 0\nEND\nEND\n", none,
           "!m.d12:11: SHRINK, which gives the k points of a periodic system, is "
           "missing\n");
    expect("crystal", "m.d12",
           GEOMETRY "99 0\nEND\nTOLINTEG\n7 7 7 7\nSHRINK\n8 8\nEND\n", none,
           "!m.d12:12: TOLINTEG takes five whole numbers, and 4 stand here\n");
}

#define SHELLS "12 2\n0 0 2 2. 1.\n10. .1\n1. .9\n0 1 1 8. 1.\n.5 1. 1.\n"

static void the_blocks_of_a_crystal_input_are_whole(void **state) {
    (void)state;
    static const char *const none[] = {NULL};
    static const char *const cases[][2] = {
        {GEOMETRY SHELLS "99 0\nENDBS\nDFT\nB3LYP\nENDDFT\nSHRINK\n8 8\nEND\n", ""},
        {"m\nCRYSTAL\n0 0 0\n225\n4.21\n1\n12 0 0 0\nOPTGEOM\nFULLOPTG\nENDOPT\nEND\n"
         "# a comment\n" SHELLS "99 0\nEND\nSHRINK\n8 8\nEND\n",
         ""},
        {"m\nCRYSTAL\n0 0 0\n225\n4.21\n2\n12 0 0 0\nEND\n" SHELLS
         "99 0\nEND\nSHRINK\n8 8\nEND\n",
         "!m.d12:8: END stands where atom 2 of the 2 is expected that line 6 tells "
         "of\n"},
        {"m\nCRYSTAL\n0 0 0\n225\n4.21\n1\n12 0 0 0\n8 .5 .5 .5\nEND\n" SHELLS
         "99 0\nEND\nSHRINK\n8 8\nEND\n",
         "!m.d12:8: one more atom seems to stand here, and line 6 tells of 1\n"},
        {"m\nCRYSTAL\n0 0 0\n225\n4.21\n1\n12 0 0 0\n" SHELLS
         "99 0\nEND\nSHRINK\n8 8\nEND\n",
         "!m.d12:14: the basis set ends here, but the geometry, which line 2 opens, is "
         "not closed by END before it\n"},
        {"m\nCRYSTAL\n0 0 0\n225\n4.21\n1\n12 0 0 0\nOPTGEOM\n" SHELLS
         "99 0\nEND\nSHRINK\n8 8\nEND\n",
         "!m.d12:15: the basis set ends here, but the geometry, which line 2 opens, is "
         "not closed by END before it; the block in it that line 8 opens needs one of "
         "its own\n"},
        {"m\nMOLECULE\n1\n2\n12 0 0 0\n8 0 0 1\nEND\n" SHELLS "99 0\nEND\nEND\n",
         "!m.d12:6: atom 8 has no basis set: none of those below begins with this "
         "number\n"},
        {"m\nMOLECULE\n1\n1\n12 0 0 0\nEND\n12 2\n0 0 2 2. 1.\n10. .1\n"
         "0 1 1 8. 1.\n.5 1. 1.\n99 0\nEND\nEND\n",
         "!m.d12:11: shell 2 of 2 of atom 12, five numbers (type, kind, primitives, "
         "electrons, scale), is expected here\n"},
        {"m\nMOLECULE\n1\n1\n12 0 0 0\nEND\n12 1\n0 1 2 2. 1.\n10. .1 .1\n1. .9\n"
         "99 0\nEND\nEND\n",
         "!m.d12:10: primitive 2 of 2 of shell 1 of atom 12, an exponent and two "
         "coefficients, is expected here\n"},
        {GEOMETRY SHELLS "99 0\nEND\nSHRINK\n8 8\nFMIXIN\n30\nEND\n",
         "m.d12:19: FMIXIN is no keyword of CRYSTAL; did you mean FMIXING?\n"},
        {"m\nCRYSTAL\n0 0 0\n225\n4.21\n1\n12 0 0 0\nOPTGOEM\nENDOPT\nEND\n" SHELLS
         "99 0\nEND\nSHRINK\n8 8\nEND\n",
         "m.d12:8: OPTGOEM is no keyword of CRYSTAL; did you mean OPTGEOM?\n"},
        {"m\nMOLECULE\n1\n1\n12 0 0 0\nEND\n12 1\n0 0 2 2. 1.\n10.\n .1\n1. .9\n"
         "99 0\nEND\nEND\n",
         ""},
        {"m\nMOLECULE\n1\n1\n12 0 0 0\nEND\n12 1\n0 1 1 2. 1.\n10.\n99 0\nEND\nEND\n",
         "!m.d12:9: primitive 1 of 1 of shell 1 of atom 12, an exponent and two "
         "coefficients, is expected here\n"},
        {"m\nMOLECULE\n1\n1\n12 0 0 0\nBASISSET\nPOB-TZVP\nEND\nEND\n", ""},
        {"m\nMOLECULE\n1\n1\n12 0 0 0\nOPTGEOM\nEND\nBASISSET\nSTO-3G\nDFT\nB3LYP\n"
         "END\nTOLDEE\n7\nENDSCF\n",
         ""},
        {"m\nMOLECULE\n1\n1\n12 0 0 0\nOPTGEOM\nEND\nBASISSET\nSTO-3G\nDFT\nB3LYP\n"
         "END\nTOLDEE\n7\n",
         "!m.d12:14: an END is missing: DFT and the input each need one (there: 1)\n"},
        {"m\nMOLECULE\n1\n1\n12 0 0 0\nBASISSET\nSTO-3G\nDFT\nB3LYP\nTOLDEE\n7\nEND\n"
         "END\n",
         "!m.d12:10: TOLDEE stands inside of DFT, which line 8 opens; close it by END "
         "before\n"},
        {"m\nexternal\noptgeom\natomonly\nend\nendgeom\n" SHELLS
         "99\t0\nendbs\ndft\nexchange\nbecke\nend\nshrink\n2 2\nendscf\n",
         "!m.d12:2: EXTERNAL reads m.gui, which is not there\n"},
        {"m\nMOLECULE\n1\n1\n250 0 0 0\nEND\n250 1\nHAYWSC\n0 1 1 2. 1.\n.5 1. 1.\n"
         "99 0\nEND\nEND\n",
         ""},
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        expect("crystal", "m.d12", cases[i][0], none, cases[i][1]);
    }
}

/* What takes an END of its own in one block takes none in another, or only with options
 * behind it. */
static void blocks_within_the_geometry_of_a_crystal_input_are_closed(void **state) {
    (void)state;
    static const char *const none[] = {NULL};
    static const char *const within[] = {
        "OPTGEOM\nFULLOPTG\nENDOPT\n",
        "FREQCALC\nINTENS\nDIELTENS\n2. 0. 0.\n0. 2. 0.\n0. 0. 2.\nENDFREQ\n",
        "FREQCALC\nINTENS\nINTCPHF\nEND\nIRSPEC\nEND\nENDFREQ\n",
        "FREQCALC\nPREOPTGEOM\nTOLDEG\n0.0003\nEND\nNUMDERIV\n2\nENDFREQ\n",
        "ELASTCON\nPREOPTGEOM\nRESTART2\nEND\n",
        "NANOMULTI\n2\nWALL\n1\nENDWALL\nWALL\n2\nENDWALL\nEND\n",
    };
    for (size_t i = 0; i < sizeof within / sizeof *within; i++) {
        char text[512];
        (void)snprintf(text, sizeof text,
                       "m\nCRYSTAL\n0 0 0\n225\n4.21\n1\n12 0 0 0\n%sEND\n" SHELLS
                       "99 0\nEND\nSHRINK\n8 8\nEND\n",
                       within[i]);
        expect("crystal", "m.d12", text, none, "");
    }
    expect("crystal", "m.d12",
           "m\nCRYSTAL\n0 0 0\n225\n4.21\n1\n12 0 0 0\nOPTGEOM\nEND\n" SHELLS
           "99 0\nEND\nSHRINK\n8 8\nEND\n",
           none,
           "!m.d12:9: an END is missing here: the geometry needs one, and each block "
           "within it\n");
}

static void files_that_a_crystal_input_asks_for_are_there(void **state) {
    (void)state;
    static const char *const none[] = {NULL};
    static const char *const there[] = {"m.gui",   "x", "m.f9", "x",
                                        "fort.34", "x", NULL};
    static const char text[] = "m\nEXTERNAL\nEND\n99 0\nEND\nGUESSP\nEND\n";
    expect("crystal", "m.d12", text, there, "");
    expect("crystal", "m.d12", text, none,
           "!m.d12:2: EXTERNAL reads m.gui, which is not there\n"
           "!m.d12:6: GUESSP reads m.f9, which is not there\n");
    expect("crystal", "INPUT", text, there,
           "!INPUT:6: GUESSP reads fort.20, which is not there\n");
}

/* ---- geometries ---- */

static void atoms_that_are_too_near_each_other_are_an_error(void **state) {
    (void)state;
    static const char *const none[] = {NULL};
    static const char *const files[] = {"p/a", V2("Si", "PBE", "1.0E1"), NULL};
    expect_vasp(
        "", CELL "Si C\n1 1\nDirect\n0 0 0\n.05 .05 .05\n", POTCAR, KPOINTS,
        "!POSCAR: atoms 1 (Si) and 2 (C) are 0.470 Å apart, less than half of a bond "
        "between them (1.87 Å); look at the cell, the units (bohr, Å) and the "
        "coordinates\n");
    expect("crystal", "m.d12",
           "m\nCRYSTAL\n0 0 0\n225\n1.2\n1\n12 0 0 0\nEND\n12 1\n1 0 3 2. 0.\n99 0\n"
           "END\nSHRINK\n8 8\n"
           "END\n",
           none,
           "!m.d12: atoms 1 (Mg) and 1 (Mg) of the next cell are 0.849 Å apart, less "
           "than half of a bond between them (2.82 Å); look at the cell, the units "
           "(bohr, Å) and the coordinates\n");
    expect("quantum_espresso", "x.in",
           "&control\n pseudo_dir='p'\n/\n&system\nibrav=1, A=0.7, nat=1, ntyp=1, "
           "ecutwfc=20\n/\n&electrons\n/\n"
           "ATOMIC_SPECIES\nSi 28 a\nATOMIC_POSITIONS crystal\nSi 0 0 0\nK_POINTS "
           "gamma\n",
           files,
           "!x.in:11: atoms 1 (Si) and 1 (Si) of the next cell are 0.700 Å apart, less "
           "than half of a bond between them (2.22 Å); look at the cell, the units "
           "(bohr, Å) and the coordinates\n");
}

/* A bond in angstrom that is read in bohr is 0.53 of one. */
static void atoms_that_are_rather_near_are_a_warning(void **state) {
    (void)state;
    expect_vasp("", CELL "Si C\n1 1\nDirect\n0 0 0\n.11 .11 .11\n", POTCAR, KPOINTS,
                "POSCAR: atoms 1 (Si) and 2 (C) are 1.035 Å apart, little for a bond "
                "between them (1.87 Å); look at the cell, the units (bohr, Å) and the "
                "coordinates\n");
    expect_vasp("", CELL "Si C\n1 1\nDirect\n0 0 0\n.13 .13 .13\n", POTCAR, KPOINTS,
                "");
}

static void a_geometry_that_is_not_read_stops_nobody(void **state) {
    (void)state;
    static const char *const none[] = {NULL};
    expect(
        "crystal", "m.d12",
        "m\nCRYSTAL\n0 0 0\n225\n4,2\n1\n12 0 0 0\nEND\n12 1\n1 0 3 2. 0.\n99 0\n"
        "END\nSHRINK\n8 8\nEND\n",
        none,
        "m.d12:5: of a number with a comma CRYSTAL reads what stands before it; write "
        "a point\n");
    expect("crystal", "m.d12",
           "m\nPOLYMER\n30\n2.5\n1\n6 0 0 0\nEND\n6 1\n1 0 3 2. 0.\n99 0\nEND\nSHRINK\n"
           "8 8\nEND\n",
           none, "");
    expect("crystal", "m.d12",
           "m\nCRYSTAL\n0 0 0\n225\n1.2\n1\n12 0 0 0\nATOMREMO\n1\n1\nEND\n12 1\n"
           "1 0 3 2. 0.\n99 0\nEND\n"
           "SHRINK\n8 8\nEND\n",
           none, "");
}

static void k_points_across_vacuum_are_told(void **state) {
    (void)state;
    static const char *const files[] = {"p/a", V2("Si", "PBE", "1.0E1"), NULL};
    static const char slab[] = "t\n1\n3 0 0\n0 3 0\n0 0 16\nSi C\n1 1\nDirect\n0 0 0\n"
                               "0 0 .11\n";
    expect_vasp("", slab, POTCAR, "k\n0\nGamma\n4 4 2\n",
                "KPOINTS:4: 2 k points along c, where 14.2 Å are without atoms: across "
                "vacuum 1 gives the same energy in less time\n");
    expect_vasp("", slab, POTCAR, "k\n0\nMonkhorst\n4 4 1\n", "");
    expect_vasp("", slab, POTCAR, "k\n0\nG\n4 4\n",
                "!KPOINTS:4: the divisions of the mesh, three whole numbers from 1 on, "
                "are expected here\n");
    static const char *const none[] = {NULL};
#define TUBE                                                                           \
    "t\nCRYSTAL\n0 0 0\n123\n3 15\n1\n6 0 0 0\nEND\n6 1\n1 0 3 2. 0.\n99 "             \
    "0\nEND\nSHRINK\n"
    static const char told[] =
        "m.d12:%d: %d k points along c, where 15.0 Å are without "
        "atoms: across vacuum 1 gives the same energy in less "
        "time\n";
    char want[200];
    (void)snprintf(want, sizeof want, told, 14, 4);
    expect("crystal", "m.d12", TUBE "4 8\nEND\n", none, want);
    (void)snprintf(want, sizeof want, told, 15, 2);
    expect("crystal", "m.d12", TUBE "0 8\n4 4 2\nEND\n", none, want);
    expect("crystal", "m.d12", TUBE "0 8\n4 4 1\nEND\n", none, "");
    expect("quantum_espresso", "x.in",
           "&control\n pseudo_dir='p'\n/\n&system\nibrav=6, A=3.0, C=15, nat=1, "
           "ntyp=1, ecutwfc=20\n/\n&electrons\n/\n"
           "ATOMIC_SPECIES\nSi 28 a\nATOMIC_POSITIONS crystal\nSi 0 0 0.5\nK_POINTS "
           "automatic\n4 4 4 0 0 0\n",
           files,
           "x.in:14: 4 k points along c, where 15.0 Å are without atoms: across vacuum "
           "1 gives the same energy in less time\n");
}

static int check_all(void *data) {
    static const char *const files[] = {"POSCAR", POSCAR, "p/a", V2("C", "PBE", "30"),
                                        NULL};
    static const char *const inputs[][3] = {
        {"quantum_espresso", "x.in", PWX(" Si 28 a\n", "1, ecutwfc=20")},
        {"vasp", "INCAR", "MAGMOM = 1\nENCTU=1"},
        {"crystal", "m.d12", GEOMETRY SHELLS "99 0\nEND\nSHRINK\n8 8\nFMIXIN\nEND\n"},
        {"crystal", "m.d12", GEOMETRY "GUESSP\n"},
    };
    (void)data;
    int r = 0;
    for (size_t i = 0; i < sizeof inputs / sizeof *inputs && r == 0; i++) {
        struct code_findings findings = {NULL, 0, 0};
        r = check(inputs[i][0], inputs[i][1], inputs[i][2], files, &findings);
        code_findings_deinit(&findings);
    }
    return r;
}

static void a_check_without_memory_finds_nothing(void **state) {
    (void)state;
    assert_true(alloc_fault_sweep(check_all, NULL, -ENOMEM) > 8);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(pseudopotentials_are_there_and_of_their_element),
        cmocka_unit_test(cutoffs_are_compared_with_what_is_asked_for),
        cmocka_unit_test(functionals_are_not_mixed_unless_one_is_named),
        cmocka_unit_test(gamma_alone_is_told_where_no_k_points_are_named),
        cmocka_unit_test(a_wrong_syntax_is_the_only_finding),
        cmocka_unit_test(a_whole_folder_has_no_findings),
        cmocka_unit_test(files_that_are_missing_are_named),
        cmocka_unit_test(potcar_and_poscar_have_the_same_species_in_the_same_order),
        cmocka_unit_test(a_poscar_is_whole),
        cmocka_unit_test(tags_of_an_incar_go_with_the_files),
        cmocka_unit_test(
            tags_that_vasp_passes_over_are_told_and_values_that_it_cannot_read),
        cmocka_unit_test(a_kpoints_is_read_as_vasp_reads_it),
        cmocka_unit_test(a_crystal_input_has_basis_and_k_points),
        cmocka_unit_test(the_blocks_of_a_crystal_input_are_whole),
        cmocka_unit_test(blocks_within_the_geometry_of_a_crystal_input_are_closed),
        cmocka_unit_test(files_that_a_crystal_input_asks_for_are_there),
        cmocka_unit_test(atoms_that_are_too_near_each_other_are_an_error),
        cmocka_unit_test(atoms_that_are_rather_near_are_a_warning),
        cmocka_unit_test(a_geometry_that_is_not_read_stops_nobody),
        cmocka_unit_test(k_points_across_vacuum_are_told),
        cmocka_unit_test(a_check_without_memory_finds_nothing),
    };
    return cmocka_run_group_tests_name("check", tests, NULL, NULL);
}
