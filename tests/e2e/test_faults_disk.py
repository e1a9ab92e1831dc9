"""A full disk below the state folder: the database, the records and the outputs of commands."""

import os

from disks import SmallDisk
from support import FINAL, check, comment, contains, equal, lacks, main, test, wait_until

def submit(box, text):
    """The number, or None when it was refused; nothing else is allowed."""
    result = box.cli("submit", "--", "sh", "-c", text)
    if result.status == 0:
        return int(result.out)
    contains(result.err, "free space")
    return None


def numbers(box):
    return sorted(job["id"] for job in box.ok("jobs", "--json", "--limit", "1000").json()["jobs"])


@test
def what_a_full_disk_cannot_take_is_refused_and_what_was_acknowledged_runs_when_there_is_space(box):
    disk = SmallDisk(box)
    first = box.shell(box.gate())
    box.wait_state(first, "running")
    disk.fill()
    told = [submit(box, f"echo $$ >>{box.path('lines')}; exit 3") for _ in range(40)]
    check(None in told, "nothing was refused")
    kept = [job for job in told if job]
    equal(numbers(box), [first, *kept])
    disk.free()
    box.open_gate()
    last = box.shell(f"echo $$ >>{box.path('lines')}; exit 3")
    for job in (*kept, last):
        equal(box.wait_state(job, *FINAL)["exit_code"], 3, box.job(job))
    equal(box.wait_state(first, *FINAL)["exit_code"], 0)
    equal(len(box.read("lines").splitlines()), len(kept) + 1)
    comment(f"{told.count(None)} were refused, {len(kept)} kept")


@test
def jobs_that_end_while_the_disk_is_full_have_their_true_ends_when_there_is_space(box):
    disk = SmallDisk(box)
    count = box.call("system.status")["cores"]
    jobs = [box.shell(f"{box.gate()}; touch {box.path('ended')}; exit {10 + i}") for i in range(count)]
    for job in jobs:
        box.wait_state(job, "running")
    disk.fill()
    box.open_gate()
    wait_until(lambda: os.path.exists(box.path("ended")), "the end of a job")
    box.ok("jobs")  # the server answers meanwhile
    disk.free()
    for i, job in enumerate(jobs):
        equal(box.wait_state(job, *FINAL)["exit_code"], 10 + i, box.job(job))
    equal(box.job(jobs[0])["state"], "failed")


@test
def a_server_killed_on_a_full_disk_comes_up_again_or_says_why_and_nothing_is_lost(box):
    disk = SmallDisk(box)
    job = box.shell(f"{box.gate()}; exit 5")
    box.wait_state(job, "running")
    disk.fill()
    box.kill_server()
    result = box.cli("jobs")
    if result.status != 0:
        contains(result.err, "space")
    disk.free()
    box.open_gate()
    equal(box.wait_state(job, *FINAL)["exit_code"], 5)


@test
def what_people_ask_for_on_a_full_disk_is_done_and_told_as_not_on_the_disk_yet(box):
    disk = SmallDisk(box)
    running = box.shell(box.gate("never"))
    box.wait_state(running, "running")
    held = box.shell("true", "--hold")
    other = box.shell("true", "--hold", "--begin", "+100h")
    disk.fill()
    for priority in range(1, 400):
        result = box.cli("priority", str(priority), str(held))
        equal(box.job(held)["priority"], priority, result)
        if result.status != 0:
            contains(result.err, f"job {held} is held with priority {priority} now")
            contains(result.err, "not on the disk yet")
            equal(result.err.count("free space"), 1, result)
            break
    check(result.status != 0, "the disk took everything")
    for command, state in (("release", "queued"), ("hold", "held")):
        result = box.cli(command, str(other))
        check(result.status != 0, result)
        contains(result.err, f"job {other} is {state} with priority 0 now")
    result = box.cli("cancel", str(running))
    check(result.status != 0, result)
    contains(result.err, "now, but that is not on the disk yet")
    lacks(result.err, "priority")
    disk.free()
    box.wait_state(running, "cancelled")
    equal(box.job(held)["priority"], priority)
    wait_until(lambda: "cannot be written" not in str(box.call("system.status")), "the writing of it all")
    box.kill_server()
    equal((box.job(running)["state"], box.job(held)["priority"]), ("cancelled", priority))
    equal(box.job(other)["state"], "held")
    box.ok("cancel", str(held), str(other))


@test
def where_no_server_can_come_up_it_is_said_what_to_do(box):
    disk = SmallDisk(box)
    os.mkdir(os.path.join(disk.root, "crystalmath"), 0o700)
    disk.fill()
    result = box.cli("jobs")
    contains(result.err, "No space left on device; free space there, or set XDG_STATE_HOME to a folder")
    disk.free()
    disk.read_only()
    result = box.cli("jobs")
    contains(result.err, "Read-only file system; set XDG_STATE_HOME to a folder that can be written to")
    equal(result.status, 1, result)


main()
