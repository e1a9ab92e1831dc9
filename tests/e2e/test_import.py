"""Runs that were made elsewhere, recorded: whole trees, once each, whatever they are called."""

import json
import os
import shutil
import signal
import time

from support import check, contains, equal, lacks, main, test, wait_until

SAMPLES = os.path.join(os.path.dirname(os.path.dirname(os.path.abspath(__file__))), "samples")
DAY = 86400


def lay(box, sample, place, days=2):
    """A sample's file in the box, last written so many days ago."""
    path = box.path(*place.split("/"))
    os.makedirs(os.path.dirname(path), exist_ok=True)
    shutil.copyfile(os.path.join(SAMPLES, *sample.split("/")), path)
    age(path, days)
    return path


def age(path, days):
    when = int(time.time()) - days * DAY
    os.utime(path, (when, when))


def old_tree(box):
    lay(box, "qe/si_scf.out", "old/si/scf.log")
    lay(box, "qe/si_scf.in", "old/si/scf.in")
    lay(box, "qe/si_relax.out", "old/si/relax.out")
    lay(box, "crystal/scf.out", "old/crystal/mgo.out")
    for name in ("OUTCAR", "OSZICAR", "vasprun.xml"):
        lay(box, f"vasp/{name}", f"old/vasp/run 1/{name}")
    box.write("old/notes.txt", "not an output\n")


def imported(box, *args):
    return [line.split("\t") for line in box.ok("import", *args).out.splitlines()]


def rounded(value):
    """Numbers as `parse` prints them."""
    return json.loads(json.dumps(value), parse_float=lambda text: f"{float(text):.12g}")


def by_output(box):
    return {job["output"]: job for job in box.call("jobs.list", {"limit": 1000})["jobs"]}


@test
def every_run_of_a_tree_becomes_a_job_that_has_ended(box):
    old_tree(box)
    lines = imported(box, "old")
    equal([path for _, path in lines],
          [box.path("old", *name) for name in
           (("crystal", "mgo.out"), ("si", "relax.out"), ("si", "scf.log"), ("vasp", "run 1", "OUTCAR"))])
    jobs = by_output(box)
    scf = jobs[box.path("old/si/scf.log")]
    equal((scf["name"], scf["code"], scf["state"], scf["input"], scf["imported"], scf["directory"]),
          ("scf", "quantum_espresso", "completed", "scf.in", True, box.path("old/si")))
    vasp = jobs[box.path("old/vasp/run 1/OUTCAR")]
    equal((vasp["name"], vasp["code"]), ("run 1", "vasp"))


@test
def cycles_of_crystal_are_numbered_as_it_does_itself(box):
    lay(box, "crystal/scf.out", "old/mgo.out")  # CYC 0, 1 and 2, and the last energy again
    (job, _), = imported(box, "old")
    progress = box.job(int(job))["progress"]
    equal(progress["cycle"], 2)
    check(abs(progress["delta_ev"] - 1e-10 * 27.211386) < 1e-11, progress)
    text = box.ok("parse", "old/mgo.out").out
    equal([line.split()[0] for line in text.splitlines() if line.strip()[:1].isdigit()], ["0", "1", "2"])
    contains(text, "SCF            2 cycles")
    equal(box.ok("plot", job).out.splitlines()[-1].split(), ["cycle", "1", "2"])
    equal(box.ok("jobs").out.split("\t")[3], "2")


@test
def a_file_is_refused_with_what_reads_it(box):
    box.write("si.out", "x")
    result = box.cli("import", "si.out")
    equal((result.status, result.out), (1, ""), result)
    contains(result.err, f"crystalmath parse {box.path('si.out')}")
    contains(result.err, "is no folder")


@test
def a_job_has_the_results_that_parse_reads(box):
    old_tree(box)
    for number, path in imported(box, "old/si", "old/crystal"):
        read = box.ok("parse", "--json", path).json()
        job = box.ok("show", "--json", number).json()
        for key in ("energy_ev", "converged", "scf", "steps", "wall_seconds", "problems"):
            equal(rounded(job["results"][key]), rounded(read[key]), key)
        equal((rounded(job["progress"]["energy_ev"]), job["progress"]["scf"], job["progress"]["step"]),
              (rounded(read["energy_ev"]), len(read["scf"]), len(read["steps"])))


@test
def a_run_ended_when_its_last_file_was_written(box):
    path = lay(box, "qe/si_scf.out", "si.out", days=400)
    job = box.job(int(imported(box, ".")[0][0]))
    ended = os.stat(path).st_mtime
    stamp = lambda seconds: time.strftime("%Y-%m-%dT%H:%M:%S", time.gmtime(seconds))
    contains(job["finished_at"], stamp(ended))
    contains(job["started_at"], stamp(ended - job["results"]["wall_seconds"])[:-1])


