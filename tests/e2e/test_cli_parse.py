"""crystalmath parse: outputs that a real pw.x writes here, and files in the layout of VASP's and
CRYSTAL's (which are licensed, so these are written by hand), read without a server."""

import json
import os
import subprocess

from support import Skip, check, contains, equal, lacks, main, matches, test


def output(box, name="si.out", **changes):
    """Run pw.x in the box; the path of what it wrote."""
    box.silicon("run.in", **changes)
    with open(box.path(name), "wb") as file:
        subprocess.run(["pw.x", "-in", "run.in"], cwd=box.work, env=box.env, stdout=file,
                       stderr=subprocess.STDOUT)
    return box.path(name)


SAMPLES = os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "samples")


def sample(box, name, to=None, until=None, code="vasp"):
    """Put one of the samples into the box's folder `run`, up to some words of it."""
    with open(os.path.join(SAMPLES, code, name), "rb") as file:
        text = file.read()
    box.write("run/" + (to or name), text[:text.index(until)] if until else text)


def no_server(box):
    check(not os.path.exists(box.socket), "a server was started")


@test
def json_holds_the_numbers_of_the_output(box):
    output(box)
    results = box.ok("parse", "si.out", "--json").json()
    equal((results["code"], results["calculation"], results["status"], results["converged"]),
          ("quantum_espresso", "scf", "finished", True))
    printed = [line for line in box.read("si.out").splitlines() if line.startswith("!")][-1]
    ry = float(printed.split()[4])
    check(abs(results["energy_ev"] - ry * 13.605693122994) < 1e-6, results["energy_ev"])
    equal(results["energy"], {"value": ry, "unit": "Ry"})
    equal((results["natoms"], results["formula"]), (2, "Si2"))
    equal(results["problems"], [])
    no_server(box)


@test
def text_says_the_same_for_people(box):
    output(box)
    energy = box.ok("parse", "si.out", "--json").json()["energy_ev"]
    out = box.ok("parse", "si.out").out
    matches(out, r"\AQuantum ESPRESSO [\w.]+, scf: finished, converged\n")
    contains(out, f"{energy:.8f} eV")
    matches(out, r"cell +a 3\.\d+, b 3\.\d+, c 3\.\d+ Å; 60\.00, 60\.00, 60\.00°")
    cycles = [line.split() for line in out.splitlines() if line.strip()[:1].isdigit()]
    equal([int(cycle[0]) for cycle in cycles], list(range(1, len(cycles) + 1)))
    check(abs(float(cycles[-1][1]) - energy) < 1e-7, cycles[-1])
    lacks(out, "nan")
    lacks(out, "\033")


@test
def on_a_terminal_there_is_colour_and_json_is_laid_out(box):
    output(box)
    contains(box.on_terminal("parse", "si.out").out, "\033[32mconverged")
    text = box.on_terminal("parse", "--json", "si.out").out
    check(text.count("\n") > 20, text)
    equal(json.loads(text)["code"], "quantum_espresso")


@test
def standard_input_is_read_for_a_dash(box):
    output(box)
    equal(box.ok("parse", "-", "--json", input=box.read("si.out")).json(),
          box.ok("parse", "si.out", "--json").json())


@test
def a_cut_output_is_truncated_and_not_converged(box):
    output(box)
    text = box.read("si.out")
    box.write("cut.out", text[:text.index("!")])
    results = box.ok("parse", "cut.out", "--json").json()
    equal((results["status"], results.get("energy_ev")), ("truncated", None))
    check(results["converged"] is not True, results["converged"])
    contains(box.ok("parse", "cut.out").out, "truncated")


@test
def an_output_in_mid_run_has_a_forecast_and_a_finished_one_has_none(box):
    output(box, conv_thr="1.0d-10")
    text = box.read("si.out")
    equal(box.ok("parse", "si.out", "--json").json()["forecast"], None)
    cycles = text.split("iteration #")
    check(len(cycles) > 6, "the SCF was too short")
    box.write("cut.out", "iteration #".join(cycles[:6]))
    forecast = box.ok("parse", "cut.out", "--json").json()["forecast"]
    equal(forecast["badge"], "converging")
    check(forecast["cycles_low"] >= 1, forecast)
    matches(box.ok("parse", "cut.out").out, r"forecast +converging, ≈ \d+(–\d+| or more)? cycles?, ")


@test
def forces_of_an_optimisation_in_mid_run_are_told_to_fall(box):
    text = "".join(
        f"                                                         {i}\n"
        f" COORDINATE AND CELL OPTIMIZATION - POINT {i:4d}\n"
        f" TOTAL ENERGY(HF)(AU)({5:3d}) -2.71218{i}437493E+02 DE (AU)   -6.814E-05\n"
        f" MAX GRADIENT      {0.1 / 3 ** i:.6f}  THRESHOLD              0.000450 CONVERGED NO\n"
        for i in range(1, 7))
    box.write("opt.out", " EEEEEEEEEE STARTING  DATE 24 08 2018 TIME 16:46:45.9\n" + text)
    results = box.ok("parse", "opt.out", "--json").json()
    equal((results["calculation"], len(results["steps"])), ("geometry_optimization", 6))
    equal((results["forecast"]["forces"], results["forecast"]["badge"]), ("falling", None))
    matches(box.ok("parse", "opt.out").out, r"largest force +[\d.]+ eV/Å, falling\n")


