"""A list of jobs that is lost and begins anew: what the run folders tell is in it, and no number is given
out twice."""

import glob
import os
import time

from databases import content, database, put, report, runs, some_jobs, states, stop, type_in
from support import FINAL, check, contains, equal, main, test


@test
def without_any_copy_it_is_moved_away_and_the_list_begins_anew_without_mixing_jobs_up(box):
    box.shell("echo the old output")
    some_jobs(box, 1)
    box.kill_server()
    with open(database(box), "r+b") as file:
        file.write(b"spoilt")
    status, told = report(box)
    equal(status, 1)
    equal([way.split()[0] for way in told["ways"]], ["mv", "mv"])  # its log as well
    for way in told["ways"]:
        type_in(box, way)
    # Numbers go on behind the folders that are there, and what is in them is found again.
    job = box.shell("echo the new output")
    check(job > 2, job)
    box.wait_state(job, *FINAL)
    contains(box.ok("log", "1").out, "the old output")
    check(states(box)[1] in ("lost", "completed"), states(box))
    check(os.path.exists(database(box) + ".damaged"), "the old one is gone")


def records(box, number, command, directory, started_at):
    """What a job that ended well leaves in its run folder until a server has seen that."""
    folder = runs(box, str(number))
    os.makedirs(folder)
    put(os.path.join(folder, "lock"), b"")
    put(os.path.join(folder, "output"), b"the old output\n")
    put(os.path.join(folder, "started"), (
        f"pid=4711\njob_pid=4712\nstarted_at={started_at}\ndirectory={directory}\noutput=output\n"
        f"command={command}\n").encode())
    put(os.path.join(folder, "exit"),
        f"exit_code=0\nstarted_at={started_at}\nfinished_at={started_at + 1}\n".encode())


def lose_the_list(box):
    stop(box)
    for path in glob.glob(database(box) + "*"):
        os.unlink(path)


@test
def a_run_folder_that_cannot_be_read_is_passed_over_and_its_number_with_it(box):
    box.shell("echo the old output")
    some_jobs(box, 1)
    lose_the_list(box)
    os.makedirs(runs(box, "2", "lock"))
    equal(set(states(box)), {1})
    contains(box.ok("server", "logs").out, "cannot be read, 2 the first of them: their jobs are not in the list")
    equal(box.shell("echo the new output"), 3)


@test
def the_records_of_another_job_are_not_taken_for_those_of_a_new_one(box):
    some_jobs(box, 1)
    soon = (int(time.time()) + 3600) * 1000
    script = f"touch {box.path('ran')}"
    records(box, 2, f"sh -c {script}", box.work, 1700000000000)
    records(box, 3, "pw.x -in si.in", box.work, soon)
    records(box, 4, f"sh -c {script}", "/calc", soon)
    for number in (2, 3, 4):
        equal(box.shell(script), number)
        job = box.wait_state(number, *FINAL)
        equal(job["state"], "failed", job)
        contains(job["reason"], f"{runs(box, str(number))} holds the records of another job")
        check(os.path.exists(runs(box, str(number), "exit")), "the records are gone")
    # Its own, of a server that was killed.
    records(box, 5, f"sh -c {script}", box.work, soon)
    equal(box.shell(script), 5)
    equal(box.wait_state(5, *FINAL)["state"], "completed")
    check(not os.path.exists(box.path("ran")), "a job ran twice")


@test
def a_log_without_its_database_is_not_mixed_into_a_new_one(box):
    some_jobs(box)
    box.kill_server()
    kept = content(database(box))
    os.unlink(database(box))
    result = box.cli("jobs")
    equal(result.status, 1)
    contains(result.err, f"{database(box)} is gone, and {database(box)}-wal is there")
    equal(report(box)[0], 1)
    put(database(box), kept)
    equal(len(states(box)), 3)


main()
