"""Real runs of pw.x, of every kind and every end that it can be made to come to here, read by
`crystalmath parse`: against what the output says by a reading of its own, and against the XML."""

import glob
import os
import re
import shutil
import signal
import subprocess
import time

from support import DEADLINE, PSEUDO, Skip, check, contains, equal, main, test

RY = 13.605693122994
BOHR = 0.529177210903

INPUT = """&control
 calculation = '{calc}', pseudo_dir = '{pseudo}', outdir = './', prefix = 'si'
 tprnfor = .true., tstress = .true. {control}
/
&system
 ibrav = 2, celldm(1) = 10.2, nat = 2, ntyp = 1, ecutwfc = {ecutwfc} {system}
/
&electrons
 conv_thr = 1.0d-8 {electrons}
/
{namelists}
ATOMIC_SPECIES
 Si 28.086 Si.pz-vbc.UPF
ATOMIC_POSITIONS alat
 Si {first}
 Si 0.25 0.25 0.25
K_POINTS {k}
"""
GRID = "automatic\n 2 2 2 1 1 1"
MOVED = {"first": "0.02 0.01 0.0", "namelists": "&ions\n/"}
SMEARED = ", occupations = 'smearing', degauss = 0.02"


def write_input(box, name="run.in", **changes):
    if not shutil.which("pw.x") or not os.path.exists(f"{PSEUDO}/Si.pz-vbc.UPF"):
        raise Skip("pw.x or its pseudopotentials are not installed")
    values = {"calc": "scf", "pseudo": PSEUDO, "ecutwfc": 12, "control": "", "system": "",
              "electrons": "", "namelists": "", "first": "0 0 0", "k": GRID}
    values.update(changes)
    replaced = values.pop("replaced", ("", ""))
    return box.write(name, INPUT.format(**values).replace(*replaced))


def pwx(box, name="run", command=("pw.x",), status=None, **changes):
    """Run pw.x in the box; what it printed, in NAME.out as well."""
    write_input(box, f"{name}.in", **changes)
    with open(box.path(f"{name}.out"), "wb") as file:
        ended = subprocess.run([*command, "-in", f"{name}.in"], cwd=box.work,
                               env=dict(box.env, OMP_NUM_THREADS="1"), stdout=file,
                               stderr=subprocess.STDOUT, stdin=subprocess.DEVNULL,
                               timeout=DEADLINE)
    if status is not None:
        equal(ended.returncode, status)
    return box.read(f"{name}.out")


def parse(box, name="run.out"):
    return box.ok("parse", name, "--json").json()


def near(got, want, digits):
    check(got is not None and want is not None and abs(got - want) <= digits, (got, want))


def last(pattern, text):
    found = re.findall(pattern, text, re.M)
    return found[-1] if found else None


def largest_force(text):
    """Of the last table: what follows it, contributions, has headlines of its own."""
    table = text.rsplit("Forces acting on atoms", 1)[1].split("The ")[0]
    rows = re.findall(r"atom +\d+ type +\d+ +force = +(\S+) +(\S+) +(\S+)", table)
    return max(sum(float(x) ** 2 for x in row) ** 0.5 for row in rows) * RY / BOHR


def check_against_text(results, text):
    """Every number that the output prints, found without the scanner."""
    energies = [float(x) for x in re.findall(r"^!+ +total energy += +(\S+) Ry", text, re.M)]
    if energies:
        equal(results["energy"], {"value": energies[-1], "unit": "Ry"})
        near(results["energy_ev"], energies[-1] * RY, 1e-9)
    else:
        equal((results["energy_ev"], results["steps"]), (None, []))
    fermi = last(r"the Fermi energy is +(\S+) ev", text)
    equal(results["fermi_ev"], float(fermi) if fermi else None)
    edges = last(r"highest occupied, lowest unoccupied level \(ev\): +(\S+) +(\S+)", text)
    top = edges[0] if edges else last(r"highest occupied level \(ev\): +(\S+)", text)
    equal(results["vbm_ev"], float(top) if top else None)
    equal(results["cbm_ev"], float(edges[1]) if edges else None)
    pressure = last(r"total +stress.*P= *(\S+)", text)
    if pressure:
        near(results["pressure_gpa"], float(pressure) / 10, 1e-9)
        near(results["max_force_ev_per_ang"], largest_force(text), 1e-9)
    moment = last(r"total magnetization += +(.*) Bohr", text)
    if moment:  # one number, or a vector
        vector = [float(x) for x in moment.split()]
        near(results["magnetization_mub"],
             vector[0] if len(vector) == 1 else sum(x ** 2 for x in vector) ** 0.5, 1e-9)
    cycles = [int(n) for n in re.findall(r"convergence has been achieved in +(\d+) iter", text)]
    equal([run["cycles"] for run in results["scf"]], cycles)
    equal((results["natoms"], results["formula"]), (2, "Si2"))


