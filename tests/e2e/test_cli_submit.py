"""crystalmath submit: inputs and commands become jobs; refusals say what to mend."""

import json
import os
import re

from support import (FINAL, check, contains, equal, has_subscribed, main, matches, test,
                     wait_until)


@test
def an_input_becomes_a_job_that_pw_x_completes(box):
    box.silicon()
    job_id = box.submit("si.in")
    job = box.wait_state(job_id, *FINAL)
    equal(job["state"], "completed", job)
    equal((job["code"], job["input"], job["directory"]),
          ("quantum_espresso", "si.in", box.work))
    check(abs(job["results"]["energy_ev"] + 215) < 1.5, job["results"]["energy_ev"])
    equal(job["results"]["converged"], True)
    contains(box.read("si.out"), "JOB DONE.")


@test
def in_a_pipe_the_id_stands_alone_on_its_line(box):
    matches(box.ok("submit", "--", "true").out, r"\A\d+\n\Z")


@test
def each_of_several_files_becomes_a_job_in_its_own_folder(box):
    box.silicon("a/one.in")
    box.silicon("b/two.in")
    ids = box.ok("submit", "a/one.in", box.path("b/two.in")).out.split()
    equal(len(ids), 2)
    jobs = [box.wait_state(int(i), *FINAL) for i in ids]
    equal([(j["directory"], j["input"], j["state"]) for j in jobs],
          [(box.path("a"), "one.in", "completed"), (box.path("b"), "two.in", "completed")])


@test
def json_is_the_job_one_object_a_line(box):
    box.silicon("a/si.in")
    box.silicon("b/si.in")
    lines = box.ok("submit", "--json", "a/si.in", "b/si.in").out.splitlines()
    jobs = [json.loads(line) for line in lines]
    equal([job["input"] for job in jobs], ["si.in", "si.in"])
    check(jobs[0]["id"] < jobs[1]["id"], jobs)
    for job in jobs:
        for key in ("id", "name", "code", "state", "directory", "output", "cores"):
            check(key in job, f"{key} is not in {job}")


@test
def json_with_wait_is_the_job_as_it_ended(box):
    result = box.ok("submit", "--json", "--wait", "--", "true")
    job = result.json()
    equal((job["state"], job["exit_code"]), ("completed", 0))


@test
def options_may_stand_before_and_behind_the_files(box):
    box.silicon("a.in")
    box.silicon("b/b.in")
    ids = box.ok("submit", "a.in", "--name=first", "b/b.in", "--cores", "1").out.split()
    equal([box.job(int(i))["name"] for i in ids], ["first", "first"])


@test
def name_and_cores_reach_the_job(box):
    job_id = box.submit("--name", "näme mit Ärger", "-c1", "--", "true")
    job = box.job(job_id)
    equal((job["name"], job["cores"]), ("näme mit Ärger", 1))


@test
def a_command_runs_in_the_current_directory_with_the_callers_environment_and_umask(box):
    os.mkdir(box.path("deep er"))
    script = 'pwd > said; printf "%s\\n" "$MY_VALUE" >> said; umask >> said'
    old = os.umask(0o027)
    try:
        result = box.ok("submit", "--wait", "--", "sh", "-c", script, cwd=box.path("deep er"),
                        env={"MY_VALUE": "ä b=c"})
    finally:
        os.umask(old)
    matches(result.out, r"\A\d+\n\Z")
    equal(box.read("deep er/said"), f"{box.path('deep er')}\nä b=c\n0027\n")
    equal(os.stat(box.path("deep er/said")).st_mode & 0o777, 0o640)


@test
def each_submission_brings_its_own_environment_to_one_server(box):
    for value in ("one", "two"):
        box.ok("submit", "--wait", "--", "sh", "-c", 'echo "$MY_VALUE" >> said',
               env={"MY_VALUE": value})
    equal(box.read("said"), "one\ntwo\n")


@test
def words_of_a_command_arrive_as_they_are(box):
    words = ["a b", "", "'", '"', "$HOME", "*", "new\nline", "ü", "--", "--json", "-c", "\\", "`x`"]
    box.write("say.py", "import json, sys\njson.dump(sys.argv[1:], open('said', 'w'))\n")
    box.ok("submit", "--wait", "--", "python3", "say.py", *words)
    equal(json.loads(box.read("said")), words)


@test
def files_and_folders_with_odd_names_run(box):
    for name in ("with blank/a b.in", "ü/ö.in", "quote's/it's.in", "semi;colon/$x.in",
                 "dash/-n.in"):
        box.silicon(name)
        folder, file = name.split("/")
        job_id = box.submit("./" + file, cwd=box.path(folder))
        job = box.wait_state(job_id, *FINAL)
        equal((job["state"], job["input"], job["directory"]),
              ("completed", file, box.path(folder)), job)


