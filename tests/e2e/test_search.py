"""Finding jobs: the options of crystalmath jobs, the parameters of jobs.list, pages."""

from support import check, contains, equal, lacks, main, test


def ids(box, *options):
    """The jobs that `crystalmath jobs` finds, newest first."""
    return [int(line.split("\t")[0]) for line in box.ok("jobs", *options).out.splitlines()]


def made(box, script="true", *options, folder="."):
    """The id of a shell command's job that was submitted in that folder and has ended."""
    box.write(f"{folder}/.keep", "")
    job = box.submit(*options, "--", "sh", "-c", script, cwd=box.path(folder))
    box.cli("wait", str(job))
    return job


@test
def each_option_finds_its_jobs(box):
    plain = made(box, "true", "--name", "100% Silicon")
    tagged = made(box, "exit 3", "--name", "1000", "--tag", "new", "--tag", "sweep:si")
    noted = made(box, "true", "--name", "other", "--note", "Silicon again", "--tag", "newer")
    for options, want in (
            ([], [noted, tagged, plain]),
            (["--name", "silicon"], [plain]),
            (["--name", "100%"], [plain]),
            (["--tag", "new"], [tagged]),
            (["-t", "NEW"], []),
            (["--text", "SILICON"], [noted, plain]),
            (["--text", "sweep:"], [tagged]),
            (["--text", box.work], [noted, tagged, plain]),
            (["--code", "command"], [noted, tagged, plain]),
            (["--code", "quantum_espresso"], []),
            (["--state", "failed,completed", "--name", "0"], [tagged, plain]),
            (["--state", "completed", "--text", "silicon", "--tag", "newer"], [noted])):
        equal(ids(box, *options), want, options)


@test
def a_folder_is_found_with_what_is_below_it_and_nothing_beside_it(box):
    jobs = {folder: made(box, folder=folder) for folder in ("a/b", "a/b/c", "a/bc", "a", "a/b-c")}
    below = [jobs["a/b/c"], jobs["a/b"]]
    for given in ("a/b", "a/b/", "./a/x/../b", box.path("a/b")):
        equal(ids(box, "--directory", given), below, given)
    equal(ids(box, "-d", "."), ids(box))
    equal(ids(box, "--directory", "a/nothing"), [])
    equal(ids(box, "--directory", "/"), ids(box))
    equal(box.cli("jobs", "--directory", "b", cwd=box.path("a")).out.count("\n"), 2)


@test
def times_are_met_from_their_beginning_to_before_their_end(box):
    first, second = made(box), made(box)
    job = box.job(second)
    for made_or_ended, key in (("submitted", "created"), ("ended", "finished")):
        at = job[f"{key}_at"]
        wire = lambda **params: [j["id"] for j in box.call("jobs.list", params)["jobs"]]
        equal(wire(**{f"{key}_from": at}), [second], key)
        equal(wire(**{f"{key}_to": at}), [first], key)
        equal(ids(box, f"--{made_or_ended}-from", "2h"), [second, first])
        equal(ids(box, f"--{made_or_ended}-to", "-2h"), [])
        equal(ids(box, f"--{made_or_ended}-from", "2001-01-31", f"--{made_or_ended}-to",
                  "2001-01-31T18:30"), [])
    waiting = box.submit("--hold", "--", "true")
    equal(ids(box, "--submitted-from", "2h"), [waiting, second, first])
    equal(ids(box, "--ended-to", "2200-01-01"), [second, first])


@test
def energy_and_convergence_are_those_of_ended_calculations(box):
    good = box.submit(box.silicon("good/si.in"))
    bad = box.submit(box.silicon("bad/si.in", maxstep=2))
    for job in (good, bad):
        box.cli("wait", str(job))
    made(box)
    energy = box.job(good)["progress"]["energy_ev"]
    equal(ids(box, "--converged", "yes"), [good])
    equal(ids(box, "--converged", "no"), [bad])
    equal(ids(box, "--energy-min", str(energy), "--energy-max", str(energy), "--converged", "yes"),
          [good])
    equal(ids(box, "--energy-max", str(energy - 1e3)), [])
    with_energy = [job for job in (bad, good)
                   if box.job(job)["progress"]["energy_ev"] is not None]
    equal(ids(box, "--energy-min=-1e9", "--code", "quantum_espresso"), with_energy)