@test
def an_unconverged_run_shows_the_problem_and_a_remedy(box):
    output(box, maxstep=2)
    results = box.ok("parse", "si.out", "--json").json()
    equal(results["converged"], False)
    contains([problem["category"] for problem in results["problems"]], "scf_not_converged")
    matches(box.ok("parse", "si.out").out, r"scf not converged.*\n  .+\n  try: .+")


@test
def what_no_code_wrote_is_an_error_that_names_the_codes(box):
    box.write("notes.txt", "buy milk\n")
    for words in (["notes.txt"], ["notes.txt", "--json"]):
        result = box.cli("parse", *words)
        equal((result.status, result.out), (1, ""))
        contains(result.err, "notes.txt")
        contains(result.err, "Quantum ESPRESSO")


@test
def another_program_of_the_suite_is_an_error_that_names_it(box):
    box.write("ph.out", "\n     Program PHONON v.7.1 starts on  1Jan2030 at 10: 0: 0 \n\n")
    result = box.cli("parse", "ph.out")
    equal((result.status, result.out), (1, ""))
    contains(result.err, "PHONON of Quantum ESPRESSO")
    contains(result.err, "pw.x")


@test
def an_input_is_an_error_that_says_submit(box):
    box.silicon("si.in")
    result = box.cli("parse", "si.in")
    equal((result.status, result.out), (1, ""))
    contains(result.err, "crystalmath submit si.in")


@test
def bytes_that_are_no_text_are_an_error(box):
    box.write("noise", bytes(range(256)) * 4096)
    result = box.cli("parse", "noise")
    equal((result.status, result.out), (1, ""))


@test
def what_cannot_be_read_is_an_error_that_says_why(box):
    os.mkdir(box.path("run"))
    box.write("empty.out", "")
    for name, why in (("missing.out", "No such file"), ("run", "no file in this folder"),
                      ("empty.out", "is empty")):
        result = box.cli("parse", name)
        equal((result.status, result.out), (1, ""))
        contains(result.err, why)
        contains(result.err, name)
    no_server(box)


CRYSTAL = os.path.join(os.path.dirname(os.path.dirname(os.path.abspath(__file__))), "samples", "crystal")


@test
def text_says_what_the_frequencies_are(box):
    out = box.ok("parse", os.path.join(CRYSTAL, "freq.out")).out
    contains(out, "  frequencies    9 modes, 5 of them 0, from 1600.25 to 3700.50 cm⁻¹\n"
                  "  imaginary      12.50i cm⁻¹\n")
    lacks(box.ok("parse", os.path.join(CRYSTAL, "scf.out")).out, "frequencies")


@test
def text_says_of_which_geometry_the_only_scf_of_an_optimisation_is(box):
    out = box.ok("parse", os.path.join(CRYSTAL, "slab_opt.out")).out
    contains(out, "1 cycle, converged, for the first geometry; the others' are in SCFOUT.LOG\n")
    contains(out, "\nSCF of the first geometry\n  cycle ")
    lacks(box.ok("parse", os.path.join(CRYSTAL, "scf.out")).out, "first geometry")


@test
def the_files_of_a_vasp_folder_complete_each_other(box):
    for name in ("OUTCAR", "vasprun.xml", "OSZICAR"):
        sample(box, name)
    box.write("run/notes.txt", "buy milk\n")
    results = box.ok("parse", "run", "--json").json()
    equal(results["files"], ["OUTCAR", "vasprun.xml", "OSZICAR"])
    equal((results["code"], results["status"], results["converged"]), ("vasp", "finished", True))
    equal([run["cycles"] for run in results["scf"]], [3, 2])
    equal((results["energy_ev"], results["problems"]), (-6.09900005, []))
    os.unlink(box.path("run/OUTCAR"))
    results = box.ok("parse", "run", "--json").json()
    equal(results["files"], ["vasprun.xml", "OSZICAR"])
    equal(results["magnetization_mub"], 1.5)  # which vasprun.xml does not say
    no_server(box)


@test
def stdout_tells_why_an_outcar_just_ends(box):
    sample(box, "OUTCAR", until=b" General timing")
    sample(box, "stdout", "slurm-7.out")
    results = box.ok("parse", "run", "--json").json()
    equal((results["status"], results["converged"]), ("failed", False))
    equal([problem["category"] for problem in results["problems"]],
          ["brmix", "read_error", "amin"])  # a hint comes behind what may have ended the run
    equal((results["problems"][1]["file"], results["problems"][1]["line"]), ("slurm-7.out", 28))
    contains(box.ok("parse", "run").out, "read error, slurm-7.out line 28\n")


