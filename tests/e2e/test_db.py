"""The database as a file: whatever is wrong with it is said in words, nothing of it is overwritten,
there is a way out in what is told to type, and a copy that is put back makes no job run twice."""

import glob
import os
import re
import shutil
import sqlite3
import subprocess
import threading

from databases import beside, content, database, put, report, runs, some_jobs, states, stop, type_in
from servers import script
from support import (FINAL, Skip, check, contains, equal, main, matches, test,
                     wait_until)


def lines(box):
    """What the jobs of `counting` have written, one line for each run."""
    try:
        return box.read("lines").split()
    except FileNotFoundError:
        return []


def counting(box, word, *options):
    """A job whose runs can be counted."""
    return box.shell(f"echo {word} >>{box.path('lines')}", *options)


# ---- check ----


@test
def check_says_whole_with_the_server_running_or_not_and_starts_none(box):
    result = box.ok("db", "check")
    contains(result.out, "is not there yet")
    some_jobs(box)
    before = box.server_pid()
    result = box.ok("db", "check")
    contains(result.out, f"{database(box)} is whole.")
    contains(result.out, "jobs      3, 0 of them not at their end")
    equal(box.server_pid(), before)
    equal(glob.glob(database(box) + ".check*"), [])
    stop(box)
    equal(box.ok("db", "check").out.replace("\n", " ").split(" copies")[0],
          result.out.replace("\n", " ").split(" copies")[0])
    equal(box.server_pid(), None)
    status, told = report(box)
    equal((status, told["trouble"], told["what"], told["jobs"], told["ways"]), (0, "none", None, 3, []))


@test
def check_of_a_file_tells_whether_a_copy_is_good(box):
    some_jobs(box, 1)
    copy = box.path("copy with 'quotes' and spaces.db")
    box.ok("db", "backup", copy)
    contains(box.ok("db", "check", copy).out, "is whole")
    put(copy, content(copy)[:5000])
    result = box.cli("db", "check", copy)
    equal(result.status, 1)
    contains(result.out, "it is cut short: 5000 of its")
    contains(box.ok("db", "check").out, f"{database(box)} is whole")


@test
def a_log_left_by_a_killed_server_is_told_and_taken_up(box):
    some_jobs(box)
    box.kill_server()
    before = content(database(box) + "-wal")
    check(before, "there is no log")
    result = box.ok("db", "check")
    contains(result.out, "is whole")
    contains(result.out, "jobs      3")
    contains(result.out, f"waiting   {len(before)} bytes")
    equal(content(database(box) + "-wal"), before)
    equal(len(states(box)), 3)


@test
def wrong_words_are_a_usage_error(box):
    for args, part in [(["chek"], "did you mean 'check'"), (["restore"], "takes the copy"),
                       (["check", "--replace"], "--replace goes with db backup"), ([], "")]:
        result = box.cli("db", *args)
        equal(result.status, 2, args)
        contains(result.err, part)


# ---- backup ----


@test
def a_copy_is_of_one_moment_while_jobs_are_submitted_and_ended(box):
    some_jobs(box, 1)
    go_on = threading.Event()

    def submit():
        wire = box.connect()
        while not go_on.is_set():
            check("result" in wire.call("jobs.submit", {
                "command": ["true"], "directory": box.work, "environment": {"PATH": "/bin:/usr/bin"}}),
                "a submission failed")
        wire.close()

    submitting = threading.Thread(target=submit)
    submitting.start()
    try:
        for i in range(3):
            before = box.call("system.status")["jobs"]["total"]
            box.ok("db", "backup", box.path(f"copy-{i}.db"))
            after = box.call("system.status")["jobs"]["total"]
            status, told = report(box, box.path(f"copy-{i}.db"))
            equal((status, told["trouble"]), (0, "none"), told)
            check(before <= told["jobs"] <= after, (before, told["jobs"], after))
            equal(os.stat(box.path(f"copy-{i}.db")).st_mode & 0o777, 0o600)
    finally:
        go_on.set()
        submitting.join()


