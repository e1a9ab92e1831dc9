"""A full or read-only disk, on the screen: what has happened, and what to type."""

import os

from screen import Screen, lacks, main, test

from disks import SmallDisk


@test
def where_no_server_can_come_up_the_screen_says_why_and_what_to_do(box):
    disk = SmallDisk(box)
    os.mkdir(os.path.join(disk.root, "crystalmath"), 0o700)
    disk.read_only()
    with Screen(box, size=(100, 24)) as screen:
        screen.shows("The server could not start: the ", "Read-only file system", "XDG_STATE_HOME")


@test
def a_disk_that_gets_full_is_told_as_long_as_it_is_so(box):
    disk = SmallDisk(box, "100m")
    box.wait_state(box.submit("--name", "runner", "--", "sleep", "1000"), "running")
    box.submit("--hold", "--name", "sleeper", "--", "true")
    with Screen(box, size=(150, 24)) as screen:
        screen.shows("runner", "sleeper", "ping")
        lacks(screen.text(), "Problem")
        disk.fill()
        screen.shows("Problem (crystalmath server status): ")
        # What is too long for the line is shown whole, and says what to do.
        screen.keys("N")
        screen.shows("Note")
        screen.type("words " * 60)
        screen.keys("Enter")
        screen.shows("job 2 has its new note now", "free space on", "Any key goes on.")
        screen.keys("x", "j", "c")
        screen.shows("Cancel job 1")
        screen.keys("y")
        screen.shows("job 1 is cancelling now", "free space on", "Any key goes on.")
        screen.keys("x")
        disk.free()
        screen.hides("Problem")
        screen.shows("cancelled")


main()
