"""How each code is found and called. pw.x is the real one. CRYSTAL and VASP may not be given to
others, so stand-ins are in their places: scripts that are called as they are, and write down how.
Nothing more is claimed of them."""

import os

from support import FINAL, check, contains, equal, lacks, main, test, wait_until

MGO = """MgO
CRYSTAL
0 0 0
225
4.21
2
12 0. 0. 0.
8 0.5 0.5 0.5
{more}END
12 1
1 0 3 2. 0.
8 1
1 0 3 2. 0.
99 0
END
SHRINK
8 8
{scf}END
"""
INCAR = "SYSTEM = silicon\nENCUT = 240\nISMEAR = 0\n{more}"
POSCAR = "Si\n5.43\n0 .5 .5\n.5 0 .5\n.5 .5 0\nSi\n2\nDirect\n0 0 0\n.25 .25 .25\n"
KPOINTS = "k\n0\nGamma\n{0} {0} {0}\n0 0 0\n"


def configure(box, text):
    path = os.path.join(box.home, ".config/crystalmath/config.ini")
    os.makedirs(os.path.dirname(path), exist_ok=True)
    with open(path, "w", encoding="utf-8") as file:
        file.write(text)


# By which an output is known to be whole; CRYSTAL's is not missed where CRYSTAL has said nothing.
ENDS = {"pw.x": "echo '   JOB DONE.'", "vasp": "echo '   1 F= -.1E+01 E0= -.1E+01  d E =0.0'"}


def stand_in(box, name, script):
    """A program that writes down its name, its words, its folder; then the script, and its end."""
    end = ENDS.get(name.split("_")[0], "")
    box.write(f"bin/{name}", f"#!/bin/sh\necho \"called {name} $*\"\n{script}\n{end}\n", 0o755)
    box.env["PATH"] = f"{box.path('bin')}:{os.environ['PATH']}"


def launchers(box):
    """Stand-ins that start their program once."""
    for name in ("mpirun", "srun"):
        stand_in(box, name, 'shift 2; exec "$@"')


CRYSTAL = """
echo "read $(head -1)"
[ -s fort.34 ] && echo "gui $(cat fort.34)"
[ -s fort.20 ] && echo "guess $(cat fort.20)"
[ -s HESSOPT.DAT ] && echo "hessian $(cat HESSOPT.DAT)"
echo wave > fort.9; echo formatted > fort.98; echo geometry > fort.34; echo big > fort.13
echo restart > OPTINFO.DAT; echo step > optc001; echo scf > SCFOUT.LOG; echo said >&2
"""


def d12(box, name, more="", scf=""):
    return box.write(name, MGO.format(more=more, scf=scf))


def vasp_folder(box, name, more="", kpoints=4):
    box.write(f"{name}/INCAR", INCAR.format(more=more))
    box.write(f"{name}/POSCAR", POSCAR)
    box.write(f"{name}/KPOINTS", KPOINTS.format(kpoints))
    box.write(f"{name}/POTCAR", "  PAW_PBE Si 05Jan2001\n  secret of the licensor\n")


def end_of(box, *args, state="completed", **more):
    job = box.wait_state(box.submit(*args, **more), *FINAL)
    equal(job["state"], state, job)
    return job


# pw.x


@test
def pw_x_runs_under_mpirun_with_pools(box):
    box.silicon()
    job = end_of(box, "--cores", "2", "--pools", "2", "si.in")
    equal(job["command"], ["mpirun", "-np", "2", "pw.x", "-nk", "2", "-in", "si.in"])
    contains(box.read("si.out"), "K-points division:     npool     =       2")
    equal(job["results"]["converged"], True)


@test
def setup_and_environment_reach_pw_x_and_the_command_is_shown_without_the_shell(box):
    configure(box, "[code.quantum_espresso]\nsetup = PATH=$HIDDEN:$PATH; export PATH # mine\n"
                   "setup = export OMP_NUM_THREADS=1\n"
                   f"environment = HIDDEN={box.path('hidden')} OTHER=b=c\n")
    box.silicon()
    box.write("hidden/pw.x", '#!/bin/sh\necho "$OTHER" > said\nexec /usr/bin/pw.x "$@"\n', 0o755)
    job = end_of(box, "si.in")
    equal(box.read("said"), "b=c\n")
    contains(box.ok("show", str(job["id"])).out, "command        pw.x -in si.in\n")