@test
def a_copy_replaces_nothing_unless_asked_and_never_the_database(box):
    some_jobs(box, 1)
    for idle in (False, True):
        if idle:
            stop(box)
        mine = box.write("mine", "mine")
        result = box.cli("db", "backup", mine)
        equal((result.status, box.read("mine")), (1, "mine"))
        contains(result.err, "is there already and was left as it is")
        for path in (database(box), database(box) + ".lock"):
            result = box.cli("db", "backup", "--replace", path)
            equal(result.status, 1)
            contains(result.err, "is the database, or belongs to it")
        box.ok("db", "backup", "--replace", mine)
        equal(report(box, mine)[1]["jobs"], 1)
        result = box.cli("db", "backup", box.path("nowhere", "copy"))
        equal(result.status, 1)
        contains(result.err, "check that its folder exists")
    equal(states(box), {1: "completed"})


@test
def without_a_name_the_copy_lies_beside_the_database_and_is_found_again(box):
    some_jobs(box, 1)
    out = box.ok("db", "backup").out
    path = re.search(r"copied to (.*)", out).group(1)
    equal(os.path.dirname(path), os.path.dirname(database(box)))
    stop(box)
    equal(report(box)[1]["copies"], [path])
    told = box.ok("db", "backup", "--json").json()
    equal(told["database"], database(box))
    equal(sorted(report(box)[1]["copies"]), sorted([path, told["path"]]))
    equal(glob.glob(f"{database(box)}*.part*"), [])


@test
def a_copy_can_be_made_of_a_database_that_was_deleted_under_its_server(box):
    some_jobs(box)
    os.unlink(database(box))
    result = box.cli("db", "check")
    equal(result.status, 1)
    contains(result.out, "was taken away from the server")
    box.ok("db", "backup", box.path("saved.db"))
    equal(report(box, box.path("saved.db"))[1]["jobs"], 3)
    box.ok("db", "restore", box.path("saved.db"))
    equal(len(states(box)), 3)
    contains(box.ok("db", "check").out, "is whole")


# ---- what may be wrong ----


def refuses(box, part):
    """No command works, each says so, and the database is not touched."""
    path = database(box)
    before = content(path) if os.path.isfile(path) else None
    for words in (["jobs"], ["submit", "--", "true"], ["server", "start"]):
        result = box.cli(*words)
        equal((result.status, result.out), (1, ""), words)
        equal(result.err.count(part), 1, result)
        contains(result.err, path)
    equal(content(path) if before is not None else None, before)
    equal(box.server_pid(), None)


