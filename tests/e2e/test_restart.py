"""Runs that go on where they stopped: `crystalmath resubmit`."""

import os
import shutil
import struct
import time

from slurm_site import SlurmSite
from support import FINAL, Skip, check, contains, cut, equal, lacks, main, test, wait_until

SAMPLES = os.path.realpath(os.path.join(os.path.dirname(__file__), "..", "samples"))

# Stops pw.x in the middle of its SCF until it is asked to end, so that however fast the machine is the time
# limit finds it at work.
SLOW = """#!/bin/sh
[ -e "{slow}" ] && [ "${{OMPI_COMM_WORLD_RANK:-0}}" = 0 ] || exec {pwx} "$@"
rm -f tmp/si.EXIT
{pwx} "$@" & p=$!
until grep -q 'iteration #  3' "{output}"; do sleep 0.1; done
kill -STOP $p
{asked}
kill -CONT $p
wait $p
"""
BY_THE_LIMIT = "until [ -e tmp/si.EXIT ]; do sleep 0.1; done"
BY_ITSELF = ": > tmp/si.EXIT"


def slow_pwx(box, output="si.out", asked=BY_THE_LIMIT):
    pwx = shutil.which("pw.x")
    if not pwx:
        raise Skip("pw.x is not installed")
    text = SLOW.format(slow=box.path("slow"), pwx=pwx, output=box.path(output), asked=asked)
    box.write("bin/pw.x", text, 0o755)
    box.env["PATH"] = f"{box.path('bin')}:{os.environ['PATH']}"


def silicon(box, **changes):
    return box.silicon(**{"ecutwfc": 18, "k": 8, "conv_thr": "1.0d-10\n  mixing_beta = 0.3", **changes})


def end(box, job_id):
    return box.wait_state(job_id, *FINAL)


def refused(box, job_id, *words):
    result = box.cli("resubmit", str(job_id))
    equal((result.status, result.out), (1, ""), result)
    for word in words:
        contains(result.err, word)
    return result.err


def stopped(box, limit="1h", asked=BY_ITSELF):
    """A run of pw.x that was asked to end in the third cycle of its SCF: its number, and how it ended."""
    slow_pwx(box, asked=asked)
    silicon(box)
    box.write("slow", "")
    job_id = box.submit("--time", limit, "--name", "silicon", "--tag", "test", "si.in")
    job = end(box, job_id)
    os.unlink(box.path("slow"))
    return job_id, job


def stopped_in_its_scf(box):
    job_id, job = stopped(box)
    equal((job["state"], job["exit_code"]), ("failed", 2), job)
    return job_id


def stopped_by_its_limit(box):
    """The same, asked by the time limit: its number. The time pw.x has for it grows with the limit, and what it
    needs with how busy the machine is."""
    for limit in ("8s", "30s", "90s"):
        job_id, job = stopped(box, limit, BY_THE_LIMIT)
        if job["exit_code"] == 2:
            break
        shutil.rmtree(box.path("tmp"))
    equal((job["state"], job["exit_code"]), ("failed", 2), job)
    return job_id


@test
def a_run_of_pwx_goes_on_in_the_middle_of_its_scf_to_the_same_energy(box):
    silicon(box)
    whole = end(box, box.submit("si.in"))["results"]
    shutil.rmtree(box.path("tmp"))
    first = stopped_by_its_limit(box)
    reason = box.job(first)["reason"]
    contains(reason, "stopped in good order just before its time limit of 0:0")
    contains(reason, f"`crystalmath resubmit {first}` goes on where it stopped")
    kept = {name: box.read(name) for name in ("si.in", "si.out")}
    second = int(box.ok("resubmit", str(first), "--time", "1h", "--wait").out)
    job = box.job(second)
    equal((job["state"], job["results"]["converged"], job["continues"]), ("completed", True, first), job)
    contains(box.read("si.2.out"), "Calculation restarted from scf iteration #")
    check(abs(job["results"]["energy_ev"] - whole["energy_ev"]) < 1e-7,
          (job["results"]["energy_ev"], whole["energy_ev"]))
    check(len(job["results"]["scf"][0]["energies_ev"]) < len(whole["scf"][0]["energies_ev"]), job)
    # What was there is as it was; the input that goes on differs by a line.
    equal({name: box.read(name) for name in kept}, kept)
    equal(set(box.read("si.2.in").splitlines()) - set(kept["si.in"].splitlines()),
          {"  restart_mode = 'restart'"})
    equal((job["name"], job["tags"], job["time_limit"], job["directory"], job["input"]),
          ("silicon", ["test"], 3600, box.work, "si.2.in"))


