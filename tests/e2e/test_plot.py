"""crystalmath plot: real runs of pw.x drawn on a terminal, into a pipe and into files."""

import os
import re
import stat
import struct
import subprocess
import xml.etree.ElementTree as xml
import zlib

from support import PSEUDO, Skip, check, contains, equal, lacks, main, matches, test, wait_until

BRAILLE = re.compile("[\u2801-\u28ff]")
SAMPLES = os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "samples")

# Silicon out of its place, in a cell that may change: a few geometries, each an SCF of its own.
MOVING = f"""&control
 calculation = 'CALC', pseudo_dir = '{PSEUDO}', outdir = './', prefix = 'si'
/
&system
 ibrav = 2, celldm(1) = 10.4, nat = 2, ntyp = 1, ecutwfc = 12
/
&electrons
/
&ions
/
&cell
/
ATOMIC_SPECIES
 Si 28.086 Si.pz-vbc.UPF
ATOMIC_POSITIONS alat
 Si 0.02 0.01 0.0
 Si 0.25 0.25 0.25
K_POINTS automatic
 2 2 2 1 1 1
"""


def run(box, name="si"):
    """Run pw.x on an input of the box; results as `parse` tells them."""
    with open(box.path(f"{name}.out"), "wb") as file:
        subprocess.run(["pw.x", "-in", f"{name}.in"], cwd=box.work, env=box.env, stdout=file,
                       stderr=subprocess.STDOUT, stdin=subprocess.DEVNULL)
    return box.ok("parse", f"{name}.out", "--json").json()


def silicon(box):
    box.silicon("si.in")
    return run(box)


def relaxed(box, calc):
    box.silicon("si.in")  # skips where there is no pw.x
    box.write("move.in", MOVING.replace("CALC", calc))
    return run(box, "move")


def svg(box, name):
    """The tree of an SVG, whose tags have lost their namespace."""
    tree = xml.parse(box.path(name)).getroot()
    equal(tree.tag, "{http://www.w3.org/2000/svg}svg")
    for element in tree.iter():
        element.tag = element.tag.rpartition("}")[2]
        for attribute in element.attrib:
            lacks(attribute, "href")
    return tree


def png(box, name):
    """Write one; skipped where the program cannot."""
    result = box.cli("plot", "si.out", "-o", name)
    if "cairo" in result.err:
        raise Skip(result.err.strip())
    equal((result.status, result.out, result.err), (0, "", ""))


def words(tree):
    return ["".join(text.itertext()) for text in tree.iter("text")]


def no_server(box):
    check(not os.path.exists(box.socket), "a server was started")


@test
def an_scf_is_drawn_into_a_pipe(box):
    results = silicon(box)
    lines = box.ok("plot", "si.out").out.splitlines()
    equal(lines[:2], ["SCF convergence of si.out", "|ΔE| in Ry"])
    equal(len([line for line in lines if "┤" in line or "│" in line]) + 4, len(lines))
    matches(lines[-2], r"└┴─+")
    matches(lines[-1], r"^ cycle 1 +2 ")
    equal(lines[-1].split()[-1], str(results["scf"][0]["cycles"]))
    check(BRAILLE.search("".join(lines)), lines)
    lacks("".join(lines), "\033")
    no_server(box)


@test
def a_terminal_is_filled_and_has_colour(box):
    silicon(box)
    wide = box.on_terminal("plot", "si.out", columns=110).out
    narrow = box.on_terminal("plot", "si.out", columns=50).out
    contains(wide, "\033[36m")
    for text, columns in ((wide, 110), (narrow, 50)):
        plain = re.sub("\033\\[[0-9]*m", "", text)
        width = max(len(line) for line in plain.splitlines())
        check(columns - 2 <= width < columns, (width, plain))
    lacks(box.on_terminal("plot", "si.out", env={"NO_COLOR": "1"}).out, "\033")


@test
def without_utf8_it_is_drawn_in_ascii(box):
    silicon(box)
    text = box.on_terminal("plot", "si.out", env={"LANG": "C", "NO_COLOR": "1"}).out
    contains(text, "|dE| in Ry")
    matches(text, r"1e-\d\+")
    check(text.isascii(), text)


@test
def a_job_is_drawn_as_its_output_is(box):
    box.silicon("si.in")
    equal(box.ok("submit", "--wait", "si.in").status, 0)
    job = box.ok("plot", "1").out.splitlines()
    file = box.ok("plot", "si.out").out.splitlines()
    equal(job[0], "SCF convergence of job 1, si")
    equal(job[1:], file[1:])


@test
def a_job_that_runs_is_drawn_as_far_as_it_is(box):
    silicon(box)
    head, mark, tail = box.read("si.out").partition("     iteration #  4")
    check(mark, "pw.x needed no fourth cycle")
    box.write("head", head)
    box.write("tail", mark + tail)
    box.write("bin/pw.x", f"#!/bin/sh\ncat '{box.path('head')}'; {box.gate()}; "
                          f"cat '{box.path('tail')}'\n", 0o755)
    box.env["PATH"] = f"{box.path('bin')}:{box.env['PATH']}"
    job = box.submit("si.in")
    wait_until(lambda: (box.job(job)["progress"] or {}).get("cycle") == 3, "three cycles")
    equal(box.ok("plot", str(job)).out.splitlines()[-1].split(), ["cycle", "1", "2", "3"])
    box.open_gate()
    box.wait_state(job, "completed")
    check(len(box.ok("plot", str(job)).out.splitlines()[-1].split()) > 4, "it has more cycles")


