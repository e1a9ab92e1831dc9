"""Runs on a Slurm behind ssh that go on where they stopped, in their folder there."""

import os
import re
import shutil
import struct

from clusters import ROOT, Far as Cluster
from support import FINAL, Skip, check, contains, cut, equal, lacks, main, test, wait_until

SAMPLES = os.path.realpath(os.path.join(os.path.dirname(__file__), "..", "samples"))
POSCAR = "Si\n5.43\n0 .5 .5\n.5 0 .5\n.5 .5 0\nSi\n2\nDirect\n0 0 0\n.{} .25 .25\n"
WAVECAR = struct.pack("<24d", 48, 1, 45200, 0, 0, 0, 1, 1, 400, *[0] * 15)
MATRIX = struct.pack("<i4si", 4, b"matr", 4)

# A stand-in for VASP that writes files of a run; where it finds a WAVECAR it comes to the end.
VASP = """
[ -e WAVECAR ] && cp POSCAR read.POSCAR && cp {samples}/vasp/OUTCAR {samples}/vasp/OSZICAR . && exit 0
echo first; echo first > OUTCAR; head -3 {samples}/vasp/OSZICAR > OSZICAR
cp '{work}/CONTCAR' '{work}/WAVECAR' .
"""

# Asks pw.x to end in the third cycle of its SCF, once.
SOFT_STOP = """#!/bin/sh
[ -e '{slow}' ] || exec {pwx} "$@"
rm -f tmp/si.EXIT '{slow}'
{pwx} "$@" & p=$!
until grep -q 'iteration #  3' si.out; do sleep 0.02; done
kill -STOP $p
touch tmp/si.EXIT
kill -CONT $p
wait $p
"""


def stand_in(box, name, script):
    box.write(f"bin/{name}", f"#!/bin/sh\n{script}\n" if not script.startswith("#!") else script, 0o755)


def far(box, path=None):
    return Cluster(box, "--setup", ROOT, "--setup", f"PATH='{box.path('bin')}':$PATH", path=path)


def end(box, job_id):
    return box.wait_state(job_id, *FINAL)


def last_of(box, job_id):
    """The last job of a chain, at its end."""
    def look():
        job = box.job(job_id)
        while job["continued_by"]:
            job = box.job(job["continued_by"])
        return job if job["state"] in FINAL and job["chain"] == 0 else None
    return wait_until(look, "the end of the chain", seconds=120)


def read(folder, name):
    with open(os.path.join(folder, name), encoding="utf-8") as file:
        return file.read()


def vasp(box, more="exit 1"):
    box.write("run/INCAR", "SYSTEM = x\nENCUT = 200\nNSW = 5\nIBRION = 2\n")
    box.write("run/KPOINTS", "k\n0\nGamma\n2 2 2\n0 0 0\n")
    box.write("run/POSCAR", POSCAR.format(25))
    box.write("run/POTCAR", "  PAW_PBE Si 05Jan2001\n   TITEL  = PAW_PBE Si 05Jan2001\n")
    box.write("CONTCAR", POSCAR.format(26))
    box.write("WAVECAR", WAVECAR)
    stand_in(box, "vasp_std", VASP.format(samples=SAMPLES, work=box.work) + more)


def resubmit(box, job_id, *args):
    return end(box, int(box.ok("resubmit", str(job_id), "--time", "1h", *args).out))


@test
def a_run_of_vasp_goes_on_in_its_folder_there(box):
    vasp(box)
    cluster = far(box)
    first = box.submit("--on", "far", "run")
    equal(end(box, first)["state"], "failed")
    folder = cluster.folder()
    job = resubmit(box, first)
    equal((job["state"], job["cluster"], job["continues"]), ("completed", "far", first), job)
    equal(cluster.folder(), folder)
    for here in (folder, box.path("run")):
        equal((read(here, "POSCAR"), read(here, "POSCAR.1")), (POSCAR.format(26), POSCAR.format(25)))
        equal((read(here, "OUTCAR.1"), read(here, "read.POSCAR")), ("first\n", POSCAR.format(26)))
        lacks(read(here, "OUTCAR"), "first")
    check(not os.path.exists(box.path("run/WAVECAR")), "a large file came here")
    equal(box.ok("log", str(first)).out, "first\n")
    equal(box.ok("fetch", str(job["id"]), "WAVECAR").status, 0)