@test
def show_tells_both_ways_which_run_goes_on_with_which(box):
    first = stopped_in_its_scf(box)
    second = box.ok("resubmit", str(first), "--time", "2h", "--json").json()
    equal((second["continues"], second["time_limit"]), (first, 7200))
    contains(box.ok("show", str(second["id"])).out, f"job {first}")
    equal(box.job(first)["continued_by"], second["id"])
    contains(box.ok("show", str(first)).out, f"job {second['id']}")
    end(box, second["id"])
    kept = [one["path"] for one in box.job(second["id"])["inputs"]]
    equal(kept[0], box.path("si.2.in"))
    equal(box.ok("show", str(second["id"]), "--input").out, box.read("si.2.in"))


@test
def a_run_is_continued_once_and_the_next_one_by_its_successor(box):
    first = stopped_in_its_scf(box)
    box.write("slow", "")
    slow_pwx(box, "si.2.out")
    second = int(box.ok("resubmit", str(first), "--time", "1h").out)
    refused(box, first, f"job {second} goes on with job {first} already", f"crystalmath resubmit {second}")
    refused(box, second, f"job {second} has not ended", f"crystalmath cancel {second}")
    box.ok("cancel", str(second))
    end(box, second)
    os.unlink(box.path("slow"))
    third = int(box.ok("resubmit", str(second), "--time", "1h", "--wait").out)
    job = box.job(third)
    equal((job["state"], job["input"], os.path.basename(job["output"])), ("completed", "si.3.in", "si.3.out"))
    refused(box, third, "came to its end")


@test
def files_that_are_not_whole_are_told_with_what_to_type(box):
    first = stopped_in_its_scf(box)
    save = os.path.join("tmp", "si.save")
    shutil.copytree(box.path("tmp"), box.path("kept"))
    for name, size, words in (
            (f"{save}/data-file-schema.xml", 5000, "is not whole: it ends in the middle"),
            (f"{save}/data-file-schema.xml", 0, "is not whole: it is empty"),
            (f"{save}/data-file-schema.xml", None, "is not there"),
            (f"{save}/charge-density.dat", 4000, "is not whole: it ends in the middle"),
            (f"{save}/charge-density.dat", None, "is not there"),
            ("tmp/si.wfc1", 0, "is not whole: it is empty"),
            ("tmp/si.wfc1", None, "is not there"),
            ("tmp/si.restart_scf", 0, "is not whole: it is empty")):
        if size is None:
            os.unlink(box.path(name))
        else:
            cut(box.path(name), size)
        refused(box, first, f"./{name} ", words, f"crystalmath submit {box.path('si.in')}")
        shutil.rmtree(box.path("tmp"))
        shutil.copytree(box.path("kept"), box.path("tmp"))
    check(not os.path.exists(box.path("si.2.in")), os.listdir(box.work))
    equal(len(box.call("jobs.list")["jobs"]), 1)
    end(box, int(box.ok("resubmit", str(first), "--time", "1h").out))


@test
def what_an_earlier_run_left_is_not_taken_for_its_own(box):
    silicon(box)
    end(box, box.submit("si.in"))
    for folder, _, names in os.walk(box.path("tmp")):
        for name in names:
            os.utime(os.path.join(folder, name), (1e9, 1e9))
    box.write("bin/pw.x", "#!/bin/sh\nexit 3\n", 0o755)
    box.env["PATH"] = f"{box.path('bin')}:{os.environ['PATH']}"
    job_id = box.submit("si.in")
    equal(end(box, job_id)["state"], "failed")
    refused(box, job_id, "data-file-schema.xml is older than the run")


