"""crystalmath log: whole, in part, and as it grows."""

import os
import signal

from support import check, contains, equal, lacks, main, matches, test, wait_until


def printed(process, size):
    """Read exactly so many bytes of what it prints, as soon as they are there."""
    data = b""
    while len(data) < size:
        piece = os.read(process.stdout.fileno(), size - len(data))
        check(piece, f"ended after {data!r}")
        data += piece
    return data.decode()


@test
def the_whole_output_is_printed_as_it_is(box):
    job_id = box.shell("printf 'one\\ntwo\\n\\n  three'; printf ' and ü\\n'")
    box.ok("wait", str(job_id))
    equal(box.ok("log", str(job_id)).out, "one\ntwo\n\n  three and ü\n")


@test
def an_output_of_many_pieces_is_whole(box):
    job_id = box.shell("seq 1 400000")
    box.ok("wait", str(job_id))
    equal(box.ok("log", str(job_id)).out, "".join(f"{i}\n" for i in range(1, 400001)))


@test
def lines_begins_at_the_end(box):
    job_id = str(box.shell("seq 1 100"))
    box.ok("wait", job_id)
    equal(box.ok("log", job_id, "-n", "2").out, "99\n100\n")
    equal(box.ok("log", "--lines=1", job_id).out, "100\n")
    equal(box.ok("log", "-n0", job_id).out, "")
    equal(box.ok("log", "-n", "1000", job_id).out.count("\n"), 100)


@test
def input_and_error_output_are_files_of_their_own(box):
    path = box.silicon()
    job_id = str(box.submit("si.in"))
    box.ok("wait", job_id)
    with open(path, encoding="ascii") as file:
        equal(box.ok("log", job_id, "--input").out, file.read())
    contains(box.ok("log", job_id).out, "JOB DONE.")
    box.ok("log", job_id, "--error")


@test
def a_command_has_no_input_to_show(box):
    job_id = str(box.shell("true"))
    result = box.cli("log", job_id, "--input")
    equal((result.status, result.out), (1, ""))
    contains(result.err, "no input")


@test
def an_unknown_job_is_an_error(box):
    for words in (["99"], ["-f", "99"]):
        result = box.cli("log", *words)
        equal((result.status, result.out), (1, ""))
        contains(result.err, "99")


@test
def a_queued_job_has_written_nothing(box):
    cores = str(box.call("system.status")["cores"])
    box.shell(box.gate(), "--cores", cores)
    waiting = str(box.shell("echo late", "--cores", cores))
    said = box.ok("log", waiting)
    equal(said.out, "")
    contains(said.err, f"job {waiting} has not started, and has written nothing yet")
    contains(box.on_terminal("log", waiting).out, "written nothing")
    follower = box.start("log", "-f", waiting)
    box.open_gate()
    equal(box.finish(follower).out, "late\n")


# Prints as pw.x does.
TELLING = """#!/bin/sh
echo the run of $(date +%s%N)
"""


def a_run(box):
    """Its number, when it has ended."""
    box.silicon()
    box.write("bin/pw.x", TELLING, 0o755)
    box.env["PATH"] = f"{box.path('bin')}:{os.environ['PATH']}"
    first = str(box.submit("si.in"))
    box.cli("wait", first)
    return first


@test
def an_output_that_another_run_has_written_to_says_so(box):
    first = a_run(box)
    equal(box.ok("log", first).err, "")
    lacks(box.ok("show", first).out, "has changed")
    waiting = str(box.submit("--hold", "si.in"))
    said = box.ok("log", waiting)
    contains(said.err, f"job {waiting} has not started, and has written nothing yet; an earlier run has written "
                       f"{box.path('si.out')}")
    later = os.stat(box.path("si.out")).st_mtime + 3
    os.utime(box.path("si.out"), (later, later))
    said = box.ok("log", first)
    contains(said.out, "the run of")
    contains(said.err, f"{box.path('si.out')} has changed since job {first} ended; another run has written to it")
    equal(said.err.count("\n"), 1)
    matches(box.ok("show", first).out, "note that +the output has changed since the job ended")
    equal(box.job(int(first))["output_changed"], True)
    lacks(box.ok("log", first, "--input").err, "changed")


