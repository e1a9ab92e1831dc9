"""Inputs are kept as they were at submission."""

import base64
import hashlib
import json
import os

from support import PSEUDO, contains, equal, lacks, main, matches, test


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


def printed(box, *words):
    """The bytes that `show` prints, and what it says beside them."""
    ran = box.ok("show", *map(str, words))
    return ran.out.encode(errors="surrogateescape"), ran.err


@test
def show_prints_the_input_as_it_was(box):
    box.silicon()
    data = box.read("si.in").encode() + "! in Ångström, Latin-1\n".encode("latin-1")
    box.write("si.in", data)
    job = box.submit("--hold", "si.in")
    equal(printed(box, job, "--input"), (data, ""))
    box.write("si.in", "another")
    out, said = printed(box, job, "--input")
    equal(out, data)
    contains(said, f"{box.path('si.in')} has changed since the submission")
    box.kill_server()
    equal(printed(box, job, "--input")[0], data)
    told = json.loads(box.ok("show", str(job), "--input", "--json").out)
    equal((told["base64"], base64.b64decode(told["text"])), (True, data))
    equal((told["changed"], told["size"], told["path"]),
          (True, len(data), box.path("si.in")))


@test
def show_prints_one_of_several_inputs_by_name(box):
    box.silicon()
    box.write("ps/Si.pz-vbc.UPF", box.read(f"{PSEUDO}/Si.pz-vbc.UPF"))
    box.write("si.in", box.read("si.in").replace(PSEUDO, "./ps"))
    job = box.submit("--hold", "si.in")
    pseudo = box.read("ps/Si.pz-vbc.UPF").encode()
    for name in ("Si.pz-vbc.UPF", "ps/Si.pz-vbc.UPF", box.path("ps", "Si.pz-vbc.UPF")):
        equal(printed(box, job, "--file", name), (pseudo, ""))
    told = json.loads(box.ok("show", str(job), "--file", "si.in", "--json").out)
    equal((told["base64"], told["text"], told["changed"]),
          (False, box.read("si.in"), False))
    matches(box.ok("show", str(job)).out, r"(?m)^  it names +Si\.pz-vbc\.UPF$")
    refused = box.cli("show", str(job), "--file", "vbc.UPF")
    equal(refused.status, 1)
    contains(refused.err, f"job {job} has no input vbc.UPF; kept at submission were: "
                          f"{box.path('si.in')}, {box.path('ps', 'Si.pz-vbc.UPF')}")


@test
def an_input_comes_whole_however_large(box):
    box.silicon()
    line = "! ä\n".encode() * 500000
    box.write("si.in", box.read("si.in").encode() + line)
    job = box.submit("--hold", "si.in")
    equal(printed(box, job, "--input")[0], box.read("si.in").encode())
    part = box.call("jobs.input", {"id": job, "offset": 1, "limit": 7})
    equal((part["text"], part["next_offset"], part["eof"]),
          (box.read("si.in")[1:8], 8, False))
    part = box.call("jobs.input", {"id": job, "offset": part["size"] + 5})
    equal((part["text"], part["offset"], part["eof"]), ("", part["size"], True))


@test
def an_input_that_was_not_kept_is_told_as_that(box):
    box.silicon()
    box.write("ps/Si.pz-vbc.UPF", b"x" * (5 << 20))
    box.write("si.in", box.read("si.in").replace(PSEUDO, "./ps"))
    job = box.submit("--hold", "si.in")
    refused = box.cli("show", str(job), "--file", "Si.pz-vbc.UPF")
    contains(refused.err, "only the SHA-256 was kept")
    contains(refused.err, "keep_inputs_max")
    job = box.submit("--", "true")
    contains(box.cli("show", str(job), "--input").err,
             f"job {job} runs a command; no input of it was kept")
    contains(box.cli("show", "99", "--input").err, "there is no job 99")


main()
