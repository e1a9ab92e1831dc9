"""Sweeps: a job for each value, in a folder of its own, with nothing else changed."""

import os
import re

from support import check, contains, equal, main, test, wait_until


def sweep(box, *words, count):
    ids = [int(i) for i in box.ok("submit", *words).out.split()]
    equal(len(ids), count)
    return [box.job(i) for i in ids]


@test
def a_range_makes_a_job_for_each_value_that_pw_x_runs_with_it(box):
    path = box.silicon()
    before = box.read("si.in")
    jobs = sweep(box, "--wait", "--sweep", "ecutwfc=10:14:2", path, count=3)
    for job, value in zip(jobs, (10, 12, 14)):
        folder = box.path(f"si_ecutwfc_{value}")
        equal((job["name"], job["tags"], job["directory"], job["state"]),
              (f"si ecutwfc={value}", ["sweep:si"], folder, "completed"))
        equal(box.read(f"si_ecutwfc_{value}/si.in"),
              before.replace("ecutwfc = 12", f"ecutwfc = {value}"))
        contains(box.read(f"si_ecutwfc_{value}/si.out"), f"cutoff     =      {value}.0000  Ry")
    energies = [job["progress"]["energy_ev"] for job in jobs]
    check(energies[0] > energies[1] > energies[2], f"a larger basis lowers the energy: {energies}")
    equal(box.read("si.in"), before)


@test
def several_sweeps_give_all_combinations(box):
    box.silicon()
    jobs = sweep(box, "--hold", "--tag", "mine", "--name", "test", "--sweep", "ecutwfc=10,12",
                 "--sweep", "kpoints=1,2x2x1", "si.in", count=4)
    equal([job["name"] for job in jobs],
          ["test ecutwfc=10 kpoints=1", "test ecutwfc=10 kpoints=2x2x1",
           "test ecutwfc=12 kpoints=1", "test ecutwfc=12 kpoints=2x2x1"])
    equal(jobs[3]["tags"], ["mine", "sweep:si"])
    contains(box.read("si_ecutwfc_12_kpoints_2x2x1/si.in"), "\n 2 2 1 1 1 1\n")


@test
def pseudopotentials_beside_the_input_are_found(box):
    box.silicon()
    text = box.read("si.in")
    real = re.search("pseudo_dir = '(.*)'", text).group(1)
    os.symlink(real, box.path("pseudo"))
    box.write("si.in", text.replace(real, "./pseudo"))
    job, = sweep(box, "--wait", "--sweep", "ecutwfc=10", "si.in", count=1)
    equal(job["state"], "completed")


@test
def on_a_terminal_the_value_of_each_job_is_told(box):
    box.silicon()
    said = box.on_terminal("submit", "--hold", "--sweep", "ecutwfc=10,12", "si.in").out
    contains(said, "job 1: si ecutwfc=10, held")
    contains(said, "job 2: si ecutwfc=12, held")


@test
def a_folder_is_refused_with_what_sweeps_are_for(box):
    box.write("run/INCAR", "ENCUT = 300\n")
    result = box.cli("submit", "--sweep", "ENCUT=300,400", "run")
    equal(result.status, 1, result)
    contains(result.err, "run is a folder; sweeps are for inputs of pw.x")


@test
def a_sweep_of_which_nothing_was_submitted_says_none(box):
    box.silicon()
    result = box.cli("--no-start", "submit", "--sweep", "ecutwfc=10,12", "si.in")
    equal(result.status, 1, result)
    contains(result.err, "none of the 2 jobs of this sweep was submitted")


