"""crystalmath structure: the cell, the atoms and the space group in a file, without a server."""

import os

from support import contains, equal, main, test

SAMPLES = os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "samples")

SILICON = "Si\n5.43\n0 .5 .5\n.5 0 .5\n.5 .5 0\nSi\n2\nDirect\n0 0 0\n.25 .25 .25\n"


@test
def people_see_formula_cell_group_and_distance(box):
    box.write("POSCAR", SILICON)
    out = box.ok("structure", "POSCAR").out
    contains(out, "Si2, POSCAR")
    contains(out, "a 3.8396, b 3.8396, c 3.8396 Å; 60.00, 60.00, 60.00°; 40.026 Å³")
    contains(out, "Fd-3m (227), within 0.01 Å")
    contains(out, "primitive 2, conventional 8 atoms")
    contains(out, "2.3513 Å, Si 1 and Si 2")
    contains(out, "      2  Si       1.357500     1.357500     1.357500")
    equal(box.server_pid(), None)


@test
def json_has_the_same_in_full(box):
    box.write("POSCAR", SILICON)
    got = box.ok("structure", "POSCAR", "--json").json()
    equal([got["formula"], got["natoms"], got["periodic"], got["format"]], ["Si2", 2, 3, "POSCAR"])
    equal([got["space_group"]["number"], got["space_group"]["symbol"]], [227, "Fd-3m"])
    equal([round(got["cell"][k], 4) for k in ("a", "alpha", "volume")], [3.8396, 60, 40.0258])
    equal(got["atoms"][1], {"element": "Si", "x": 1.3575, "y": 1.3575, "z": 1.3575})
    equal(got["conventional"]["natoms"], 8)


@test
def standard_input_is_read_for_a_dash(box):
    equal(box.ok("structure", "-", "--json", input="1\n\nHe 0 0 0\n").json()["formula"], "He")


@test
def a_molecule_has_neither_cell_nor_group(box):
    box.write("water.xyz", "3\nwater\nO 0 0 0\nH 0.76 0.59 0\nH -0.76 0.59 0\n")
    got = box.ok("structure", "water.xyz", "--json").json()
    equal([got["cell"], got["space_group"], got["formula"]], [None, None, "H2O"])
    contains(box.ok("structure", "water.xyz").out, "does not repeat")


@test
def what_cannot_be_read_says_why_and_exits_with_1(box):
    box.write("POSCAR", SILICON.replace("5.43", "x"))
    box.write("notes", "hello\n")
    box.write("empty", "")
    for name, words in (("POSCAR", "POSCAR:2: the scale is expected here"),
                        ("notes", "holds no structure in a format that is known"),
                        ("empty", "empty is empty"), ("none", "none: No such file")):
        got = box.cli("structure", name)
        equal(got.status, 1)
        contains(got.err, words)



@test
def it_is_written_in_other_formats_and_reads_back_the_same(box):
    box.write("POSCAR", SILICON)
    want = box.ok("structure", "POSCAR", "--json").json()
    for name, format in (("si.cif", "CIF"), ("si.in", "input of pw.x"), ("si.xyz", "XYZ"),
                         ("si.vasp", "POSCAR"), ("si.d12", "input of CRYSTAL")):
        box.ok("structure", "POSCAR", "-o", name)
        got = box.ok("structure", name, "--json").json()
        equal([got["format"], got["natoms"], got["space_group"]["number"]], [format, 2, 227])
        equal({k: round(v, 6) for k, v in got["cell"].items()},
              {k: round(v, 6) for k, v in want["cell"].items()})
        equal(box.ok("structure", "POSCAR", "--to", name.rsplit(".")[1].replace("in", "pw")
                     .replace("vasp", "poscar")).out, box.read(name))


@test
def an_input_of_crystal_finds_the_structure_that_it_names_beside_it(box):
    box.write("mgo.d12", "MgO\nEXTERNAL\nEND\n")
    got = box.cli("structure", "mgo.d12")
    equal(got.status, 1)
    contains(got.err, "mgo.d12:2: EXTERNAL takes the structure from mgo.gui or fort.34")
    box.write("fort.34", "3 1 1\n4.2 0 0\n0 4.2 0\n0 0 4.2\n1\n1 0 0\n0 1 0\n0 0 1\n0 0 0\n"
                         "2\n12 0 0 0\n8 2.1 2.1 2.1\n")
    equal(box.ok("structure", "mgo.d12", "--json").json()["formula"], "MgO")
    box.ok("structure", "mgo.d12", "-o", "new.d12")
    contains(box.read("new.d12"), "CRYSTAL\n0 0 0\n221\n4.2000000000\n2\n")