def check_against_xml(box, results):
    """The XML of the same run: full precision, so the printed digits must be its own."""
    xml = parse(box, "si.save/data-file-schema.xml")
    for key in ("version", "calculation", "status", "converged", "natoms", "formula"):
        equal((key, xml[key]), (key, results[key]))
    for key, digits in (("energy_ev", 1e-7), ("fermi_ev", 6e-5), ("vbm_ev", 6e-5),
                        ("cbm_ev", 6e-5), ("pressure_gpa", 6e-4), ("magnetization_mub", 6e-3),
                        ("max_force_ev_per_ang", 4e-7)):
        if results[key] is not None and xml[key] is not None:
            near(xml[key], results[key], digits)
    equal(len(xml["steps"]), len(results["steps"]))
    for one, other in zip(xml["steps"], results["steps"]):
        near(one["energy_ev"], other["energy_ev"], 1e-7)
    for one, other in zip(xml["atoms"], results["atoms"]):
        equal(one["element"], other["element"])
        for axis in "xyz":
            near(one[axis], other[axis], 2e-6)
    near(xml["cell"]["volume"], results["cell"]["volume"], 2e-4)
    return xml


def check_run(box, calculation, **changes):
    """A run that ends well: its results and those of its XML."""
    text = pwx(box, status=0, **changes)
    results = parse(box)
    equal((results["calculation"], results["status"], results["converged"]),
          (calculation, "finished", True))
    equal(results["problems"], [])
    check_against_text(results, text)
    return results, check_against_xml(box, results)


# ---- what ends well ----

@test
def an_insulator(box):
    results, xml = check_run(box, "scf", system=", nbnd = 8")
    near(xml["gap_ev"], results["gap_ev"], 1.1e-4)
    equal([run["cycles"] for run in xml["scf"]], [run["cycles"] for run in results["scf"]])


@test
def a_metal(box):
    results, xml = check_run(box, "scf", system=", tot_charge = 1" + SMEARED)
    equal((results["gap_ev"], xml["gap_ev"]), (None, 0))


@test
def tetrahedra(box):
    check_run(box, "scf", system=", occupations = 'tetrahedra', nbnd = 8",
              k="automatic\n 3 3 3 0 0 0")


@test
def the_zone_centre_alone(box):
    check_run(box, "scf", k="gamma")


@test
def two_spins(box):
    results, _ = check_run(box, "scf", k="gamma", system=", nspin = 2, tot_magnetization = 2, "
                           "occupations = 'fixed', nbnd = 8")
    equal(results["magnetization_mub"], 2)


@test
def two_fermi_energies_are_none(box):
    results, _ = check_run(box, "scf", system=", nspin = 2, tot_magnetization = 0.5, nbnd = 8"
                           + SMEARED)
    equal((results["fermi_ev"], results["magnetization_mub"]), (None, 0.5))


@test
def spins_without_an_axis(box):
    check_run(box, "scf", system=", noncolin = .true., starting_magnetization(1) = 0.3, nbnd = 16"
              + SMEARED)


@test
def dispersion_is_part_of_the_energy(box):
    results, _ = check_run(box, "scf", system=", vdw_corr = 'grimme-d2'")
    equal(results["energy_with_corrections_ev"], None)


@test
def a_hybrid_functional_has_one_energy_a_geometry(box):
    results, _ = check_run(box, "scf", k="automatic\n 1 1 1 1 1 1", system=", input_dft = 'pbe0', "
                           "nqx1 = 1, nqx2 = 1, nqx3 = 1, exxdiv_treatment = 'gygi-baldereschi'")
    check(len(results["scf"]) > 1 and len(results["steps"]) == 1, results["scf"])


@test
def an_optimisation(box):
    results, xml = check_run(box, "geometry_optimization", calc="relax", **MOVED)
    check(len(results["steps"]) > 2, results["steps"])
    equal([run["cycles"] for run in xml["scf"]], [run["cycles"] for run in results["scf"]])
    check(results["max_force_ev_per_ang"] < 0.03, results["max_force_ev_per_ang"])


@test
def an_optimisation_of_the_cell(box):
    text = pwx(box, status=0, calc="vc-relax", ecutwfc=24,
               **dict(MOVED, namelists="&ions\n/\n&cell\n/"))
    results = parse(box)
    equal((results["calculation"], results["status"]), ("geometry_optimization", "finished"))
    check_against_text(results, text)
    check_against_xml(box, results)
    # The last SCF has a basis set of its own, and the word about its pressure.
    contains(text.lower(), "final scf calculation at the relaxed structure")
    kbar = float(last(r"total +stress.*P= *(\S+)", text))
    equal([problem["category"] for problem in results["problems"]],
          ["geometry_not_converged"] if abs(kbar) > 0.5 else [])


