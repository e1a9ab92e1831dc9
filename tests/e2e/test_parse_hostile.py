"""crystalmath parse: outputs of a size and with contents that no code would write. What comes is a
result or a sentence, with memory that does not grow with the file."""

import bz2
import gzip
import json
import lzma
import os
import random
import subprocess
import threading

from support import PROGRAM, check, contains, equal, main, test

MEBI = 1 << 20
# Of a program built for release; the tools that watch memory need some of their own.
MOST = 1000 * MEBI
SAMPLES = os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "samples")

HEADS = {
    "quantum_espresso": b"     Program PWSCF v.7.2 starts on 12Dec2023 at 17:15: 9\n",
    "vasp": b" vasp.6.2.0 18Jan21 complex\n\n POSCAR, INCAR and KPOINTS ok, starting setup\n",
    "crystal": b" EEEEEEEEEE STARTING  DATE 02 03 2032 TIME 10:00:00.0\n",
}


def sample(name):
    with open(os.path.join(SAMPLES, name), "rb") as file:
        return file.read()


def fed(box, pieces):
    """What comes of pieces that are written to its standard input: its status, the JSON or None,
    and what it said. It must not end by a signal, nor take more memory than it may."""
    with open(box.path("out"), "wb") as out, open(box.path("err"), "wb") as err:
        process = subprocess.Popen([PROGRAM, "parse", "-", "--json"], cwd=box.work, env=box.env,
                                   stdin=subprocess.PIPE, stdout=out, stderr=err)

    def write():
        try:
            with process.stdin as pipe:
                for piece in pieces:
                    pipe.write(piece)
        except BrokenPipeError:
            pass  # it had read enough to know

    writer = threading.Thread(target=write)
    writer.start()
    _, status, usage = os.wait4(process.pid, 0)
    process.returncode = os.waitstatus_to_exitcode(status)
    writer.join()
    check(process.returncode in (0, 1), (process.returncode, box.read("err")))
    check(usage.ru_maxrss * 1024 < MOST, usage.ru_maxrss)
    if process.returncode == 1:
        check(box.read("err").strip() and not box.read("out"), box.read("err"))
        return 1, None, box.read("err")
    with open(box.path("out"), "rb") as out:
        return 0, json.load(out), box.read("err")


