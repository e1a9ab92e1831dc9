"""crystalmath check: what would go wrong is found before a run, and submit refuses the errors."""

import os

from support import contains, equal, main, test


def vasp_folder(box, species="Si"):
    box.write("run/INCAR", "SYSTEM = x\nENCUT = 200\n")
    box.write("run/KPOINTS", "k\n0\nGamma\n2 2 2\n0 0 0\n")
    box.write("run/POSCAR", "Si\n5.43\n0 .5 .5\n.5 0 .5\n.5 .5 0\n"
                            f"{species}\n2\nDirect\n0 0 0\n.25 .25 .25\n")
    box.write("run/POTCAR", "   TITEL  = PAW_PBE Si 05Jan2001\n   ENMAX  =  245.345; ENMIN\n")
    box.write("bin/vasp_std", "#!/bin/sh\n", 0o755)
    box.env["PATH"] = f"{box.path('bin')}:{os.environ['PATH']}"


@test
def a_good_input_has_no_findings_and_needs_no_server(box):
    box.silicon()
    contains(box.ok("check", "si.in").out, "si.in: nothing found that would go wrong")
    equal(box.ok("check", "si.in", "--json").json(), [])
    equal(box.server_pid(), None)


@test
def warnings_leave_the_status_0_and_the_job_runs(box):
    vasp_folder(box)
    contains(box.ok("check", "run").out, "warning: INCAR:2: ENCUT is 200 eV")
    box.ok("submit", "run")


@test
def an_error_has_status_1_and_is_refused_by_submit(box):
    vasp_folder(box, "C")
    checked = box.cli("check", "--json", "run")
    equal(checked.status, 1)
    error = [one for one in checked.json() if one["level"] == "error"][0]
    contains(error["text"], "POTCAR: part 1 is for Si, and species 1 of POSCAR is C")
    refused = box.cli("submit", "run")
    equal(refused.status, 1)
    contains(refused.err, error["text"])
    contains(refused.err, "`crystalmath check`")


@test
def a_held_job_may_wait_for_files_that_are_still_to_come(box):
    vasp_folder(box)
    os.unlink(box.path("run/POSCAR"))
    equal(box.cli("submit", "run").status, 1)
    box.ok("submit", "--hold", "run")


@test
def an_input_that_is_no_plain_text_is_told_so(box):
    box.silicon()
    with open(box.path("si.in"), encoding="utf-8") as file:
        text = file.read()
    for name, content, why in (("wide.in", text.encode("utf-16"), "UTF-16"),
                               ("old.in", text.replace("\n", "\r").encode(), "carriage returns")):
        with open(box.path(name), "wb") as file:
            file.write(content)
        refused = box.cli("check", name)
        equal(refused.status, 1)
        contains(refused.err, why)


@test
def what_is_no_input_is_an_error(box):
    box.write("notes", "hello\n")
    for name in ("notes", "not-there", "."):
        equal(box.cli("check", name).status, 1)


@test
def submit_shows_the_warnings_beside_the_id(box):
    vasp_folder(box)
    result = box.ok("submit", "run")
    equal(result.out, "1\n")
    contains(result.err, "warning: INCAR:2: ENCUT is 200 eV")
    equal(box.ok("submit", "--json", "--copy", "run").json()["warnings"],
          ["INCAR:2: ENCUT is 200 eV, less than the largest ENMAX of the POTCAR, 245.345 eV"])


@test
def a_careful_submission_is_refused_for_a_warning_and_can_be_forced(box):
    vasp_folder(box)
    box.ok("ping")
    wire = box.connect()
    params = {"input": box.path("run"), "careful": True, "environment": {"PATH": box.env["PATH"]}}
    error = wire.call("jobs.submit", params)["error"]
    warning = "INCAR:2: ENCUT is 200 eV, less than the largest ENMAX of the POTCAR, 245.345 eV"
    equal((error["code"], error["message"], error["data"]),
          (-32602, warning, {"force": True, "warnings": [warning]}))
    equal(wire.call("jobs.list")["result"]["total"], 0)
    equal(wire.call("jobs.submit", {**params, "force": True})["result"]["warnings"], [warning])
    box.write("run/INCAR", "ENCUT = 300\nNSW = many\n")
    error = wire.call("jobs.submit", {**params, "careful": False})["error"]
    equal(error["data"], {"force": True})
    equal(wire.call("jobs.submit", {"input": box.path("none")})["error"].get("data"), None)


@test
def force_runs_what_is_refused_and_tells_it_as_warnings(box):
    vasp_folder(box)
    box.write("run/INCAR", "ENCUT = 300\nNSW = many\n")
    refused = box.cli("submit", "run")
    equal(refused.status, 1)
    contains(refused.err, "INCAR:2: NSW takes a whole number, not 'many'")
    contains(refused.err, "`crystalmath submit --force`")
    forced = box.ok("submit", "--force", "run")
    contains(forced.err, "warning: INCAR:2: NSW takes a whole number, not 'many'")
    box.silicon("si.in")
    box.write("si.in", box.read("si.in").replace("ecutwfc", "ecutwfx"))
    equal(box.cli("submit", "si.in").status, 1)
    contains(box.ok("submit", "--force", "si.in").err, "did you mean ecutwfc?")


@test
def a_folder_that_cannot_be_written_to_is_an_error(box):
    box.silicon()
    box.write("si.in", box.read("si.in").replace("./tmp", "./si.in/tmp"))
    checked = box.cli("check", "si.in")
    equal(checked.status, 1)
    contains(checked.out, f"error:   si.in: the folder for its files {box.path('si.in/tmp')} cannot be written to: "
                          "Not a directory")
    contains(box.cli("submit", "si.in").err, "cannot be written to")


@test
def a_program_that_is_not_here_may_be_on_the_machine_that_is_meant(box):
    vasp_folder(box)
    os.unlink(box.path("bin/vasp_std"))
    checked = box.ok("check", "run")
    contains(checked.out, "warning: INCAR: ")
    contains(checked.out, "vasp_std")

@test
def a_job_that_has_not_ended_is_in_the_way_of_one_that_writes_to_its_files(box):
    box.silicon("si.in")
    box.write("other.in", box.read("si.in").replace("./tmp", "./elsewhere"))
    box.write("again.in", box.read("si.in"))
    box.ok("submit", "--hold", "si.in")
    checked = box.cli("check", "again.in", "other.in")
    equal(checked.status, 1)
    lines = checked.out.splitlines()
    equal(len(lines), 2)
    contains(lines[0], f"error:   again.in: job 1 (si) has not ended yet and keeps files of the same names in "
                       f"{box.path('tmp')} (for pw.x: outdir and prefix are the same). ")
    contains(lines[0], "`crystalmath cancel 1`")
    contains(lines[1], "other.in: nothing found that would go wrong")
    contains(box.cli("submit", "again.in").err, lines[0].partition(": ")[2].partition("again.in: ")[2])
    contains(box.cli("check", "--json", "si.in").json()[0]["text"], "writes to ")
    box.ok("cancel", "1")
    contains(box.ok("check", "again.in").out, "nothing found that would go wrong")


@test
def a_check_starts_no_server(box):
    box.silicon("si.in")
    box.ok("check", "si.in")
    equal(box.cli("server", "status").status, 1)


main()
