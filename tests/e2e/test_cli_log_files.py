"""crystalmath log: any file of a job, from any place, and what becomes of it meanwhile."""

import os

from support import check, contains, equal, main, matches, test

GIB = 1024 ** 3


def printed(process, size):
    """Read exactly so many bytes of what it prints, as soon as they are there."""
    data = b""
    while len(data) < size:
        piece = os.read(process.stdout.fileno(), size - len(data))
        check(piece, f"ended after {data!r}")
        data += piece
    return data.decode()


def ended(box, script="true"):
    job_id = str(box.shell(script))
    box.ok("wait", job_id)
    return job_id


def running(box, script=""):
    """A job that runs until the gate opens, and is known to run."""
    job_id = box.shell(f"{script} {box.gate()}")
    box.wait_state(job_id, "running")
    return str(job_id)


def append(box, name, text):
    with open(box.path(name), "a", encoding="utf-8") as file:
        file.write(text)


def replace(box, name, text):
    box.write("other", text)
    os.rename(box.path("other"), box.path(name))


def refused(box, *words):
    result = box.cli("log", *words)
    equal((result.status, result.out), (1, ""), result)
    return result.err


@test
def a_file_is_printed_by_its_path_from_the_jobs_folder(box):
    job_id = ended(box, "mkdir -p tmp/si.save; echo deep > tmp/si.save/data; echo top > CRASH")
    equal(box.ok("log", job_id, "--file", "CRASH").out, "top\n")
    equal(box.ok("log", job_id, "--file=tmp/si.save/data", cwd=box.home).out, "deep\n")
    equal(box.ok("log", job_id, "--file", box.path("CRASH")).out, "top\n")


@test
def a_file_that_is_called_output_is_not_the_output(box):
    job_id = ended(box, "echo of the job; for f in output error input; do echo $f > $f; done")
    for name in ("output", "error", "input"):
        equal(box.ok("log", job_id, "--file", name).out, name + "\n")
    equal(box.ok("log", job_id).out, "of the job\n")


@test
def files_are_listed_with_their_sizes(box):
    box.write("tmp/x y", "12345")
    box.write("-n", "")
    box.write("tab\tand\nnewline", "1")
    os.mkfifo(box.path("pipe"))
    job_id = ended(box)
    rows = [line.split("\t") for line in box.ok("log", job_id, "--files").out.splitlines()]
    equal([(row[0], row[2]) for row in rows], [("0", "-n"), ("1", "tab?and?newline"), ("5", "tmp/x y")])
    for row in rows:
        matches(row[1], r"^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d")
    names = [file["name"] for file in box.ok("log", "--files", "--json", job_id).json()["files"]]
    equal(names, ["-n", "tab\tand\nnewline", "tmp/x y"])


@test
def files_are_a_table_on_a_terminal(box):
    box.write("big", "")
    os.truncate(box.path("big"), 10 * GIB)
    with open(os.path.join(os.fsencode(box.work), b"bad\xff"), "wb") as file:
        file.write(b"12345")
    box.write("k", "x" * 1024)
    job_id = ended(box)
    text = box.on_terminal("log", job_id, "--files", env={"NO_COLOR": "1"}).out
    matches(text, r"(?m)^ +SIZE +CHANGED +FILE$")
    matches(text, r"(?m)^ +10\.0 GiB +\d{4}-\d\d-\d\d \d\d:\d\d:\d\d +big$")
    matches(text, r"(?m)^ +1\.0 KiB .* k$")
    matches(text, r"(?m)^ +5 B .* bad\ufffd +not UTF-8")
    contains(text, f"crystalmath log {job_id} --file FILE")


@test
def a_job_without_files_says_so_to_people(box):
    job_id = ended(box)
    equal(box.ok("log", job_id, "--files").out, "")
    contains(box.on_terminal("log", job_id, "--files").out, f"no files in {box.work}")
    contains(box.cli("log", "99", "--files").err, "no job 99")


@test
def a_part_begins_at_a_line_or_behind_some_bytes(box):
    job_id = ended(box, "seq 1 1000 > f")
    equal(box.ok("log", job_id, "--file", "f", "--from", "998").out, "998\n999\n1000\n")
    equal(box.ok("log", job_id, "--file", "f", "--from", "500", "-n", "2").out, "500\n501\n")
    equal(box.ok("log", job_id, "--file", "f", "--offset", "3884", "-n", "1").out, "999\n")
    equal(box.ok("log", job_id, "--file", "f", "--offset", "3893").out, "")
    equal(box.ok("log", job_id, "--file", "f", "--from", "1", "-n", "0").out, "")
    equal(box.ok("log", job_id, "--file", "f", "--from", "1001").out, "")
    contains(refused(box, job_id, "--file", "f", "--from", "1002"), "1000 lines")
    contains(refused(box, job_id, "--file", "f", "--offset", "3894"), "3893 bytes")


