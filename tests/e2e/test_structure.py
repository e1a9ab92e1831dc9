"""crystalmath structure: the cell, the atoms and the space group in a file, without a server."""

from support import contains, equal, main, test

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


main()
