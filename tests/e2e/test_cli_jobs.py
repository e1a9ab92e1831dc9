"""crystalmath jobs, show and cancel."""

import json
import os
import re
import shutil

from support import check, contains, equal, is_running, lacks, main, matches, plain, test, wait_until

COLUMNS = ("ID", "NAME", "STATE", "CYCLE", "|ΔE|", "ENERGY", "TIME")


@test
def an_empty_list_says_what_to_type_on_a_terminal_and_nothing_in_a_pipe(box):
    equal(box.ok("jobs").out, "")
    contains(box.on_terminal("jobs").out, "crystalmath submit")
    contains(box.on_terminal("jobs", "--state", "failed").out, "`crystalmath jobs`")


@test
def in_a_pipe_jobs_are_columns_between_tabs_newest_first(box):
    box.silicon()
    ids = [box.submit("si.in"), box.shell("exit 3", "--name", "a b")]
    for job_id in ids:
        box.cli("wait", str(job_id))
    rows = [line.split("\t") for line in box.ok("jobs").out.splitlines()]
    equal([len(row) for row in rows], [7, 7])
    equal(rows[0][:6], [str(ids[1]), "a b", "failed", "-", "-", "-"])
    equal(rows[1][:3], [str(ids[0]), "si", "completed"])
    check(int(rows[1][3]) > 2, rows)
    check(float(rows[1][4]) < 1e-3 and abs(float(rows[1][5]) + 215) < 1.5, rows)
    check(float(rows[1][6]) >= 0, rows)


@test
def on_a_terminal_jobs_are_a_table_that_fits(box):
    box.silicon("long/" + "silicon-with-a-long-name-" * 3 + ".in")
    box.ok("submit", "--wait", "long/" + "silicon-with-a-long-name-" * 3 + ".in")
    box.ok("submit", "--wait", "--name", "ähnlich", "--", "true")
    for columns in (100, 80, 60):
        lines = plain(box.on_terminal("jobs", columns=columns).out).splitlines()
        if columns > 60:
            equal(tuple(lines[0].split()), COLUMNS)
        equal(len(lines), 3)
        equal(len({len(line) for line in lines}), 1, "\n".join(lines))
        check(len(lines[0]) <= columns, "\n".join(lines))
    contains(lines[2], "…")


@test
def on_a_narrow_terminal_columns_go_and_no_line_wraps(box):
    box.silicon()
    box.ok("submit", "--wait", "--name", "silicon-with-a-long-name-" * 3, "si.in")
    for columns in (75, 60, 50, 40, 30, 20):
        lines = plain(box.on_terminal("jobs", columns=columns).out).splitlines()
        equal(len(lines), 2, "\n".join(lines))
        check(all(len(line) <= columns for line in lines), "\n".join(lines))
        contains(lines[1], "completed")
        contains(lines[1], "sil" if columns > 20 else "1 ")


@test
def what_completed_without_converging_is_told_from_what_did(box):
    box.write("bin/pw.x", f"#!/bin/sh\n{shutil.which('pw.x')} \"$@\"\nexit 0\n", 0o755)
    box.env["PATH"] = f"{box.path('bin')}:{os.environ['PATH']}"
    box.wait_state(box.submit(box.silicon(maxstep=2)), "completed")
    contains(box.on_terminal("jobs").out, "\033[33mnot converged")
    contains(box.ok("jobs", "--state", "completed").out, "\tcompleted\t")


@test
def colour_is_for_terminals_that_have_it_and_users_who_want_it(box):
    box.ok("submit", "--wait", "--", "true")
    contains(box.on_terminal("jobs").out, "\033[32mcompleted")
    lacks(box.on_terminal("jobs", env={"NO_COLOR": "1"}).out, "\033")
    lacks(box.on_terminal("jobs", env={"TERM": "dumb"}).out, "\033")
    lacks(box.ok("jobs").out, "\033")


@test
def a_terminal_without_utf_8_gets_ascii(box):
    box.ok("submit", "--wait", "--name", "ähnlich", "--", "true")
    out = box.on_terminal("jobs", env={"LANG": "C"}).out
    check(out.isascii(), out)
    contains(out, "|dE|")
    contains(out, "?hnlich")


@test
def a_name_cannot_write_escape_sequences(box):
    box.ok("submit", "--wait", "--name", "a\033[31mb\tc\nd", "--", "true")
    row = box.ok("jobs").out
    equal(row.split("\t")[1], "a?[31mb?c?d")
    contains(box.on_terminal("jobs", env={"NO_COLOR": "1"}).out, "a?[31mb?c?d")


@test
def state_chooses_and_limit_cuts(box):
    good = [box.shell("exit 0") for _ in range(3)]
    bad = box.shell("exit 1")
    box.cli("wait", *map(str, good + [bad]))
    def listed(*args):
        return [int(line.split("\t")[0]) for line in box.ok("jobs", *args).out.splitlines()]
    equal(listed("--state", "failed"), [bad])
    equal(listed("--state", "completed"), good[::-1])
    equal(listed("--state=failed,completed"), [bad] + good[::-1])
    equal(listed("--state", "queued"), [])
    equal(listed("--limit", "2"), [bad, good[2]])
    equal(listed("-n", "1", "-s", "completed"), [good[2]])
    contains(box.on_terminal("jobs", "-n1").out, "3 older jobs")


