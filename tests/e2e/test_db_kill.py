"""kill -9 of what copies the database and puts it back, before each of its changes in turn: there
is the old one or the new one, whole, and every job is in it."""

import glob
import os
import shutil

from databases import content, database, report, some_jobs, states, stop
from killing import killed_at
from support import check, equal, main, test

SERVER = os.environ.get("CRYSTALMATH_SERVER", "")
LOOK_EVERY = 5  # in how many rounds a server takes up what is there
ROUNDS_MAX = 1000


def copy_state(source, target):
    """Without what run folders that are over have left for the next: fifos cannot be copied."""
    shutil.copytree(source, target, ignore=shutil.ignore_patterns("spare"))


def each_moment(box, *options, before=lambda: None):
    """Kill the program that does this at each moment in turn, from the same beginning, until it
    comes to its end. Yields the round's number."""
    kept = os.path.join(box.root, "kept")
    copy_state(box.state, kept)
    for n in range(1, ROUNDS_MAX):
        shutil.rmtree(box.state)
        copy_state(kept, box.state)
        before()
        killed = killed_at(n, [SERVER, "--db-path", database(box), *options], box.env, box.work)
        yield n
        if not killed:
            check(n > 3, f"only {n} moments")
            return
    check(False, f"it does not come to its end within {ROUNDS_MAX} changes")


def is_whole(file, box, jobs, n):
    status, told = report(box, *file)
    equal((status, told["trouble"], told["jobs"]), (0, "none", jobs), f"before change {n}: {told}")


@test
def a_restore_that_is_killed_leaves_a_whole_list_with_every_job(box):
    some_jobs(box, 2)
    held = box.submit("--hold", "--", "true")
    box.ok("db", "backup", box.path("old.db"))
    box.ok("cancel", str(held))
    some_jobs(box, 1)
    expected = states(box)
    equal(len(expected), 4)
    box.kill_server()  # so that the last changes are in the log beside the database
    check(content(database(box) + "-wal"), "there is no log")
    for n in each_moment(box, "--restore-db", box.path("old.db")):
        is_whole([], box, 4, n)
        if n % LOOK_EVERY == 0:
            equal(states(box), expected, f"before change {n}")
            stop(box)
            equal(glob.glob(database(box) + ".restoring*"), [])
    equal(states(box), expected)


@test
def a_copy_that_is_killed_is_there_and_whole_or_not_there(box):
    some_jobs(box, 2)
    stop(box)
    copy = box.path("copy.db")
    for n in each_moment(box, "--backup-db", copy):
        if os.path.exists(copy):
            is_whole([copy], box, 2, n)
            os.unlink(copy)
    is_whole([], box, 2, "none")


@test
def a_copy_that_takes_the_place_of_another_is_at_any_moment_one_of_the_two(box):
    some_jobs(box, 1)
    older, copy = box.path("older.db"), box.path("copy.db")
    box.ok("db", "backup", older)
    some_jobs(box, 1)
    stop(box)
    kept = content(older)
    for n in each_moment(box, "--backup-db", copy, "--replace",
                         before=lambda: shutil.copyfile(older, copy)):
        if content(copy) != kept:
            is_whole([copy], box, 2, n)
    check(content(copy) != kept, "it was not replaced in the end")


main()
