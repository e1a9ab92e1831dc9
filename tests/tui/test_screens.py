"""What the screens look like, against the goldens."""

import os
import re

from screen import Screen, check, columns, contains, equal, main, test


def finished_silicon(box):
    job = box.submit(box.silicon(k=4, conv_thr="1.0d-5"), "--name", "silicon")
    equal(box.wait_state(job, "completed", "failed")["state"], "completed")


@test
def an_empty_list_says_what_to_press(box):
    with Screen(box) as screen:
        screen.shows("No jobs yet.", "ping")
        screen.golden("empty")


@test
def a_finished_silicon_job_fits_80_by_24(box):
    finished_silicon(box)
    with Screen(box) as screen:
        screen.shows("JOB DONE", "converged in")
        screen.golden("silicon-80x24")


@test
def a_finished_silicon_job_uses_200_by_50(box):
    finished_silicon(box)
    with Screen(box, size=(200, 50)) as screen:
        screen.shows("JOB DONE", "converged in")
        screen.golden("silicon-200x50")


@test
def a_job_can_have_the_whole_screen(box):
    finished_silicon(box)
    with Screen(box) as screen:
        screen.shows("JOB DONE", "converged in")
        screen.keys("Enter")
        screen.shows("Esc back")
        screen.golden("silicon-open")
        screen.keys("Escape")
        screen.golden("silicon-80x24")


@test
def an_open_job_uses_200_by_50(box):
    finished_silicon(box)
    with Screen(box, size=(200, 50)) as screen:
        screen.shows("JOB DONE", "converged in")
        screen.keys("Enter")
        screen.shows("Esc back")
        screen.golden("silicon-open-200x50")


@test
def without_colour_everything_can_be_read(box):
    finished_silicon(box)
    with Screen(box, env={"NO_COLOR": "1"}) as screen:
        screen.shows("JOB DONE", "converged in")
        screen.golden("silicon-80x24")
        styled = screen.text("-e")
        check(not re.search(r"\033\[[0-9;]*(3[0-7]|4[0-7]|9[0-7])[;m]", styled), styled)


@test
def on_a_vt100_without_utf8_everything_can_be_read(box):
    finished_silicon(box)
    with Screen(box, env={"TERM": "vt100"}, locale="C") as screen:
        text = screen.shows("JOB DONE", "converged in")
        check(text.isascii(), text)
        screen.golden("silicon-vt100")


@test
def with_colour_a_state_is_told_by_word_and_symbol_too(box):
    finished_silicon(box)
    with Screen(box) as screen:
        screen.shows("✓ completed")
        contains(screen.text("-e"), "\033[32m✓")


def stalled_vasp(box):
    """A run of a stand-in for VASP, whose SCF has come to a standstill."""
    text = "   NELM   =     18;   NELMIN=  2; NELMDL=  0     # of ELM steps\n" \
           "   EDIFF  = 0.1E-07   stopping-criterion for ELM\n"
    for i in range(1, 13):
        text += (f"--------------------------------------- Iteration      1({i:4d})  ------------------\n"
                 " total energy-change (2. order) :-0.1000000E-02  (-0.1000000E-02)\n"
                 f"  free energy    TOTEN  =       {-10 - i / 1000:.8f} eV\n")
    box.write("cycles", text)
    box.write("bin/vasp_std", f"#!/bin/sh\ncp {box.path('cycles')} OUTCAR\n{box.gate()}\n", 0o755)
    box.env["PATH"] = f"{box.path('bin')}:{os.environ['PATH']}"
    box.write("run/INCAR", "SYSTEM = x\nENCUT = 200\n")
    box.write("run/KPOINTS", "k\n0\nGamma\n2 2 2\n0 0 0\n")
    box.write("run/POSCAR", "Si\n5.43\n0 .5 .5\n.5 0 .5\n.5 .5 0\nSi\n2\nDirect\n0 0 0\n.25 .25 .25\n")
    box.write("run/POTCAR", "  PAW_PBE Si 05Jan2001\n")
    box.submit("run")


@test
def a_forecast_is_told_in_a_wide_list_and_in_a_narrow_one(box):
    stalled_vasp(box)
    with Screen(box, size=(140, 30)) as screen:
        screen.shows("forecast ", "● running", "will not make", "NELM")
    with Screen(box) as screen:
        screen.shows("● won't make", "will not make")
    box.open_gate()


@test
def a_narrow_screen_keeps_the_key_of_the_help(box):
    with Screen(box, size=(60, 24)) as screen:
        screen.shows("No jobs yet.", "? help")


@test
def the_help_lists_the_keys(box):
    with Screen(box) as screen:
        screen.shows("No jobs yet.", "ping")
        screen.keys("?")
        screen.shows("next line")
        screen.golden("help")
        screen.keys("G")
        screen.shows("repaint the screen")
        screen.keys("Escape")
        screen.golden("empty")


@test
def the_file_picker_knows_inputs_from_other_files(box):
    box.silicon()
    box.write("notes.txt", "buy milk\n")
    box.write("folder/x.in", "")
    box.write(".hidden", "")
    with Screen(box) as screen:
        screen.shows("No jobs yet.", "ping")
        screen.keys("n")
        screen.shows("si.in")
        screen.golden("picker")


@test
def names_of_any_length_and_width_keep_the_columns(box):
    names = ["a-name-that-is-far-too-long-for-any-list-" * 3, "日本語のとても長い名前です",
             "Zu\u0308rich e\u0301te\u0301 cafe\u0301", "\u202Eright to left", "plain"]
    for name in names:
        box.wait_state(box.submit("--name", name, "--", "true"), "completed", "failed")
    with Screen(box) as screen:
        screen.shows("✓ completed", "plain", "ping")
        rows = [line for line in screen.lines() if "✓ completed" in line.split("│")[0]]
        equal(len(rows), len(names), screen.text())
        places = {columns(row.split("│")[0]) for row in rows}
        states = {columns(row.split("✓")[0]) for row in rows}
        equal(len(places), 1, "\n".join(rows))
        equal(len(states), 1, "\n".join(rows))


main()
