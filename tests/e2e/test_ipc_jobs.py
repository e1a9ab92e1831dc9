"""The cases of jobs: what they get from whom, and what they outlive."""

import os
import shutil
import subprocess

from support import FINAL, PROGRAM, check, equal, main, test, wait_until


@test
def case_28_a_starters_folder_that_is_removed_hinders_neither_server_nor_later_jobs(box):
    folder = box.path("gone")
    os.mkdir(folder)
    box.ok("ping", cwd=folder)
    pid = box.server_pid()
    shutil.rmtree(folder)
    job = box.shell("pwd")
    equal(box.wait_state(job, *FINAL)["state"], "completed")
    equal((box.call("jobs.log", {"id": job})["text"], box.server_pid()), (box.work + "\n", pid))


@test
def case_28_a_server_starts_from_a_folder_that_has_been_removed(box):
    started = subprocess.run(["sh", "-c", 'mkdir gone; cd gone; rmdir ../gone; "$0" ping', PROGRAM],
                             env=box.env, cwd=box.work, capture_output=True, text=True)
    equal((started.returncode, started.stderr), (0, ""))
    equal(box.wait_state(box.shell("pwd"), *FINAL)["state"], "completed")


@test
def case_29_each_job_finds_its_programs_on_the_path_of_its_own_submitter(box):
    box.ok("ping", env={"PATH": "/nowhere"})
    paths = []
    for name in ("one", "two"):
        box.write(f"{name}/tool", f"#!/bin/sh\necho {name}\n", 0o755)
        paths.append(f"{box.path(name)}:{box.env['PATH']}")
    jobs = [box.submit("--", "tool", env={"PATH": path}) for path in paths]
    for job, name in zip(jobs, ("one", "two")):
        equal(box.wait_state(job, *FINAL)["state"], "completed")
        equal(box.call("jobs.log", {"id": job})["text"], f"{name}\n")


@test
def case_39_a_job_outlives_its_killed_server_and_the_next_tells_its_exit_code(box):
    job = box.shell(box.gate() + "; echo done > finished; exit 7")
    box.wait_state(job, "running")
    box.kill_server()
    box.open_gate()
    wait_until(lambda: os.path.exists(box.path("finished")), "the job's end")
    check(box.server_pid() is None, "a server was there when it ended")
    ended = box.wait_state(job, *FINAL)
    equal((ended["state"], ended["exit_code"]), ("failed", 7))


main()