@test
def dynamics(box):
    results, _ = check_run(box, "molecular_dynamics", calc="md", control=", nstep = 4, dt = 20",
                           system=", nosym = .true.", **MOVED)
    equal(len(results["steps"]), 4)


@test
def dynamics_of_the_cell(box):
    text = pwx(box, status=0, calc="vc-md", control=", nstep = 3, dt = 20",
               system=", nosym = .true.",
               **dict(MOVED, namelists="&ions\n/\n&cell\n cell_dynamics = 'pr'\n/"))
    results = parse(box)
    equal((results["calculation"], results["converged"]), ("molecular_dynamics", True))
    check_against_text(results, text)
    check_against_xml(box, results)


@test
def bands_after_an_scf(box):
    pwx(box, "scf", status=0)
    for calc, k in (("nscf", "automatic\n 4 4 4 0 0 0"),
                    ("bands", "tpiba_b\n 2\n 0 0 0 4\n 0.5 0.5 0.5 1")):
        text = pwx(box, status=0, calc=calc, k=k, system=", nbnd = 8")
        results = parse(box)
        equal((results["calculation"], results["converged"], results["scf"]), (calc, True, []))
        check_against_text(results, text)
        equal(check_against_xml(box, results)["energy_ev"], None)
    # The XML is of the last run, and nothing to the SCF before it.
    for name in ("run.out", "run.in", "scf.in", "si.xml"):
        os.unlink(box.path(name))
    results = parse(box, ".")
    equal((results["calculation"], results["cbm_ev"]), ("scf", None))


# ---- what does not ----

def check_failure(box, category, words, **changes):
    """A run that pw.x ends with an error: the category, its words, and their line."""
    text = pwx(box, **changes)
    results = parse(box)
    equal((results["status"], results["converged"], results["energy_ev"]),
          ("failed", False, None))
    equal([problem["category"] for problem in results["problems"]], [category])
    problem = results["problems"][0]
    contains(problem["message"], words)
    contains(text.splitlines()[problem["line"] - 1], "Error in routine")
    contains("\n".join(text.splitlines()[problem["line"]:problem["line"] + 3]), words)
    check(problem["remedy"], problem)


@test
def mistakes_in_the_input(box):
    for words, changes in (
            ("bad line in namelist &system", {"system": ", nosuch = 1"}),
            ('calculation "scff" not allowed', {"calc": "scff"}),
            ("atomic position info missing", {"replaced": ("ATOMIC_POSITIONS", "ATOMIC_PLACES")}),
            ("species Ge in ATOMIC_POSITIONS is nonexistent", {"replaced": ("Si 0.25", "Ge 0.25")}),
            ("wrong number of columns", {"replaced": ("nat = 2", "nat = 3")}),
            ("invalid values for nk1", {"k": "automatic\n 0 2 2 1 1 1"}),
            ("end of file while reading crystal k points", {"k": "crystal\n 2\n 0 0 0 1"}),
            ("nonexistent bravais lattice", {"replaced": ("ibrav = 2", "ibrav = 99")}),
            ("overlap", {"first": "0.25 0.25 0.25"}),
            ("unrecognized dft", {"system": ", input_dft = 'nosuch'"})):
        check_failure(box, "input_error", words, **changes)


@test
def electrons_that_do_not_fit_their_bands(box):
    check_failure(box, "input_error", "charge is wrong", system=", tot_charge = 1")
    check_failure(box, "input_error", "too few bands", system=", nbnd = 2")
    check_failure(box, "input_error", "more bands than PWs", system=", nbnd = 60", ecutwfc=4,
                  k="gamma")


@test
def files_that_are_not_there(box):
    check_failure(box, "read_error", "Si.nosuch.UPF not found",
                  replaced=("Si.pz-vbc.UPF", "Si.nosuch.UPF"))
    check_failure(box, "read_error", "fatal error reading xml file", calc="nscf")


@test
def an_outdir_that_cannot_be_written(box):
    box.write("file", "")
    check_failure(box, "input_error", "cannot be created or accessed",
                  replaced=("outdir = './'", "outdir = './file/x'"))


@test
def a_cell_that_outgrows_its_tables(box):
    text = pwx(box, calc="vc-relax", namelists="&ions\n/\n&cell\n press = 5000, "
               "cell_factor = 1.0\n/")
    results = parse(box)
    equal((results["status"], [problem["category"] for problem in results["problems"]]),
          ("failed", ["input_error"]))
    contains(results["problems"][0]["message"], "larger cell_factor")
    contains(results["problems"][0]["remedy"], "cell_factor")
    # What was reached before counts.
    near(results["energy_ev"], float(last(r"^!+ +total energy += +(\S+) Ry", text)) * RY, 1e-9)