@test
def what_a_later_run_left_is_not_taken_for_its_own(box):
    first = stopped_in_its_scf(box)
    later = time.time() + 60
    os.utime(box.path("tmp/si.save/data-file-schema.xml"), (later, later))
    refused(box, first, "data-file-schema.xml is newer than the end of the run, and so another run's",
            f"crystalmath submit {box.path('si.in')}")


@test
def a_relaxation_that_was_killed_goes_on_from_its_last_geometry(box):
    pwx = shutil.which("pw.x")
    if not pwx:
        raise Skip("pw.x is not installed")
    silicon(box, conv_thr="1.0d-9")
    text = box.read("si.in").replace("'scf'", "'relax'").replace("0.00 0.00 0.00", "0.02 0.00 0.00")
    text = text.replace("ATOMIC_SPECIES", "&ions\n/\nATOMIC_SPECIES")
    box.write("si.in", text)
    box.write("bin/pw.x", f"#!/bin/sh\n{pwx} \"$@\" & p=$!\n"
              "until [ \"$(grep -c '^!' si.out)\" -ge 3 ]; do sleep 0.02; done\nkill -9 $p\nexit 1\n", 0o755)
    box.env["PATH"] = f"{box.path('bin')}:{os.environ['PATH']}"
    first = box.submit("si.in")
    equal(end(box, first)["state"], "failed")
    os.unlink(box.path("bin/pw.x"))
    box.write("bin/pw.x", f"#!/bin/sh\nexec {pwx} \"$@\"\n", 0o755)
    job = end(box, int(box.ok("resubmit", str(first), "--time", "1h").out))
    equal((job["state"], job["results"]["converged"]), ("completed", True), job)
    contains(box.read("si.2.out"), "Atomic positions from file used, from input discarded")


@test
def what_cannot_go_on_says_why(box):
    command = box.shell("exit 3")
    end(box, command)
    refused(box, command, "ran a command", "submit it again")
    refused(box, 4711, "there is no job 4711")
    silicon(box)
    held = box.submit("--hold", "si.in")
    box.ok("cancel", str(held))
    refused(box, held, "never started", f"crystalmath submit {box.path('si.in')}")
    done = box.submit("si.in")
    end(box, done)
    refused(box, done, "came to its end", f"crystalmath show {done}")
    equal(box.cli("resubmit").status, 2)
    equal(box.cli("resubmit", "x").status, 2)


@test
def a_request_that_is_repeated_makes_one_job(box):
    first = stopped_in_its_scf(box)
    params = {"id": first, "token": "once"}
    job = box.call("jobs.resubmit", params)
    second = job["id"]
    equal(job["time_limit"], 3600)  # as before, where nothing else is asked for
    equal(box.call("jobs.resubmit", params)["id"], second)
    end(box, second)
    equal(len(box.call("jobs.list")["jobs"]), 2)


@test
def a_folder_that_another_job_writes_to_is_left_alone(box):
    first = stopped_in_its_scf(box)
    other = box.submit("--hold", "si.in")
    refused(box, first, f"job {other}", "has not ended yet")
    check(not os.path.exists(box.path("si.2.in")), os.listdir(box.work))


@test
def a_parallel_run_goes_on_with_as_many_processes_and_pools(box):
    if not shutil.which("mpirun"):
        raise Skip("mpirun is not installed")
    slow_pwx(box)
    silicon(box)
    box.write("slow", "")
    box.write("config/crystalmath/config.ini", "[server]\ncores = 2\n")
    box.env["XDG_CONFIG_HOME"] = box.path("config")
    first = box.submit("--cores", "2", "--pools", "2", "--time", "40s", "si.in")
    contains(end(box, first)["reason"], "time limit")  # mpirun itself may take longer to end
    os.unlink(box.path("slow"))
    job = end(box, int(box.ok("resubmit", str(first), "--time", "1h").out))
    equal((job["state"], job["cores"], job["results"]["converged"]), ("completed", 2, True), job)
    contains(" ".join(job["command"]), "-nk 2 -in si.2.in")


