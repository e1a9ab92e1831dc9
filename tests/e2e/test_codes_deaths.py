"""Runs that die without a word of their own: what is said of them at the end, by their status and
by what others wrote. pw.x is the real one; between it and the job stands a script that brings about
what happens to it. What a machine here cannot do to it (an out of memory kill, a batch system) is
told by words in the unit tests."""

import os
import re
import shutil
import signal
import subprocess

from support import FINAL, Skip, check, contains, equal, lacks, main, matches, test, wait_until


def around_pw_x(box, script):
    """A pw.x on PATH that is this script; "$REAL" is the real one."""
    box.silicon()
    box.write("bin/pw.x", f"#!/bin/sh\nREAL={shutil.which('pw.x')}\n{script}\n", 0o755)
    box.env["PATH"] = f"{box.path('bin')}:{os.environ['PATH']}"


def failed(box, *args):
    job = box.wait_state(box.submit(*args, "si.in"), *FINAL)
    equal(job["state"], "failed", job)
    return job


def problem(job):
    """The only one."""
    problems = job["results"]["problems"]
    equal(len(problems), 1, problems)
    return problems[0]


def kill_in_mid_run(box, number):
    around_pw_x(box, 'echo $$ > pid; exec "$REAL" "$@"')
    box.silicon(ecutwfc=40, k=8, conv_thr="1.0d-30")
    job = box.submit("si.in")
    wait_until(lambda: os.path.exists(box.path("si.out")) and "Program PWSCF" in box.read("si.out"),
               "pw.x has begun")
    os.kill(int(box.read("pid")), number)
    job = box.wait_state(job, *FINAL)
    equal(job["state"], "failed", job)
    return job


@test
def pw_x_that_is_killed_is_told_from_one_that_crashes(box):
    job = kill_in_mid_run(box, signal.SIGKILL)
    equal((job["signal"], job["results"]["status"]), (9, "truncated"))
    equal(problem(job)["category"], "killed")
    contains(job["reason"], "ended by signal 9 (Killed). Often the kernel or the batch system")


@test
def a_crash_says_what_to_try(box):
    job = kill_in_mid_run(box, signal.SIGSEGV)
    equal((job["results"]["status"], job["results"]["converged"]), ("failed", False))
    equal(problem(job)["category"], "internal_error")
    contains(job["reason"], "ulimit -s unlimited")
    contains(box.ok("show", str(job["id"])).out, "ulimit -s unlimited")


@test
def an_instruction_that_the_processor_lacks_is_told(box):
    job = kill_in_mid_run(box, signal.SIGILL)
    contains(problem(job)["remedy"], "built for a newer processor")


@test
def a_signal_is_seen_through_a_shell(box):
    around_pw_x(box, '"$REAL" "$@" & kill -BUS $!; wait $!; exit $?')
    job = failed(box)
    equal((job["exit_code"], problem(job)["category"]), (135, "internal_error"))
    # The shell's word, or where pw.x has got so far its runtime's.
    matches(job["reason"], r"(Bus error|SIGBUS.*) \(exit status 135\)\. Try `ulimit -s unlimited`")


@test
def an_output_without_an_end_fails_a_run_whose_exit_status_is_0(box):
    # LAPACK ends pw.x by a STOP, whose status is 0; no job that waits for it may begin.
    # What a real pw.x may say of its own end on this machine is another matter.
    around_pw_x(box, '"$REAL" "$@" > whole 2>/dev/null; head -40 whole')
    job = box.submit("si.in")
    after = box.wait_state(box.shell("true", "--after", str(job)), *FINAL)
    job = box.job(job)
    equal((job["state"], job["exit_code"], job["results"]["status"]), ("failed", 0, "truncated"), job)
    contains(job["reason"], "the output ends at line 40 without JOB DONE, though the exit status is 0")
    equal(after["state"], "failed", after)
    waited = box.cli("submit", "--wait", "si.in")
    equal(waited.status, 1, waited)
    contains(waited.err, "without JOB DONE")
    around_pw_x(box, "echo 'No space left on device' >&2")
    contains(failed(box)["reason"], "No space left on device")


@test
def an_input_that_lapack_refuses_fails_though_pw_x_exits_with_0(box):
    around_pw_x(box, 'exec "$REAL" "$@"')
    box.write("si.in", box.read("si.in").replace("nat = 2,", "nat = 2, tot_charge = 9,"))
    job = failed(box)
    check(job["exit_code"] == 0 or "On entry" not in box.read("si.out"), job)
    contains(box.ok("show", str(job["id"])).out, problem(job)["message"])


@test
def an_empty_output_fails_a_run_and_one_that_is_not_there_says_nothing(box):
    around_pw_x(box, "exit 0")
    contains(failed(box)["reason"], "the output is empty, though the exit status is 0")
    around_pw_x(box, "rm si.out")
    equal(box.wait_state(box.submit("si.in"), *FINAL)["state"], "completed")


@test
def of_a_run_that_was_ended_on_request_its_output_is_no_problem(box):
    around_pw_x(box, 'trap "kill %1; exit 1" TERM; "$REAL" "$@" & wait')
    box.silicon(ecutwfc=40, k=8, conv_thr="1.0d-30")
    begun = lambda: os.path.exists(box.path("si.out")) and "Program PWSCF" in box.read("si.out")
    job = box.submit("si.in")
    wait_until(begun, "pw.x has begun")
    box.ok("cancel", str(job))
    job = box.wait_state(job, *FINAL)
    equal((job["state"], job["reason"], job["results"]["problems"]), ("cancelled", "cancelled on request", []))
    job = box.wait_state(box.submit("--time", "0:02", "si.in"), *FINAL)
    equal((job["state"], [p["category"] for p in job["results"]["problems"]]), ("failed", ["out_of_time"]), job)