@test
def pages_follow_one_another_whatever_comes_meanwhile(box):
    ids = [box.shell("true", "--hold", *(("--tag", "odd") if i % 2 else ())) for i in range(7)]
    seen, before = [], []
    while True:
        page = box.ok("jobs", "--json", "-n", "3", *before).json()
        seen += [job["id"] for job in page["jobs"]]
        if page["next"] is None:
            break
        before = ["--before", str(page["next"])]
        box.shell("true", "--hold")
    equal(seen, ids[::-1])
    plain = box.ok("jobs", "--tag", "odd", "--before", str(ids[3])).out
    equal([int(line.split("\t")[0]) for line in plain.splitlines()], [ids[1]])
    contains(box.on_terminal("jobs", "-n2", "--before", str(ids[5])).out, f"older jobs: --before {ids[3]}")
    contains(box.on_terminal("jobs", "--before", str(ids[0])).out, "No older job is like that.")
    equal(box.cli("jobs", "--before", "0").status, 2)


@test
def json_is_one_document_with_the_jobs(box):
    ids = [box.submit("--", "true") for _ in range(2)]
    document = box.ok("jobs", "--json").json()
    equal([job["id"] for job in document["jobs"]], ids[::-1])
    equal(document["total"], 2)
    text = plain(box.on_terminal("jobs", "--json").out)
    check(text.count("\n") > 10, "on a terminal it is laid out")
    equal([job["id"] for job in json.loads(text)["jobs"]], ids[::-1])


@test
def show_tells_all_about_a_real_run(box):
    box.silicon()
    box.ok("submit", "--wait", "si.in")
    out = box.ok("show", "1").out
    matches(out, r"\Ajob 1: si  completed\n")
    for fact in (f"directory +{re.escape(box.work)}\n", r"input +si\.in\n",
                 r"command +.*pw\.x.*si\.in", rf"output +{re.escape(box.path('si.out'))}\n",
                 r"exit code +0\n", r"cores +1\n", r"history\n", r"queued\n", r"completed",
                 r"Quantum ESPRESSO [\w.]+, scf: finished, converged\n",
                 r"energy +-21\d\.\d+ eV \(-15\.\d+ Ry\)", r"SCF +\d+ cycles, converged",
                 r"atoms +2", r"cycle +energy/eV", r"\n +1 +-21\d\.\d{8} +- "):
        matches(out, fact)
    lacks(out, "\033")


@test
def show_tells_the_problem_and_its_remedy(box):
    box.silicon(maxstep=2)
    box.cli("submit", "--wait", "si.in")
    out = box.ok("show", "1").out
    contains(out, "not converged")
    matches(out, r"scf not converged, line \d+\n  .+\n  try: .+")


@test
def show_of_a_killed_command_names_the_signal(box):
    box.cli("submit", "--wait", "--", "sh", "-c", "kill -9 $$")
    out = box.ok("show", "1").out
    matches(out, r"(?m)^  signal +9 \(Killed\)$")
    matches(out, r"command +sh -c 'kill -9 \$\$'")


@test
def show_json_is_the_whole_job(box):
    job_id = box.shell("exit 2")
    box.cli("wait", str(job_id))
    job = box.ok("show", str(job_id), "--json").json()
    equal((job["id"], job["state"], job["exit_code"]), (job_id, "failed", 2))
    equal(job["command"][1:], ["-c", "exit 2"])
    equal(job["history"][0]["state"], "queued")
    equal(job["history"][-1]["state"], "failed")


@test
def show_of_an_unknown_job_is_an_error(box):
    result = box.cli("show", "12")
    equal((result.status, result.out), (1, ""))
    matches(result.err, r"\Acrystalmath: .*12.*crystalmath jobs")


@test
def cancel_ends_a_running_job_with_all_its_processes(box):
    job_id = box.shell("sleep 1000 & echo $! > child; echo $$ > self; wait")
    wait_until(lambda: os.path.exists(box.path("self")) and box.read("self").strip(), "the job")
    pids = [int(box.read(name)) for name in ("child", "self")]
    result = box.ok("cancel", str(job_id))
    matches(result.out, rf"\A{job_id}\t(cancelling|cancelled)\n\Z")
    equal(box.cli("wait", str(job_id)).status, 1)
    equal(box.job(job_id)["state"], "cancelled")
    equal([pid for pid in pids if is_running(pid)], [])


@test
def cancel_takes_several_and_goes_on_behind_an_error(box):
    ids = [str(box.shell("sleep 1000")) for _ in range(2)]
    result = box.cli("cancel", ids[0], "99", ids[1])
    equal(result.status, 1)
    contains(result.err, "99")
    equal(len(result.out.splitlines()), 2)
    equal(box.cli("wait", *ids).status, 1)
    equal([box.job(int(i))["state"] for i in ids], ["cancelled", "cancelled"])


@test
def cancel_of_an_ended_job_is_an_error(box):
    box.ok("submit", "--wait", "--", "true")
    result = box.cli("cancel", "1")
    equal((result.status, result.out), (1, ""))
    matches(result.err, r"\Acrystalmath: .*1")
    equal(box.job(1)["state"], "completed")


@test
def cancel_on_a_terminal_is_a_sentence(box):
    box.shell("sleep 1000", "--name", "sleeper")
    matches(plain(box.on_terminal("cancel", "1").out), r"\Ajob 1: sleeper, cancell(ing|ed)\n")


main()
