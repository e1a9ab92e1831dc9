"""kill -9 of what copies the database and puts it back, before each of its changes in turn: there
is the old one or the new one, whole, and every job is in it."""

import glob
import os
import resource
import shutil
import signal
import sqlite3
import subprocess
import sys

from databases import beside, content, database, report, some_jobs, states, stop
from killing import killed_at
from support import check, contains, equal, main, test

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


NEWER = """
import os, sqlite3, sys
db = sqlite3.connect(sys.argv[1])
db.execute("PRAGMA wal_autocheckpoint = 0")
db.execute("UPDATE jobs SET note = 'only in the log'")
db.execute("CREATE TABLE more AS SELECT zeroblob(?) AS bytes", [int(sys.argv[2])])
db.execute("PRAGMA user_version = 4711")
db.commit()
os._exit(0)
"""


def notes_of(path):
    """What each job of a database says that a newer program has written; of a copy, for looking
    moves its log."""
    copy = path + ".look"
    for suffix in ("", "-wal"):
        if os.path.exists(path + suffix):
            shutil.copyfile(path + suffix, copy + suffix)
    with sqlite3.connect(copy) as db:
        version = db.execute("PRAGMA user_version").fetchone()[0]
        found = [row[0] for row in db.execute("SELECT note FROM jobs")] if version == 4711 else None
    db.close()
    for suffix in ("", "-wal", "-shm"):
        if os.path.exists(copy + suffix):
            os.unlink(copy + suffix)
    return found


@test
def what_is_only_in_the_log_of_a_database_that_cannot_be_joined_is_never_without_it(box):
    some_jobs(box, 2)
    box.ok("db", "backup", box.path("old.db"))
    stop(box)
    subprocess.run([sys.executable, "-c", NEWER, database(box), "0"], check=True)
    check(content(database(box) + "-wal"), "there is no log")
    restored = False
    for _ in each_moment(box, "--restore-db", box.path("old.db")):
        notes = notes_of(database(box))
        check(notes in (None, ["only in the log"] * 2), notes)
        restored = notes is None
    check(restored, "it was not restored in the end")
    aside, = glob.glob(database(box) + ".aside-*")
    equal(notes_of(aside), ["only in the log"] * 2)


@test
def a_log_that_cannot_be_moved_into_its_database_refuses_the_restore(box):
    some_jobs(box, 2)
    box.ok("db", "backup", box.path("old.db"))
    stop(box)
    size = os.path.getsize(database(box))
    subprocess.run([sys.executable, "-c", NEWER, database(box), str(4 * size)], check=True)

    def small_files():
        signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
        resource.setrlimit(resource.RLIMIT_FSIZE, (2 * size, 2 * size))
    done = subprocess.run([SERVER, "--db-path", database(box), "--restore-db", box.path("old.db")],
                          env=box.env, cwd=box.work, capture_output=True, text=True, check=False,
                          restore_signals=False, preexec_fn=small_files)
    check(done.returncode != 0, done)
    contains(done.stdout + done.stderr, "cannot be moved into")
    equal(notes_of(database(box)), ["only in the log"] * 2)
    equal([name for name in beside(box) if "aside" in name or "restoring" in name], [])
    box.ok("db", "restore", box.path("old.db"))
    equal(notes_of(database(box)), None)


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