@test
def how_a_run_ended_is_its_state(box):
    lay(box, "qe/si_scf.out", "a/finished.out")
    lay(box, "qe/si_input_error.out", "b/failed.out")
    text = open(os.path.join(SAMPLES, "qe/si_scf.out"), encoding="utf-8").read()
    age(box.write("c/cut.out", text[:text.index("total energy  ")]), 2)
    lay(box, "qe/si_not_converged.out", "d/unconverged.out")
    imported(box, ".")
    jobs = {job["name"]: job for job in by_output(box).values()}
    equal([jobs[name]["state"] for name in ("finished", "failed", "cut")], ["completed", "failed", "lost"])
    contains(jobs["cut"]["reason"], "without JOB DONE")
    check(jobs["failed"]["reason"], "the code's own words")
    equal(jobs["unconverged"]["progress"]["converged"], False)
    found = {job["name"] for job in box.call("jobs.list", {"converged": False})["jobs"]}
    check("unconverged" in found and "finished" not in found, found)


@test
def a_tree_that_is_imported_again_gives_nothing_new(box):
    old_tree(box)
    equal(len(imported(box, "old")), 4)
    equal(imported(box, "old"), [])
    equal(imported(box, "old/vasp"), [])
    lay(box, "qe/si_scf.out", "old/si/scf.log", days=1)  # run once more
    equal([path for _, path in imported(box, "old")], [box.path("old/si/scf.log")])
    equal(len(by_output(box)), 4)
    equal(box.call("jobs.list")["total"], 5)


@test
def our_own_runs_are_known(box):
    box.silicon()
    job = box.submit("si.in")
    box.wait_state(job, "completed")
    equal(imported(box, "."), [])
    equal(box.call("jobs.list")["total"], 1)


@test
def what_was_run_by_hand_in_the_place_of_a_job_is_not_ours(box):
    box.silicon()
    job = box.submit("si.in")
    box.wait_state(job, "completed")
    later = time.time() + 100
    os.utime(box.path("si.out"), (later, later))
    equal(len(imported(box, ".")), 1)


@test
def what_may_still_be_running_is_left_out_and_named(box):
    text = open(os.path.join(SAMPLES, "qe/si_scf.out"), encoding="utf-8").read()
    path = box.write("new.out", text[:text.index("total energy  ")])
    result = box.ok("import", ".")
    equal(result.out, "")
    contains(result.err, f"{path} is left out: it has not ended, and was written within the last hour")
    told = box.ok("import", "--json", ".").json()
    equal((told["imported"], told["left_out"][0]["output"]), ([], path))
    age(path, 1)
    equal(len(imported(box, ".")), 1)


@test
def links_lead_nowhere(box):
    lay(box, "qe/si_scf.out", "a/si.out")
    os.symlink("..", box.path("a/up"))
    os.symlink(box.path("a"), box.path("b"))
    os.symlink("si.out", box.path("a/same.out"))
    os.mkfifo(box.path("a/pipe.out"))
    equal([path for _, path in imported(box, ".")], [box.path("a/si.out")])
    equal(imported(box, "b"), [], )


@test
def what_pwx_saves_and_what_is_hidden_is_no_run(box):
    lay(box, "qe/si_relax.out", "si/relax.out")
    lay(box, "qe/si_relax.xml", "si/tmp/si.save/data-file-schema.xml")
    lay(box, "qe/si_scf.out", "si/.trash/si.out")
    equal([path for _, path in imported(box, ".")], [box.path("si/relax.out")])


@test
def names_of_any_kind_are_kept(box):
    names = ["a b", "it's", '"$HOME"', "new\nline", "ü" * 127, "x" * 251 + ".out", "-n", "*", "\\"]
    for name in names:
        lay(box, "qe/si_scf.out", f"{name}/{name}")
    equal(len(imported(box, "--", ".")) >= len(names), True)
    equal({os.path.basename(path) for path in by_output(box)}, set(names))


@test
def a_name_that_is_no_text_is_told_and_the_others_go_on(box):
    lay(box, "qe/si_scf.out", "good.out")
    bad = os.path.join(os.fsencode(box.work), b"bad\xff.out")
    shutil.copyfile(os.path.join(SAMPLES, "qe/si_scf.out"), bad)
    result = box.ok("import", ".")
    equal(len(result.out.splitlines()), 1)
    contains(result.err, "its path is not UTF-8; rename what is not")


@test
def a_folder_that_cannot_be_read_is_told_and_the_others_go_on(box):
    lay(box, "qe/si_scf.out", "good/si.out")
    name = "d" * 200
    at = os.open(box.work, os.O_RDONLY)
    for _ in range(25):  # longer than a path may be
        os.mkdir(name, dir_fd=at)
        below = os.open(name, os.O_RDONLY, dir_fd=at)
        os.close(at)
        at = below
    os.close(at)
    result = box.cli("import", ".")
    equal((result.status, len(result.out.splitlines())), (1, 1))
    contains(result.err, "File name too long")


