"""crystalmath codes: what this machine has, which version, and how to get what is missing."""

import os

from support import check, contains, equal, main, test


def told(box, code, **more):
    codes = box.ok("codes", "--json", **more).json()["codes"]
    return [one for one in codes if one["code"] == code][0]


@test
def pw_x_is_found_with_its_version_and_pseudopotentials(box):
    box.silicon()
    qe = told(box, "quantum_espresso")
    program = qe["programs"][0]
    equal((program["path"], program["from"], program["missing"]), ("/usr/bin/pw.x", "PATH", None))
    check(program["version"], program)
    contains([p["path"] for p in qe["pseudopotentials"]], "/usr/share/espresso/pseudo")
    contains(box.ok("codes").out, f"/usr/bin/pw.x (PATH), {program['version']}")
    equal(os.listdir(box.work), ["si.in"])
    equal(box.server_pid(), None)


@test
def what_is_missing_says_how_it_is_got(box):
    box.env["PATH"] = "/nowhere"
    out = box.ok("codes").out
    for part in ("pw.x was not found on your PATH", "apt install quantum-espresso",
                 "www.crystal.unito.it", "[code.crystal]", "www.vasp.at", "[code.vasp]"):
        contains(out, part)
    for code in ("quantum_espresso", "crystal", "vasp"):
        equal(told(box, code)["found"], False)


@test
def a_program_that_never_ends_is_ended_and_has_no_version(box):
    box.write("bin/vasp_std", "#!/bin/sh\nsleep 1000\n", 0o755)
    box.env["PATH"] = f"{box.path('bin')}:{os.environ['PATH']}"
    program = told(box, "vasp")["programs"][0]
    equal((program["path"], program["version"]), (box.path("bin/vasp_std"), None))
    equal(box.processes(), [])


@test
def a_program_of_the_configuration_runs_behind_its_setup(box):
    box.write("hidden/crystal", "#!/bin/sh\nexit 1\n", 0o755)
    path = os.path.join(box.home, ".config/crystalmath/config.ini")
    os.makedirs(os.path.dirname(path))
    with open(path, "w", encoding="utf-8") as file:
        file.write(f"[code.crystal]\ncommand = {box.path('hidden/crystal')}\n")
    program = told(box, "crystal")["programs"][0]
    equal((program["path"], program["from"]), (box.path("hidden/crystal"), "config.ini"))


main()