def damages(whole):
    page = int.from_bytes(whole[16:18], "big")
    return {
        "the header": (b"garbage!" * 2 + whole[16:], "does not begin as a database does"),
        "the first page": (whole[:100] + bytes(page - 100) + whole[page:], "damaged"),
        "nothing left": (b"", "it is empty"),
        "cut short": (whole[:len(whole) // 2 // page * page], "it is cut short"),
        "cut within a page": (whole[:len(whole) // 2 + 77], "it is cut short"),
        "a text": (b"Dear diary,\n" * 1000, "a text, no database"),
        "zeroes": (bytes(len(whole)), "does not begin as a database does"),
    }


@test
def whatever_the_damage_it_is_said_and_the_copy_that_is_named_mends_it(box):
    some_jobs(box)
    box.ok("db", "backup")
    stop(box)
    whole = content(database(box))
    for name, (data, part) in damages(whole).items():
        put(database(box), data)
        status, told = report(box)
        equal(status, 1, name)
        contains(told["what"], part)
        refuses(box, "`crystalmath db check`")
        way = told["ways"][0]
        contains(way, f"crystalmath db restore {told['copies'][0]}")
        type_in(box, way)
        equal(states(box), {1: "completed", 2: "failed", 3: "failed"}, name)
        aside = max(glob.glob(database(box) + ".aside-*"), key=lambda path: os.stat(path).st_ino)
        check(data in [content(path) for path in glob.glob(database(box) + ".aside-*")],
              f"{name}: what was there is not kept in {aside}")
        stop(box)


@test
def a_page_in_the_middle_is_found_by_check_also_under_a_running_server(box):
    some_jobs(box, 10)
    box.ok("db", "backup")
    stop(box)
    whole = content(database(box))
    page = int.from_bytes(whole[16:18], "big")
    found = 0
    for at in range(page, len(whole), page):
        put(database(box), whole[:at] + bytes(page) + whole[at + page:])
        status, told = report(box)
        equal((status, told["trouble"]), (1, "damaged"), f"page {at // page + 1}")
        found += 1
    check(found > 10, f"only {found} pages")
    # The last one, under a server that does not need it to start.
    if box.cli("ping").status == 0:
        result = box.cli("db", "check")
        equal(result.status, 1)
        contains(result.out, "damaged")
    type_in(box, re.search(r"^ *(crystalmath db restore .*)", report_idle(box), re.M).group(1))
    contains(box.ok("db", "check").out, "is whole")
    equal(len(states(box)), 10)


def report_idle(box):
    stop(box)
    return box.cli("db", "check").out


@test
def a_newer_database_is_left_alone_and_an_older_copy_can_take_its_place(box):
    some_jobs(box)
    box.ok("db", "backup")
    stop(box)
    with sqlite3.connect(database(box)) as db:
        db.execute("PRAGMA user_version = 4711")
    db.close()
    refuses(box, "written by a newer CrystalMath (format 4711)")
    status, told = report(box)
    equal((status, told["trouble"], told["format"]), (1, "newer", 4711))
    type_in(box, told["ways"][-1])
    equal(len(states(box)), 3)
    aside, = glob.glob(database(box) + ".aside-*")
    equal(report(box, aside)[1]["format"], 4711)


@test
def a_database_of_another_program_is_left_alone(box):
    os.makedirs(os.path.dirname(database(box)), 0o700)
    with sqlite3.connect(database(box)) as db:
        db.execute("CREATE TABLE recipes (name)")
    db.close()
    refuses(box, "`crystalmath db check`")
    status, told = report(box)
    equal((status, told["trouble"]), (1, "foreign"))
    for way in told["ways"]:
        type_in(box, way)
    equal(states(box), {})


@test
def a_database_that_another_program_has_open_is_said_to_be(box):
    some_jobs(box)
    stop(box)
    other = sqlite3.connect(database(box), isolation_level=None)
    try:
        other.execute("PRAGMA locking_mode = EXCLUSIVE")
        other.execute("BEGIN EXCLUSIVE")
        refuses_busy = box.cli("jobs")
        equal(refuses_busy.status, 1)
        contains(refuses_busy.err, "is open in another program; close that program")
        status, told = report(box)
        equal((status, told["trouble"]), (1, "locked"))
        result = box.cli("db", "backup", box.path("copy"))
        equal(result.status, 1)
        contains(result.err, "locked")
        check(not os.path.exists(box.path("copy")), "a copy was made of it")
    finally:
        other.close()
    equal(len(states(box)), 3)


@test
def no_other_program_gets_at_the_database_of_a_running_server(box):
    some_jobs(box)
    other = sqlite3.connect(database(box), isolation_level=None, timeout=0)
    try:
        for words in ("BEGIN EXCLUSIVE", "BEGIN IMMEDIATE", "DELETE FROM job", "SELECT * FROM job"):
            try:
                other.execute(words).fetchall()
                check(False, f"{words} was let in")
            except sqlite3.OperationalError as error:
                contains(str(error), "locked")
        box.submit("--", "true")
    finally:
        other.close()
    equal(len(states(box)), 4)
    stop(box)
    equal(report(box)[0], 0)


class ReadOnly:
    """A mount namespace in which the state folder may only be read."""

    def __init__(self, box):
        for options in (["--mount"], ["--user", "--map-root-user", "--mount"]):
            self.holder = subprocess.Popen(
                ["unshare", *options, "sh", "-c",
                 'mount --bind "$0" "$0" && mount -o remount,bind,ro "$0" && echo ok && '
                 "exec sleep infinity", box.state],
                env=box.env, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE,
                stderr=subprocess.DEVNULL)
            box.started.append(self.holder)
            if self.holder.stdout.readline() == b"ok\n":
                user = ["--user", "--preserve-credentials"] if "--user" in options else []
                prefix = ["nsenter", f"--target={self.holder.pid}", "--mount", *user]
                self.env = script(box, f'exec {" ".join(prefix)} "$REAL" "$@"')
                return
            self.holder.wait()
        raise Skip("this kernel gives us no mount namespace")


@test
def a_database_that_may_only_be_read_is_named_and_can_be_copied(box):
    some_jobs(box)
    stop(box)
    closed = ReadOnly(box).env
    before = content(database(box))
    result = box.cli("jobs", env=closed)
    equal(result.status, 1)
    matches(result.err, r"(?i)read-only|may only be read")
    result = box.cli("db", "check", env=closed)
    equal(result.status, 1)
    contains(result.out, "may only be read")
    contains(result.out, f"findmnt -T {database(box)}")
    contains(result.out, "jobs      3")
    box.ok("db", "backup", box.path("copy.db"), env=closed)
    equal(report(box, box.path("copy.db"))[1]["jobs"], 3)
    equal(content(database(box)), before)
    equal(len(states(box)), 3)


# ---- restore ----


@test
def a_job_that_ran_after_the_copy_was_made_does_not_run_again(box):
    counting(box, "first")
    waiting = counting(box, "second", "--hold")
    box.wait_state(1, *FINAL)
    box.ok("db", "backup", box.path("old.db"))
    box.ok("release", str(waiting))
    box.wait_state(waiting, *FINAL)
    later = counting(box, "third")
    box.wait_state(later, *FINAL)
    told = box.ok("db", "restore", box.path("old.db"), "--json").json()
    equal((told["added"], told["held"], told["lost"], told["joined"]), (1, [], [], True))
    equal(states(box), {1: "completed", waiting: "completed", later: "completed"})
    equal(box.job(later)["command"][0], "sh")
    equal(box.submit("--wait", "--", "true"), later + 1)
    equal(lines(box), ["first", "second", "third"])


@test
def with_the_present_list_unreadable_what_may_have_run_is_held_for_a_person(box):
    for word in ("first", "second"):
        counting(box, word, "--hold")
    box.ok("db", "backup", box.path("old.db"))
    box.ok("release", "1")
    box.wait_state(1, *FINAL)
    shutil.rmtree(runs(box, "1"), ignore_errors=True)  # as a code's job leaves nothing there
    stop(box)
    put(database(box), b"no more")
    result = box.ok("db", "restore", box.path("old.db"))
    contains(result.out, "they are held: 1 2")
    contains(result.out, "crystalmath release 1 2")
    equal(states(box), {1: "held", 2: "held"})
    contains(box.job(1)["reason"], "it may have run since")
    contains(box.ok("show", "1").out, "crystalmath release 1")
    equal(lines(box), ["first"])
    box.ok("release", "2")
    box.wait_state(2, "completed")
    equal(lines(box), ["first", "second"])


@test
def run_folders_tell_what_the_copy_does_not_know(box):
    counting(box, "first", "--hold")
    box.ok("db", "backup", box.path("old.db"))
    box.ok("release", "1")
    box.wait_state(1, *FINAL)
    later = box.shell("echo later; exit 4")
    box.wait_state(later, *FINAL)
    wait_until(lambda: not os.path.exists(runs(box, "1", "lock"))
               and not os.path.exists(runs(box, str(later), "lock")), "that they are tidied up")
    ending = box.shell(f"{box.gate()}; echo at the end; exit 6")
    box.wait_state(ending, "running")
    box.kill_server()
    box.open_gate()  # its end is known to its run folder alone
    wait_until(lambda: os.path.exists(runs(box, str(ending), "exit")), "the record")
    wait_until(lambda: not alive(box, ending), "its end")
    put(database(box), b"no more")
    os.unlink(database(box) + "-wal")
    told = box.ok("db", "restore", box.path("old.db"), "--json").json()
    equal((told["joined"], told["found"], told["lost"], told["held"]),
          (False, [later, ending], [1], []), told)
    job = box.wait_state(ending, *FINAL)
    equal((job["state"], job["exit_code"]), ("failed", 6))
    equal(job["directory"], box.work)
    contains(" ".join(job["command"]), "exit 6")
    contains(box.ok("log", str(ending)).out, "at the end")
    contains(box.ok("log", str(later)).out, "later")
    equal(states(box), {1: "lost", later: "lost", ending: "failed"})
    equal(lines(box), ["first"])
    check(counting(box, "new") > ending, "a number was given twice")


def alive(box, job):
    """Whether its supervisor holds the lock."""
    done = subprocess.run(["flock", "--nonblock", "--shared", runs(box, str(job), "lock"), "true"],
                          stderr=subprocess.DEVNULL)
    return done.returncode != 0


@test
def restore_is_refused_while_jobs_run_and_nothing_stops(box):
    some_jobs(box, 1)
    box.ok("db", "backup", box.path("old.db"))
    job = box.shell(f"{box.gate()}; exit 5")
    box.wait_state(job, "running")
    pid = box.server_pid()
    result = box.cli("db", "restore", box.path("old.db"))
    equal((result.status, result.out, box.server_pid()), (1, "", pid))
    contains(result.err, "jobs run")
    box.kill_server()
    result = box.cli("db", "restore", box.path("old.db"))
    equal((result.status, result.out), (1, ""))
    contains(result.err, f"crystalmath wait {job}")
    equal(glob.glob(database(box) + ".aside-*"), [])
    box.open_gate()
    equal(box.wait_state(job, *FINAL)["exit_code"], 5)


@test
def only_a_whole_copy_is_put_back(box):
    some_jobs(box)
    box.ok("db", "backup", box.path("good.db"))
    good = content(box.path("good.db"))
    pid = box.server_pid()
    box.write("text", "words\n" * 100)
    box.write("short", good[:len(good) // 2])
    box.write("empty", "")
    for name in ("text", "short", "empty", "missing"):
        result = box.cli("db", "restore", box.path(name))
        equal((result.status, result.out, box.server_pid()), (1, "", pid), name)
        contains(result.err, "cannot be put back")
        contains(result.err, "The database is as it was")
    result = box.cli("db", "restore", database(box))
    equal(result.status, 1)
    equal(len(states(box)), 3)
    equal(glob.glob(database(box) + ".aside-*") + glob.glob(database(box) + ".restoring*"), [])


@test
def jobs_that_still_run_when_the_list_is_gone_are_taken_up_as_they_are(box):
    job = box.shell(f"{box.gate()}; echo done; exit 7")
    box.wait_state(job, "running")
    box.kill_server()
    for path in (database(box), database(box) + "-wal"):
        os.unlink(path)
    equal(states(box), {job: "running"})
    box.open_gate()
    equal(box.wait_state(job, *FINAL)["exit_code"], 7)
    contains(box.ok("log", str(job)).out, "done")


@test
def what_a_killed_restore_leaves_is_told_and_in_nobodys_way(box):
    some_jobs(box)
    box.ok("db", "backup", box.path("old.db"))
    some_jobs(box, 1)
    stop(box)
    old, new = content(box.path("old.db")), content(database(box))
    # Killed while it copied; when the copy was ready; when what was there had its other name.
    for left in ({".restoring.part-aB3xYz": old[:5000]},
                 {".restoring": old, ".restoring-wal": b"half a page"},
                 {".restoring": old, ".aside-2026-01-31T18-30-05": new}):
        for suffix, data in left.items():
            put(database(box) + suffix, data)
        status, told = report(box)
        equal((status, told["trouble"], told["jobs"]), (0, "none", 4), left.keys())
        equal(sorted(told["left"]),
              sorted(database(box) + suffix for suffix in left if "aside" not in suffix))
        box.ok("db", "restore", box.path("old.db"))
        equal(len(states(box)), 4)
        equal(glob.glob(database(box) + ".restoring*"), [])
        stop(box)


@test
def a_server_removes_copies_that_were_broken_off_and_nothing_else(box):
    some_jobs(box, 1)
    box.ok("db", "backup")
    stop(box)
    gone = subprocess.Popen(["true"])
    gone.wait()
    kept = beside(box) | {"crystalmath.db.check-1", "crystalmath.db.check-mine",
                          "crystalmath.db.part-time", "crystalmath.db.restoring2"}
    left = {f"crystalmath.db.check-{gone.pid}", "crystalmath.db.backup-x.part-aB3xYz",
            f"crystalmath.db.check-{gone.pid}.part-aB3xYz", "crystalmath.db.restoring",
            "crystalmath.db.restoring-journal"}
    for name in (kept | left) - beside(box):
        put(os.path.join(os.path.dirname(database(box)), name), b"1234")
    out = box.ok("db", "check").out
    contains(out, "left of copying that was broken off; the next server removes it:")
    for name in left:
        contains(out, name)
    equal(beside(box), kept | left, "a look changed something")
    equal(len(states(box)), 1)
    equal(beside(box) - {"crystalmath.db-wal"}, kept)


main()