POSCAR = "Si\n5.43\n0 .5 .5\n.5 0 .5\n.5 .5 0\nSi\n2\nDirect\n0 0 0\n.{} .25 .25\n"
WAVECAR = struct.pack("<24d", 48, 1, 45200, 0, 0, 0, 1, 1, 400, *[0] * 15)
D12 = ("mgo\nCRYSTAL\n0 0 0\n225\n4.21\n2\n12 0 0 0\n8 .5 .5 .5\nOPTGEOM\nENDOPT\nEND\n"
       "12 1\n1 0 3 2. 0.\n8 1\n1 0 3 2. 0.\n99 0\nEND\nSHRINK\n8 8\nEND\n")
MATRIX = struct.pack("<i4si", 4, b"matr", 4)


def stand_in(box, name, script):
    box.write(f"bin/{name}", f"#!/bin/sh\n{script}\n", 0o755)
    box.env["PATH"] = f"{box.path('bin')}:{os.environ['PATH']}"


def vasp(box, incar="SYSTEM = x\nENCUT = 200\nNSW = 5\nIBRION = 2\n"):
    """A folder for VASP, and a stand-in that writes files of a run and is ended by its time limit in the
    second step; where it finds a WAVECAR it comes to the end."""
    box.write("run/INCAR", incar)
    box.write("run/KPOINTS", "k\n0\nGamma\n2 2 2\n0 0 0\n")
    box.write("run/POSCAR", POSCAR.format(25))
    box.write("run/POTCAR", "  PAW_PBE Si 05Jan2001\n   TITEL  = PAW_PBE Si 05Jan2001\n")
    box.write("CONTCAR", POSCAR.format(26))
    box.write("WAVECAR", WAVECAR)
    stand_in(box, "vasp_std", f"""
[ -e WAVECAR ] && cp POSCAR read.POSCAR && cp {SAMPLES}/vasp/OUTCAR {SAMPLES}/vasp/OSZICAR . && exit 0
echo first; echo first > OUTCAR; head -3 {SAMPLES}/vasp/OSZICAR > OSZICAR; echo first > XDATCAR
cp ../CONTCAR ../WAVECAR .
exec sleep 1000""")


@test
def a_run_of_vasp_goes_on_from_contcar_and_keeps_what_it_had_written(box):
    vasp(box)
    first = box.submit("--time", "3s", "run")
    equal(end(box, first)["state"], "failed")
    job = end(box, int(box.ok("resubmit", str(first), "--time", "1h").out))
    equal((job["state"], job["continues"], os.path.basename(job["output"])), ("completed", first, "vasp.2.out"), job)
    equal(box.read("run/read.POSCAR"), POSCAR.format(26))
    equal(box.read("run/POSCAR.1"), POSCAR.format(25))
    equal((box.read("run/OUTCAR.1"), box.read("run/XDATCAR.1"), box.read("run/vasp.out")), ("first\n",) * 3)
    check(not os.path.exists(box.path("run/INCAR.1")), "the INCAR needed no change")
    equal(box.ok("log", str(first)).out, "first\n")
    kept = {os.path.basename(one["path"]) for one in job["inputs"]}
    equal(kept, {"INCAR", "POSCAR", "KPOINTS", "POTCAR"})