@test
def a_run_of_pwx_goes_on_in_the_middle_of_its_scf(box):
    pwx = shutil.which("pw.x")
    if not pwx:
        raise Skip("pw.x is not installed")
    box.silicon(ecutwfc=18, k=8, conv_thr="1.0d-10\n  mixing_beta = 0.3")
    before = box.read("si.in")
    stand_in(box, "pw.x", SOFT_STOP.format(slow=box.path("slow"), pwx=pwx))
    box.write("slow", "")
    cluster = far(box)
    first = box.submit("--on", "far", "--time", "1h", "si.in")
    equal(end(box, first)["state"], "failed")
    job = resubmit(box, first)
    equal((job["state"], job["input"], job["results"]["converged"]), ("completed", "si.2.in", True), job)
    contains(box.read("si.2.out"), "Calculation restarted from scf iteration #")
    equal(box.read("si.in"), before)
    equal(set(box.read("si.2.in").splitlines()) - set(before.splitlines()), {"  restart_mode = 'restart'"})
    contains(read(cluster.folder(), "si.2.in"), "pseudo_dir = './'")
    check(not os.path.exists(box.path("Si.pz-vbc.UPF")), "a file that was sent came back")


@test
def the_files_there_have_to_be_whole_not_those_here(box):
    pwx = shutil.which("pw.x")
    if not pwx:
        raise Skip("pw.x is not installed")
    box.silicon(ecutwfc=18, k=8, conv_thr="1.0d-10\n  mixing_beta = 0.3")
    stand_in(box, "pw.x", SOFT_STOP.format(slow=box.path("slow"), pwx=pwx))
    box.write("slow", "")
    cluster = far(box)
    first = box.submit("--on", "far", "si.in")
    equal(end(box, first)["state"], "failed")
    folder = cluster.folder()
    shutil.copytree(os.path.join(folder, "tmp"), box.path("kept"))
    for name, size, words in (
            ("si.save/data-file-schema.xml", 5000, "is not whole: it ends in the middle"),
            ("si.save/data-file-schema.xml", None, "is not there"),
            ("si.save/charge-density.dat", 4000, "is not whole: it ends in the middle"),
            ("si.wfc1", 0, "is not whole: it is empty"),
            ("si.wfc1", None, "is not there")):
        if size is None:
            os.unlink(os.path.join(folder, "tmp", name))
        else:
            cut(os.path.join(folder, "tmp", name), size)
        result = box.cli("resubmit", str(first))
        equal((result.status, result.out), (1, ""), result)
        for part in (f"./tmp/{name} ", words, "on far", f"crystalmath submit --on far {box.path('si.in')}"):
            contains(result.err, part)
        shutil.rmtree(os.path.join(folder, "tmp"))
        shutil.copytree(box.path("kept"), os.path.join(folder, "tmp"))
    check(not os.path.exists(box.path("si.2.in")), os.listdir(box.work))
    shutil.rmtree(box.path("tmp"))
    equal(resubmit(box, first)["state"], "completed")


@test
def a_folder_that_is_not_there_any_more_is_told(box):
    vasp(box)
    cluster = far(box)
    first = box.submit("--on", "far", "run")
    end(box, first)
    shutil.rmtree(cluster.folder())
    contains(box.cli("resubmit", str(first)).err, "its folder is not on far any more")
    box.ok("cluster", "remove", "far")
    contains(box.cli("resubmit", str(first)).err, "crystalmath cluster add far --ssh HOST")


@test
def a_run_of_crystal_gets_its_files_linked_there(box):
    box.write("mgo.d12", "mgo\nCRYSTAL\n0 0 0\n225\n4.21\n2\n12 0 0 0\n8 .5 .5 .5\nOPTGEOM\nENDOPT\nEND\n"
              "12 1\n1 0 3 2. 0.\n8 1\n1 0 3 2. 0.\n99 0\nEND\nSHRINK\n8 8\nEND\n")
    box.write("matrix", MATRIX)
    stand_in(box, "crystal", f"""
if grep -q '^RESTART$' INPUT && grep -q '^GUESSP$' INPUT; then
  cmp fort.20 '{box.path('matrix')}' && cat OPTINFO.DAT && exit 0
  exit 4
fi
echo first; cp '{box.path('matrix')}' fort.9; echo 'point 3' > OPTINFO.DAT
exit 1""")
    cluster = far(box)
    first = box.submit("--on", "far", "mgo.d12")
    equal(end(box, first)["state"], "failed")
    job = resubmit(box, first)
    equal((job["exit_code"], job["input"]), (0, "mgo.2.d12"), job)
    contains(box.read("mgo.2.out"), "point 3")
    names = os.listdir(cluster.folder())
    check({"mgo.2.f9", "mgo.2.OPTINFO.DAT"} <= set(names), names)