@test
def a_file_that_is_there_is_replaced_by_force_only(box):
    box.write("POSCAR", SILICON)
    box.write("si.cif", "mine\n")
    got = box.cli("structure", "POSCAR", "-o", "si.cif")
    equal(got.status, 1)
    contains(got.err, "si.cif is there already; --force replaces it")
    equal(box.read("si.cif"), "mine\n")
    box.ok("structure", "POSCAR", "-o", "si.cif", "--force")
    contains(box.read("si.cif"), "data_Si2")


@test
def a_molecule_is_put_into_a_box_which_is_said(box):
    box.write("water.xyz", "3\nwater\nO 0 0 0\nH 0.76 0.59 0\nH -0.76 0.59 0\n")
    contains(box.ok("structure", "water.xyz", "-o", "POSCAR").err, "15 Å of vacuum")
    equal(box.ok("structure", "POSCAR", "--json").json()["periodic"], 3)
    equal(box.ok("structure", "water.xyz", "--to", "xyz").err, "")


@test
def what_is_asked_wrongly_says_what_can_be_asked(box):
    box.write("POSCAR", SILICON)
    for words, told in ((("--to", "pdb"), "poscar, cif, pw, xyz or d12"),
                        (("-o", "si.pdb"), "--to takes one of: poscar"),
                        (("--to", "cif", "--json"), "do one after"),
                        (("--force",), "the file that -o names")):
        got = box.cli("structure", "POSCAR", *words)
        equal(got.status, 2)
        contains(got.err, told)



@test
def equivalent_atoms_are_told_with_their_places_in_the_group(box):
    box.write("nacl.cif", "data_x\n_cell_length_a 5.64\n_cell_length_b 5.64\n_cell_length_c 5.64\n"
                          "_cell_angle_alpha 90\n_cell_angle_beta 90\n_cell_angle_gamma 90\n"
                          "_symmetry_space_group_name_H-M 'F m -3 m'\nloop_\n_atom_site_label\n"
                          "_atom_site_fract_x\n_atom_site_fract_y\n_atom_site_fract_z\n"
                          "Na 0 0 0\nCl .5 .5 .5\n")
    equal(box.ok("structure", "nacl.cif", "--json").json()["sites"],
          [{"element": "Na", "wyckoff": "4a", "symmetry": "m-3m", "atoms": [1, 2, 3, 4]},
           {"element": "Cl", "wyckoff": "4b", "symmetry": "m-3m", "atoms": [5, 6, 7, 8]}])
    out = box.ok("structure", "nacl.cif").out
    contains(out, "Na 4a, symmetry m-3m: atoms 1-4")
    got = box.ok("structure", "nacl.cif", "--primitive", "--json").json()
    equal([got["natoms"], [s["wyckoff"] for s in got["sites"]]], [2, ["4a", "4b"]])


@test
def other_cells_are_shown_and_written(box):
    box.write("POSCAR", SILICON)
    for words, natoms in ((("--conventional",), 8), (("--primitive",), 2),
                          (("--supercell", "2x2x1"), 8), (("--conventional", "-s", "1x1x3"), 24)):
        got = box.ok("structure", "POSCAR", *words, "--json").json()
        equal([got["natoms"], got["title"], got["space_group"]["number"]], [natoms, "Si", 227])
    contains(box.ok("structure", "POSCAR", "-c", "--to", "poscar").out, "Si\n    8\n")
    box.write("he.xyz", "1\n\nHe 0 0 0\n")
    for file, words, told in (
            ("he.xyz", ("-p",), "no primitive cell is found: a space group needs a cell"),
            ("he.xyz", ("-s", "2"), "it repeats along 0 directions"),
            ("POSCAR", ("-s", "2x2"), "for each direction that repeats, as in 2x2x1"),
            ("POSCAR", ("-s", "2x"), "as in 2x2x1"), ("POSCAR", ("-s", "0x1x1"), "as in 2x2x1"),
            ("POSCAR", ("-p", "-c"), "choose one"),
            ("POSCAR", ("-s", "100x100x100"), "more than 200000 atoms")):
        contains(box.cli("structure", file, *words).err, told)


