"""[notify] command: run when jobs end, with the job on its standard input."""

import json
import os
import shutil

from support import check, contains, equal, is_running, lacks, main, test, wait_until


def configure(box, command, more=""):
    path = os.path.join(box.home, ".config/crystalmath/config.ini")
    os.makedirs(os.path.dirname(path), exist_ok=True)
    with open(path, "w", encoding="utf-8") as file:
        file.write(f"[notify]\ncommand = {command}\n{more}\n")


def told(box):
    """What commands wrote into files of the folder `told`, by name."""
    folder = os.path.join(box.root, "told")
    os.makedirs(folder, exist_ok=True)
    out = {}
    for name in os.listdir(folder):
        if not name.endswith(".part"):
            with open(os.path.join(folder, name), encoding="utf-8") as file:
                out[name] = file.read()
    return out


def keeps(box):
    """A command that keeps its input as told/ID-STATE."""
    told(box)
    name = f"{box.root}/told/$CRYSTALMATH_JOB-$CRYSTALMATH_STATE"
    return f'cat > "{name}.part" ; mv "{name}.part" "{name}"'


def logged(box, part):
    def has():
        with open(box.log, encoding="utf-8") as file:
            return part in file.read()
    wait_until(has, f"{part!r} in the log")


@test
def the_command_gets_the_job_as_jobs_get_tells_it(box):
    configure(box, keeps(box))
    job = box.shell("exit 3")
    box.wait_state(job, "failed")
    wait_until(lambda: f"{job}-failed" in told(box), "the command")
    equal(json.loads(told(box)[f"{job}-failed"]), box.job(job))


@test
def only_chosen_ends_are_told(box):
    configure(box, keeps(box), "on = cancelled, completed")
    failed, done = box.shell("exit 1"), box.shell("true")
    sleeper = box.shell("sleep 1000")
    box.wait_state(failed, "failed")
    box.wait_state(sleeper, "running")
    box.ok("cancel", str(sleeper))
    wait_until(lambda: set(told(box)) == {f"{done}-completed", f"{sleeper}-cancelled"},
               "both commands")


@test
def a_calculation_that_did_not_converge_is_told_as_that(box):
    configure(box, keeps(box), "on = not_converged")
    good = box.submit(box.silicon("good.in"))
    box.wait_state(good, "completed", "failed")
    # A site's wrapper around pw.x, which loses its exit status.
    box.write("bin/pw.x", f'#!/bin/sh\n{shutil.which("pw.x")} "$@"\nexit 0\n', 0o755)
    bad = box.submit(box.silicon("bad.in", maxstep=2),
                     env={"PATH": f"{box.path('bin')}:{box.env['PATH']}"})
    equal(box.wait_state(bad, "completed", "failed")["state"], "completed")
    wait_until(lambda: set(told(box)) == {f"{bad}-not_converged"}, "the command")


@test
def no_name_of_a_job_reaches_the_shell(box):
    configure(box, keeps(box), "on = completed")
    name = f"'; touch {box.root}/hit; $(touch {box.root}/hit) \"`touch {box.root}/hit`\n"
    job = box.submit("--name", name, "--", "true")
    wait_until(lambda: f"{job}-completed" in told(box), "the command")
    equal(json.loads(told(box)[f"{job}-completed"])["name"], box.job(job)["name"])
    check(not os.path.exists(f"{box.root}/hit"), "the shell saw the name")


@test
def the_command_runs_where_the_job_did_or_at_home(box):
    configure(box, f'pwd > {box.root}/where-$CRYSTALMATH_JOB', "on = completed")
    gone = box.path("gone")
    os.mkdir(gone)
    here = box.shell("true")
    there = box.submit("--", "sh", "-c", f"rmdir '{gone}'", cwd=gone)
    for job, folder in ((here, box.work), (there, box.home)):
        path = f"{box.root}/where-{job}"
        wait_until(lambda: os.path.exists(path) and os.path.getsize(path), "the command")
        with open(path, encoding="utf-8") as file:
            equal(file.read(), folder + "\n")


@test
def what_it_prints_and_how_it_fails_is_logged(box):
    configure(box, "echo one; echo two >&2; exit 7", "on = completed")
    job = box.shell("true")
    logged(box, f"notify command for job {job}: one")
    logged(box, f"notify command for job {job}: two")
    logged(box, f"the notify command for job {job} failed with exit status 7")


@test
def one_that_takes_too_long_is_killed_and_the_server_never_waits(box):
    pids = f"{box.root}/pids"
    configure(box, f"sleep 1000 & echo $! $$ >> {pids}; wait", "on = completed\ntime_limit = 1")
    job = box.shell("true")
    box.wait_state(job, "completed")
    box.ok("ping")
    logged(box, f"the notify command for job {job} was killed: it took longer than 1 s")
    with open(pids, encoding="utf-8") as file:
        for pid in file.read().split():
            wait_until(lambda: not is_running(int(pid)), f"the end of {pid}")


@test
def a_command_that_reads_nothing_and_prints_without_end_does_no_harm(box):
    configure(box, "yes", "on = completed\ntime_limit = 1")
    job = box.shell("true")
    logged(box, f"the notify command for job {job} was killed")
    box.ok("ping")
    check(os.path.getsize(box.log) < 1 << 20, "the log has all of it")


@test
def many_ends_are_all_told_a_few_at_a_time(box):
    configure(box, keeps(box), "on = completed")
    jobs = [box.shell("true") for _ in range(20)]
    wait_until(lambda: set(told(box)) == {f"{job}-completed" for job in jobs}, "all commands")


@test
def what_was_told_is_not_told_again_by_the_next_server(box):
    configure(box, f"echo x >> {box.root}/count", "on = completed")
    box.shell("true")
    wait_until(lambda: os.path.exists(f"{box.root}/count"), "the command")
    box.ok("server", "restart")
    box.wait_state(box.shell("true"), "completed")

    def count():
        with open(f"{box.root}/count", encoding="utf-8") as file:
            return len(file.read().split())
    wait_until(lambda: count() == 2, "the second command")
    equal(count(), 2)


@test
def an_end_that_no_server_saw_is_told_by_the_next(box):
    configure(box, keeps(box), "on = completed")
    job = box.shell(box.gate())
    box.wait_state(job, "running")
    box.kill_server()
    box.open_gate()
    box.wait_state(job, "completed")
    wait_until(lambda: f"{job}-completed" in told(box), "the command")


@test
def without_a_command_nothing_is_run(box):
    box.wait_state(box.shell("true"), "completed")
    with open(box.log, encoding="utf-8") as file:
        lacks(file.read(), "notify")
    contains(box.ok("config").out, "notify.command\t\tdefault")


main()