@test
def a_folder_is_told_without_dots_and_a_link_by_its_own_name(box):
    box.silicon("real/si.in")
    os.mkdir(box.path("other"))
    os.symlink("../real/si.in", box.path("other/link.in"))
    job = box.job(box.submit("../other/./link.in", cwd=box.path("real")))
    equal((job["directory"], job["input"]), (box.path("other"), "link.in"))


@test
def a_program_with_an_odd_name_runs(box):
    program = box.write("bin dir/it's $x", "#!/bin/sh\necho \"$0\" > said\n", 0o755)
    box.ok("submit", "--wait", "--", program)
    equal(box.read("said").strip(), program)
    box.ok("submit", "--wait", "--", "./it's $x", cwd=box.path("bin dir"))


@test
def what_is_not_utf_8_is_refused_and_shown(box):
    result = box.cli("submit", "--", "echo", b"\xff\xfe")
    equal(result.status, 1)
    contains(result.err, "is not UTF-8")
    name = os.fsencode(box.path("")) + b"si\xff.in"
    with open(name, "w", encoding="ascii"):
        pass
    result = box.cli("submit", name)
    equal((result.status, result.out), (1, ""))
    contains(result.err, "is not UTF-8")


@test
def a_variable_that_is_not_utf_8_is_left_out_aloud(box):
    result = box.ok("submit", "--wait", "--", "sh", "-c", 'echo "[$BROKEN]" > said',
                    env={"BROKEN": b"\xff"})
    contains(result.err, "BROKEN is not UTF-8")
    equal(box.read("said"), "[]\n")


@test
def a_file_that_is_not_there_is_refused_without_a_server(box):
    result = box.cli("submit", "si.in")
    equal((result.status, result.out), (1, ""))
    matches(result.err, r"\Acrystalmath: si\.in: .*No such file")
    check(not os.path.exists(box.socket), "a server was started for it")


@test
def a_folder_without_an_input_is_refused(box):
    os.mkdir(box.path("run"))
    result = box.cli("submit", "run")
    equal(result.status, 1)
    contains(result.err, "run has no input of a known code in it")


@test
def a_wrong_input_is_refused_with_the_line_and_the_mend(box):
    text = "&control\n/\n&system\n  ibrav = 2, nat = 2, ntyp = 1\n  ecutwfc = twelve\n/\n&electrons\n/\n"
    box.write("bad.in", text)
    result = box.cli("submit", "bad.in")
    equal((result.status, result.out), (1, ""))
    matches(result.err, r"\Acrystalmath: bad\.in:\d+: .{10,}")
    equal(box.call("jobs.list")["total"], 0)


@test
def a_file_that_is_no_input_is_refused_with_what_to_do(box):
    box.write("notes.txt", "buy milk\n")
    result = box.cli("submit", "notes.txt")
    equal((result.status, result.out), (1, ""))
    matches(result.err, r"\Acrystalmath: .*notes\.txt.{20,}")


@test
def a_bad_file_among_good_ones_keeps_none_of_them_back(box):
    box.silicon()
    result = box.cli("submit", "missing.in", "si.in")
    equal(result.status, 1)
    matches(result.out, r"\A\d+\n\Z")
    contains(result.err, "missing.in")
    box.wait_state(int(result.out), "completed")


@test
def of_many_files_each_has_its_job_in_their_order_or_its_own_mistake(box):
    """They are on their way together."""
    for i in range(80):
        box.silicon(f"{i}/si.in", **({"ecutwfc": "many"} if i % 30 == 20 else {}))
    result = box.cli("submit", "--hold", *(f"{i}/si.in" for i in (*range(80), 5)))
    equal(result.status, 1)
    right = [i for i in range(80) if i % 30 != 20]
    ids = [int(line) for line in result.out.split()]
    equal((len(ids), ids), (len(right), sorted(ids)))
    equal([box.job(job)["directory"] for job in ids], [box.path(str(i)) for i in right])
    for i in (20, 50):
        contains(result.err, f"crystalmath: {i}/si.in:9: ecutwfc = many")
    contains(result.err, f"job {ids[5]} (si) has not ended yet and writes to {box.path('5/si.out')}, too")
    equal(len(result.err.splitlines()), 3, result)