@test
def the_xml_of_pwx_adds_what_the_output_does_not_say(box):
    box.silicon("run/run.in")
    text = box.read("run/run.in").replace("ecutwfc", "occupations = 'smearing', degauss = 0.01, "
                                          "nbnd = 8, ecutwfc", 1)
    box.write("run/run.in", text)
    with open(box.path("run/si.out"), "wb") as file:
        subprocess.run(["pw.x", "-in", "run.in"], cwd=box.path("run"), env=box.env, stdout=file)
    alone = box.ok("parse", "run/si.out", "--json").json()
    saved = [os.path.join(folder, name) for folder, _, names in os.walk(box.path("run"))
             for name in names if name == "data-file-schema.xml"]
    equal(saved, [box.path("run/tmp/si.save/data-file-schema.xml")])
    results = box.ok("parse", "run", "--json").json()
    equal(results["files"], ["si.out", "tmp/si.save/data-file-schema.xml"])
    os.rename(box.path("run/tmp/si.save"), box.path("run/si.save"))
    equal(box.ok("parse", "run", "--json").json()["gap_ev"], results["gap_ev"])
    equal((alone["gap_ev"], alone["problems"], results["problems"]), (None, [], []))
    check(1 < results["gap_ev"] < 4, results["gap_ev"])
    for key in ("energy_ev", "fermi_ev", "scf", "atoms", "wall_seconds"):
        equal(results[key], alone[key])
    # What a run before this one has left is not of this one.
    box.write("run/si.out", box.read("run/si.out").split("Self-consistent Calculation")[0])
    results = box.ok("parse", "run", "--json").json()
    equal((results["status"], results["energy_ev"], results["gap_ev"]), ("truncated", None, None))


@test
def a_failure_beside_a_run_that_finished_is_of_another_run(box):
    sample(box, "OUTCAR")
    sample(box, "stdout")
    results = box.ok("parse", "run", "--json").json()
    equal((results["status"], results["converged"], results["problems"]), ("finished", True, []))


@test
def a_folder_of_several_runs_is_an_error_that_names_them(box):
    output(box)
    box.write("run/a.out", box.read("si.out"))
    box.write("run/b.out", box.read("si.out"))
    result = box.cli("parse", "run")
    equal((result.status, result.out), (1, ""))
    contains(result.err, "several runs (a.out, b.out)")
    os.unlink(box.path("run/b.out"))
    equal(box.ok("parse", "run", "--json").json()["code"], "quantum_espresso")


@test
def a_folder_of_folders_with_outputs_is_an_error_that_names_one(box):
    for image in ("00", "01", "02"):
        os.makedirs(box.path("run", image))
    for image in ("01", "02"):
        sample(box, "OUTCAR", f"{image}/OUTCAR")
    result = box.cli("parse", "run")
    equal((result.status, result.out), (1, ""))
    contains(result.err, "crystalmath parse run/01")


@test
def an_output_of_crystal_is_told_for_people(box):
    sample(box, "slab_opt.out", code="crystal")
    out = box.ok("parse", "run/slab_opt.out").out
    matches(out, r"\ACRYSTAL17 1\.0\.2, geometry optimization: finished, converged\n")
    contains(out, "-225.85450584 eV (-8.30000000 Ha)")
    contains(out, "a 3.1000, b 3.1000, c 500.0000 Å")
    lacks(out, "nan")
    no_server(box)


@test
def the_logs_of_crystal_go_with_its_output(box):
    sample(box, "slab_opt.out", until=b" TTTTTTTTTTTTTTTTTTTTTTTTTTTTTT END", code="crystal")
    sample(box, "SCFOUT.LOG", code="crystal")
    box.write("run/fort.87", " ERROR **** OPTGEOM **** SCF FAILED - OPTGEOM STOP\n")
    results = box.ok("parse", "run", "--json").json()
    equal(results["files"], ["slab_opt.out", "SCFOUT.LOG", "fort.87"])
    equal((results["code"], results["calculation"], results["status"], results["converged"]),
          ("crystal", "geometry_optimization", "failed", False))
    equal(results["energy"], {"value": -8.3, "unit": "Ha"})
    equal([(problem["category"], problem["file"]) for problem in results["problems"]],
          [("scf_not_converged", "SCFOUT.LOG")])
    no_server(box)


@test
def the_analyses_of_crystal_go_with_the_run_that_they_analyse(box):
    sample(box, "scf.out", "z.out", code="crystal")
    sample(box, "bands.out", "bands.outp", code="crystal")
    sample(box, "bands.out", "doss.outp", code="crystal")
    alone = box.ok("parse", "run/z.out", "--json").json()
    results = box.ok("parse", "run", "--json").json()
    equal(results["files"], ["z.out", "bands.outp", "doss.outp"])
    for key in ("calculation", "status", "converged", "energy", "atoms", "wall_seconds"):
        equal(results[key], alone[key])
    os.unlink(box.path("run/z.out"))
    equal(box.ok("parse", "run", "--json").json()["calculation"], "bands")
    sample(box, "scf.out", "1.out", code="crystal")
    sample(box, "slab_opt.out", "2.out", code="crystal")
    contains(box.cli("parse", "run").err, "several runs")


main()