@test
def a_job_without_results_says_what_it_is(box):
    box.silicon("si.in")
    box.ok("submit", "--hold", "si.in")
    result = box.cli("plot", "1")
    equal((result.status, result.out), (1, ""))
    contains(result.err, "job 1, si has no results: it is held; crystalmath show 1")


@test
def svg_is_xml_with_a_dot_for_each_change_of_the_energy(box):
    results = silicon(box)
    equal(box.ok("plot", "si.out", "-o", "si.svg").out, "")
    tree = svg(box, "si.svg")
    equal(tree.find("title").text, "SCF convergence of si.out")
    energies = results["scf"][0]["energies_ev"] + [results["scf"][0]["final_energy_ev"]]
    changes = [one - next_one for one, next_one in zip(energies, energies[1:])]
    equal(len(list(tree.iter("circle"))), len([change for change in changes if change]))
    contains(words(tree), "|ΔE| in Ry")
    contains(words(tree), "SCF cycle")
    no_server(box)


@test
def png_has_the_size_that_the_manual_tells(box):
    silicon(box)
    png(box, "si.png")
    with open(box.path("si.png"), "rb") as file:
        data = file.read()
    equal(data[:8], b"\x89PNG\r\n\x1a\n")
    width, height, depth, colours = struct.unpack(">IIBB", data[16:26])
    equal((width, height, depth, colours), (1440, 880, 8, 2))
    pixels, at = b"", 8
    while at < len(data):
        size, kind = struct.unpack(">I4s", data[at:at + 8])
        equal(struct.unpack(">I", data[at + 8 + size:at + 12 + size])[0],
              zlib.crc32(data[at + 4:at + 8 + size]))
        pixels += data[at + 8:at + 8 + size] if kind == b"IDAT" else b""
        at += 12 + size
    equal(len(zlib.decompress(pixels)), height * (1 + 3 * width))


@test
def without_cairo_a_png_names_the_svg(box):
    silicon(box)
    png(box, "si.png")  # skips where it was left out
    os.remove(box.path("si.png"))
    box.write("lib/libcairo.so.2", "no library")
    result = box.cli("plot", "si.out", "-o", "si.png", env={"LD_LIBRARY_PATH": box.path("lib")})
    equal((result.status, result.out), (1, ""))
    contains(result.err, "si.png was not written: PNG needs the library cairo (libcairo.so.2), which "
             "is not on this machine; si.svg needs none")
    check(not os.path.exists(box.path("si.png")), "there is a file")
    box.ok("plot", "si.out", "-o", "si.svg", env={"LD_LIBRARY_PATH": box.path("lib")})


@test
def a_relaxation_is_about_its_energies(box):
    results = relaxed(box, "relax")
    steps = len(results["steps"])
    check(steps > 2, steps)
    contains(box.ok("plot", "move.out").out, "Energy of move.out\nenergy above the lowest in ")
    for what, label in (("opt", "energy above the lowest in "), ("forces", "largest force on an")):
        box.ok("plot", "move.out", "--what", what, "-o", f"{what}.svg")
        tree = svg(box, f"{what}.svg")
        equal(len(list(tree.iter("circle"))), steps)
        check([text for text in words(tree) if text.startswith(label)], words(tree))


@test
def the_scfs_of_a_relaxation_are_told_apart(box):
    results = relaxed(box, "relax")
    text = box.ok("plot", "move.out", "--what=scf").out
    matches(text, r"\n +SCF 1 +2 ")
    contains(text, "┊")
    box.ok("plot", "move.out", "-w", "scf", "-o", "scf.svg")
    tree = svg(box, "scf.svg")
    equal(len({circle.get("fill") for circle in tree.iter("circle")}), 2)
    check(len(results["scf"]) > 2, results["scf"])
    contains(words(tree), "SCF 1")
    contains(words(tree), "2")


@test
def one_scf_of_a_relaxation_is_drawn_alone(box):
    results = relaxed(box, "relax")
    last = len(results["scf"])
    text = box.ok("plot", "move.out", "--scf", "1").out
    contains(text, "SCF convergence of move.out, SCF 1\n")
    lacks(text, "┊")
    equal(text.split()[-1], str(results["scf"][0]["cycles"]))
    title = box.ok("plot", "move.out", "--scf=-1", "-w", "accuracy").out.splitlines()[0]
    equal(title, f"SCF accuracy of move.out, SCF {last}")
    result = box.cli("plot", "move.out", "--scf", str(last + 1))
    equal((result.status, result.out), (1, ""))
    contains(result.err, f"move.out has no SCF {last + 1}; its last one is {last}")
    for words in (["--scf", "x"], ["--scf", "1", "-w", "opt"]):
        equal(box.cli("plot", "move.out", *words).status, 2)


