"""New jobs from the screen: what may not be meant is asked about, a cluster is chosen, a run goes on."""

import os
import shutil

from screen import Screen, equal, main, test
from slurm_site import SlurmSite
from support import FINAL


def begin(screen):
    """The only input of the folder is chosen, on one core."""
    screen.shows("No jobs yet.")
    screen.keys("n")
    screen.shows("Quantum ESPRESSO")
    screen.keys("G", "Enter")
    screen.shows("on how many cores?")
    screen.keys("Enter")


def doubtful(box):
    """A pw.x input that runs, and may not be what is meant."""
    with open(box.silicon(), encoding="ascii") as file:
        text = file.read()
    box.write("si.in", text.replace("ecutwfc", "ecutrho = 20\n  ecutwfc"))


@test
def what_may_not_be_meant_is_asked_about_before_it_runs(box):
    doubtful(box)
    with Screen(box) as screen:
        begin(screen)
        screen.shows("This may not be meant", "ecutrho", "Run it all the same? (y/n)")
        screen.keys("x")
        screen.shows("Run it all the same? (y/n)")
        screen.keys("n")
        screen.hides("This may not be meant")
        screen.shows("New job: choose an input")
        equal(box.call("jobs.list")["total"], 0)
        screen.keys("Enter", "Enter")
        screen.shows("Run it all the same? (y/n)")
        screen.keys("y")
        screen.shows("Job 1 submitted", "1 si")
    equal(box.call("jobs.list")["total"], 1)


@test
def a_job_is_put_behind_the_one_in_its_way(box):
    box.silicon()
    box.write("bin/pw.x", GATED.format(first=box.gate("begin"), then=""), 0o755)
    box.env["PATH"] = f"{box.path('bin')}:{box.env['PATH']}"
    first = box.submit("si.in")
    with Screen(box) as screen:
        screen.shows("● running")
        screen.keys("n")
        screen.shows("Quantum ESPRESSO")
        screen.keys("G", "k", "Enter")
        screen.shows("on how many cores?")
        screen.keys("Enter")
        screen.shows("Not submitted", "writes to", "Let it run after that job? (y/n)")
        screen.keys("y")
        screen.shows("Job 2 submitted")
        box.open_gate("begin")
    box.wait_state(first, *FINAL)
    box.wait_state(2, *FINAL)


@test
def what_is_refused_can_be_forced(box):
    with open(box.silicon(), encoding="ascii") as file:
        text = file.read()
    box.write("si.in", text.replace("ecutwfc", "ecutwfx = 1\n  ecutwfc"))
    with Screen(box) as screen:
        begin(screen)
        screen.shows("Not submitted", "ecutwfx is no variable", "Run it all the same? (y/n)")
        screen.keys("Escape")
        screen.hides("Not submitted")
        equal(box.call("jobs.list")["total"], 0)
        screen.keys("Enter", "Enter")
        screen.shows("Run it all the same? (y/n)")
        screen.keys("y")
        screen.shows("Job 1 submitted", "✗ failed")


@test
def a_job_is_sent_to_a_cluster(box):
    box.silicon()
    SlurmSite(box)
    box.ok("cluster", "add", "slurm")
    with Screen(box) as screen:
        screen.shows("No jobs yet.")
        screen.keys("n")
        screen.shows("Quantum ESPRESSO")
        screen.keys("G", "Enter")
        screen.shows("Run si.in on how many cores? 1", "Tab on slurm")
        screen.keys("Tab")
        screen.shows("Run si.in on slurm with how many cores? 1", "Tab here")
        screen.keys("Tab")
        screen.shows("Run si.in on how many cores? 1")
        screen.keys("Tab", "Enter")
        screen.shows("Job 1 submitted", "✓ completed")
        screen.resize(150, 50)
        screen.shows("cluster       slurm, as job 1")
    equal((box.job(1)["cluster"], box.job(1)["cores"]), ("slurm", 1))


# Prints as pw.x does, when it may.
GATED = """#!/bin/sh
{first}
echo this is the second run
{then}
echo and this is its end
"""

# Asks pw.x to stop in the midst of its first SCF, however fast the machine is.
STOPPING = """#!/bin/sh
[ -e stopped ] && exec {pwx} "$@"
{pwx} "$@" & p=$!
until grep -q 'iteration #  3' si.out; do sleep 0.02; done
kill -STOP $p
: >stopped
: >tmp/si.EXIT
kill -CONT $p
wait $p
"""


@test
def a_run_goes_on_by_a_new_job_that_names_it(box):
    box.silicon(ecutwfc=18, k=8, conv_thr="1.0d-10\n  mixing_beta = 0.3")
    box.write("bin/pw.x", STOPPING.format(pwx=shutil.which("pw.x")), 0o755)
    box.env["PATH"] = f"{box.path('bin')}:{box.env['PATH']}"
    box.wait_state(box.submit("si.in"), *FINAL)
    with Screen(box) as screen:
        screen.shows("1 si")
        screen.keys("a")
        screen.shows("Job 1 goes on as a new job in its folder, with si.2.in, into", "si.2.out.", "Go on? (y/n)")
        screen.keys("n")
        screen.hides("(y/n)")
        equal(box.call("jobs.list")["total"], 1)
        equal(sorted(name for name in os.listdir(box.work) if name.startswith("si.2")), [])
        screen.keys("a")
        screen.shows("Go on? (y/n)")
        screen.keys("y")
        screen.shows("Job 2 goes on with the run of job 1", "✓ completed")
        screen.keys("Enter")
        screen.shows("2 si", "goes on with  job 1")
        screen.keys("Escape", "j", "Enter")
        screen.shows("1 si", "continued by  job 2")


@test
def what_an_earlier_run_left_makes_place_for_the_output_of_the_new_one(box):
    box.silicon()
    box.write("si.out", "".join(f"line {i} of the first run\n" for i in range(1000)))
    box.write("bin/pw.x", GATED.format(first=box.gate("begin"), then=box.gate("end")), 0o755)
    box.env["PATH"] = f"{box.path('bin')}:{box.env['PATH']}"
    job_id = box.submit("si.in", "--hold")
    with Screen(box, size=(150, 50)) as screen:
        screen.shows("line 999 of the first run")
        box.ok("release", str(job_id))
        screen.shows("● running", "Nothing yet.")
        screen.hides("of the first run")
        box.open_gate("begin")
        screen.shows("this is the second run")
        screen.keys("l")
        screen.shows("Output of 1 si", "this is the second run")
        box.open_gate("end")
        screen.shows("and this is its end")


@test
def an_output_that_has_changed_since_the_job_ended_says_so(box):
    box.silicon()
    job_id = box.submit("si.in")
    box.wait_state(job_id, *FINAL)
    with Screen(box, size=(150, 50)) as screen:
        screen.shows("JOB DONE")
        screen.hides("changed since")
    later = os.stat(box.path("si.out")).st_mtime + 3
    os.utime(box.path("si.out"), (later, later))
    with Screen(box, size=(150, 50)) as screen:
        screen.shows("JOB DONE", "changed since the job ended")
        screen.keys("l")
        screen.shows("Output of 1 si", "changed since the job ended")


@test
def what_cannot_go_on_says_why(box):
    box.silicon()
    box.wait_state(box.submit("si.in"), "completed")
    with Screen(box) as screen:
        screen.shows("✓ completed")
        screen.keys("a")
        screen.shows("It does not go on", "job 1 ")
        screen.keys("x")
        box.shell("sleep 600")
        screen.shows("● running")
        screen.keys("g", "a")
        screen.shows("Job 2 has not ended yet; there is nothing to go on with")


main()
