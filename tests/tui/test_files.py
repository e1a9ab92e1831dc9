"""Any file of a job: chosen from a list, read, and followed; and the list of jobs, where what has not
ended is never left out."""

import os

from screen import Screen, contains, equal, lacks, main, test


def running(box, script="sleep 1000", name="job"):
    job = box.shell(script, "--name", name)
    box.wait_state(job, "running")
    return job


@test
def any_file_of_a_job_is_chosen_and_read(box):
    box.write("a.txt", "the first\n")
    box.write("sub/long.dat", "".join(f"line {i}\n" for i in range(2000)))
    running(box)
    with Screen(box) as screen:
        screen.shows("● running")
        screen.keys("o")
        text = screen.shows("Job 1: choose a file in", "▸ a.txt", "sub/long.dat", "Enter read")
        contains(text, "10 B")
        screen.keys("Enter")
        screen.shows("a.txt of 1 job", "the first")
        screen.keys("o")
        screen.shows("▸ a.txt")
        screen.keys("G", "Enter")
        screen.shows("sub/long.dat of 1 job", "line 1999")
        screen.keys("g")
        screen.shows("line 0")
        screen.keys("/")
        screen.type("line 1234")
        screen.keys("Enter")
        screen.shows("line 1234")
        screen.keys("Escape")
        screen.shows("─ Jobs")


@test
def the_chosen_file_is_one_of_those_that_tab_goes_through(box):
    box.write("a.txt", "the first\n")
    running(box, "echo printed; sleep 1000")
    with Screen(box) as screen:
        screen.shows("printed")
        screen.keys("l")
        screen.shows("Output of 1 job")
        for title in ("Error output of 1", "Input of 1", "Output of 1"):
            screen.keys("Tab")
            screen.shows(title)
        screen.keys("o")
        screen.shows("▸ a.txt")
        screen.keys("Enter")
        screen.shows("a.txt of 1 job", "the first")
        for title in ("Output of 1", "Error output of 1", "Input of 1", "a.txt of 1"):
            screen.keys("Tab")
            screen.shows(title)
        screen.shows("the first")


@test
def a_chosen_file_is_followed_while_it_grows_and_to_its_end(box):
    running(box, f"echo first light >grows; {box.gate()}; echo second light >>grows; {box.gate('end')}; "
                 "echo the end >>grows")
    with Screen(box) as screen:
        screen.shows("● running")
        screen.keys("Enter", "o")
        screen.shows("grows")
        screen.keys("Enter")
        screen.shows("grows of 1 job", "following", "first light")
        box.open_gate()
        screen.shows("second light")
        box.open_gate("end")
        screen.shows("the end")
        screen.keys("Escape")
        screen.shows("✓ completed", "Esc back")


@test
def a_chosen_file_that_is_written_anew_is_shown_as_it_is_now(box):
    running(box, f"seq 100 199 >again; {box.gate()}; echo only this >again; sleep 1000")
    with Screen(box) as screen:
        screen.shows("● running")
        screen.keys("o")
        screen.shows("▸ again")
        screen.keys("Enter")
        screen.shows("again of 1 job", "199")
        box.open_gate()
        screen.shows("only this")
        screen.hides("199")


@test
def a_chosen_file_is_read_on_when_another_server_has_come(box):
    running(box, f"echo before >grows; {box.gate()}; echo behind >>grows; sleep 1000")
    with Screen(box) as screen:
        screen.shows("● running")
        screen.keys("o")
        screen.shows("▸ grows")
        screen.keys("Enter")
        screen.shows("grows of 1 job", "before")
        box.kill_server()
        box.ok("ping")
        box.open_gate()
        screen.shows("grows of 1 job", "before", "behind")


@test
def files_that_cannot_be_shown_say_so(box):
    with open(os.path.join(os.fsencode(box.work), b"odd\xff"), "wb"):
        pass
    running(box)
    with Screen(box) as screen:
        screen.shows("● running")
        screen.keys("o")
        screen.shows("odd")
        screen.keys("Enter")
        screen.shows("Its name is not UTF-8; rename the file to see it here")
        screen.keys("Escape")
        screen.shows("─ Jobs")
    os.unlink(os.path.join(os.fsencode(box.work), b"odd\xff"))
    with Screen(box) as screen:
        screen.shows("● running")
        screen.keys("o")
        screen.shows("There are no files in the job's directory.")
        box.write("late", "it came\n")
        screen.keys("r")
        screen.shows("▸ late")
        os.unlink(box.path("late"))
        screen.keys("Enter")
        screen.shows("late of 1 job", "Nothing yet.")


@test
def the_mouse_chooses_files_too(box):
    box.write("a", "the first\n")
    box.write("b", "the second\n")
    running(box)
    with Screen(box) as screen:
        screen.shows("● running")
        screen.keys("o")
        screen.shows("▸ a")
        screen.click(3, 3)
        screen.shows("▸ b")
        screen.type("\033[<0;4;4m")  # let go of the button
        screen.click(3, 3)
        screen.shows("b of 1 job", "the second")


def finished(box, count, name):
    run = {"code": "vasp", "directory": "/d", "output": "/d/OUTCAR", "name": name,
           "finished_at": "2020-01-01T00:00:00Z", "results": {"status": "finished"}}
    wire = box.connect()
    for _ in range(0, count, 1000):
        equal(len(wire.call("jobs.import", {"runs": [run] * 1000})["result"]["jobs"]), 1000)
    wire.close()


@test
def what_has_not_ended_is_in_the_list_however_many_have_ended_since(box):
    running(box, f"{box.gate()}; exit 3", "patient")
    box.submit("--hold", "--name", "asleep", "--", "true")
    box.submit("--name", "early", "--", "true")
    box.wait_state(3, "completed")
    finished(box, 2000, "young")
    with Screen(box) as screen:
        screen.shows("1 running", "1 held", "2003 young")
        screen.keys("/")
        screen.type("patient")
        screen.keys("Enter")
        screen.shows("1 patient", "● running")
        screen.keys("Escape", "/")
        screen.type("asleep")
        screen.keys("Enter")
        screen.shows("2 asleep", "held")
        # Its end is told as well, and what lies between comes as one goes there.
        screen.keys("Escape", "/")
        screen.type("patient")
        screen.keys("Enter")
        box.open_gate()
        screen.shows("1 patient", "✗ failed")
        screen.keys("Escape")
        screen.hides("filter: ")

        def further_down(text):
            screen.keys("G")
            return "3 early" in text

        screen.wait("the oldest ended job", further_down)
        screen.shows("3 early", "2 asleep", "1 patient")
        lacks(screen.text(), "1 running")


main()