@test
def a_cell_that_changes_has_its_volumes(box):
    results = relaxed(box, "vc-relax")
    volumes = [step["volume_ang3"] for step in results["steps"]]
    printed = re.findall(r"unit-cell volume += +([0-9.]+) \(a\.u\.\)\^3", box.read("move.out"))
    check(abs(volumes[0] - float(printed[0]) * 0.529177210903 ** 3) < 1e-3, (volumes, printed))
    check(abs(volumes[-1] - results["cell"]["volume"]) < 1e-6, volumes)
    contains(box.ok("plot", "move.out", "--what", "volume").out, "volume of the cell in Å³")
    relaxed(box, "relax")
    contains(box.cli("plot", "move.out", "--what", "volume").err,
             "has no volume that changes from step to step; it has scf, accuracy, opt, forces")


@test
def frequencies_are_sticks(box):
    with open(os.path.join(SAMPLES, "crystal", "freq.out"), "rb") as file:
        box.write("f.out", file.read())
    modes = box.ok("parse", "f.out", "--json").json()["frequencies_cm1"]
    check(modes, "the sample has no modes")
    text = box.ok("plot", "f.out").out
    contains(text, "Frequencies of f.out\nmodes")
    contains(text, "cm⁻¹")
    contains(text, "⡇")


@test
def what_is_not_there_is_an_error_that_says_what_is(box):
    silicon(box)
    result = box.cli("plot", "si.out", "--what", "frequencies")
    equal((result.status, result.out), (1, ""))
    equal(result.err, "crystalmath: si.out has no frequencies to plot; it has scf, accuracy\n")
    box.write("cut.out", box.read("si.out").split("iteration #  1")[0])
    result = box.cli("plot", "cut.out")
    equal(result.status, 1)
    contains(result.err, "cut.out has nothing to plot")


@test
def wrong_words_are_usage_errors(box):
    box.write("si.txt", "an output")
    for args, says in ((("plot", "si.out", "--what", "forcs"), "did you mean forces?"),
                       (("plot", "si.out", "-o", "si.pdf"), "must end in .svg"),
                       (("plot", "si.txt", "-o", "./si.txt"), "is what is plotted"),
                       (("--host", "nowhere", "plot", "si.out"),
                        "ssh nowhere crystalmath plot si.out")):
        result = box.cli(*args)
        equal((result.status, result.out), (2, ""))
        contains(result.err, says)
    equal(box.read("si.txt"), "an output")


@test
def text_files_have_what_a_pipe_has(box):
    silicon(box)
    box.ok("plot", "si.out", "-o", "si.txt")
    text = box.read("si.txt")
    equal(text.splitlines()[:2], ["SCF convergence of si.out", "|ΔE| in Ry"])
    check(BRAILLE.search(text) and "\033" not in text, text)


@test
def a_plot_takes_the_place_of_one_that_is_there(box):
    silicon(box)
    box.write("plots/old.svg", "old", mode=0o600)
    os.symlink("plots/old.svg", box.path("link.svg"))
    box.ok("plot", "si.out", "-o", "link.svg")
    check(os.path.islink(box.path("link.svg")), "the link is gone")
    svg(box, "plots/old.svg")
    equal(stat.S_IMODE(os.stat(box.path("plots/old.svg")).st_mode), 0o600)
    equal(os.listdir(box.path("plots")), ["old.svg"])


@test
def what_cannot_be_written_is_told_and_leaves_nothing(box):
    silicon(box)
    os.symlink("/dev/full", box.path("full.svg"))
    os.mkdir(box.path("folder.svg"))
    for name, says in (("full.svg", "No space left"), ("folder.svg", "Is a directory"),
                       ("gone/x.svg", "No such file")):
        result = box.cli("plot", "si.out", "-o", name)
        equal((result.status, result.out), (1, ""))
        contains(result.err, f"{name} could not be written: {says}")
    check(not [name for name in os.listdir(box.work) if "crystalmath" in name],
          os.listdir(box.work))


@test
def names_of_any_bytes_reach_neither_terminal_nor_xml_unharmed(box):
    silicon(box)
    name = b"a<b>&\x1b[31m\xff.out"
    os.rename(box.path("si.out"), os.path.join(box.work.encode(), name))
    shown = box.on_terminal("plot", os.fsdecode(name), env={"NO_COLOR": "1"}).out
    lacks(shown, "\033")
    contains(shown, "a<b>&")
    box.ok("plot", os.fsdecode(name), "-o", "x.svg")
    contains(svg(box, "x.svg").find("title").text, "a<b>&?[31m")


@test
def a_run_in_a_folder_or_on_standard_input_is_drawn(box):
    silicon(box)
    os.mkdir(box.path("run"))
    os.rename(box.path("si.out"), box.path("run/si.out"))
    equal(box.ok("plot", "run/").out.splitlines()[1], "|ΔE| in Ry")
    contains(box.ok("plot", "-", input=box.read("run/si.out")).out,
             "SCF convergence of standard input\n")


main()