@test
def more_pools_than_cores_and_pools_of_another_code_are_refused(box):
    box.silicon()
    contains(box.cli("submit", "--pools", "2", "si.in").err, "2 pools need as many cores")
    stand_in(box, "vasp_std", "")
    vasp_folder(box, "run")
    contains(box.cli("submit", "--pools", "1", "run").err, "VASP has no pools of k points")


@test
def a_program_that_the_setup_did_not_bring_fails_the_job_and_is_named(box):
    configure(box, "[code.quantum_espresso]\nsetup = true\ncommand = no-such-pw.x\n")
    box.silicon()
    job = end_of(box, "si.in", state="failed")
    equal(job["exit_code"], 127)
    contains(box.read("si.err"), "crystalmath: no-such-pw.x is not there after the lines of setup")


@test
def a_configured_program_that_is_not_there_is_refused_with_its_key(box):
    configure(box, "[code.quantum_espresso]\ncommand = /no/such/pw.x\n")
    box.silicon()
    failed = box.cli("submit", "si.in")
    equal(failed.status, 1)
    contains(failed.err, "/no/such/pw.x, which command of [code.quantum_espresso] in config.ini")


@test
def a_launcher_of_ones_own_gets_the_cores_where_it_says(box):
    launchers(box)
    stand_in(box, "pw.x", "")
    box.silicon()
    configure(box, "[code.quantum_espresso]\nlauncher = srun --ntasks={cores} --exact\n")
    job = end_of(box, "--cores", "2", "si.in")
    equal(job["command"], ["srun", "--ntasks=2", "--exact", "pw.x", "-in", "si.in"])
    configure(box, "[code.quantum_espresso]\nlauncher = none\n")
    box.ok("server", "restart")
    equal(end_of(box, "--cores", "2", "si.in")["command"], ["pw.x", "-in", "si.in"])
    configure(box, "[code.quantum_espresso]\nlauncher = srun\n")
    box.ok("server", "restart")
    equal(end_of(box, "si.in")["command"], ["srun", "-n", "1", "pw.x", "-in", "si.in"])


# CRYSTAL


@test
def crystal_reads_its_input_from_stdin_in_a_folder_of_its_own_that_goes(box):
    stand_in(box, "crystal", CRYSTAL)
    d12(box, "mgo.d12")
    job = end_of(box, "mgo.d12")
    equal((job["code"], job["name"]), ("crystal", "mgo"))
    equal(box.read("mgo.out"), "called crystal \nread MgO\nsaid\n")
    equal(sorted(os.listdir(box.work)),
          ["bin", "mgo.OPTINFO.DAT", "mgo.SCFOUT.LOG", "mgo.d12", "mgo.f9", "mgo.f98", "mgo.gui",
           "mgo.out"])
    equal(box.read("mgo.f9"), "wave\n")
    contains(box.ok("show", str(job["id"])).out, "command        crystal\n")


@test
def what_crystal_may_read_is_put_in_place(box):
    stand_in(box, "crystal", CRYSTAL)
    d12(box, "o'dd name.d12", scf="guessp\n")
    box.write("o'dd name.gui", "mine\n")
    box.write("o'dd name.f9", "before\n")
    box.write("HESSOPT.DAT", "curved\n")
    end_of(box, "o'dd name.d12")
    equal(box.read("o'dd name.out"),
          "called crystal \nread MgO\ngui mine\nguess before\nhessian curved\nsaid\n")
    equal(box.read("HESSOPT.DAT"), "curved\n")


@test
def without_guessp_an_old_wave_function_stays_out(box):
    stand_in(box, "crystal", CRYSTAL)
    d12(box, "mgo.d12")
    box.write("mgo.f9", "before\n")
    end_of(box, "mgo.d12")
    lacks(box.read("mgo.out"), "guess")


