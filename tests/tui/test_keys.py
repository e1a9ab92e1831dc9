"""What one does with keys and mouse."""

import os
import shutil

from screen import Screen, check, contains, equal, lacks, main, test, wait_until


def sleeper(box, *options):
    job = box.submit(*options, "--", "sleep", "1000")
    box.wait_state(job, "running")
    return job


def pointed_at(text):
    """The line that is selected."""
    rows = [line for line in text.splitlines() if line.startswith("▸")]
    return rows[0] if rows else ""


@test
def a_job_is_submitted_from_the_file_picker(box):
    box.silicon()
    with Screen(box, env={"FROM_THE_SCREEN": "yes"}) as screen:
        screen.shows("No jobs yet.")
        screen.keys("n")
        screen.shows("Quantum ESPRESSO")
        screen.keys("Enter")
        screen.shows("Run si.in on how many cores? 1")
        screen.keys("Enter")
        screen.shows("submitted: si", "▸")
        screen.shows("✓ completed", "JOB DONE")
    job = box.job(1)
    equal(job["state"], "completed")
    equal(job["cores"], 1)
    equal(job["directory"], box.work)


@test
def a_submitted_job_gets_the_environment_of_the_screen(box):
    box.silicon()
    box.write("bin/pw.x", "#!/bin/sh\necho \"value=$FROM_THE_SCREEN\" >seen\n", 0o755)
    path = os.path.join(box.work, "bin") + ":" + os.environ["PATH"]
    with Screen(box, env={"FROM_THE_SCREEN": "yes", "PATH": path}) as screen:
        screen.shows("No jobs yet.")
        screen.keys("n")
        screen.shows("Quantum ESPRESSO")
        screen.keys("G", "Enter")
        screen.shows("how many cores")
        screen.keys("Enter")
        wait_until(lambda: os.path.exists(box.path("seen")) and box.read("seen"), "the job's file")
    equal(box.read("seen"), "value=yes\n")


@test
def a_bad_input_is_refused_with_the_line_to_mend(box):
    with open(box.silicon(), encoding="ascii") as file:
        text = file.read()
    box.write("si.in", text.replace("ecutwfc", "ecutwfx"))
    with Screen(box) as screen:
        screen.shows("No jobs yet.")
        screen.keys("n")
        screen.shows("Quantum ESPRESSO")
        screen.keys("Enter")
        screen.shows("how many cores")
        screen.keys("Enter")
        screen.shows("Not submitted", "si.in:9")
        screen.keys("Enter")
        screen.hides("Not submitted")
        screen.shows("New job: choose an input")
    equal(box.call("jobs.list")["total"], 0)


@test
def what_is_no_input_is_not_submitted(box):
    box.write("notes.txt", "buy milk\n")
    with Screen(box) as screen:
        screen.shows("No jobs yet.")
        screen.keys("n")
        screen.shows("notes.txt")
        screen.keys("G", "Enter")
        screen.shows("notes.txt is not an input of a code that CrystalMath knows")
        screen.keys("Escape")
        screen.shows("No jobs yet.")


@test
def the_picker_walks_through_folders(box):
    box.write("deep/er/x.in", "&control\n/\n")
    with Screen(box) as screen:
        screen.shows("No jobs yet.")
        screen.keys("n")
        screen.shows("deep/")
        screen.keys("Enter")
        screen.shows("er/", f"choose an input in {box.work}/deep")
        screen.keys("l")
        screen.shows("x.in")
        screen.keys("BSpace")
        screen.wait("the folder above, with the one before selected",
                    lambda text: "er/" in pointed_at(text))


@test
def an_input_whose_name_is_not_utf_8_is_told_as_that(box):
    os.rename(box.silicon(), os.path.join(os.fsencode(box.work), b"si\xff.in"))
    with Screen(box) as screen:
        screen.shows("No jobs yet.")
        screen.keys("n")
        screen.shows("Quantum ESPRESSO")
        screen.keys("G", "Enter")
        screen.shows("on how many cores?")
        screen.keys("Enter")
        screen.shows("is not UTF-8, which is", "rename it")
        screen.keys("x", "Escape")
        screen.shows("No jobs yet.")