@test
def a_plan_tells_what_would_be_done_and_does_nothing(box):
    vasp(box)
    first = box.submit("--time", "3s", "run")
    end(box, first)
    before = sorted(os.listdir(box.path("run")))
    told = box.ok("resubmit", "--dry-run", str(first)).out
    for words in (f"job {first} would go on with INCAR, into vasp.2.out", "before: kept where they are there: ",
                  "POSCAR as POSCAR.1", "OUTCAR as OUTCAR.1", "POSCAR is written"):
        contains(told, words)
    lacks(told, "vaspout.h5")
    plan = box.ok("resubmit", "--dry-run", "--json", str(first)).json()
    equal((plan["input"], plan["output"]), ("INCAR", "vasp.2.out"))
    equal((box.call("jobs.list")["total"], sorted(os.listdir(box.path("run")))), (1, before))
    os.unlink(box.path("run/CONTCAR"))
    os.unlink(box.path("run/WAVECAR"))
    result = box.cli("resubmit", "--dry-run", str(first))
    equal(result.status, 1)
    contains(result.err, f"job {first} cannot go on")


@test
def an_incar_that_forbids_it_is_changed_and_the_older_one_kept(box):
    incar = "SYSTEM = x\nENCUT = 200\nISTART = 0\nICHARG = 2\n"
    vasp(box, incar)
    first = box.submit("--time", "3s", "run")
    end(box, first)
    job = end(box, int(box.ok("resubmit", str(first), "--time", "1h").out))
    equal(job["state"], "completed")
    equal(box.read("run/INCAR"), incar.replace("ISTART = 0", "ISTART = 1").replace("ICHARG = 2", "ICHARG = 0"))
    equal(box.read("run/INCAR.1"), incar)


@test
def files_of_vasp_that_are_not_whole_are_told_with_what_to_type(box):
    vasp(box)
    first = box.submit("--time", "3s", "run")
    end(box, first)
    before = sorted(os.listdir(box.path("run")))
    cut(box.path("run/WAVECAR"), 0)
    refused(box, first, "WAVECAR is not whole: it is empty", "rm WAVECAR",
            f"crystalmath submit {box.path('run/INCAR')}")
    contcar = os.stat(box.path("run/CONTCAR"))
    cut(box.path("run/CONTCAR"), len(POSCAR.format(26)) - 10)
    refused(box, first, "CONTCAR is not whole: it ends after 1 of 2 positions")
    equal(sorted(os.listdir(box.path("run"))), before)
    box.write("run/CONTCAR", POSCAR.format(26))
    os.utime(box.path("run/CONTCAR"), ns=(contcar.st_atime_ns, contcar.st_mtime_ns))
    os.unlink(box.path("run/WAVECAR"))
    second = int(box.ok("resubmit", str(first), "--time", "1h").out)
    equal(box.read("run/POSCAR"), POSCAR.format(26))
    box.ok("cancel", str(second))


@test
def a_run_of_crystal_goes_on_with_restart_and_guessp(box):
    box.write("mgo.d12", D12)
    box.write("matrix", MATRIX)
    stand_in(box, "crystal", f"""
if grep -q '^RESTART$' INPUT && grep -q '^GUESSP$' INPUT; then
  cmp fort.20 {box.path('matrix')} && cat OPTINFO.DAT && exit 0
  exit 4
fi
echo first; cp {box.path('matrix')} fort.9; echo 'point 3' > OPTINFO.DAT
exec sleep 1000""")
    first = box.submit("--time", "3s", "mgo.d12")
    equal(end(box, first)["state"], "failed")
    job = end(box, int(box.ok("resubmit", str(first), "--time", "1h").out))
    equal((job["exit_code"], job["input"]), (0, "mgo.2.d12"), job)
    contains(box.read("mgo.2.out"), "point 3")
    equal(box.read("mgo.2.d12"), D12.replace("OPTGEOM\n", "OPTGEOM\nRESTART\n")
          .replace("8 8\n", "8 8\nGUESSP\n"))
    equal((box.read("mgo.d12"), box.read("mgo.out").splitlines()[0]), (D12, "first"))


