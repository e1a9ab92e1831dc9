"""A disk with space that one may not use, be it for a quota or that there may be no file more; and
one that becomes read-only under a running server."""

import contextlib
import os
import signal

from disks import FailingDisk, QuotaDisk, SmallDisk
from support import FINAL, check, comment, contains, equal, main, test, wait_until

PLENTY = "30m"


def submit(box, text, *why):
    """The number, or None when it was refused for this; nothing else is allowed."""
    result = box.cli("submit", "--", "sh", "-c", text)
    if result.status == 0:
        return int(result.out)
    for part in why:
        contains(result.err, part)
    return None


def submit_some(box, count, *why):
    """Jobs that leave a line and exit with 3; those that were not refused, which are all that there
    are."""
    before = numbers(box)
    told = [submit(box, f"echo $$ >>{box.path('lines')}; exit 3", *why) for _ in range(count)]
    kept = [job for job in told if job]
    equal(numbers(box), [*before, *kept])
    comment(f"{told.count(None)} were refused, {len(kept)} kept")
    return kept


def numbers(box):
    return sorted(job["id"] for job in box.ok("jobs", "--json", "--limit", "1000").json()["jobs"])


def ran_once(box, jobs):
    for job in jobs:
        equal(box.wait_state(job, *FINAL)["exit_code"], 3, box.job(job))
    equal(len(box.read("lines").splitlines()), len(jobs))


def problems(box):
    return "\n".join(box.call("system.status")["problems"])


@test
def what_a_quota_does_not_allow_is_refused_and_what_was_acknowledged_runs_when_there_is_room(box):
    disk = QuotaDisk(box, "6M")
    cores = box.call("system.status")["cores"]  # all, so that none starts while the disk fills
    first = box.shell(f"{box.gate()}; touch {box.path('ended')}; exit 4", "--cores", str(cores))
    box.wait_state(first, "running")
    kept = submit_some(box, 3)
    disk.fill()
    more = submit_some(box, 20, "Disk quota exceeded; free space on its disk, or ask for a larger quota")
    check(len(more) < 20, "nothing was refused")
    box.open_gate()
    wait_until(lambda: os.path.exists(box.path("ended")), "the end of a job")
    box.ok("jobs")  # the server answers meanwhile
    disk.free()
    last = submit_some(box, 1)
    equal(box.wait_state(first, *FINAL)["exit_code"], 4)
    ran_once(box, [*kept, *more, *last])


@test
def a_server_that_is_killed_at_its_quota_comes_up_again_or_says_why_and_nothing_is_lost(box):
    disk = QuotaDisk(box, "6M")
    job = box.shell(f"{box.gate()}; exit 5")
    box.wait_state(job, "running")
    disk.fill()
    box.kill_server()
    result = box.cli("jobs")
    if result.status != 0:
        contains(result.err, "quota")
    disk.free()
    box.open_gate()
    equal(box.wait_state(job, *FINAL)["exit_code"], 5)


@test
def where_there_may_be_no_file_more_what_is_acknowledged_waits_and_runs_when_there_may(box):
    disk = SmallDisk(box, PLENTY, files=300)
    cores = box.call("system.status")["cores"]
    running = [box.shell(f"{box.gate()}; echo $$ >>{box.path('lines')}; exit 3") for _ in range(cores)]
    for job in running:
        box.wait_state(job, "running")
    disk.take_names()
    kept = submit_some(box, 5)
    box.open_gate()
    for job in running:
        equal(box.wait_state(job, *FINAL)["exit_code"], 3)
    box.kill_server()
    result = box.cli("jobs")
    if result.status != 0:
        contains(result.err, "No space left on device")
    disk.give_names()
    ran_once(box, [*running, *kept])


@test
def under_a_disk_that_becomes_read_only_nothing_is_acknowledged_and_after_its_repair_all_is_there(box):
    disk = FailingDisk(box)
    ended = box.shell("exit 2")
    equal(box.wait_state(ended, *FINAL)["exit_code"], 2)
    running = box.shell(f"{box.gate('never')}")
    box.wait_state(running, "running")
    disk.fail()
    equal(submit(box, "true"), None)  # of what was on its way then it may be that there was an error
    for _ in range(2):
        equal(submit(box, "true", "Read-only file system", "see the system's log"), None)
    result = box.cli("note", str(ended), "text")
    check(result.status != 0, result)
    contains(result.err, "Read-only file system")
    equal(box.job(ended)["state"], "failed")
    equal(numbers(box), [ended, running])
    result = box.cli("cancel", str(running))
    check(result.status != 0, result)
    contains(result.err, "not on the disk yet")
    wait_until(lambda: "Read-only file system" in problems(box), "the server to tell of it")
    # The machine is started anew, and its disk repaired.
    for pid in box.processes():
        if pid != disk.holder.pid:
            with contextlib.suppress(ProcessLookupError):
                os.kill(pid, signal.SIGKILL)
    wait_until(lambda: box.processes() == [disk.holder.pid], "the end of it all")
    disk.mend()
    equal(numbers(box), [ended, running])
    equal(box.job(ended)["exit_code"], 2)
    check(box.job(running)["state"] in ("lost", "cancelled"), box.job(running))
    equal(box.wait_state(box.shell("exit 6"), *FINAL)["exit_code"], 6)


main()