@test
def cancel_asks_and_n_leaves_the_job_alone(box):
    job = sleeper(box)
    with Screen(box) as screen:
        screen.shows("● running")
        screen.keys("c")
        screen.shows(f"Cancel job {job}, sleep? (y/n)")
        screen.keys("n")
        screen.hides("(y/n)")
    equal(box.job(job)["state"], "running")


@test
def a_running_job_is_cancelled(box):
    job = sleeper(box)
    with Screen(box) as screen:
        screen.shows("● running")
        screen.keys("c")
        screen.shows("(y/n)")
        screen.keys("y")
        screen.shows("⊘ cancelled", "0 running", "1 cancelled")
        screen.keys("c")
        screen.shows(f"Job {job} has ended already: cancelled")
    equal(box.job(job)["state"], "cancelled")


@test
def a_filter_shows_the_jobs_that_have_its_words(box):
    for name in ("graphene", "quartz-one", "quartz-two"):
        box.wait_state(box.submit("--name", name, "--", "true"), "completed")
    with Screen(box) as screen:
        screen.shows("graphene", "quartz-two")
        screen.keys("/")
        screen.shows("Filter:")
        screen.type("quartz COMP")
        screen.shows("Jobs with: quartz COMP", "2 of 3")
        screen.hides("graphene")
        screen.keys("Enter")
        screen.hides("Filter:")
        screen.keys("/")
        screen.type("zzz")
        screen.shows("No job has these words.")
        screen.keys("Escape")
        screen.shows("Jobs with: quartz COMP", "quartz-two")
        screen.keys("Escape")
        screen.shows("graphene", "quartz-two")


@test
def keys_and_mouse_move_the_selection(box):
    for i in range(30):
        box.submit("--name", f"job-{i + 1:02}", "--", "true")
    box.wait_state(30, "completed")
    with Screen(box, env={"TERM": "xterm-256color"}) as screen:
        def selects(name):
            screen.wait(f"{name} selected", lambda text: name in pointed_at(text))

        selects("job-30")
        screen.keys("j")
        selects("job-29")
        screen.keys("Down", "k")
        selects("job-29")
        screen.keys("G")
        selects("job-01")
        screen.keys("PPage")
        selects("job-19")
        screen.keys("Home")
        selects("job-30")
        screen.click(10, 7)
        selects("job-26")
        screen.shows("26 job-26")
        screen.click(10, 7, button=65)
        selects("job-25")
        screen.click(10, 7, button=64)
        selects("job-26")


@test
def the_list_goes_on_behind_what_its_first_frame_needs(box):
    box.ok("ping")
    wire = box.connect()
    for i in range(230):
        answer = wire.call("jobs.submit", {"command": ["true"], "directory": box.work, "hold": True,
                                           "name": f"number {i}", "environment": box.env})
        check("result" in answer, answer)
    with Screen(box) as screen:
        screen.shows("▸", "number 229")
        screen.wait("the whole list, of which the oldest is the last",
                    lambda text: screen.keys("G") or "number 0 " in pointed_at(screen.text()))
        screen.keys("g")
        screen.wait("the newest", lambda text: "number 229" in pointed_at(text))


@test
def tab_moves_the_keys_to_another_pane(box):
    job = box.shell("seq 100")
    box.wait_state(job, "completed")
    with Screen(box) as screen:
        screen.shows("100")
        screen.keys("Tab", "Tab", "Home")
        screen.shows("scrolled")
        screen.wait("the first line of output",
                    lambda text: any(line.rstrip().endswith("│ 1") for line in text.splitlines()))
        screen.keys("End")
        screen.hides("scrolled")


@test
def output_appears_as_it_is_written(box):
    job = box.shell(f"echo first light; {box.gate()}; echo second light; sleep 1000")
    box.wait_state(job, "running")
    with Screen(box) as screen:
        screen.shows("first light")
        box.open_gate()
        screen.shows("second light", "● running")