@test
def memory_that_is_not_given_is_named(box):
    around_pw_x(box, 'ulimit -v 450000; export OPENBLAS_NUM_THREADS=1; exec "$REAL" "$@"')
    box.silicon(ecutwfc=900)
    job = failed(box)
    equal(problem(job)["category"], "out_of_memory", job)


@test
def a_disk_that_is_full_is_named(box):
    around_pw_x(box, """
full='mount -t tmpfs -o size=64k tmpfs tmp && exec "$0" "$@"'
mkdir -p tmp
unshare --user --map-root-user --mount true && more=--user
exec unshare $more ${more:+--map-root-user} --mount sh -c "$full" "$REAL" "$@\"""")
    tried = subprocess.run("unshare --user --map-root-user --mount true || unshare --mount true",
                           shell=True, check=False, capture_output=True)
    if tried.returncode != 0:
        raise Skip("this kernel gives us no mount namespace")
    box.silicon(ecutwfc=60, k=4)
    contains(problem(failed(box))["remedy"], "ree room")


@test
def status_alone_is_told_when_nobody_says_more(box):
    around_pw_x(box, "exec 2>/dev/null; kill -XFSZ $$")
    job = failed(box)
    contains(job["reason"], "ended by signal 25 (File size limit exceeded). Free room")


@test
def a_rank_that_dies_under_mpirun_is_told_by_its_signal(box):
    around_pw_x(box, '[ "$OMPI_COMM_WORLD_RANK" = 1 ] && kill -SEGV $$; exec "$REAL" "$@"')
    if not shutil.which("mpirun"):
        raise Skip("there is no mpirun")
    job = failed(box, "--cores", "2")
    equal(problem(job)["category"], "internal_error")
    contains(problem(job)["message"], "signal 11 (Segmentation fault)")  # mpirun's words, or ours


@test
def a_library_that_is_missing_is_named(box):
    around_pw_x(box, 'exec "$(dirname "$0")/half" "$@"')
    with open("/bin/true", "rb") as file:
        program = file.read()
    check(b"libc.so.6" in program, "/bin/true is static")
    with open(box.path("bin/half"), "wb") as file:
        file.write(re.sub(rb"libc\.so\.6", b"libX.so.6", program))
    os.chmod(box.path("bin/half"), 0o755)
    job = failed(box)
    contains(job["reason"], "error while loading shared libraries: libX.so.6")
    contains(job["reason"], "module load")


@test
def a_program_that_is_not_there_or_may_not_run_is_told(box):
    around_pw_x(box, "exec no-such-pw.x")
    contains(failed(box)["reason"], "not found")
    box.write("bin/dumb", "#!/bin/sh\n", 0o644)
    around_pw_x(box, f"exec {box.path('bin/dumb')}")
    contains(failed(box)["reason"], "chmod +x")


@test
def words_of_a_batch_system_on_stderr_say_more_than_the_status(box):
    around_pw_x(box, """"$REAL" "$@" | head -40
echo 'slurmstepd: error: Detected 1 oom-kill event(s) in StepId=7.0.' >&2
kill -KILL $$""")
    job = failed(box)
    equal(problem(job)["category"], "out_of_memory")
    contains(job["reason"], "oom-kill event(s) in StepId=7.0. (ended by signal 9 (Killed))")


@test
def what_pw_x_itself_complains_of_comes_first(box):
    around_pw_x(box, """sed 's/ibrav = 2/ibrav = 99/' si.in > bad.in; "$REAL" -in bad.in
status=$?; echo "srun: error: n1: task 0: Killed" >&2; exit $status""")
    job = failed(box)
    contains(job["reason"], "Error in routine")
    lacks(job["reason"], "srun")


@test
def commands_too_are_told_what_others_said_of_them(box):
    job = box.wait_state(box.shell("echo 'srun: error: n1: task 0: Out Of Memory' >&2; exit 1"),
                         *FINAL)
    contains(job["reason"], "task 0: Out Of Memory (exit status 1)")
    equal(box.wait_state(box.shell("exit 1"), *FINAL)["reason"], "exit status 1")


@test
def parse_of_a_folder_believes_the_stderr_beside_the_output(box):
    job = kill_in_mid_run(box, signal.SIGKILL)
    folder = box.path("kept")
    os.mkdir(folder)
    shutil.copy(job["output"], os.path.join(folder, "si.out"))
    told = box.ok("parse", folder, "--json").json()
    equal([each["category"] for each in told["problems"]], ["truncated"])
    box.write("kept/slurm-7.err",
              "slurmstepd: error: *** STEP 7.0 ON n1 CANCELLED AT 2031-05-01T10:00:00 DUE TO "
              "TIME LIMIT ***\n")
    told = box.ok("parse", folder, "--json").json()
    equal([(each["category"], each["file"], each["line"]) for each in told["problems"]],
          [("out_of_time", "slurm-7.err", 1)])
    equal(told["status"], "truncated")


@test
def parse_of_such_a_file_alone_says_what_it_says(box):
    box.write("x.err", "hello\nsrun: error: n1: task 1: Segmentation fault (core dumped)\n")
    told = box.ok("parse", "x.err", "--json").json()
    equal((told["status"], told["problems"][0]["line"]), ("failed", 2))
    contains(box.ok("parse", "x.err").out, "ulimit -s unlimited")


main()
