"""jobs.log and jobs.files: any file of a job, of any size, by offset and by line."""

import os

from support import check, contains, equal, main, test

GIB = 1024 ** 3


def log(box, job_id, **params):
    return box.call("jobs.log", {"id": job_id, **params})


def refusal(box, job_id, **params):
    answer = box.wire.call("jobs.log", {"id": job_id, **params})
    check("error" in answer, answer)
    return answer["error"]["message"]


def open_job(box, script="true"):
    job_id = box.shell(script)
    box.ok("wait", str(job_id))
    box.wire = box.connect()
    return job_id


def line(wire, job_id, number, **params):
    """As a client asks: again while it is pending, with a ping between. Also how often."""
    for times in range(1, 100000):
        answer = wire.call("jobs.log", {"id": job_id, "line": number, **params})["result"]
        if not answer["pending"]:
            return answer, times
        equal((answer["text"], answer["eof"], answer["line"]), ("", False, None))
        check(wire.call("system.ping")["result"]["pong"], "no pong")


@test
def a_file_of_the_jobs_directory_is_read_by_its_path(box):
    job_id = open_job(box, "mkdir -p tmp/si.save; echo deep > tmp/si.save/data; echo top > CRASH")
    equal(log(box, job_id, file="CRASH")["text"], "top\n")
    equal(log(box, job_id, file="tmp/si.save/data")["text"], "deep\n")
    equal(log(box, job_id, file=box.path("CRASH"))["text"], "top\n")
    equal(log(box, job_id, file="./CRASH")["path"], box.path("./CRASH"))


@test
def what_is_not_below_the_directory_is_refused(box):
    job_id = open_job(box)
    for name in ("../secret", "a/../../secret", "..", "/etc/passwd", "", "a/.."):
        contains(refusal(box, job_id, file=name), "jobs.files list")
    contains(refusal(box, job_id, file="input"), "no input file")


@test
def a_link_is_followed_wherever_it_leads(box):
    """As a scratch folder often is one, to another disk."""
    os.mkdir(os.path.join(box.root, "scratch"))
    with open(os.path.join(box.root, "scratch", "wfc"), "w", encoding="ascii") as file:
        file.write("far\n")
    os.symlink(os.path.join(box.root, "scratch"), box.path("tmp"))
    job_id = open_job(box)
    equal(log(box, job_id, file="tmp/wfc")["text"], "far\n")
    equal([f["name"] for f in box.call("jobs.files", {"id": job_id})["files"]], [])


@test
def a_fifo_a_folder_and_a_device_are_refused_at_once(box):
    os.mkfifo(box.path("pipe"))
    os.mkdir(box.path("folder"))
    os.symlink("/dev/zero", box.path("zero"))
    job_id = open_job(box)
    contains(refusal(box, job_id, file="pipe"), "not a regular file")
    contains(refusal(box, job_id, file="folder"), "not a regular file")
    contains(refusal(box, job_id, file="zero"), "not a regular file")
    contains(refusal(box, job_id, file="pipe/x"), "cannot be read")
    contains(refusal(box, job_id, file="n" * 300), "cannot be read")


@test
def a_file_that_is_not_there_is_empty_and_has_no_identity(box):
    answer = log(box, open_job(box), file="none/such")
    equal((answer["text"], answer["size"], answer["eof"], answer["identity"]),
          ("", 0, True, None))


@test
def lines_are_read_from_either_end(box):
    job_id = open_job(box, "seq 1 1000")
    answer = log(box, job_id, line=500, lines=3)
    equal((answer["text"], answer["line"], answer["eof"]), ("500\n501\n502\n", 500, False))
    equal(log(box, job_id, offset=answer["next_offset"], lines=1)["text"], "503\n")
    equal(log(box, job_id, offset=answer["next_offset"], lines=1)["line"], 503)
    answer = log(box, job_id, line=-2)
    equal((answer["text"], answer["eof"]), ("999\n1000\n", True))
    answer = log(box, job_id, line=5000)
    equal((answer["text"], answer["line"], answer["eof"]), ("", 1001, True))
    equal(log(box, job_id, line=1, lines=0)["text"], "")