def repeated(name, begin, end, size):
    """A sample whose middle comes again and again, up to some size; the pieces of it."""
    text = sample(name)
    first = text.rindex(b"\n", 0, text.index(begin)) + 1
    last = text.rindex(b"\n", 0, text.index(end, first)) + 1
    block = text[first:last] * (MEBI // (last - first) + 1)
    yield text[:first]
    for _ in range(size // len(block) + 1):
        yield block
    yield text[last:]


@test
def a_line_without_end(box):
    for code, head in HEADS.items():
        pieces = [head, b" total energy = "] + [b"7" * MEBI] * 300
        status, results, _ = fed(box, pieces)
        equal((status, results["code"], results["energy_ev"]), (0, code, None))


@test
def an_outcar_without_end(box):
    _, once, _ = fed(box, [sample("vasp/OUTCAR")])
    status, results, _ = fed(box, repeated("vasp/OUTCAR", b"Iteration      1(   1)",
                                           b"General timing", 300 * MEBI))
    equal((status, results["status"], results["code"]), (0, "finished", "vasp"))
    equal(results["energy_ev"], once["energy_ev"])
    check(len(results["steps"]) > 1000, len(results["steps"]))


@test
def cycles_and_runs_without_end(box):
    """Beyond the limit the last counts, and that something is left out is told."""
    for code, line in (("crystal", b" CYC   0 ETOT(AU) -1.0E+00 DETOT -1.0E+00\n"),
                       ("crystal", b" == SCF ENDED - CONVERGENCE ON ENERGY  E(AU) -2.0E+00 CYCLES"
                                   b"   1\n"),
                       ("quantum_espresso", b"     iteration #  1\n!    total energy = -3.0 Ry\n"
                                            b"     convergence has been achieved in 1 iterations\n"),
                       ("quantum_espresso", b"     iteration #***\n     total energy = -3.0 Ry\n")):
        block = line * (MEBI // len(line))
        status, results, _ = fed(box, [HEADS[code]] + [block] * 150 + [b" last\n"])
        equal((status, results["code"]), (0, code))
        problems = [problem["message"] for problem in results["problems"]]
        check(any("more than can be listed" in message for message in problems), problems)
        check(len(results["scf"]) <= 100000 and len(results["steps"]) <= 100000, code)


@test
def atoms_without_end(box):
    line = b"Si  0.0  0.0  0.0\n"
    block = line * (MEBI // len(line))
    status, results, _ = fed(box, [HEADS["quantum_espresso"], b"ATOMIC_POSITIONS (angstrom)\n"]
                             + [block] * 100)
    equal(status, 0)
    check(len(results["atoms"] or []) <= 200000, "atoms")


@test
def xml_without_end(box):
    head = (b"<?xml version='1.0'?>\n<qes:espresso xmlns:qes='q'><general_info>"
            b"<creator NAME='PWSCF' VERSION='7.2'>x</creator></general_info>")
    for piece in (b"<step>", b"<a b='", b"<!--", b"<output><forces>" + b" 1.0" * 1000,
                  b"<step><total_energy><etot>-1.0</etot></total_energy></step>\n"):
        status, results, _ = fed(box, [head] + [piece * (MEBI // len(piece))] * 60)
        equal((status, results["code"]), (0, "quantum_espresso"))
        check(results["status"] == "truncated" and results["problems"], results["problems"])


@test
def bytes_that_are_no_text(box):
    noise = random.Random(7).randbytes(MEBI)
    status, _, err = fed(box, [noise] * 20)
    equal(status, 1)
    contains(err, "not the output of a code")
    for code, head in HEADS.items():
        status, results, _ = fed(box, [head] + [noise] * 20)
        equal((status, results["code"]), (0, code))


@test
def what_is_compressed_is_said(box):
    for program, words in (("gzip", gzip.compress(b"x")), ("bzip2", bz2.compress(b"x")),
                           ("xz", lzma.compress(b"x"))):
        status, _, err = fed(box, [words + bytes(MEBI)])
        equal(status, 1)
        contains(err, f"is compressed; to read what is in it: {program} -dc FILE | crystalmath parse -")


@test
def numbers_that_are_none(box):
    """NaN, stars, overflow in place of every number: null, and never something else."""
    for name in ("qe/si_relax.out", "crystal/slab_opt.out", "vasp/OUTCAR"):
        text = sample(name)
        for wrong in (b"NaN", b"**************", b"Infinity", b"9e999", b"-"):
            words = [wrong if word.count(b".") == 1 and word.strip(b"-.0123456789") == b"" else word
                     for word in text.replace(b"\n", b" \n ").split(b" ")]
            status, results, _ = fed(box, [b" ".join(words).replace(b" \n ", b"\n")])
            equal((name, wrong, status), (name, wrong, 0))
            for key in ("energy_ev", "fermi_ev", "gap_ev", "pressure_gpa"):
                value = results[key]
                check(value is None or abs(value) < 1e6, (name, wrong, key, value))


@test
def ends_of_lines_and_letters_of_others(box):
    for name in ("qe/si_relax.out", "crystal/slab_opt.out", "vasp/OUTCAR", "qe/si_relax.xml"):
        text = sample(name)
        _, plain, _ = fed(box, [text])
        equal(fed(box, [text.replace(b"\n", b"\r\n")])[1], plain)
        if not name.endswith("xml"):
            lines = text.split(b"\n")
            lines.insert(len(lines) // 2, b" caf\xe9 \xff\xfe")
            _, foreign, _ = fed(box, [b"\n".join(lines)])
            equal((foreign["energy_ev"], foreign["status"]), (plain["energy_ev"], plain["status"]))


main()