@test
def a_program_that_cannot_run_is_refused_without_a_server(box):
    box.write("plain", "hello\n")
    for program, why in (("no-such-program", "in no folder of your PATH"),
                         ("./missing", "No such file"), ("./plain", "chmod +x ./plain")):
        result = box.cli("submit", "--", program, "x")
        equal((result.status, result.out), (1, ""))
        contains(result.err, program)
        contains(result.err, why)
    check(not os.path.exists(box.socket), "a server was started for it")


@test
def a_program_that_fails_to_start_is_a_failed_job_with_the_reason(box):
    program = box.write("broken", "#!/no/such/shell\n", 0o755)
    result = box.cli("submit", "--wait", "--", program)
    check(result.status != 0, result)
    contains(result.err, "(broken) failed")


@test
def wait_passes_the_exit_status_of_the_job_on(box):
    for code in (0, 1, 3, 127, 255):
        result = box.cli("submit", "--wait", "--", "sh", "-c", f"exit {code}")
        equal(result.status, code, result)


@test
def wait_says_128_and_the_signal_that_ended_the_job(box):
    result = box.cli("submit", "--wait", "--", "sh", "-c", "kill -TERM $$")
    equal(result.status, 128 + 15, result)
    contains(result.err, "signal 15")
    result = box.cli("submit", "--wait", "--", "sh", "-c", "kill -KILL $$")
    equal(result.status, 128 + 9, result)


@test
def wait_says_1_for_a_cancelled_job(box):
    process = box.start("submit", "--wait", "--", "sleep", "1000")
    job = wait_until(lambda: box.call("jobs.list")["jobs"], "the job")[0]
    box.wait_state(job["id"], "running")
    box.ok("cancel", str(job["id"]))
    result = box.finish(process)
    equal(result.status, 1, result)
    contains(result.err, "was cancelled")


@test
def wait_for_several_says_the_first_status_that_is_not_0(box):
    box.silicon("good/si.in")
    box.silicon("bad/si.in", maxstep=2)
    result = box.cli("submit", "--wait", "good/si.in", "bad/si.in")
    check(result.status != 0, result)
    good, bad = (int(i) for i in result.out.split())
    equal(box.job(good)["state"], "completed")
    bad = box.job(bad)
    equal((bad["state"], bad["exit_code"]), ("failed", result.status), bad)
    contains(result.err, "convergence NOT achieved")


@test
def on_a_terminal_it_says_what_became_of_the_file(box):
    box.silicon()
    result = box.on_terminal("submit", "si.in")
    equal(result.status, 0, result)
    matches(result.out, r"\Ajob \d+: si\.in, (queued|starting|running)")


@test
def on_a_terminal_wait_shows_cycle_energy_and_accuracy(box):
    box.silicon()
    result = box.on_terminal("submit", "--wait", "si.in")
    equal(result.status, 0, result)
    matches(result.out, r"cycle 2 +energy -21\d\.\d+ eV.*accuracy \d\.\de-\d+ eV")
    matches(result.out, r"completed.*energy -21\d\.\d+ eV after \d+ cycles\n\Z")


@test
def the_lines_of_wait_fit_the_terminal(box):
    box.silicon()
    for columns, name in ((80, "si"), (60, "si"), (80, "a-name-of-silicon-" * 4)):
        shown = box.on_terminal("submit", "--wait", "--name", name, "si.in", columns=columns).out
        cycles = [line for line in re.sub("\033\\[[0-9;]*m", "", shown).splitlines() if "  cycle " in line]
        check(len(cycles) > 2, shown)
        check(all(len(line) <= columns for line in cycles), "\n".join(cycles))
        check(any("energy" in line for line in cycles), "\n".join(cycles))


@test
def a_submission_whose_answer_was_lost_makes_one_job(box):
    """The token makes a repeated submission find the job of the first."""
    box.ok("server", "start")
    params = {"command": ["true"], "directory": box.work, "token": "0123456789abcdef"}
    first = box.call("jobs.submit", params)["id"]
    equal(box.call("jobs.submit", params)["id"], first)
    equal(box.call("jobs.list")["total"], 1)


@test
def submissions_of_the_program_have_different_tokens(box):
    equal(len({box.submit("--", "true") for _ in range(3)}), 3)


@test
def ctrl_c_while_waiting_leaves_the_job_and_says_how_to_look_at_it(box):
    screen = box.terminal("submit", "--wait", "--", "sh", "-c", box.gate())
    screen.wait_for("job 1: ")
    box.wait_state(1, "running")
    has_subscribed(screen.process)
    screen.type("\x03")
    result = screen.finish()
    equal(result.status, 130, result)
    contains(result.out, "job 1 goes on")
    contains(result.out, "crystalmath wait 1")
    box.open_gate()
    equal(box.cli("wait", "1").status, 0)


main()