@test
def more_lines_than_one_answer_holds_are_counted_on(box):
    job_id = ended(box, "seq 1 400000 > f")
    equal(box.ok("log", job_id, "--file", "f", "--from", "2", "-n", "300000").out,
          "".join(f"{i}\n" for i in range(2, 300002)))
    equal(box.ok("log", job_id, "--file", "f", "-n", "390000").out,
          "".join(f"{i}\n" for i in range(10001, 400001)))


@test
def what_is_no_file_of_the_job_is_refused_by_name(box):
    """The files are the user's own; a mistyped name alone is caught."""
    os.mkfifo(box.path("pipe"))
    os.mkdir(box.path("folder"))
    os.symlink("/dev/zero", box.path("zero"))
    os.symlink("loop", box.path("loop"))
    job_id = ended(box)
    for name in ("../../etc/passwd", "/etc/passwd", "a/../../b"):
        contains(refused(box, job_id, "--file", name), f"`crystalmath log {job_id} --files`")
    contains(refused(box, job_id, "--file", "pipe"), f"{box.path('pipe')} cannot be read: it is a fifo")
    contains(refused(box, job_id, "-f", "--file", "pipe"), "it is a fifo")
    contains(refused(box, job_id, "--file", "folder"), "it is a folder")
    contains(refused(box, job_id, "--file", "zero"), "device")
    contains(refused(box, job_id, "--file", "loop"), "cannot be read")
    contains(refused(box, job_id, "--file", "none"), f"job {job_id} has no file none")
    contains(refused(box, job_id, "-f", "--file", "none"), "has no file none")
    contains(refused(box, job_id, "--file", b"bad\xff"), "not UTF-8")


@test
def a_link_is_followed_out_of_the_folder(box):
    os.mkdir(os.path.join(box.root, "scratch"))
    with open(os.path.join(box.root, "scratch", "wfc"), "w", encoding="ascii") as file:
        file.write("far\n")
    os.symlink(os.path.join(box.root, "scratch"), box.path("tmp"))
    equal(box.ok("log", ended(box), "--file", "tmp/wfc").out, "far\n")


@test
def ten_gigabytes_are_not_read_to_print_a_part(box):
    box.write("big", b"first\nsecond\n")
    os.truncate(box.path("big"), 10 * GIB)
    with open(box.path("big"), "ab") as file:
        file.write(b"\nbut one\nlast\n")
    job_id = running(box)
    big = ("log", job_id, "--file", "big")
    equal(box.ok(*big, "-n", "2").out, "but one\nlast\n")
    equal(box.ok(*big, "--from", "2", "-n", "0").out, "")
    equal(box.ok(*big, "-n1", "--offset", "6").out, "second\n")
    equal(box.ok(*big, "--offset", str(10 * GIB + 9)).out, "last\n")
    process = box.start(*big, "-f", "-n", "1")
    equal(printed(process, 5), "last\n")
    append(box, "big", "more\n")
    equal(printed(process, 5), "more\n")
    with open(f"/proc/{process.pid}/status", encoding="ascii") as file:
        peak = int([line for line in file if line.startswith("VmHWM")][0].split()[1])
    if not box.env.get("ASAN_OPTIONS"):
        check(peak < 64 * 1024, f"the program took {peak} kB")
    box.open_gate()
    equal(box.finish(process).status, 0)


@test
def a_line_far_into_a_large_file_is_found(box):
    box.write("big", b"first\n")
    os.truncate(box.path("big"), GIB)
    with open(box.path("big"), "ab") as file:
        file.write(b"\nthird\nfourth\n")
    job_id = ended(box)
    equal(box.ok("log", job_id, "--file", "big", "--from", "3", "--lines", "1").out, "third\n")


@test
def a_file_is_followed_from_any_place_until_the_job_ends(box):
    box.write("f", "one\ntwo\nthree\n")
    job_id = running(box)
    line = box.start("log", job_id, "-f", "--file", "f", "--from", "2")
    byte = box.start("log", job_id, "-f", "--file", "f", "--offset", "8")
    late = box.start("log", job_id, "-f", "--file", "late/f")
    equal(printed(line, 10), "two\nthree\n")
    equal(printed(byte, 6), "three\n")
    append(box, "f", "four\n")
    equal(printed(line, 5), "four\n")
    box.write("late/f", "late\n")
    equal(printed(late, 5), "late\n")
    append(box, "f", "end")
    box.open_gate()
    for process, rest in ((line, "end"), (byte, "four\nend"), (late, "")):
        result = box.finish(process)
        equal((result.status, result.out, result.err), (0, rest, ""))


@test
def a_place_that_is_not_reached_yet_is_waited_for(box):
    job_id = running(box)
    box.write("f", "12")
    process = box.start("log", job_id, "-f", "--file", "f", "--offset", "4")
    append(box, "f", "34\n")
    equal(printed(process, 1), "\n")
    append(box, "f", "more\n")
    equal(printed(process, 5), "more\n")