@test
def what_a_killed_run_of_crystal_left_in_its_scratch_is_found(box):
    box.write("mgo.d12", D12.replace("OPTGEOM\nENDOPT\n", ""))
    box.write("matrix", MATRIX)
    stand_in(box, "crystal", f"""
grep -q '^GUESSP$' INPUT && exec cmp fort.20 {box.path('matrix')}
cp {box.path('matrix')} fort.9; kill -9 $PPID; exec sleep 1000""")
    first = box.submit("mgo.d12")
    end(box, first)
    check(os.path.exists(box.path("mgo.scratch/fort.9")), os.listdir(box.work))
    cut(box.path("mgo.scratch/fort.9"), 7)
    refused(box, first, "mgo.scratch/fort.9 is not whole")
    box.write("mgo.scratch/fort.9", MATRIX)
    job = end(box, int(box.ok("resubmit", str(first), "--time", "1h").out))
    equal(job["exit_code"], 0, job)


def last_of(box, job_id):
    """The job at the end of the chain, once it has ended."""
    while True:
        end(box, job_id)
        wait_until(lambda: box.job(job_id)["chain"] == 0, f"the chain behind job {job_id}")
        job = box.job(job_id)
        if job["continued_by"] is None:
            return job
        job_id = job["continued_by"]


@test
def a_chain_goes_on_by_itself_until_the_run_is_done(box):
    # Each run of the stand-in for VASP comes one step farther, the third one to the end.
    vasp(box)
    stand_in(box, "vasp_std", f"""
echo run >> ../runs
[ $(wc -l < ../runs) -lt 3 ] || exec cp {SAMPLES}/vasp/OUTCAR {SAMPLES}/vasp/OSZICAR .
echo x > OUTCAR; cp ../CONTCAR ../WAVECAR .
exec sleep 1000""")
    first = box.submit("--time", "3s", "--chain", "5", "run")
    job = last_of(box, first)
    equal((job["state"], job["id"], job["continues"], job["chain"]), ("completed", first + 2, first + 1, 0), job)
    equal(box.read("runs"), "run\n" * 3)
    ended = box.job(first)
    equal((ended["state"], ended["continued_by"], ended["chain"]), ("failed", first + 1, 0), ended)
    contains(ended["reason"], "ran into its time limit of 0:00:03; its run goes on")
    equal(sorted(name for name in os.listdir(box.path("run")) if name.startswith("OUTCAR")),
          ["OUTCAR", "OUTCAR.1", "OUTCAR.2"])


@test
def a_chain_of_pwx_ends_where_its_number_does(box):
    slow_pwx(box)
    silicon(box)
    box.write("slow", "")
    # Long enough for the second run, also where others use the machine.
    first = box.submit("--time", "40s", "--chain", "1", "si.in")
    # Before its end, for the next one begins at once then.
    wait_until(lambda: os.path.exists(box.path("si.out")) and "iteration #  3" in box.read("si.out"),
               "the first run's cycles")
    os.unlink(box.path("slow"))
    job = last_of(box, first)
    equal((job["state"], job["results"]["converged"], job["input"]), ("completed", True, "si.2.in"), job)


@test
def a_run_of_vasp_that_stops_in_good_order_goes_on_too(box):
    # It exits with 0 then.
    vasp(box)
    stand_in(box, "vasp_std", f"""
[ -e WAVECAR ] && cp POSCAR read.POSCAR && cp {SAMPLES}/vasp/OUTCAR {SAMPLES}/vasp/OSZICAR . && exit 0
head -c 2000 {SAMPLES}/vasp/OUTCAR > OUTCAR; head -3 {SAMPLES}/vasp/OSZICAR > OSZICAR
until [ -e STOPCAR ]; do sleep 0.02; done
echo ' soft stop encountered!  aborting job ...' | tee -a OUTCAR
cp ../CONTCAR ../WAVECAR .""")
    first = box.submit("--time", "4s", "--chain", "1", "run")
    job = last_of(box, first)
    equal((job["state"], job["continues"]), ("completed", first), job)
    ended = box.job(first)
    equal((ended["state"], ended["exit_code"]), ("failed", 0), ended)
    contains(ended["reason"], "stopped in good order just before its time limit")