@test
def an_error_output_that_is_gone_is_not_named(box):
    first = a_run(box)
    lacks(box.ok("show", first).out, "error output")
    box.write("bin/pw.x", "#!/bin/sh\necho why >&2\n", 0o755)
    second = str(box.submit("si.in"))
    box.cli("wait", second)
    contains(box.ok("show", second).out, "error output")


@test
def follow_prints_what_is_there_then_what_comes_and_ends_with_the_job(box):
    script = f"echo one; {box.gate('a')}; echo two; {box.gate('b')}; printf 'no newline'"
    process = box.start("log", "--follow", str(box.shell(script)))
    equal(printed(process, 4), "one\n")
    box.open_gate("a")
    equal(printed(process, 4), "two\n")
    check(process.poll() is None, "it ended before the job")
    box.open_gate("b")
    result = box.finish(process)
    equal((result.status, result.out, result.err), (0, "no newline", ""))


@test
def follow_of_an_ended_job_prints_it_and_ends(box):
    job_id = str(box.shell("seq 1 9; exit 3"))
    box.cli("wait", job_id)
    equal(box.ok("log", "-f", job_id).out, "".join(f"{i}\n" for i in range(1, 10)))
    equal(box.ok("log", "-fn2", job_id).out, "8\n9\n")


@test
def follow_keeps_up_with_a_fast_writer(box):
    process = box.start("log", "-f", str(box.shell("seq 1 300000")))
    equal(box.finish(process).out, "".join(f"{i}\n" for i in range(1, 300001)))


@test
def follow_keeps_every_byte_that_is_utf_8_and_marks_others(box):
    script = f"printf 'a\\377b\\n'; {box.gate()}; printf 'ü\\377\\nend\\n'"
    process = box.start("log", "-f", str(box.shell(script)))
    equal(printed(process, len("a\ufffdb\n".encode())), "a\ufffdb\n")
    box.open_gate()
    equal(box.finish(process).out, "ü\ufffd\nend\n")


@test
def follow_survives_a_kill_of_the_server_without_a_gap_or_a_repeat(box):
    script = "".join(f"echo {i}; {box.gate(str(i))}; " for i in range(4))
    process = box.start("log", "-f", str(box.shell(script)))
    equal(printed(process, 2), "0\n")
    box.open_gate("0")
    equal(printed(process, 2), "1\n")
    box.kill_server()
    for name in ("1", "2", "3"):
        box.open_gate(name)
    result = box.finish(process)
    equal((result.status, result.out), (0, "2\n3\n"), result)


@test
def error_output_is_printed_and_followed_until_the_end(box):
    """Of a pw.x that is a script, since the real one has little to say there."""
    box.silicon()
    box.write("bin/pw.x", f"#!/bin/sh\necho one >&2\n{box.gate()}\necho two >&2\n", 0o755)
    job_id = str(box.submit("si.in", env={"PATH": f"{box.path('bin')}:{box.env['PATH']}"}))
    process = box.start("log", "-f", "--error", job_id)
    equal(printed(process, 4), "one\n")
    box.open_gate()
    result = box.finish(process)
    equal((result.status, result.out), (0, "two\n"))
    equal(box.ok("log", job_id, "--error").out, "one\ntwo\n")
    equal(box.ok("log", job_id).out, "")


@test
def follow_ends_when_its_reader_does(box):
    job_id = str(box.shell(f"echo one; {box.gate()}"))
    process = box.start("log", "-f", job_id)
    equal(printed(process, 4), "one\n")
    process.stdout.close()
    process.stdout = None
    wait_until(lambda: process.poll() is not None, "the end without a reader")
    equal(process.stderr.read(), b"")
    box.wait_state(int(job_id), "running")


@test
def ctrl_c_ends_follow_without_a_word_and_leaves_the_job(box):
    job_id = str(box.shell(f"echo one; {box.gate()}"))
    process = box.start("log", "-f", job_id)
    equal(printed(process, 4), "one\n")
    process.send_signal(signal.SIGINT)
    result = box.finish(process)
    equal((result.status, result.err), (-signal.SIGINT, ""))
    box.wait_state(int(job_id), "running")


main()