@test
def one_place_is_given_and_line_zero_is_none(box):
    job_id = open_job(box)
    contains(refusal(box, job_id, line=0), "no line 0")
    contains(refusal(box, job_id, line=1, offset=0), "not several")
    contains(refusal(box, job_id, tail_lines=1, offset=0), "not several")


@test
def a_replaced_file_has_another_identity_and_a_cut_one_has_not(box):
    job_id = open_job(box, "echo one > f")
    first = log(box, job_id, file="f")
    equal(log(box, job_id, file="f")["identity"], first["identity"])
    box.write("f", "")
    cut = log(box, job_id, file="f")
    equal((cut["identity"], cut["size"]), (first["identity"], 0))
    box.write("g", "two\n")
    os.rename(box.path("g"), box.path("f"))
    other = log(box, job_id, file="f")
    check(other["identity"] != first["identity"], other)


@test
def ten_gigabytes_are_read_at_any_place_with_little_memory(box):
    box.write("big", b"first\nsecond\n")
    os.truncate(box.path("big"), 10 * GIB)
    with open(box.path("big"), "ab") as file:
        file.write(b"\nbut two\nbut one\nlast\n")
    job_id = open_job(box)
    before = box.call("system.status")["memory_bytes"]
    equal(log(box, job_id, file="big", tail_lines=2)["text"], "but one\nlast\n")
    answer, times = line(box.wire, job_id, -2, file="big", lines=1)
    equal((answer["text"], answer["offset"], times), ("but one\n", 10 * GIB + 9, 1))
    answer = log(box, job_id, file="big", offset=10 * GIB + 1)
    equal((answer["text"], answer["line"]), ("but two\nbut one\nlast\n", None))
    answer, times = line(box.wire, job_id, 4, file="big")
    equal((answer["text"], answer["line"]), ("but two\nbut one\nlast\n", 4))
    check(times > 1, "10 GB were read in one turn")
    answer, times = line(box.wire, job_id, 5, file="big", lines=1)
    equal((answer["text"], times), ("but one\n", 1), "what was counted is counted again")
    equal(log(box, job_id, file="big", offset=10 * GIB + 9)["line"], 5)
    answer, _ = line(box.wire, job_id, -4, file="big", limit=5)
    equal((answer["offset"], answer["line"]), (13, 3))
    grown = box.call("system.status")["memory_bytes"] - before
    if not box.env.get("ASAN_OPTIONS"):
        check(grown < 4 * 1024 * 1024, f"the server has grown by {grown} bytes")


@test
def names_are_listed_and_read_whatever_they_hold(box):
    names = ["a b", "new\nline", "ü", "-n", "quo'te\"", "n" * 255, "sub/x"]
    for name in names:
        box.write(name, name)
    with open(os.path.join(os.fsencode(box.work), b"bad\xff"), "wb") as file:
        file.write(b"12345")
    os.symlink("a b", box.path("link"))
    os.symlink("nowhere", box.path("dangling"))
    os.mkfifo(box.path("pipe"))
    job_id = open_job(box)
    answer = box.call("jobs.files", {"id": job_id})
    files = {file["name"]: file for file in answer["files"]}
    equal(sorted(files), sorted(names + ["bad\ufffd", "link"]))
    equal((answer["directory"], answer["more"]), (box.work, False))
    for name in names:
        check(files[name]["representable"], name)
        equal(files[name]["size"], len(name.encode()))
        equal(log(box, job_id, file=name)["text"], name)
    equal((files["bad\ufffd"]["representable"], files["bad\ufffd"]["size"]), (False, 5))


@test
def a_list_of_files_is_bounded_and_says_so(box):
    for i in range(30):
        box.write(f"tmp/{i}", "")
    job_id = open_job(box, "echo x > top")
    answer = box.call("jobs.files", {"id": job_id, "limit": 10})
    check(answer["more"], answer)
    contains([file["name"] for file in answer["files"]], "top")
    check(len(answer["files"]) <= 10, answer)


@test
def a_directory_that_is_gone_has_no_files(box):
    os.mkdir(box.path("gone"))
    job_id = box.submit("--", "sh", "-c", "rmdir ../gone", cwd=box.path("gone"))
    box.ok("wait", str(job_id))
    equal(box.call("jobs.files", {"id": job_id})["files"], [])


main()