@test
def pages_of_a_search_are_parts_of_the_whole(box):
    for i in range(12):
        box.submit("--hold", "--name", ("odd", "even")[i % 2], "--tag", "t", "--", "true")
    whole = [job["id"] for job in box.call("jobs.list", {"name": "odd", "tag": "t"})["jobs"]]
    equal(whole, [11, 9, 7, 5, 3, 1])
    for limit in range(1, 8):
        found, params = [], {"name": "odd", "tag": "t", "limit": limit}
        while True:
            page = box.call("jobs.list", params)
            equal(page["total"], 6)
            check(len(page["jobs"]) <= limit, page)
            found += [job["id"] for job in page["jobs"]]
            if page["next"] is None:
                break
            params["before"] = page["next"]
        equal(found, whole, limit)
    equal(ids(box, "--name", "odd", "--limit", "2"), [11, 9])


@test
def pages_hand_out_once_each_job_that_stays_while_others_come_and_go(box):
    for i in range(9):
        box.submit("--hold", "--name", "kept" if i % 2 == 0 else "left", "--", "true")
    found, params = [], {"state": ["held"], "text": "e", "limit": 2}
    for leaving in (2, 8, 6, None):
        page = box.call("jobs.list", params)
        found += page["jobs"]
        if leaving is None:
            break
        params["before"] = page["next"]
        box.ok("cancel", str(leaving))
        box.submit("--hold", "--name", "new", "--", "true")
    kept = [job["id"] for job in found if job["name"] == "kept"]
    equal(kept, [9, 7, 5, 3, 1])
    equal([job["id"] for job in found if job["name"] != "kept"], [8, 6, 4])
    equal(page["next"], None)
    equal(page["total"], 9, "five were kept, one was left, three are new")


@test
def on_a_terminal_a_search_says_what_it_left_out(box):
    for _ in range(3):
        box.submit("--hold", "--name", "odd", "--", "true")
    contains(box.on_terminal("jobs", "--name", "odd", "-n", "1").out,
             "2 older jobs are like that; add --limit 3")
    contains(box.on_terminal("jobs", "--name", "even").out, "No job is like that; `crystalmath jobs`")
    lacks(box.on_terminal("jobs", "--name", "odd").out, "older")


@test
def what_cannot_be_asked_for_is_said_before_a_server_starts(box):
    for options, words in (
            (["--state", "runing"], "did you mean 'running'"),
            (["--ended-from", "yesterday"], "a time is expected here"),
            (["--submitted-to", "+2h"], "a time is expected here"),
            (["--energy-min", "low"], "an energy in eV"),
            (["--energy-max", "nan"], "an energy in eV"),
            (["--energy-max", ""], "an energy in eV"),
            (["--converged", "maybe"], "yes or no"),
            (["--nme", "x"], "did you mean '--name'")):
        result = box.cli("jobs", *options)
        equal(result.status, 2, options)
        contains(result.err, words)
    result = box.cli("jobs", "--name", b"\xff")
    equal(result.status, 1, result)
    contains(result.err, "not UTF-8")
    equal(box.server_pid(), None)


@test
def the_server_refuses_what_it_cannot_search_for(box):
    box.ok("ping")
    wire = box.connect()
    for params, words in (
            ({"directory": "a/b"}, "absolute"),
            ({"directory": ""}, "absolute"),
            ({"text": "x" * 5000}, "4096"),
            ({"name": "a\0b"}, "without NUL"),
            ({"created_from": "18:30"}, "a time in UTC"),
            ({"energy_min_ev": "1"}, "a number"),
            ({"converged": "yes"}, "true or false"),
            ({"state": ["runing"]}, "there is no state")):
        error = wire.call("jobs.list", params).get("error", {})
        equal(error.get("code"), -32602, params)
        contains(error["message"], words)
    equal(wire.call("jobs.list", {"text": "%" * 4096})["result"]["jobs"], [])
    equal(wire.call("jobs.list", {"name": None, "converged": None, "energy_min_ev": 1})
          ["result"]["total"], 0)


@test
def a_subscription_begins_with_as_many_of_the_newest_as_it_asks_for(box):
    for _ in range(5):
        box.submit("--hold", "--", "true")
    wire = box.connect()
    for params, want in (({}, [5, 4, 3, 2, 1]), ({"limit": 2}, [5, 4]),
                         ({"limit": 2, "jobs": [1, 3, 5]}, [1, 3, 5])):
        jobs = wire.call("jobs.subscribe", params)["result"]["jobs"]
        equal([job["id"] for job in jobs], want)
    equal(jobs, [wire.call("jobs.list", {"before": i + 1, "limit": 1})["result"]["jobs"][0]
                 for i in (1, 3, 5)], "one job looks the same in both")
    equal(wire.call("jobs.subscribe", {"limit": 0})["error"]["code"], -32602)


main()
