"""What a submission asks for beside what runs: when, how much, how often, under which words."""

import json
import os

from support import check, contains, equal, main, matches, test

WISHES = ["--priority", "7", "--memory", "2M", "--time", "1h30m", "--retries", "2", "--tag", "b",
          "--tag", "a", "--tag", "b", "--note", "first\ntry"]


@test
def what_was_asked_for_is_told(box):
    job = box.job(box.shell(box.gate(), *WISHES, "--begin", "2036-01-31T18:30:00Z"))
    got = {key: job[key] for key in ("priority", "memory_bytes", "time_limit", "retries", "tags",
                                     "note", "begin_at", "after", "attempt", "origin", "imported")}
    equal(got, {"priority": 7, "memory_bytes": 2 << 20, "time_limit": 5400, "retries": 2,
                "tags": ["a", "b"], "note": "first\ntry", "begin_at": "2036-01-31T18:30:00.000Z",
                "after": [], "attempt": 1, "origin": None, "imported": False})
    equal(box.call("jobs.list")["jobs"][0]["tags"], ["a", "b"])


@test
def show_tells_it_to_people(box):
    first = box.shell(box.gate())
    job = box.shell(box.gate(), *WISHES, "--after", f"{first}:any", "--begin", "2036-01-31T18:30")
    text = box.ok("show", str(job)).out
    for name, value in (("priority", "7"), ("tags", "a, b"), ("waits for", rf"{first} \(any\)"),
                        ("not before", "2036-01-31 18:30:00"), ("time limit", "1:30:00"),
                        ("memory asked", "2.0 MiB"), ("try", "1 of 3"), ("note", "first.*try")):
        matches(text, rf"(?m)^  {name} +{value}")
    box.open_gate()


@test
def a_held_job_waits(box):
    job = box.job(box.shell("true", "--hold"))
    equal(job["state"], "held")
    box.ok("cancel", str(job["id"]))


@test
def what_cannot_be_read_is_refused_with_an_example(box):
    for option, value, example in (
            ("--memory", "4", "4G"), ("--memory", "lots", "4G"), ("--time", "2 hours", "1h30m"),
            ("--time", "9999d", "ten years"), ("--begin", "tomorrow", "18:30"),
            ("--begin", "2026-02-31", "18:30"), ("--after", "x", ":not-ok"),
            ("--after", "1:never", ":not-ok"), ("--priority", "high", "whole number"),
            ("--retries", "-1", "whole number")):
        result = box.cli("submit", option, value, "--", "true")
        equal(result.status, 2, result)
        contains(result.err, f"{option} {value}: ")
        contains(result.err, example)
    equal(box.server_pid(), None, "no server was needed for this")


@test
def what_the_server_refuses_it_explains(box):
    box.ok("ping")
    wire = box.connect()
    for params, part in (
            ({"begin_at": "soon"}, "2026-01-31T18:30:00Z"),
            ({"tags": ["a,b"]}, "'a,b' cannot be a tag"),
            ({"tags": [""]}, "cannot be a tag"),
            ({"tags": [str(n) for n in range(65)]}, "at most 64 tags"),
            ({"note": "x" * 70000}, "at most 65536 bytes"),
            ({"after": [{"id": 99}]}, "there is no job 99"),
            ({"after": [{"id": "1"}]}, "a kind: ok, any or not-ok"),
            ({"after": [{"id": 1, "kind": "never"}]}, "a kind: ok, any or not-ok"),
            ({"after": [1]}, "'after' must be an array of objects"),
            ({"time_limit": 0}, "'time_limit' must be from 1"),
            ({"retries": 1001}, "'retries' must be from 0 to 1000"),
            ({"memory_bytes": 0}, "'memory_bytes' must be from 1")):
        answer = wire.call("jobs.submit", {"command": ["true"], "directory": box.work, **params})
        check("error" in answer, f"{params} was taken: {answer}")
        contains(answer["error"]["message"], part)
    equal(box.call("jobs.list")["total"], 0)
    wire.close()


@test
def a_wait_that_would_be_in_vain_is_refused_at_once(box):
    good = box.submit("--wait", "--", "true")
    bad = box.shell("exit 3")
    box.wait_state(bad, "failed")
    result = box.cli("submit", "--after", f"{bad}", "--", "true")
    equal(result.status, 1, result)
    contains(result.err, f"could never start: it waits for job {bad} to end well, which has ended "
                         f"already and is failed; `crystalmath show {bad}` tells how")
    result = box.cli("submit", "--after", f"{good}:not-ok", "--", "true")
    contains(result.err, f"to end badly, which has ended already and is completed")
    for after in (f"{good}:ok", f"{good}:any", f"{bad}:any", f"{bad}:not-ok"):
        box.wait_state(box.submit("--after", after, "--", "true"), "completed")


@test
def json_of_a_submission_has_the_fields(box):
    job = json.loads(box.ok("submit", "--json", "--tag", "x", "--", "true").out)
    equal((job["tags"], job["priority"]), (["x"], 0))


@test
def more_memory_than_there_ever_is_is_refused(box):
    result = box.cli("submit", "--memory", "900T", "--", "true")
    equal(result.status, 1, result)
    contains(result.err, "but this machine has ")


@test
def more_memory_than_the_configuration_gives_is_refused(box):
    path = os.path.join(box.home, ".config/crystalmath/config.ini")
    os.makedirs(os.path.dirname(path), exist_ok=True)
    with open(path, "w", encoding="utf-8") as file:
        file.write("[server]\nmemory = 64M\n")
    result = box.cli("submit", "--memory", "65M", "--", "true")
    equal(result.status, 1, result)
    contains(result.err, "asks for 65.0 MiB of memory, but all jobs together may take 64.0 MiB "
             "([server] memory")
    contains(result.err, "Ask for at most 64M")
    equal(box.call("jobs.list")["total"], 0)
    box.wait_state(box.submit("--memory", "64M", "--", "true"), "completed")


main()
