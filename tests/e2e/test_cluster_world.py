"""A cluster in an odd world: its disk is full, its clock is wrong, others are there."""

import datetime
import os
import shutil
import subprocess
import time

from clusters import Far, Here, number, on_both_ways, reason
from disks import FolderDisk
from support import Skip, contains, equal, main, test, wait_until


@test
def a_full_disk_there_makes_jobs_wait_or_fail_with_words_and_all_goes_on_when_there_is_room(box):
    box.silicon()
    folder = os.path.join(box.root, "small")
    os.mkdir(folder)
    disk = FolderDisk(box, folder, "12m")
    cluster = Far(box, "--workdir", folder, cpus=8, prefix=disk.prefix)
    writes = box.shell(f"{box.gate()}; dd if=/dev/zero of=big bs=1M count=4 2>/dev/null || exit 9", "--on", "far")
    box.wait_state(writes, "running")
    waits = box.shell("echo done", "--on", "far", "--partition", "short")
    box.wait_state(waits, "completed")
    # It begins while nothing can be written: echo fails, and the script cannot leave its word.
    later = box.shell("echo done", "--on", "far", "--cpus", "8")
    number(box, later)

    disk.fill()
    sent = box.submit("--on", "far", "si.in")
    job = reason(box, sent, "No space left")
    equal(job["state"], "queued")
    contains(job["reason"], "waits to be handed to far")
    box.open_gate()
    ended = box.wait_state(writes, "completed", "failed")
    equal((ended["state"], ended["exit_code"]), ("failed", 9), ended)
    ended = box.wait_state(later, "completed", "failed")
    equal((ended["state"], ended["exit_code"]), ("failed", 1), ended)

    disk.free()
    ended = box.wait_state(sent, "completed", "failed")
    equal((ended["state"], ended["progress"]["converged"]), ("completed", True), ended)
    contains(box.read("si.out"), "JOB DONE")


def clock(seconds):
    """For programs whose clock is wrong by so much."""
    found = [path for path in ("/usr/lib/x86_64-linux-gnu/faketime/libfaketimeMT.so.1",
                               "/usr/lib/aarch64-linux-gnu/faketime/libfaketimeMT.so.1") if os.path.exists(path)]
    if not found:
        raise Skip("faketime is not installed")
    return {"LD_PRELOAD": found[0], "FAKETIME": f"{seconds:+d}", "DONT_FAKE_MONOTONIC": "1"}


def is_ours(begin, *times):
    """Whether all are between the beginning and now, one behind the other."""
    seconds = [datetime.datetime.fromisoformat(one.replace("Z", "+00:00")).timestamp() for one in times]
    all_ = [begin - 5, *seconds, time.time() + 5]
    equal(all_, sorted(all_))


def ends_in_our_time(box, seconds):
    box.silicon()
    begin = time.time()
    Far(box, more=clock(seconds))
    job = box.submit("--on", "far", "si.in")
    running = box.shell(box.gate(), "--on", "far")
    ended = box.wait_state(job, "completed", "failed")
    equal((ended["state"], ended["progress"]["converged"]), ("completed", True), ended)
    contains(box.read("si.out"), "JOB DONE")
    is_ours(begin, ended["started_at"], ended["finished_at"])
    started = box.wait_state(running, "running")["started_at"]
    is_ours(begin, started)
    # Its end is seen by the next server, which knows the clock there from its own question.
    box.kill_server()
    box.open_gate()
    ended = box.wait_state(running, "completed")
    equal(ended["started_at"], started)
    is_ours(begin, started, ended["finished_at"])


@test
def a_clock_there_that_is_two_days_fast_changes_no_time_of_a_job(box):
    ends_in_our_time(box, 2 * 86400)


@test
def a_clock_there_that_is_three_hours_slow_changes_no_time_of_a_job(box):
    ends_in_our_time(box, -3 * 3600)


@on_both_ways
def a_job_of_another_user_is_neither_shown_nor_counted_nor_touched(box, way):
    if os.geteuid() != 0 or not shutil.which("setpriv"):
        raise Skip("this kernel lets only root be another user")
    cluster = way(box, cpus=8)
    os.chmod(box.root, 0o711)  # its configuration is everybody's to read
    mine = box.shell(box.gate(), "--on", cluster.name)
    box.wait_state(mine, "running")
    name = cluster.run("squeue", "-h", "-o", "%j").strip()
    sbatch = shutil.which("sbatch")
    result = subprocess.run(
        ["setpriv", "--reuid=nobody", "--regid=nogroup", "--clear-groups", sbatch, "--parsable", "-J", name,
         "-D", "/", "-o", "/dev/null", "--wrap", "sleep 600"],
        env={"PATH": os.environ["PATH"], "SLURM_CONF": cluster.site.conf}, capture_output=True, text=True, check=False)
    equal(result.returncode, 0, result.stderr)
    theirs = result.stdout.strip()
    state = lambda: cluster.run("squeue", "-h", "-t", "all", "-j", theirs, "-o", "%u %T").strip()
    wait_until(lambda: state() == "nobody RUNNING", "the other's job")

    second = box.shell(box.gate(), "--on", cluster.name)
    box.wait_state(second, "running")
    told = box.call("clusters.get", {"name": cluster.name})
    equal((told["jobs"], told["others"]), (2, 0), told)
    equal(box.call("jobs.list")["total"], 2)
    if way is Here:
        contains(box.cli("adopt", theirs).err, f"has no job {theirs} of yours")
    box.ok("cancel", str(mine))
    box.wait_state(mine, "cancelled")
    equal(state(), "nobody RUNNING")
    box.open_gate()
    box.wait_state(second, "completed")


main()