@test
def cycles_appear_as_they_are_computed(box):
    box.silicon(k=4)
    real = box.path("real.out")
    job = box.submit(box.path("si.in"))
    equal(box.wait_state(job, "completed", "failed")["state"], "completed")
    os.rename(box.path("si.out"), real)
    with open(real, encoding="utf-8", errors="replace") as file:
        head, mark, tail = file.read().partition("     iteration #  4")
    check(mark, "pw.x needed no fourth cycle")
    box.write("head", head)
    box.write("tail", mark + tail)
    box.write("bin/pw.x", f"#!/bin/sh\ncat '{box.path('head')}'; {box.gate()}; "
                          f"cat '{box.path('tail')}'\n", 0o755)
    with Screen(box) as screen:
        path = os.path.join(box.work, "bin") + ":" + box.env["PATH"]
        box.submit(box.path("si.in"), "--name", "live", env={"PATH": path})
        screen.shows("live")
        screen.keys("Home")
        screen.shows("live", "● running", "SCF cycle     3", "estimated accuracy in Ry")
        box.open_gate()
        screen.shows("2 completed", "SCF           converged in")
        lacks(screen.text(), "● running")


@test
def what_completed_without_converging_is_told_from_what_did(box):
    box.write("bin/pw.x", f"#!/bin/sh\n{shutil.which('pw.x')} \"$@\"\nexit 0\n", 0o755)
    path = os.path.join(box.work, "bin") + ":" + box.env["PATH"]
    job = box.submit(box.silicon(maxstep=2), env={"PATH": path})
    equal(box.wait_state(job, "completed", "failed")["state"], "completed")
    with Screen(box, size=(140, 50)) as screen:
        screen.shows("~ not conv.", "~ completed", "SCF           not converged after 2 cycles")


@test
def what_there_is_of_a_relaxation_is_plotted_in_turn(box):
    text = box.read(os.path.basename(box.silicon("scf.in")))
    box.write("relax.in", text.replace("'scf'", "'relax'").replace("Si 0.00 0.00", "Si 0.02 0.01")
              .replace("ATOMIC_SPECIES", "&ions\n/\nATOMIC_SPECIES"))
    job = box.submit("relax.in")
    equal(box.wait_state(job, "completed", "failed")["state"], "completed")
    with Screen(box, size=(120, 40)) as screen:
        screen.shows("energy above the lowest in", "  step 1")
        screen.keys("p")
        screen.shows("largest force on an atom in eV/Å")
        screen.keys("[")
        screen.shows("estimated accuracy in Ry, SCF", " cycle 1")
        screen.keys("p")
        screen.shows("energy above the lowest in")


@test
def the_log_is_read_searched_and_followed(box):
    job = box.shell(f"seq 500; echo needle; seq 501 900; {box.gate()}; echo the end; sleep 1000")
    box.wait_state(job, "running")
    with Screen(box) as screen:
        screen.shows("900")
        screen.keys("l")
        screen.shows("Output of 1", "following", "900")
        screen.keys("/")
        screen.type("NEEDLE")
        screen.keys("Enter")
        screen.shows("needle", "502")
        lacks(screen.text(), "following")
        screen.keys("g")
        screen.shows("lines 1 to")
        screen.keys("f")
        screen.shows("following")
        box.open_gate()
        screen.shows("the end")
        screen.keys("/")
        screen.type("nowhere")
        screen.keys("Enter")
        screen.shows("Not in this file: nowhere")
        screen.keys("Escape")
        screen.shows("─ Jobs")


@test
def a_long_output_is_read_from_its_end_to_its_start(box):
    job = box.shell("echo the very first; seq 300000; echo the very last")
    box.wait_state(job, "completed")
    with Screen(box) as screen:
        screen.shows("the very last")
        lacks(screen.text(), "299900")
        screen.keys("l")
        screen.shows("Output of", "the very last", "299990")
        screen.keys("Home")
        screen.shows("the very first", "lines 1 to 20 of 300002")