@test
def a_chain_that_is_used_up_says_how_it_goes_on(box):
    vasp(box)
    stand_in(box, "vasp_std", "cp ../CONTCAR .; exec sleep 1000")
    job = last_of(box, box.submit("--time", "3s", "--chain", "1", "run"))
    equal((job["state"], job["id"]), ("failed", 2), job)
    contains(job["reason"], "`crystalmath resubmit 2` goes on where it stopped")


@test
def a_chain_that_cannot_go_on_says_why(box):
    vasp(box)
    stand_in(box, "vasp_std", "exec sleep 1000")
    first = box.submit("--time", "3s", "--chain", "3", "run")
    job = last_of(box, first)
    equal((job["id"], job["chain"], job["continued_by"]), (first, 0, None), job)
    contains(job["reason"], "It was not continued by itself")
    contains(job["reason"], "the run has left no CONTCAR")
    box.write("run/CONTCAR", POSCAR.format(26))
    box.ok("cancel", box.ok("resubmit", str(first), "--time", "1h").out.strip())


@test
def only_the_time_limit_makes_a_chain_go_on(box):
    vasp(box)
    stand_in(box, "vasp_std", f"cp ../CONTCAR ../WAVECAR .; {box.gate()}; exit 3")
    failed = box.submit("--time", "1h", "--chain", "3", "run")
    box.open_gate()
    job = last_of(box, failed)
    equal((job["id"], job["state"], job["chain"]), (failed, "failed", 0), job)
    os.unlink(box.path("go"))
    cancelled = box.submit("--time", "1h", "--chain", "3", "run")
    box.wait_state(cancelled, "running")
    box.ok("cancel", str(cancelled))
    job = last_of(box, cancelled)
    equal((job["id"], job["state"]), (cancelled, "cancelled"))
    equal(len(box.call("jobs.list")["jobs"]), 2)


@test
def a_chain_goes_on_once_although_the_server_is_killed(box):
    vasp(box)
    stand_in(box, "vasp_std", """
echo run >> ../runs; cp ../CONTCAR ../WAVECAR .
[ $(wc -l < ../runs) -ge 4 ] || exec sleep 1000""")
    first = box.submit("--time", "3s", "--chain", "3", "run")
    for n in range(1, 4):
        wait_until(lambda: os.path.exists(box.path("runs")) and len(box.read("runs").split()) >= n, f"run {n}")
        box.kill_server()
        box.ok("ping")
    job = last_of(box, first)
    equal((job["id"], job["chain"], box.read("runs")), (first + 3, 0, "run\n" * 4), job)
    equal(len(box.call("jobs.list")["jobs"]), 4)


@test
def a_run_goes_on_through_the_slurm_of_this_machine(box):
    vasp(box)
    stand_in(box, "vasp_std", f"""
[ -e WAVECAR ] && cp POSCAR read.POSCAR && cp {SAMPLES}/vasp/OUTCAR {SAMPLES}/vasp/OSZICAR . && exit 0
echo first > OUTCAR; cp ../CONTCAR ../WAVECAR .; exit 1""")
    SlurmSite(box)
    first = box.submit("--on", "slurm", "--mem", "100M", "run")
    equal(end(box, first)["state"], "failed")
    job = end(box, int(box.ok("resubmit", str(first), "--time", "1h").out))
    equal((job["state"], job["cluster"], job["continues"]), ("completed", "slurm", first), job)
    check(job["slurm_id"] != box.job(first)["slurm_id"], job)
    equal((box.read("run/read.POSCAR"), box.read("run/OUTCAR.1")), (POSCAR.format(26), "first\n"))


@test
def a_chain_needs_a_time_limit_and_an_input(box):
    vasp(box)
    contains(box.cli("submit", "--chain", "2", "run").err, "--time")
    contains(box.cli("submit", "--chain", "2", "--time", "1h", "--", "true").err, "for an input")
    equal(box.cli("submit", "--chain", "x", "run").status, 2)


main()