@test
def several_cores_take_pcrystal_which_finds_the_file_input(box):
    launchers(box)
    stand_in(box, "crystal", "")
    stand_in(box, "Pcrystal", 'echo "has $(head -1 INPUT)"')
    d12(box, "mgo.d12")
    job = end_of(box, "--cores", "2", "mgo.d12")
    equal(box.read("mgo.out"), "called mpirun -np 2 Pcrystal\ncalled Pcrystal \nhas MgO\n")
    contains(box.ok("show", str(job["id"])).out, "command        mpirun -np 2 Pcrystal\n")


@test
def crystal_is_found_in_the_folder_that_its_own_variables_name(box):
    box.write("cry/v1.0.1/crystal", "#!/bin/sh\necho here $0\n", 0o755)
    d12(box, "mgo.d12")
    end_of(box, "mgo.d12", env={"CRY23_EXEDIR": box.path("cry"), "VERSION": "v1.0.1"})
    equal(box.read("mgo.out"), f"here {box.path('cry/v1.0.1/crystal')}\n")


@test
def parallel_crystal_is_looked_for_beside_the_one_that_is_configured(box):
    launchers(box)
    configure(box, f"[code.crystal]\ncommand = {box.path('cry/crystal')}\n")
    box.write("cry/crystal", "#!/bin/sh\n", 0o755)
    box.write("cry/MPPcrystal", "#!/bin/sh\necho many\n", 0o755)
    d12(box, "mgo.d12")
    end_of(box, "--cores", "2", "mgo.d12")
    contains(box.read("mgo.out"), f"mpirun -np 2 {box.path('cry/MPPcrystal')}\nmany\n")


@test
def a_failed_run_of_crystal_keeps_what_it_left(box):
    stand_in(box, "crystal", CRYSTAL + "exit 3")
    d12(box, "mgo.d12")
    job = end_of(box, "mgo.d12", state="failed")
    equal(job["exit_code"], 3)
    equal(box.read("mgo.f9"), "wave\n")
    equal(os.listdir(box.path("mgo.scratch")), ["optc001"])
    contains(box.read("mgo.out"), "crystalmath: what else the run left is in ./mgo.scratch")


@test
def a_cancelled_run_of_crystal_brings_back_its_files(box):
    stand_in(box, "crystal", 'echo wave > fort.9; echo ready; exec sleep 1000')
    d12(box, "mgo.d12")
    job_id = box.submit("mgo.d12")
    wait_until(lambda: os.path.exists(box.path("mgo.out")) and "ready" in box.read("mgo.out"),
               "the run")
    box.ok("cancel", str(job_id))
    equal(box.wait_state(job_id, *FINAL)["state"], "cancelled")
    equal(box.read("mgo.f9"), "wave\n")
    check(not os.path.exists(box.path("mgo.scratch")), "the folder of the run is left")


@test
def what_a_killed_run_left_is_fetched_by_the_next(box):
    stand_in(box, "crystal", "cat")
    d12(box, "mgo.d12")
    box.write("mgo.scratch/fort.9", "older\n")
    end_of(box, "mgo.d12")
    equal(box.read("mgo.f9"), "older\n")


@test
def a_folder_with_input_runs_where_it_is_and_is_called_after_it(box):
    stand_in(box, "crystal", 'read line; echo "got $line"')
    d12(box, "bulk/INPUT")
    job = end_of(box, "bulk")
    equal((job["name"], job["input"]), ("bulk", "INPUT"))
    equal(box.read("bulk/INPUT.out"), "called crystal \ngot MgO\n")
    equal(sorted(os.listdir(box.path("bulk"))), ["INPUT", "INPUT.out"])


# VASP


