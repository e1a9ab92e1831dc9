"""Jobs kept in order: tags, names, notes; jobs that are forgotten."""

import os

from support import check, contains, equal, main, matches, test

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


@test
def tag_gives_and_takes_tags_in_one_command(box):
    job = str(ended(box))
    equal(box.ok("tag", job).out, f"{job}\t\n")
    equal(box.ok("tag", job, "+b", "+a", "+with blank").out, f"{job}\ta,b,with blank\n")
    equal(box.ok("tag", job, "-b", "+c", "-h", "--", "-never").out, f"{job}\ta,c,with blank\n")
    equal(box.ok("tag", job).out, f"{job}\ta,c,with blank\n")
    equal(box.ok("jobs", "--tag", "c").out.split("\t")[0], job)
    matches(box.ok("show", job).out, "tags +a, c, with blank")
    for words, said in ((("word",), "+word gives the tag"), (("+a,b",), "a,b"), (("+",), "tag")):
        result = box.cli("tag", job, *words)
        check(result.status != 0, result)
        contains(result.err, said)
    equal(box.cli("tag", "+a").status, 2)
    contains(box.ok("tag", "-h").out, "Usage: crystalmath tag")
    check("job 1: tags: a, c, with blank" in box.on_terminal("tag", job).out, "the terminal's words")


@test
def rename_and_note_are_seen_in_the_list_and_in_show(box):
    job = str(ended(box))
    equal(box.ok("rename", job, "a fine name").out, f"{job}\ta fine name\n")
    equal(box.ok("jobs").out.split("\t")[1], "a fine name")
    equal(box.ok("note", job).out, "")
    box.ok("note", job, "first line\nsecond line")
    equal(box.ok("note", job).out, "first line\nsecond line\n")
    contains(box.ok("show", job).out, "first line")
    equal(box.ok("jobs", "--text", "second").out.split("\t")[0], job)
    box.ok("note", job, "")
    equal(box.job(int(job))["note"], None)
    for words in (("rename", "99", "x"), ("note", "99", "x"), ("note", "99"), ("tag", "99", "+x")):
        result = box.cli(*words)
        equal(result.status, 1, result)
        contains(result.err, "there is no job 99")
    equal(box.cli("rename", job, b"\xff").status, 2)
    contains(box.cli("rename", job, "").err, "1 to 200 bytes")


@test
def in_a_script_remove_needs_a_yes(box):
    job = ended(box)
    result = box.cli("remove", str(job))
    equal(result.status, 2)
    contains(result.err, "add --yes")
    equal(box.ok("remove", "--yes", str(job)).out, f"{job}\tremoved\n")
    equal(box.ok("jobs").out, "")


@test
def what_remove_leaves_is_told_and_the_rest_goes(box):
    done = ended(box)
    running = box.shell(box.gate())
    result = box.cli("remove", "-y", "99", str(running), str(done))
    equal((result.status, result.out), (1, f"{done}\tremoved\n"))
    contains(result.err, "there is no job 99")
    contains(result.err, f"`crystalmath cancel {running}`")
    box.open_gate()
    box.ok("wait", str(running))
    box.ok("remove", "-y", str(running))


@test
def more_jobs_than_go_into_one_call_are_removed(box):
    box.ok("ping")
    result = box.cli("remove", "-y", *(str(i) for i in range(1, 1502)))
    equal(result.err.count("there is no job"), 1501)


@test
def on_a_terminal_remove_asks(box):
    first, second = ended(box), ended(box)
    terminal = box.terminal("remove", str(first))
    terminal.wait_for(f"Forget job {first} (sh, completed)? The files in its folder stay. [y/N]")
    terminal.type("\n")
    result = terminal.finish()
    equal(result.status, 1)
    contains(result.out, "nothing was removed")
    terminal = box.terminal("remove", str(first), str(second))
    terminal.wait_for("Forget 2 jobs?")
    terminal.type("y\n")
    result = terminal.finish()
    equal(result.status, 0, result)
    contains(result.out, f"job {second} is removed")
    equal(box.ok("jobs").out, "")


main()
