"""The wall clock jumps an hour, forth or back, under a server: libfaketime shows it another one."""

import datetime
import glob
import os

from servers import script
from support import FINAL, Skip, equal, is_running, main, test, wait_until

HOUR = 3600


def clock_of_its_own(box):
    """From the next start on the server goes by a clock that `jump` sets."""
    found = glob.glob("/usr/lib/*/faketime/libfaketimeMT.so.1")
    if not found:
        raise Skip("libfaketime, which stands in for the kernel's clock, is not there")
    jump(box, 0)
    # A sanitizer wants to be loaded first, which it says and nothing more depends on.
    box.env["ASAN_OPTIONS"] = box.env.get("ASAN_OPTIONS", "") + ":verify_asan_link_order=0"
    box.env.update(script(
        box, f"exec env LD_PRELOAD={found[0]} FAKETIME_TIMESTAMP_FILE={box.path('clock')} "
        'FAKETIME_NO_CACHE=1 FAKETIME_DONT_FAKE_MONOTONIC=1 "$REAL" "$@"'))


def jump(box, seconds):
    box.write("clock.new", f"{seconds:+d}\n")
    os.rename(box.path("clock.new"), box.path("clock"))


def server_clock(box):
    return box.call("system.ping")["timestamp"]


@test
def a_jump_of_the_clock_ends_no_job_before_its_time_and_its_end_is_known(box):
    clock_of_its_own(box)
    job_id = box.call("jobs.submit", {
        "command": ["sh", "-c", f"{box.gate()}; exit 6"], "directory": box.work,
        "environment": box.env, "time_limit": HOUR // 2})["id"]
    box.wait_state(job_id, "running")
    for seconds in (HOUR, -HOUR):
        before = server_clock(box)
        jump(box, seconds)
        wait_until(lambda: (server_clock(box) > before) == (seconds > 0), "the jump")
        equal(box.job(job_id)["state"], "running")
    # A server that comes up in another hour takes it up all the same.
    box.kill_server()
    equal(box.job(job_id)["state"], "running")
    jump(box, 0)
    box.open_gate()
    job = box.wait_state(job_id, *FINAL)
    equal((job["state"], job["exit_code"]), ("failed", 6), job)


@test
def a_server_that_idles_out_does_so_by_no_wall_clock(box):
    clock_of_its_own(box)
    box.env.update(script(box, box.read("server.sh").partition("\n")[2].replace(
        '"$REAL"', '"$REAL" --timeout 2')))
    job = box.shell(box.gate())
    box.wait_state(job, "running")
    pid = box.server_pid()
    jump(box, HOUR)
    equal(box.server_pid(), pid)  # there is a job
    jump(box, -HOUR)
    box.open_gate()
    wait_until(lambda: not is_running(pid), "the idle end")


def later(box, seconds):
    """The server's time in so many seconds, as the wire has it."""
    now = datetime.datetime.strptime(server_clock(box)[:19], "%Y-%m-%dT%H:%M:%S")
    return (now + datetime.timedelta(seconds=seconds)).strftime("%Y-%m-%dT%H:%M:%SZ")


def submit(box, script, **more):
    return box.call("jobs.submit", {"command": ["sh", "-c", script], "directory": box.work,
                                    "environment": box.env, **more})["id"]


def jump_and_be_seen(box, seconds):
    """A server looks at its clock once a minute, and when a job begins to wait for a time."""
    jump(box, seconds)
    submit(box, "true", begin_at="2200-01-01T00:00:00Z")


@test
def a_job_with_a_begin_starts_by_the_clock_as_it_is_now_whichever_way_it_jumped(box):
    clock_of_its_own(box)
    job = submit(box, f"echo ran >>{box.path('lines')}", begin_at=later(box, HOUR // 2))
    jump_and_be_seen(box, -HOUR)
    told = box.job(job)
    equal((told["state"], told["reason"][:11]), ("queued", "waits until"), told)
    # A server that comes up meanwhile goes by the same clock.
    box.kill_server()
    equal(box.job(job)["state"], "queued")
    jump_and_be_seen(box, HOUR)
    equal(box.wait_state(job, *FINAL)["state"], "completed")
    jump_and_be_seen(box, -HOUR)
    equal(box.read("lines"), "ran\n")


@test
def a_pause_between_two_tries_is_not_made_longer_by_a_clock_that_is_set_back(box):
    clock_of_its_own(box)
    for seconds in (-HOUR, HOUR):
        lines = box.path(f"tries{seconds}")
        job = submit(box, f"echo try >>{lines}; [ $(wc -l <{lines}) = 2 ]", retries=1)
        wait_until(lambda: box.job(job)["attempt"] == 2, "the end of the first try")
        jump_and_be_seen(box, seconds)
        ended = box.wait_state(job, *FINAL)
        equal((ended["state"], ended["attempt"]), ("completed", 2), ended)
        equal(box.read(os.path.basename(lines)), "try\ntry\n")


main()