@test
def a_chain_goes_on_there_by_itself(box):
    vasp(box, "exec sleep 600")
    cluster = far(box)
    first = box.submit("--on", "far", "--time", "1h", "--chain", "1", "run")
    number = str(box.wait_state(first, "running")["slurm_id"])
    wait_until(lambda: os.path.exists(os.path.join(cluster.folder(), "WAVECAR")), "its files")
    cluster.run("scontrol", "update", f"JobId={number}", "EndTime=now+3")
    job = last_of(box, first)
    equal((job["state"], job["continues"]), ("completed", first), job)
    contains(box.job(first)["reason"], "time limit")


@test
def a_chain_waits_for_a_cluster_that_is_lost_while_the_files_are_looked_at(box):
    vasp(box, "exec sleep 600")
    box.write("there/stat", f"#!/bin/sh\ntouch '{box.path('looked')}'\n{box.gate()}\n"
              f"exec {shutil.which('stat')} \"$@\"\n", 0o755)
    cluster = far(box, path=f"{box.path('there')}:{os.environ['PATH']}")
    first = box.submit("--on", "far", "--time", "1h", "--chain", "1", "run")
    number = str(box.wait_state(first, "running")["slurm_id"])
    wait_until(lambda: os.path.exists(os.path.join(cluster.folder(), "WAVECAR")), "its files")
    cluster.run("scontrol", "update", f"JobId={number}", "EndTime=now+1")
    wait_until(lambda: os.path.exists(box.path("looked")), "the look")
    cluster.host.stop()
    wait_until(lambda: "is not continued yet" in open(box.log, encoding="utf-8").read(), "that it waits")
    equal((box.job(first)["chain"], box.job(first)["continued_by"]), (1, None))
    box.open_gate()
    cluster.host.start()
    job = last_of(box, first)
    equal((job["state"], job["continues"]), ("completed", first), job)


@test
def a_cluster_that_cannot_be_asked_is_told_and_nothing_has_changed(box):
    vasp(box)
    cluster = far(box)
    first = box.submit("--on", "far", "run")
    end(box, first)
    before = sorted(os.listdir(box.path("run")))
    cluster.host.stop()
    result = box.cli("resubmit", str(first))
    equal((result.status, result.out), (1, ""), result)
    contains(result.err, "which cannot be asked now")
    equal(sorted(os.listdir(box.path("run"))), before)
    cluster.host.start()
    box.call("clusters.list")
    equal(wait_until(lambda: box.cli("resubmit", str(first), "--wait").status == 0, "it goes on", seconds=60), True)
    equal(len(box.call("jobs.list")["jobs"]), 2)
    box.ok("cluster", "remove", "far")


@test
def what_is_done_there_is_done_once_although_the_server_is_killed(box):
    vasp(box)
    cluster = far(box)
    first = box.submit("--on", "far", "run")
    end(box, first)
    second = int(box.ok("resubmit", str(first)).out)
    for _ in range(3):
        box.kill_server()
        box.ok("ping")
    equal(end(box, second)["state"], "completed", box.job(second))
    names = os.listdir(cluster.folder())
    equal(sorted(name for name in names if re.search(r"\.\d$", name)),
          ["CONTCAR.1", "OSZICAR.1", "OUTCAR.1", "POSCAR.1"])


@test
def a_request_that_is_repeated_makes_one_job_there(box):
    vasp(box)
    far(box)
    first = box.submit("--on", "far", "run")
    end(box, first)
    params = {"id": first, "token": "once"}
    second = box.call("jobs.resubmit", params)["id"]
    equal(box.call("jobs.resubmit", params)["id"], second)
    end(box, second)
    contains(box.cli("resubmit", str(first)).err, f"goes on with job {first} already")


main()
