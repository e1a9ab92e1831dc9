"""Jobs whose supervisor, server or machine dies under them, and those that run into their time limit."""

import json
import os
import shutil
import signal
import time

from servers import SERVER
from support import (FINAL, PROGRAM, PSEUDO, Skip, check, contains, equal, is_running, main, test,
                     wait_until)


def finish(box, job):
    return box.wait_state(job, *FINAL)


def supervisor_of(pid):
    with open(f"/proc/{pid}/stat", encoding="ascii", errors="replace") as file:
        return int(file.read().rpartition(")")[2].split()[1])


def start_on_all_cores(box):
    """A job that leaves no room for another one, the pids of its two processes, and its supervisor."""
    cores = str(box.call("system.status")["cores"])
    job = box.shell("setsid sleep 1000 & echo $! > new; echo $$ >> new; mv new pids; wait", "--cores", cores)
    wait_until(lambda: os.path.exists(box.path("pids")), "the job's pids")
    pids = [int(pid) for pid in box.read("pids").split()]
    return job, pids, supervisor_of(pids[1])


def is_lost_and_its_place_is_free(box, job, pids):
    ended = finish(box, job)
    equal(ended["state"], "lost")
    contains(ended["reason"], "supervisor")
    for pid in pids:
        wait_until(lambda: not is_running(pid), f"the end of process {pid}")
    cores = str(box.call("system.status")["cores"])
    equal(finish(box, box.shell("exit 0", "--cores", cores))["state"], "completed")


@test
def a_killed_supervisor_frees_the_place_of_its_job(box):
    job, pids, supervisor = start_on_all_cores(box)
    os.kill(supervisor, signal.SIGKILL)
    is_lost_and_its_place_is_free(box, job, pids)


@test
def supervisor_and_server_killed_at_once_leave_nothing(box):
    job, pids, supervisor = start_on_all_cores(box)
    server = box.server_pid()
    os.kill(supervisor, signal.SIGKILL)
    os.kill(server, signal.SIGKILL)
    wait_until(lambda: not is_running(server), "the end of the server")
    is_lost_and_its_place_is_free(box, job, pids)


@test
def after_the_machines_end_jobs_that_ran_are_lost_and_those_that_waited_run_once(box):
    job, pids, supervisor = start_on_all_cores(box)
    cores = str(box.call("system.status")["cores"])
    waiting = box.shell("echo run >> ran", "--cores", cores)
    equal(box.job(waiting)["state"], "queued")
    server = box.server_pid()
    for pid in [server, supervisor, *pids]:  # the server first, or it would see the rest
        os.kill(pid, signal.SIGKILL)
    for pid in [server, supervisor, *pids]:
        wait_until(lambda: not is_running(pid), f"the end of process {pid}")
    equal(finish(box, job)["state"], "lost")
    equal(finish(box, waiting)["state"], "completed")
    equal(box.read("ran"), "run\n")


@test
def a_job_that_runs_into_its_limit_has_failed_and_says_so(box):
    job = box.shell("sleep 1000", "--time", "1s")
    ended = finish(box, job)
    equal(ended["state"], "failed")
    contains(ended["reason"], "ran into its time limit of 0:00:01")
    contains(ended["reason"], "--time")


@test
def a_limit_holds_while_no_server_runs(box):
    job = box.shell("echo $$ > new; mv new pid; exec sleep 1000", "--time", "3s")
    wait_until(lambda: os.path.exists(box.path("pid")), "the job's pid")
    box.kill_server()
    wait_until(lambda: not is_running(int(box.read("pid"))), "the end of the job")
    contains(finish(box, job)["reason"], "ran into its time limit of 0:00:03")


@test
def a_cancelled_parallel_calculation_leaves_no_process(box):
    if not shutil.which("mpirun") or not os.path.exists(f"{PSEUDO}/Si.pz-vbc.UPF"):
        raise Skip("mpirun or the pseudopotentials are not installed")
    box.silicon(k=12, ecutwfc=60, conv_thr="1.0d-30", maxstep=10000)
    job = box.submit("--", "mpirun", "-np", "2", "--oversubscribe", "pw.x", "-in", "si.in")
    wait_until(lambda: "iteration #" in box.call("jobs.log", {"id": job})["text"], "the first iteration")
    before = box.of_jobs()
    check(len(before) >= 3, before)
    box.ok("cancel", str(job))
    equal(finish(box, job)["state"], "cancelled")
    for pid in before:
        wait_until(lambda: not is_running(pid), f"the end of process {pid}")


@test
def show_says_why_a_run_could_not_start_and_no_retry_is_wasted_on_it(box):
    os.mkdir(box.path("gone"))
    script = box.write("job.sh", "#!/bin/sh\n", 0o755)
    jobs = {
        box.submit("--hold", "--retries", "3", "--", "true", cwd=box.path("gone")):
            f"cannot enter the job's folder {box.path('gone')}: No such file or directory",
        box.submit("--hold", "--retries", "3", "--", script):
            f"cannot run {script}: Permission denied; is it a program, and executable (chmod +x)?",
    }
    os.rmdir(box.path("gone"))
    os.chmod(script, 0o644)
    for job, words in jobs.items():
        box.ok("release", str(job))
        ended = finish(box, job)
        equal((ended["state"], ended["exit_code"], ended["attempt"], ended["reason"]),
              ("failed", None, 1, words))
        contains(box.ok("show", str(job)).out, words)