@test
def a_failed_command_shows_what_it_wrote_to_stderr(box):
    job = box.shell("echo everything burns >&2; exit 3")
    box.wait_state(job, "failed")
    with Screen(box) as screen:
        screen.shows("✗ failed", "everything burns")
        contains(screen.text(), "1 failed")


def ended(box, name, *options):
    job = box.submit("--name", name, *options, "--", "true")
    box.wait_state(job, "completed")
    return job


@test
def tags_are_edited_in_a_line(box):
    job = ended(box, "quartz", "--tag", "old")
    with Screen(box) as screen:
        screen.shows("quartz", "tags          old")
        screen.keys("t")
        screen.shows("Tags of job 1: old")
        screen.keys("BSpace", "BSpace", "BSpace")
        screen.type("new one, two,")
        screen.shows("Tags of job 1: new one, two,")
        screen.keys("Enter")
        screen.shows("tags          new one, two")
        equal(box.job(job)["tags"], ["new one", "two"])
        screen.keys("/")
        screen.type("nothing-has-this")
        screen.shows("No job has these words.")
        screen.keys("C-u")
        screen.type("two")
        screen.shows("1 of 1")
        screen.keys("Escape")
        screen.keys("t")
        screen.type(", a" + "b" * 70)
        screen.keys("Enter")
        screen.shows("'abbbbbbbb")
    equal(box.job(job)["tags"], ["new one", "two"])


@test
def name_and_note_are_edited_and_others_edits_are_seen(box):
    job = ended(box, "quartz")
    with Screen(box) as screen:
        screen.shows("quartz")
        screen.keys("R")
        screen.shows("Name of job 1: quartz")
        screen.type(" two")
        screen.keys("Enter")
        screen.shows("1 quartz two")
        screen.keys("N")
        screen.shows("Note on job 1:")
        screen.type("zu grob für ε")
        screen.keys("Enter")
        screen.shows("note          zu grob für ε")
        equal((box.job(job)["name"], box.job(job)["note"]), ("quartz two", "zu grob für ε"))
        screen.keys("N")
        screen.shows("Note on job 1: zu grob für ε")
        screen.keys("Escape")
        screen.hides("Note on job")
        box.ok("rename", "1", "by somebody else")
        screen.shows("by somebody")
        box.ok("note", "1", "two\nlines")
        screen.shows("lines")
        screen.keys("N")
        screen.shows("do not fit into a line here: crystalmath note 1")
    equal(box.job(job)["note"], "two\nlines")


@test
def a_job_is_forgotten_after_a_yes(box):
    ended(box, "first")
    ended(box, "second")
    sleeper(box, "--name", "third")
    with Screen(box) as screen:
        screen.shows("third", "● running")
        screen.keys("D")
        screen.shows("Job 3 has not ended: c cancels it")
        screen.keys("j", "D")
        screen.shows("Forget job 2, second? Its files stay. (y/n)")
        screen.keys("n")
        screen.hides("(y/n)")
        screen.keys("D", "y")
        screen.shows("Job 2 was removed")
        screen.hides("second")
        screen.wait("the one in its place selected", lambda text: "first" in pointed_at(text))
    equal([job["id"] for job in box.call("jobs.list")["jobs"]], [3, 1])


@test
def a_job_that_another_client_removes_leaves_the_screen(box):
    ended(box, "first")
    ended(box, "second")
    with Screen(box) as screen:
        screen.shows("second", "2 completed")
        screen.keys("l")
        screen.shows("Output of 2")
        box.ok("remove", "-y", "2")
        screen.shows("Job 2 was removed", "─ Jobs", "1 completed", "first")
        screen.keys("D")
        screen.shows("Forget job 1, first?")
        box.ok("remove", "-y", "1")
        screen.shows("No jobs yet.")
        screen.hides("(y/n)")


main()