@test
def a_supercell_is_written_for_crystal_with_all_its_atoms(box):
    box.write("POSCAR", SILICON)
    for words, group, natoms in (((), 227, 2), (("-c",), 227, 2), (("-s", "1x1x1"), 227, 2),
                                 (("-s", "2x2x2"), 1, 16), (("-c", "-s", "2x1x1"), 1, 16)):
        box.ok("structure", "POSCAR", *words, "-f", "-o", "si.d12")
        equal(box.read("si.d12").split("\n")[3], str(group), words)
        equal(box.ok("structure", "si.d12", "--json").json()["natoms"], natoms, words)
    # Nor is one thrown away that stands in a file already.
    box.ok("structure", "POSCAR", "-s", "1x1x2", "-o", "long.cif")
    box.ok("structure", "long.cif", "-o", "long.d12")
    equal(box.ok("structure", "long.d12", "--json").json()["natoms"], 4)
    box.write("mgo.d12", "MgO\nSLAB\n61\n2.98\n1\n12 0 0 1.05\nEND\n")
    atoms = box.ok("structure", "mgo.d12", "--json").json()["natoms"]
    box.ok("structure", "mgo.d12", "-s", "3x2", "-o", "large.d12")
    equal(box.ok("structure", "large.d12", "--json").json()["natoms"], 6 * atoms)
    for again in ("large.d12", "long.d12"):
        text = box.ok("structure", again, "--to", "d12").out
        equal(text, box.read(again), again)
    # A centred cell is one of its group.
    box.write("c.d12", "c\nSLAB\n1\n5 8 90\n4\n14 0 0 0\n14 .5 .5 0\n8 .3 0 1.4\n8 .8 .5 1.4\nEND\n")
    equal(box.ok("structure", "c.d12", "--to", "d12").out.split("\n")[2], "13")


@test
def an_output_tells_its_last_geometry(box):
    for name, want in (("qe/si_relax.out", ["output of pw.x", 2, 3, 227]),
                       ("qe/si_relax.xml", ["output of pw.x", 2, 3, 227]),
                       ("vasp/OUTCAR", ["output of VASP", 2, 3, 6]),
                       ("vasp/vasprun.xml", ["output of VASP", 2, 3, 6])):
        got = box.ok("structure", f"{SAMPLES}/{name}", "--json").json()
        equal([got["format"], got["natoms"], got["periodic"],
               (got["space_group"] or {}).get("number")], want)
    slab = box.ok("structure", f"{SAMPLES}/crystal/slab_opt.out", "--json").json()
    equal([slab["format"], slab["periodic"]], ["output of CRYSTAL", 2])
    got = box.cli("structure", f"{SAMPLES}/vasp/OSZICAR")
    equal(got.status, 1)
    contains(got.err, "OSZICAR tells no places of atoms")


@test
def the_folder_of_a_run_has_its_poscar_until_there_is_an_output(box):
    box.write("run/POSCAR", SILICON)
    box.write("run/INCAR", "ENCUT = 300\n")
    equal(box.ok("structure", "run", "--json").json()["format"], "POSCAR")
    with open(f"{SAMPLES}/vasp/OUTCAR", encoding="utf8") as outcar:
        box.write("run/OUTCAR", outcar.read())
    got = box.ok("structure", "run", "--json").json()
    equal([got["format"], got["formula"]], ["output of VASP", "HLi"])


@test
def so_do_the_folder_and_the_job_of_a_run(box):
    box.silicon("si.in")  # skips where there is no pw.x
    equal(box.ok("submit", "--wait", "si.in").status, 0)
    want = box.ok("structure", "si.in", "--json").json()
    for operand in ("1", "si.out"):
        got = box.ok("structure", operand, "--json").json()
        equal([got["formula"], got["space_group"]["number"]],
              [want["formula"], want["space_group"]["number"]])
        equal(round(got["cell"]["volume"], 2), round(want["cell"]["volume"], 2))
    contains(box.ok("structure", "1", "--to", "cif").out, "data_Si2")
    box.ok("submit", "--hold", "si.in")
    got = box.cli("structure", "2")
    equal(got.status, 1)
    contains(got.err, "job 2 has no results: it is held")


main()
