"""jobs.subscribe with a file: its lines as they come, whatever becomes of the file meanwhile."""

import os

from support import check, contains, equal, main, test

GIB = 1024 ** 3


class Feed:
    """A subscription to one file, and what it was told."""

    def __init__(self, box, job_id, **params):
        self.wire = box.connect()
        self.result = self.wire.call(
            "jobs.subscribe", {"jobs": [job_id], "logs": True, **params})["result"]
        self.text, self.again, self.missed, self.offsets, self.states = "", 0, 0, [], []

    def take(self):
        message = self.wire.receive()
        params = message["params"]
        if message["method"] == "jobs.log":
            if params["again"]:
                equal((params["offset"], params["text"]), (0, ""))
                self.again += 1
                self.text = ""
            else:
                self.offsets.append(params["offset"])
                self.text += params["text"]
        elif message["method"] == "jobs.missed":
            self.missed += params["count"]
        elif message["method"] == "jobs.changed":
            self.states.append(params["job"]["state"])
        return params

    def expect(self, text):
        while self.text != text:
            self.take()


def running(box, script=""):
    """A job that runs until the gate opens, and is known to run."""
    job_id = box.shell(f"{script} {box.gate()}")
    box.wait_state(job_id, "running")
    return job_id


def append(box, name, text):
    with open(box.path(name), "a", encoding="utf-8") as file:
        file.write(text)


@test
def lines_of_a_file_come_as_it_grows_and_the_rest_with_the_end(box):
    box.write("f", "old\n")
    feed = Feed(box, running(box), file="f")
    equal(feed.result["file"], "f")
    append(box, "f", "one\n")
    feed.expect("one\n")
    append(box, "f", "two\nthr")
    feed.expect("one\ntwo\n")
    append(box, "f", "ee\nno newline")
    feed.expect("one\ntwo\nthree\n")
    equal(feed.offsets[0], 4)
    box.open_gate()
    while "completed" not in feed.states:
        feed.take()
    equal((feed.text, feed.again, feed.missed), ("one\ntwo\nthree\nno newline", 0, 0))


@test
def a_file_is_sent_from_the_offset_that_is_wanted(box):
    box.write("f", "one\ntwo\nthree\n")
    job_id = running(box)
    feed = Feed(box, job_id, file="f", offset=4)
    feed.expect("two\nthree\n")
    equal(feed.offsets[0], 4)
    far = Feed(box, job_id, file="f", offset=20)
    append(box, "f", "four\n56789\n")
    far.expect("6789\n")
    equal((far.offsets, far.again), ([20], 0))


@test
def the_output_has_an_offset_too(box):
    feed = Feed(box, running(box, "echo one; echo two;"), offset=4)
    equal(feed.result["file"], "output")
    feed.expect("two\n")


@test
def a_cut_file_and_another_one_in_its_place_are_sent_again(box):
    box.write("f", "a long line\n")
    feed = Feed(box, running(box), file="f", offset=0)
    feed.expect("a long line\n")
    box.write("f", "short\n")
    feed.expect("short\n")
    equal(feed.again, 1)
    box.write("g", "renamed over it\n")
    os.rename(box.path("g"), box.path("f"))
    feed.expect("renamed over it\n")
    equal(feed.again, 2)


@test
def a_file_and_its_folder_may_come_late_and_go(box):
    feed = Feed(box, running(box), file="tmp/deep/f")
    box.write("tmp/deep/f", "one\n")
    feed.expect("one\n")
    os.unlink(box.path("tmp/deep/f"))
    os.rmdir(box.path("tmp/deep"))
    box.write("tmp/deep/f", "two\n")
    feed.expect("two\n")
    equal(feed.again, 1)


@test
def each_subscription_has_its_own_file(box):
    job_id = running(box)
    one, two = Feed(box, job_id, file="one"), Feed(box, job_id, file="two")
    append(box, "one", "1\n")
    append(box, "two", "2\n")
    one.expect("1\n")
    two.expect("2\n")
    equal(one.wire.call("jobs.unsubscribe", {"subscription": one.result["subscription"]})["result"], {})
    append(box, "one", "more\n")
    append(box, "two", "more\n")
    two.expect("2\nmore\n")
    equal(one.wire.call("system.ping")["result"]["pong"], True)


@test
def what_cannot_be_followed_is_refused(box):
    os.mkfifo(box.path("pipe"))
    job_id = running(box)
    wire = box.connect()
    for params, part in (
            ({"jobs": [job_id], "file": "f"}, "'logs'"),
            ({"logs": True, "file": "f"}, "one job"),
            ({"logs": True, "jobs": [job_id, job_id], "offset": 0}, "one job"),
            ({"logs": True, "jobs": [job_id], "file": "../f"}, "jobs.files list"),
            ({"logs": True, "jobs": [job_id], "file": "pipe"}, "not a regular file"),
            ({"logs": True, "jobs": [job_id], "file": "input"}, "no input file"),
            ({"logs": True, "jobs": [job_id + 1], "file": "f"}, "no job")):
        answer = wire.call("jobs.subscribe", params)
        contains(answer.get("error", {}).get("message", str(answer)), part)
    for _ in range(64):  # what was refused takes none of a connection's subscriptions
        check("result" in wire.call("jobs.subscribe", {}), "too many")


@test
def the_files_of_an_ended_job_are_read_not_followed(box):
    job_id = box.shell("echo one > f")
    box.ok("wait", str(job_id))
    equal(Feed(box, job_id, file="f", offset=0).result["file"], None)


@test
def the_output_of_the_next_try_is_sent_from_its_beginning(box):
    job_id = box.shell(f"echo try; {box.gate()}; kill -9 $$", "--retries", "1")
    box.wait_state(job_id, "running")
    feed = Feed(box, job_id, offset=0)
    feed.expect("try\n")
    box.open_gate()
    while not feed.again:
        feed.take()
    equal((feed.text, feed.missed), ("", 0))


@test
def ten_gigabytes_are_followed_with_little_memory(box):
    box.write("big", "")
    os.truncate(box.path("big"), 10 * GIB)
    job_id = running(box)
    before = box.call("system.status")["memory_bytes"]
    near, end = Feed(box, job_id, file="big", offset=10 * GIB), Feed(box, job_id, file="big")
    append(box, "big", "one\n")
    near.expect("one\n")
    end.expect("one\n")
    equal((near.offsets, near.again), ([10 * GIB], 0))
    grown = box.call("system.status")["memory_bytes"] - before
    if not box.env.get("ASAN_OPTIONS"):
        check(grown < 4 * 1024 * 1024, f"the server has grown by {grown} bytes")


main()
