"""Jobs kept in order: tags, names, notes; jobs that are forgotten."""

import os

from support import check, contains, equal, main, test

FULL = [f"t{i:02}" for i in range(64)]


def ended(box, script="true", *options):
    job = box.shell(script, *options)
    box.ok("wait", str(job))
    return job


def refused(box, method, params):
    wire = box.connect()
    answer = wire.call(method, params)
    wire.close()
    check("error" in answer, answer)
    return answer["error"]["message"]


@test
def words_on_a_job_outlive_the_server(box):
    done = ended(box)
    running = box.shell(box.gate())
    box.wait_state(running, "running")
    for job in (done, running):
        box.call("jobs.tag", {"id": job, "add": ["b", "a", "c"]})
        box.call("jobs.tag", {"id": job, "add": ["a"], "remove": ["c", "never"]})
        box.call("jobs.rename", {"id": job, "name": f"n{job}"})
        answer = box.call("jobs.note", {"id": job, "note": "one\nzwei ü"})
        equal((answer["name"], answer["tags"], answer["note"]), (f"n{job}", ["a", "b"], "one\nzwei ü"))
    box.kill_server()
    for job in (done, running):
        told = box.job(job)
        equal((told["name"], told["tags"], told["note"]), (f"n{job}", ["a", "b"], "one\nzwei ü"))
    equal([job["id"] for job in box.call("jobs.list", {"tag": "a"})["jobs"]], [running, done])
    equal(box.call("jobs.note", {"id": done, "note": ""})["note"], None)
    box.open_gate()
    equal(box.wait_state(running, "completed")["tags"], ["a", "b"])


@test
def what_cannot_be_written_on_a_job_is_refused(box):
    job = ended(box)
    box.call("jobs.tag", {"id": job, "add": FULL})
    contains(refused(box, "jobs.tag", {"id": job, "add": ["more"]}), "more than 64 tags")
    contains(refused(box, "jobs.tag", {"id": job}), "'add', to 'remove', or both")
    contains(refused(box, "jobs.tag", {"id": job, "add": ["a,b"]}), "a,b")
    contains(refused(box, "jobs.rename", {"id": job, "name": ""}), "1 to 200 bytes")
    contains(refused(box, "jobs.note", {"id": job, "note": "x" * 70000}), "at most 65536 bytes")
    contains(refused(box, "jobs.note", {"id": 99, "note": "x"}), "there is no job 99")
    equal(box.job(job)["tags"], FULL)


@test
def jobs_that_have_ended_are_forgotten_and_their_files_stay(box):
    kept = box.write("results", "of a long run")
    done = ended(box, "echo printed")
    output = box.job(done)["output"]
    check(os.path.exists(output), output)
    running = box.shell(box.gate())
    waiter = box.shell("true", "--after", str(running))
    answer = box.call("jobs.remove", {"jobs": [done, running, 99]})
    equal(answer["removed"], [done])
    equal([one["id"] for one in answer["refused"]], [running, 99])
    contains(answer["refused"][0]["reason"], f"`crystalmath cancel {running}`")
    contains(answer["refused"][1]["reason"], "there is no job 99")
    box.kill_server()
    contains(refused_after_start(box, done), f"there is no job {done}")
    check(os.path.exists(kept), "a file in the job's directory is gone")
    check(not os.path.exists(output), "what the command printed is still there")
    box.open_gate()
    box.ok("wait", str(running), str(waiter))
    equal(box.call("jobs.remove", {"jobs": [running, waiter]})["refused"], [])
    equal(box.call("jobs.list", {})["total"], 0)


def refused_after_start(box, job):
    box.ok("ping")
    return refused(box, "jobs.get", {"id": job})


@test
def a_job_that_another_one_waits_for_stays(box):
    first = ended(box)
    waiter = box.shell("true", "--after", str(first), "--hold")
    reason = box.call("jobs.remove", {"jobs": [first]})["refused"][0]["reason"]
    contains(reason, f"job {waiter} starts after job {first}")
    box.ok("cancel", str(waiter))
    equal(box.call("jobs.remove", {"jobs": [first, waiter]})["removed"], [first, waiter])


@test
def subscribers_are_told_of_new_words_and_of_what_is_gone(box):
    job = ended(box)
    wire = box.connect()
    wire.call("jobs.subscribe", {})
    box.call("jobs.tag", {"id": job, "add": ["seen"]})
    notice = wire.receive()
    equal((notice["method"], notice["params"]["job"]["tags"]), ("jobs.changed", ["seen"]))
    box.call("jobs.remove", {"jobs": [job]})
    notice = wire.receive()
    equal((notice["method"], notice["params"]["id"]), ("jobs.removed", job))


main()