@test
def a_mistake_leaves_nothing_behind(box):
    box.silicon()
    for word, part in (("ecutwf=10", "did you mean ecutwfc?"), ("ecutwfc=10,high", "takes a number"),
                       ("kpoints=0", "kpoints takes a number"), ("ecutwfc=10,-5", "greater than 0")):
        result = box.cli("submit", "--sweep", word, "si.in")
        equal(result.status, 1, result)
        contains(result.err, part)
    for word in ("ecutwfc", "ecutwfc=", "=10", "ecutwfc=10:20", "ecutwfc=20:10:5", "ecutwfc=1:2:0",
                 "ecutwfc=1:99999:1", "ecutwfc=1,,2", "ecutwfc=1:nan:1"):
        result = box.cli("submit", "--sweep", word, "si.in")
        equal(result.status, 2, f"{word} {result}")
        contains(result.err, "ecutwfc=20:80:10")
    equal(box.cli("submit", "--sweep", "a=1", "--", "true").status, 2)
    equal(os.listdir(box.work), ["si.in"])
    equal(box.server_pid(), None)


@test
def a_folder_with_another_input_is_not_overwritten(box):
    box.silicon()
    box.write("si_ecutwfc_12/si.in", "mine")
    result = box.cli("submit", "--sweep", "ecutwfc=10,12", "si.in")
    equal(result.status, 1, result)
    contains(result.err, "is there already, and is not what this sweep would write")
    equal(sorted(os.listdir(box.work)), ["si.in", "si_ecutwfc_12"])
    equal(box.read("si_ecutwfc_12/si.in"), "mine")


@test
def a_scratch_folder_that_all_would_share_is_refused(box):
    box.silicon()
    box.write("si.in", box.read("si.in").replace("./tmp", "/tmp/shared"))
    result = box.cli("submit", "--sweep", "ecutwfc=10,12", "si.in")
    equal(result.status, 1, result)
    contains(result.err, "would overwrite each other's files in /tmp/shared")
    box.write("si.in", box.read("si.in").replace("/tmp/shared", "./../tmp"))
    result = box.cli("submit", "--sweep", "ecutwfc=10,12", "si.in")
    equal(result.status, 1, result)
    contains(result.err, "would overwrite each other's files in ./../tmp")


@test
def a_failure_on_the_way_says_what_was_submitted(box):
    box.silicon()
    box.shell("true", "--hold")
    box.ok("submit", "--hold", "--sweep", "ecutwfc=12", "si.in")
    result = box.cli("submit", "--hold", "--sweep", "ecutwfc=10,12", "si.in")
    equal((result.status, len(result.out.split())), (1, 1), result)
    contains(result.err, "1 of the 2 jobs of this sweep was submitted, the others not")


@test
def a_failure_among_many_says_how_many_were_submitted_and_which(box):
    box.silicon()
    box.ok("submit", "--hold", "--sweep", "ecutwfc=22,31", "si.in")
    result = box.cli("submit", "--hold", "--sweep", "ecutwfc=10:109:1", "si.in")
    ids = [int(line) for line in result.out.split()]
    equal(result.status, 1, result)
    contains(result.err, "job 1 (si ecutwfc=22) has not ended yet")
    contains(result.err, f"{len(ids)} of the 100 jobs of this sweep {'was' if len(ids) == 1 else 'were'} submitted, the others not")
    check(12 <= len(ids) < 100, ids)
    listed = box.call("jobs.list", {"limit": 1000})["jobs"]
    equal(sorted(ids), sorted(job["id"] for job in listed)[2:])


@test
def a_sweep_whose_server_is_killed_on_the_way_makes_each_job_once(box):
    box.silicon()
    box.ok("ping")
    for number in range(3):
        os.rename(box.path("si.in" if number == 0 else f"si{number - 1}.in"), box.path(f"si{number}.in"))
        process = box.start("submit", "--hold", "--sweep", "ecutwfc=10:209:1", f"si{number}.in")
        wait_until(lambda before=200 * number: box.call("jobs.list", {"limit": 1})["total"] > before + 1 + 30 * number,
                   "the first jobs")
        box.kill_server()
        result = box.finish(process)
        equal(result.status, 0, result)
        ids = [int(line) for line in result.out.split()]
        equal((len(ids), ids), (200, sorted(ids)))
        names = [job["name"] for job in box.call("jobs.list", {"limit": 200})["jobs"]]
        equal(sorted(names), sorted(f"si{number} ecutwfc={value}" for value in range(10, 210)))


main()