@test
def a_folder_is_a_run_of_vasp_std(box):
    launchers(box)
    stand_in(box, "vasp_std", "ls; pwd")
    vasp_folder(box, "si")
    job = end_of(box, "--cores", "2", "si")
    equal((job["code"], job["name"], job["input"]), ("vasp", "si", "INCAR"))
    equal(job["command"], ["mpirun", "-np", "2", "vasp_std"])
    contains(box.read("si/vasp.out"), "called vasp_std \nINCAR\nKPOINTS\nPOSCAR\nPOTCAR\n")
    contains(box.read("si/vasp.out"), box.path("si") + "\n")


@test
def gamma_alone_takes_vasp_gam_and_spin_orbit_vasp_ncl(box):
    for name in ("std", "gam", "ncl"):
        stand_in(box, f"vasp_{name}", "")
    vasp_folder(box, "a", kpoints=1)
    vasp_folder(box, "b", more="LSORBIT = .TRUE.\n", kpoints=1)
    vasp_folder(box, "c")
    equal([end_of(box, name)["command"] for name in "abc"],
          [["vasp_gam"], ["vasp_ncl"], ["vasp_std"]])


@test
def a_configured_vasp_std_stands_for_its_kin(box):
    for name in ("std", "gam"):
        box.write(f"v/vasp_{name}", f"#!/bin/sh\n{ENDS['vasp']}\n", 0o755)
    configure(box, f"[code.vasp]\ncommand = {box.path('v/vasp_std')}\n")
    vasp_folder(box, "a", kpoints=1)
    equal(end_of(box, "a")["command"], [box.path("v/vasp_gam")])
    vasp_folder(box, "b", more="LNONCOLLINEAR = T\n")
    contains(box.cli("submit", "b").err, box.path("v/vasp_ncl") + ", which command of [code.vasp]")


@test
def of_the_potcar_only_the_checksum_is_kept_and_a_copy_links_to_it(box):
    stand_in(box, "vasp_std", "cat POTCAR")
    vasp_folder(box, "si")
    job = end_of(box, "--copy", "si")
    kept = {os.path.basename(i["path"]): i for i in job["inputs"]}
    equal(sorted(kept), ["INCAR", "KPOINTS", "POSCAR", "POTCAR"])
    copy = os.path.join(job["directory"], "POTCAR")
    equal(os.readlink(copy), box.path("si/POTCAR"))
    with open(os.path.join(box.state, "crystalmath", "crystalmath.db"), "rb") as file:
        check(b"secret of the licensor" not in file.read(), "the POTCAR is in the database")


@test
def large_wave_functions_and_charges_that_a_run_goes_on_from_are_copied_with_it(box):
    stand_in(box, "vasp_std", "wc -c < WAVECAR; wc -c < CHGCAR; echo own > WAVECAR")
    vasp_folder(box, "si", more="ISTART = 1\nICHARG = 11\n")
    sizes = {"WAVECAR": 300 << 20, "CHGCAR": 70 << 20}
    for name, size in sizes.items():
        with open(box.write(f"si/{name}", name), "ab") as file:
            file.truncate(size)
    job = end_of(box, "--copy", "si")
    with open(job["output"], encoding="utf-8") as file:
        contains(file.read(), f"{sizes['WAVECAR']}\n{sizes['CHGCAR']}\n")
    equal({os.path.basename(i["path"]): i["size"] for i in job["inputs"]} | sizes,
          {os.path.basename(i["path"]): i["size"] for i in job["inputs"]})
    equal(os.path.getsize(box.path("si/WAVECAR")), sizes["WAVECAR"])


@test
def folders_without_an_input_or_with_several_are_refused(box):
    os.mkdir(box.path("empty"))
    contains(box.cli("submit", "empty").err, "has no input of a known code in it")
    box.silicon("two/a.in")
    box.silicon("two/b.in")
    failed = box.cli("submit", "two").err
    contains(failed, "holds several inputs (")
    contains(failed, "a.in")


@test
def what_is_missing_is_said_with_where_to_name_it(box):
    box.env["PATH"] = "/usr/bin:/bin"
    d12(box, "mgo.d12")
    contains(box.cli("submit", "mgo.d12").err,
             "crystal was not found on your PATH; install it or load its module")
    contains(box.cli("submit", "mgo.d12").err, "command of [code.crystal] in config.ini")


main()
