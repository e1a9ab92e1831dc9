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
def what_is_no_input_is_an_error(box):
    box.write("notes", "hello\n")
    for name in ("notes", "not-there", "."):
        equal(box.cli("check", name).status, 1)


main()