@test
def a_folder_that_is_not_there_is_told(box):
    lay(box, "qe/si_scf.out", "good/si.out")
    result = box.cli("import", "none", "good")
    equal((result.status, len(result.out.splitlines())), (1, 1))
    contains(result.err, "none: No such file or directory")


@test
def tags_find_what_was_imported(box):
    old_tree(box)
    imported(box, "--tag", "old", "-t", "2019", "old")
    equal(box.call("jobs.list", {"tag": "2019"})["total"], 4)
    result = box.cli("import", "--tag", "a,b", "old")
    check(result.status != 0 or result.err == "", result)


@test
def a_dry_run_records_nothing(box):
    old_tree(box)
    equal(len(box.ok("import", "--dry-run", "old").out.splitlines()), 4)
    equal(box.call("jobs.list")["total"], 0)
    told = box.ok("import", "-n", "--json", "old").json()
    equal([run["id"] for run in told["imported"]], [None] * 4)
    imported(box, "old/si")
    equal(len(box.ok("import", "-n", "old").out.splitlines()), 2)


@test
def a_person_reads_a_sum(box):
    old_tree(box)
    contains(box.on_terminal("import", "old").out, "4 runs imported; `crystalmath jobs` lists them.")
    contains(box.on_terminal("import", "old").out, "0 runs imported, 4 known already.")
    shown = box.ok("show", "1").out
    contains(shown, "it ran elsewhere, and was recorded here")
    lacks(shown, "cores")
    contains(box.ok("log", "1").out, "EEEEEEEEEE TERMINATION")


@test
def two_thousand_runs_are_recorded_and_an_end_in_the_middle_loses_nothing(box):
    text = open(os.path.join(SAMPLES, "qe/si_scf.out"), "rb").read()
    for i in range(2000):
        path = box.write(f"many/{i // 100}/{i}.out", text)
        os.utime(path, (1.6e9, 1.6e9))
    process = box.start("import", "many")
    box.ok("ping")
    wait_until(lambda: box.call("jobs.list", {"limit": 1})["total"] > 0, "the first batch")
    process.send_signal(signal.SIGKILL)
    process.wait()
    process.stdout.close()
    process.stderr.close()
    first = box.call("jobs.list", {"limit": 1})["total"]
    box.kill_server()
    imported(box, "many")
    equal(box.call("jobs.list", {"limit": 1})["total"], 2000, f"{first} before")
    equal(imported(box, "many"), [])


@test
def what_starts_after_an_imported_run_starts(box):
    lay(box, "qe/si_scf.out", "si.out")
    number = imported(box, ".")[0][0]
    job = box.submit("--after", number, "--", "true")
    box.wait_state(job, "completed")


def refused(box, *runs, **more):
    wire = box.connect()
    answer = wire.call("jobs.import", {"runs": list(runs), **more})
    wire.close()
    check("error" in answer, answer)
    equal(answer["error"]["code"], -32602)
    return answer["error"]["message"]


@test
def a_run_that_is_none_is_refused_and_nothing_of_the_call_is_kept(box):
    run = {"code": "vasp", "name": "n", "directory": "/d", "output": "/d/OUTCAR",
           "finished_at": "2020-01-01T00:00:00Z", "results": {"status": "finished"}}
    box.ok("ping")
    wrong = [
        ({"name": ""}, "'name' of a run has to be a text"), ({"name": "n" * 201}, "a name has 1 to 200"),
        ({"code": "abinit"}, "'abinit' is no code"), ({"directory": "d"}, "absolute path, not d"),
        ({"output": 3}, "'output' of a run has to be a text"), ({"input": ""}, "'input' of a run"),
        ({"finished_at": "yesterday"}, "a time in UTC"), ({"finished_at": None}, "'finished_at'"),
        ({"started_at": "2021-01-01T00:00:00Z"}, "cannot have ended before it started"),
        ({"results": []}, "'results' of a run has to be an object"),
    ]
    for change, words in wrong:
        contains(refused(box, run, {**run, **change}), words)
    contains(refused(box, run, tags=["a,b"]), "cannot be a tag")
    contains(refused(box, 7), "array of objects")
    contains(refused(box, *[run] * 1001), "at most 1000 runs")
    equal(box.call("jobs.list")["total"], 0)
    odd = {"scf": 3, "steps": {}, "converged": "x", "energy_ev": "1", "problems": [{"message": 4}]}
    told = box.call("jobs.import", {"runs": [{**run, "results": odd}, {**run, "token": "t"}, {**run, "token": "t"}]})
    equal((len(told["jobs"]), told["known"]), (3, [2]))
    equal(told["jobs"][1], told["jobs"][2])
    equal(box.job(told["jobs"][0])["state"], "lost")
    equal(json.dumps(box.job(told["jobs"][1])["results"]), json.dumps({"status": "finished"}))


main()