@test
def a_cut_and_a_replaced_file_are_told_and_followed_from_their_beginning(box):
    box.write("f", "a long line\n")
    job_id = running(box)
    process = box.start("log", job_id, "-f", "--file", "f")
    equal(printed(process, 12), "a long line\n")
    box.write("f", "short\n")
    equal(printed(process, 6), "short\n")
    replace(box, "f", "renamed over it\n")
    equal(printed(process, 16), "renamed over it\n")
    os.unlink(box.path("f"))
    append(box, "f", "new\n")
    equal(printed(process, 4), "new\n")
    append(box, "f", "and on\n")
    equal(printed(process, 7), "and on\n")
    box.open_gate()
    result = box.finish(process)
    equal((result.status, result.out), (0, ""))
    path = box.path("f")
    equal(result.err.splitlines(), [
        f"crystalmath: {path} was cut short; it follows from its beginning",
        f"crystalmath: {path} was replaced by another file; it follows from its beginning",
        f"crystalmath: {path} was replaced by another file; it follows from its beginning"])


@test
def a_file_in_the_place_of_another_that_begins_alike_is_not_printed_again(box):
    box.write("f", "one\ntwo\nthree\n")
    job_id = running(box)
    whole = box.start("log", job_id, "-f", "--file", "f")
    part = box.start("log", job_id, "-f", "--file", "f", "-n", "1")
    equal((printed(whole, 14), printed(part, 6)), ("one\ntwo\nthree\n", "three\n"))
    replace(box, "f", "one\ntwo\nthree\nfour\n")
    equal((printed(whole, 5), printed(part, 5)), ("four\n", "four\n"))
    replace(box, "f", "0ne\ntwo\nthree\nfour\n")
    equal(printed(whole, 19), "0ne\ntwo\nthree\nfour\n")
    append(box, "f", "five\n")
    equal((printed(whole, 5), printed(part, 5)), ("five\n", "five\n"))
    box.open_gate()
    for process, times in ((whole, 1), (part, 0)):
        result = box.finish(process)
        equal((result.status, result.out, result.err.count("was replaced")), (0, "", times))


@test
def a_file_written_anew_at_its_size_is_told(box):
    box.write("f", "a line\n")
    job_id = running(box)
    process = box.start("log", job_id, "-f", "--file", "f")
    equal(printed(process, 7), "a line\n")
    append(box, "f", "b line\n")
    equal(printed(process, 7), "b line\n")  # so it is pushed by now
    with open(box.path("f"), "r+", encoding="ascii") as file:
        file.write("x line\ny line\nz line\n")
    equal(printed(process, 21), "x line\ny line\nz line\n")
    box.open_gate()
    contains(box.finish(process).err, "was written anew")


@test
def the_next_try_of_a_job_is_told_and_its_output_followed(box):
    job_id = box.shell(f"echo try; [ -e f ] || {{ echo > f; {box.gate()}; kill -9 $$; }}; {box.gate('b')}",
                       "--retries", "1")
    process = box.start("log", "-f", str(job_id))
    equal(printed(process, 4), "try\n")
    box.open_gate()
    equal(printed(process, 4), "try\n")
    box.open_gate("b")
    result = box.finish(process)
    equal((result.status, result.out), (0, ""))
    contains(result.err, "next try")


@test
def a_killed_server_leaves_no_gap_in_a_file_and_one_replaced_meanwhile_is_told(box):
    box.write("f", "one\n")
    job_id = running(box)
    process = box.start("log", job_id, "-f", "--file", "f")
    equal(printed(process, 4), "one\n")
    append(box, "f", "two\n")
    box.kill_server()
    append(box, "f", "three\n")
    equal(printed(process, 10), "two\nthree\n")
    box.kill_server()
    replace(box, "f", "another\n")
    equal(printed(process, 8), "another\n")
    box.open_gate()
    result = box.finish(process)
    equal((result.status, result.out), (0, ""))
    equal(result.err.count("was replaced"), 1, result.err)


@test
def the_words_of_the_command_line_fit_together(box):
    for words, part in (
            (["--from", "0"], "from 1"),
            (["--offset", "-1"], "whole number"),
            (["--from", "1", "--offset", "0"], "either --from or --offset"),
            (["-f", "--from", "1", "-n", "1"], "leave one of them out"),
            (["--file", "f", "--error"], "--file, --task, --error and --input"),
            (["--file", ""], "empty"),
            (["--files", "-f"], "--follow"),
            (["--files", "--file", "f"], "--file"),
            (["--json"], "--files")):
        result = box.cli("log", "7", *words)
        equal((result.status, result.out), (2, ""), result)
        contains(result.err, part)


main()
