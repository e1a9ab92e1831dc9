"""When jobs start: cores, priority, holds, times, other jobs; tries; and what is said of it."""

import datetime
import os
import signal

from support import FINAL, check, contains, equal, lacks, main, test, wait_until


def later(seconds):
    then = datetime.datetime.now(datetime.timezone.utc) + datetime.timedelta(seconds=seconds)
    return then.strftime("%Y-%m-%dT%H:%M:%SZ")


def ask(box, script, **fields):
    """Submit a shell command over the wire; the job's id."""
    box.ok("ping")
    wire = box.connect()
    answer = wire.call("jobs.submit", {"command": ["sh", "-c", script], "directory": box.work,
                                       "environment": box.env, **fields})
    wire.close()
    check("result" in answer, answer)
    return answer["result"]["id"]


def cores(box):
    return box.call("system.status")["cores"]


def occupy(box):
    """A job on all cores, until the gate is opened."""
    job = ask(box, box.gate(), cores=cores(box))
    box.wait_state(job, "running")
    return job


def finish(box, job):
    return box.wait_state(job, *FINAL)


@test
def a_larger_priority_starts_first(box):
    occupy(box)
    for name, priority in (("usual", 0), ("low", -1), ("high", 5), ("second", 0)):
        ask(box, f"echo {name} >> order", cores=cores(box), priority=priority)
    box.open_gate()
    for job in (2, 3, 4, 5):
        finish(box, job)
    equal(box.read("order").split(), ["high", "usual", "second", "low"])


@test
def cores_of_a_job_that_has_ended_serve_the_next_one_before_the_end_is_recorded(box):
    first = occupy(box)
    second = ask(box, "true", cores=cores(box))
    after = ask(box, "true", after=[{"id": first, "kind": "any"}])
    record = os.path.join(box.state, "crystalmath", "runs", str(first), "exit")
    os.mkdir(record)  # in the way
    box.open_gate()
    equal(finish(box, second)["state"], "completed")
    equal((box.job(first)["state"], box.job(after)["state"]), ("running", "queued"))
    os.rmdir(record)
    equal((finish(box, first)["state"], finish(box, after)["state"]), ("completed", "completed"))


@test
def the_priority_of_a_waiting_job_is_changed(box):
    occupy(box)
    for name in ("one", "two", "three"):
        ask(box, f"echo {name} >> order", cores=cores(box))
    equal(box.ok("priority", "7", "4").out, "4\tqueued\n")
    box.open_gate()
    for job in (2, 3, 4):
        finish(box, job)
    equal(box.read("order").split(), ["three", "one", "two"])
    refused = box.cli("priority", "1", "4")
    equal(refused.status, 1)
    contains(refused.err, "has ended already")
    equal(box.cli("priority", "much", "4").status, 2)


@test
def a_held_job_waits_for_its_release(box):
    job = ask(box, "true", hold=True)
    contains(box.job(job)["reason"], f"held; crystalmath release {job}")
    finish(box, ask(box, "true"))
    equal(box.job(job)["state"], "held")
    equal(box.ok("release", str(job)).out, f"{job}\tqueued\n")
    equal(finish(box, job)["state"], "completed")
    states = [line["state"] for line in box.job(job)["history"]]
    equal(states, ["held", "queued", "starting", "running", "completed"])


@test
def a_hold_outlives_the_server_and_a_running_job_is_not_held(box):
    running = occupy(box)
    job = ask(box, "echo ran > ran")
    equal(box.ok("hold", str(job)).out, f"{job}\theld\n")
    refused = box.cli("hold", str(running))
    equal(refused.status, 1)
    contains(refused.err, "does not wait")
    box.kill_server()
    equal(box.job(job)["state"], "held")
    box.open_gate()
    finish(box, running)
    lacks(os.listdir(box.work), "ran")
    box.ok("release", str(job))
    finish(box, job)
    equal(box.read("ran"), "ran\n")


@test
def why_a_job_waits_is_said(box):
    running = occupy(box)
    n = cores(box)
    job = ask(box, "true", cores=n)
    contains(box.job(job)["reason"], f"waits for {n} core")
    contains(box.job(job)["reason"], "0 are free")
    after = ask(box, "true", after=[{"id": running, "kind": "any"}, {"id": job}])
    equal(box.job(after)["reason"], f"waits for jobs {running} and {job}")
    timed = ask(box, "true", begin_at="2200-01-01T14:00:00Z")
    equal(box.job(timed)["reason"], "waits until 2200-01-01 14:00")
    box.open_gate()
    finish(box, after)
    box.ok("cancel", str(timed))


@test
def a_job_starts_after_those_that_it_waits_for(box):
    occupy(box)
    first = ask(box, "echo first >> order; exit 3")
    ask(box, "echo second >> order", after=[{"id": first, "kind": "any"}])
    ask(box, "echo third >> order", after=[{"id": first, "kind": "not-ok"}, {"id": 3}])
    box.open_gate()
    equal(finish(box, 4)["state"], "completed")
    equal(box.read("order").split(), ["first", "second", "third"])


