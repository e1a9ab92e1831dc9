"""Inputs are kept as they were at submission."""

import hashlib
import os

from support import PSEUDO, equal, lacks, main, matches, test


def kept(box, job):
    return {os.path.basename(one["path"]): one for one in box.job(job)["inputs"]}


@test
def the_input_and_its_pseudopotentials_are_noted_by_their_hash(box):
    path = box.silicon()
    job = box.submit("--wait", "si.in")
    inputs = kept(box, job)
    equal(sorted(inputs), ["Si.pz-vbc.UPF", "si.in"])
    for name, file in (("si.in", path), ("Si.pz-vbc.UPF", f"{PSEUDO}/Si.pz-vbc.UPF")):
        with open(file, "rb") as opened:
            data = opened.read()
        equal(inputs[name], {"path": file, "sha256": hashlib.sha256(data).hexdigest(),
                             "size": len(data), "changed": False})
    lacks(box.ok("show", str(job)).out, "has changed")


@test
def show_tells_what_has_changed_since(box):
    box.silicon()
    job = box.submit("--wait", "si.in")
    box.write("si.in", box.read("si.in").replace("12", "14"))
    equal(kept(box, job)["si.in"]["changed"], True)
    matches(box.ok("show", str(job)).out, r"(?m)^  note that +si\.in has changed since")
    box.kill_server()
    equal(kept(box, job)["si.in"]["changed"], True)
    os.unlink(box.path("si.in"))
    equal(kept(box, job)["si.in"]["changed"], True)


@test
def a_large_file_is_noted_and_one_that_is_not_there_is_not(box):
    box.silicon()
    box.write("ps/Si.pz-vbc.UPF", b"x" * (5 << 20))
    box.write("si.in", box.read("si.in").replace(PSEUDO, "./ps"))
    job = box.submit("--hold", "si.in")
    equal(kept(box, job)["Si.pz-vbc.UPF"]["size"], 5 << 20)
    os.unlink(box.path("ps", "Si.pz-vbc.UPF"))
    box.write("other.in", box.read("si.in"))
    equal(sorted(kept(box, box.submit("--hold", "--queue", "other.in"))), ["other.in"])


@test
def a_command_has_no_inputs(box):
    equal(box.job(box.submit("--", "true"))["inputs"], [])


main()