@test
def more_pools_than_k_points(box):
    """An error to some versions, a warning to others."""
    if not shutil.which("mpirun"):
        raise Skip("mpirun is not installed")
    text = pwx(box, k="gamma",
               command=("mpirun", "--oversubscribe", "-np", "2", "pw.x", "-nk", "2"))
    results = parse(box)
    contains(text, "some nodes have no k-points")
    if "Error in routine" in text:
        equal((results["status"], results["problems"][0]["category"]), ("failed", "input_error"))
    else:
        equal((results["status"], results["problems"]), ("finished", []))
        check_against_text(results, text)


@test
def an_output_that_lost_its_end_has_its_reason_in_crash(box):
    text = pwx(box, k="automatic\n 0 2 2 1 1 1")
    for name in ("run.in", "run.out"):
        os.unlink(box.path(name))
    box.write("cut.out", text[:text.index("%%%%")])
    results = parse(box, ".")
    equal((results["files"], results["status"]), (["cut.out", "CRASH"], "failed"))
    equal([(problem["category"], problem["file"]) for problem in results["problems"]],
          [("input_error", "CRASH")])
    contains(results["problems"][0]["message"], "invalid values for nk1")


def check_end(box, status, category, line, **changes):
    """A run that ends in good order without having reached what it was to."""
    text = pwx(box, **changes)
    results = parse(box)
    equal((results["status"], results["converged"]), (status, False))
    equal([problem["category"] for problem in results["problems"]], [category])
    problem = results["problems"][0]
    contains(text.splitlines()[problem["line"] - 1], line)
    check(problem["remedy"], problem)
    return results


@test
def an_scf_out_of_cycles(box):
    results = check_end(box, "finished", "scf_not_converged", "convergence NOT achieved after",
                        electrons=", electron_maxstep = 2")
    equal((results["energy_ev"], results["scf"][0]["cycles"]), (None, 2))
    check_end(box, "finished", "scf_not_converged", "convergence NOT achieved after",
              calc="relax", electrons=", electron_maxstep = 2", **MOVED)


@test
def an_scf_that_need_not_converge(box):
    results = check_end(box, "finished", "scf_not_converged", "convergence has been achieved in",
                        electrons=", electron_maxstep = 2, scf_must_converge = .false.")
    check(results["energy_ev"] is not None, results)
    xml = parse(box, "si.xml")
    equal((xml["converged"], [problem["category"] for problem in xml["problems"]]),
          (False, ["scf_not_converged"]))


@test
def an_optimisation_out_of_steps(box):
    results = check_end(box, "finished", "geometry_not_converged", "maximum number of steps",
                        calc="relax", control=", nstep = 2", **MOVED)
    equal(len(results["steps"]), 2)
    xml = parse(box, "si.xml")
    equal((xml["converged"], [problem["category"] for problem in xml["problems"]]),
          (False, ["geometry_not_converged"]))


@test
def a_run_out_of_time(box):
    check_end(box, "finished", "out_of_time", "Maximum CPU time exceeded", calc="relax",
              control=", max_seconds = 0", **MOVED)


class Running:
    """A pw.x with work for a while, from its first iteration on."""

    def __init__(self, box):
        write_input(box, ecutwfc=60, k="automatic\n 4 4 4 1 1 1", system=", nosym = .true.")
        self.out = box.path("run.out")
        self.box = box

    def __enter__(self):
        with open(self.out, "wb") as file:
            self.process = subprocess.Popen(
                ["pw.x", "-in", "run.in"], cwd=self.box.work, stdout=file,
                env=dict(self.box.env, OMP_NUM_THREADS="1"), stderr=subprocess.STDOUT,
                stdin=subprocess.DEVNULL)
        until = time.monotonic() + DEADLINE
        while "iteration #  1" not in self.box.read("run.out"):
            check(self.process.poll() is None and time.monotonic() < until, "no iteration")
            time.sleep(0.01)
        return self.process

    def __exit__(self, *_):
        if self.process.poll() is None:
            self.process.kill()
        self.process.wait()


@test
def a_run_that_was_killed_just_ends(box):
    with Running(box) as process:
        process.send_signal(signal.SIGKILL)
        equal(process.wait(DEADLINE), -signal.SIGKILL)
    results = parse(box)
    equal((results["status"], results["converged"], results["energy_ev"]),
          ("truncated", None, None))
    equal([problem["category"] for problem in results["problems"]], ["truncated"])


@test
def a_run_that_was_asked_to_stop(box):
    with Running(box) as process:
        box.write("si.EXIT", "")
        process.wait(DEADLINE)
    text = box.read("run.out")
    contains(text, "Program stopped by user request")
    results = parse(box)
    equal((results["status"], results["converged"]), ("finished", False))
    equal([problem["category"] for problem in results["problems"]], ["killed"])
    check(not glob.glob(box.path("*.EXIT")), "pw.x removes the file")


main()