@test
def a_wait_in_vain_ends_the_whole_chain_and_says_why(box):
    occupy(box)
    first = ask(box, "exit 3")
    second = ask(box, "true", after=[{"id": first}])
    third = ask(box, "true", after=[{"id": second}], hold=True)
    fourth = ask(box, "true", after=[{"id": third, "kind": "any"}])
    box.open_gate()
    job = finish(box, second)
    equal(job["state"], "failed")
    equal(job["reason"],
          f"waits for job {first} to complete, which failed; it can never start")
    equal(finish(box, third)["state"], "failed")
    equal(finish(box, fourth)["state"], "completed")


@test
def waits_for_other_jobs_outlive_the_server(box):
    running = occupy(box)
    good = ask(box, "echo ran >> order", after=[{"id": running}])
    never = ask(box, "true", after=[{"id": running, "kind": "not-ok"}])
    box.kill_server()
    box.open_gate()
    equal(finish(box, good)["state"], "completed")
    contains(finish(box, never)["reason"], "can never start")
    equal(box.read("order"), "ran\n")


@test
def a_job_does_not_begin_before_its_time(box):
    begin = later(2)
    job = ask(box, "true", begin_at=begin)
    contains(box.job(job)["reason"], "waits until ")
    job = finish(box, job)
    equal(job["state"], "completed")
    check(job["started_at"] >= begin.replace("Z", ".000Z"), job)


@test
def a_failed_command_is_tried_again_in_a_folder_of_its_own(box):
    job = ask(box, "echo try >> tries; [ $(wc -l < tries) = 2 ] || { echo no; exit 9; }; echo yes",
              retries=3)
    wait_until(lambda: box.job(job)["attempt"] == 2, "the second try")
    waiting = box.job(job)
    if waiting["state"] == "queued":
        contains(waiting["reason"], "try 1 of 4: exit status 9; waits until ")
    job = finish(box, job)
    equal((job["state"], job["attempt"], job["exit_code"]), ("completed", 2, 0))
    check(job["output"].endswith("/runs/1.2/output"), job["output"])
    equal(box.call("jobs.log", {"id": 1})["text"], "yes\n")
    states = [line["state"] for line in job["history"]]
    equal(states, ["queued", "starting", "running", "queued", "starting", "running", "completed"])
    equal(job["history"][3]["reason"], "try 1 of 4: exit status 9")


@test
def what_would_fail_again_is_not_tried_again(box):
    asked = ask(box, "exec sleep 60", retries=2)
    box.wait_state(asked, "running")
    box.ok("cancel", str(asked))
    equal(finish(box, asked)["state"], "cancelled")
    limited = ask(box, "exec sleep 60", retries=2, time_limit=1)
    job = finish(box, limited)
    equal((job["state"], job["attempt"]), ("failed", 1))
    wire = box.connect()
    answer = wire.call("jobs.submit", {"command": ["no-such-program"], "directory": box.work,
                                       "retries": 2})
    job = finish(box, answer["result"]["id"])
    equal((job["state"], job["attempt"]), ("failed", 1))


@test
def a_limit_or_something_missing_is_not_run_into_again(box):
    for words in ("slurmstepd: error: Detected 1 oom_kill event in StepId=1.0.",
                  "pw.x: error while loading shared libraries: libmkl.so.2: cannot open shared "
                  "object file: No such file or directory"):
        job = finish(box, ask(box, f"echo '{words}'; exit 9", retries=2))
        equal((job["state"], job["attempt"]), ("failed", 1))
    job = finish(box, ask(box, "no-such-program", retries=2))
    equal((job["state"], job["exit_code"], job["attempt"]), ("failed", 127, 1))


@test
def the_server_killed_between_two_tries_goes_on_with_the_second(box):
    job = ask(box, "echo try >> tries; [ $(wc -l < tries) = 2 ]", retries=1)
    wait_until(lambda: box.job(job)["attempt"] == 2, "the second try")
    box.kill_server()
    equal(finish(box, job)["state"], "completed")
    equal(box.read("tries"), "try\ntry\n")


@test
def a_try_ended_by_a_signal_is_repeated(box):
    job = ask(box, "echo try >> tries; [ $(wc -l < tries) = 2 ] || kill -KILL $$", retries=1)
    job = finish(box, job)
    equal((job["state"], job["attempt"]), ("completed", 2))
    contains(job["history"][3]["reason"], f"signal {int(signal.SIGKILL)}")


@test
def the_run_folder_goes_when_the_end_is_on_the_disk(box):
    runs = os.path.join(box.state, "crystalmath", "runs")
    silent = ask(box, "true")
    finish(box, silent)
    equal(os.listdir(os.path.join(runs, str(silent))), ["output"])


main()