@test
def a_start_that_comes_to_nothing_is_repeated_at_once_and_then_after_pauses(box):
    stub = box.write("supervisor", "#!/bin/sh\n", 0o755)
    job = box.submit("--", "true", env={"CRYSTALMATH_SUPERVISOR": stub})
    wait_until(lambda: "came to nothing" in box.ok("show", str(job)).out, "its start")
    time.sleep(2)
    with open(box.log, encoding="utf-8") as log:
        equal(log.read().count("came to nothing"), 2)
    contains(box.ok("show", str(job)).out, "its start came to nothing; ")
    os.unlink(stub)
    os.symlink(os.environ["CRYSTALMATH_SUPERVISOR"], stub)
    equal(finish(box, job)["state"], "completed")


def a_job_that_starts_the_server(box, first="true"):
    """Two jobs and a server. The first job started the server, which started the second one."""
    outer = box.shell(f"{first}; echo $$ > new; mv new pid; {box.gate('dead')}; "
                      f"{PROGRAM} submit -- sh -c \"{box.gate('inner')}\" > number; {box.gate('outer')}")
    wait_until(lambda: os.path.exists(box.path("pid")), "the job's pid")
    box.kill_server()
    box.open_gate("dead")
    wait_until(lambda: os.path.exists(box.path("number")) and box.read("number"), "the job's own job")
    inner = int(box.read("number"))
    box.wait_state(inner, "running")
    server = box.server_pid()
    supervisor = supervisor_of(int(box.read("pid")))
    equal(supervisor_of(server), supervisor)
    return outer, inner, server, supervisor


def both_go_on(box, inner, server):
    equal(box.server_pid(), server)
    equal(box.job(inner)["state"], "running")
    box.open_gate("inner")
    equal(finish(box, inner)["state"], "completed")


@test
def a_server_that_a_job_started_outlives_it_and_so_do_the_jobs_of_that_server(box):
    outer, inner, server, supervisor = a_job_that_starts_the_server(box)
    box.open_gate("outer")
    equal(finish(box, outer)["state"], "completed")
    wait_until(lambda: not is_running(supervisor), "the end of the job's supervisor")
    both_go_on(box, inner, server)


@test
def a_cancelled_job_leaves_the_server_that_it_started_and_nothing_of_its_own(box):
    own = ("sleep 1001 & echo $! >> own; setsid sleep 1002 & echo $! >> own; "
           "setsid env -i sleep 1003 & echo $! >> own")
    outer, inner, server, supervisor = a_job_that_starts_the_server(box, own)
    box.ok("cancel", str(outer))
    equal(finish(box, outer)["state"], "cancelled")
    for pid in map(int, [box.read("pid"), *box.read("own").split()]):
        check(not is_running(pid), pid)
    wait_until(lambda: not is_running(supervisor), "the end of the job's supervisor")
    both_go_on(box, inner, server)


@test
def what_a_killed_supervisor_left_is_not_the_server_that_its_job_started(box):
    outer, inner, server, supervisor = a_job_that_starts_the_server(box)
    os.kill(supervisor, signal.SIGKILL)
    equal(finish(box, outer)["state"], "lost")
    wait_until(lambda: not is_running(int(box.read("pid"))), "the end of the job")
    both_go_on(box, inner, server)


@test
def a_server_in_the_foreground_is_its_jobs_own_and_ends_with_it(box):
    for folder in ("state", "run"):
        os.mkdir(box.path(folder), 0o700)
    job = box.shell(f"export XDG_STATE_HOME={box.path('state')} XDG_RUNTIME_DIR={box.path('run')}; "
                    f"setsid {SERVER} --foreground & "
                    f"{PROGRAM} submit -- sh -c 'echo $$ > new; mv new inner; exec sleep 1000'; "
                    f"{PROGRAM} server status --json > status; mv status told; wait")
    wait_until(lambda: os.path.exists(box.path("inner")) and os.path.exists(box.path("told")), "both")
    pids = [json.loads(box.read("told"))["pid"], int(box.read("inner"))]
    box.ok("cancel", str(job))
    equal(finish(box, job)["state"], "cancelled")
    for pid in pids:
        check(not is_running(pid), pid)


@test
def a_job_that_a_job_submitted_does_not_end_with_it(box):
    # Longer than what the starter takes, so that its supervisor is given its environment itself.
    long = "x" * 100000
    outer = box.shell(f"LONG={long} {PROGRAM} submit -- sh -c 'echo $$ > new; mv new inner; {box.gate()}' "
                      "> number; echo $$ > new.outer; mv new.outer outer; sleep 1000")
    for name in ("inner", "outer"):
        wait_until(lambda: os.path.exists(box.path(name)), f"the {name} job's pid")
    inner = int(box.read("number"))
    os.kill(supervisor_of(int(box.read("outer"))), signal.SIGKILL)
    equal(finish(box, outer)["state"], "lost")
    check(is_running(supervisor_of(int(box.read("inner")))), "its supervisor is gone")
    box.open_gate()
    equal(finish(box, inner)["state"], "completed")


main()
