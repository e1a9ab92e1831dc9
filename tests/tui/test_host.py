"""The screen of a server on another machine, through a real sshd."""

import os
import signal

from screen import Screen, equal, main, test
from sshd import Sshd


def screen_of(box, host):
    return Screen(box, size=(100, 30), args=("--host", "login1"), env=host.env)


def there(box, host, *args):
    result = box.cli("--host", "login1", *args, env=host.env)
    equal(result.status, 0, result)
    return result.out.strip()


@test
def the_jobs_of_the_host_are_shown_as_they_change(box):
    host = Sshd(box)
    there(box, host, "submit", "--name", "far away", "--", "sh", "-c", box.gate())
    with screen_of(box, host) as screen:
        screen.shows("far away", "running", "login1: server")
        box.open_gate()
        screen.shows("completed")


@test
def an_input_on_the_host_is_run_by_its_path(box):
    host = Sshd(box)
    path = box.silicon()
    with screen_of(box, host) as screen:
        screen.shows("login1: server")
        screen.keys("n")
        screen.shows("Run the input file on login1: /")
        screen.type(path[1:])
        screen.keys("Enter")
        screen.shows("si", "converged")
    equal(there(box, host, "jobs").count("\n"), 0)


@test
def a_path_that_is_not_there_is_said(box):
    host = Sshd(box)
    with screen_of(box, host) as screen:
        screen.shows("login1: server")
        screen.keys("n")
        screen.shows("Run the input file")
        screen.type("no/such.in")
        screen.keys("Enter")
        screen.shows("Not submitted", "/no/such.in")


@test
def a_connection_that_was_cut_is_made_again(box):
    host = Sshd(box)
    with screen_of(box, host) as screen:
        screen.shows("login1: server")
        host.cut()
        screen.shows("Connected to the server again", "login1: server")
        number = there(box, host, "submit", "--name", "later", "--", "true")
        screen.shows("later", "completed")
        equal(number, "1")


@test
def a_host_that_has_gone_is_tried_until_it_is_back(box):
    host = Sshd(box)
    with screen_of(box, host) as screen:
        screen.shows("login1: server")
        host.stop()
        screen.shows("Trying again: login1 cannot be reached")
        host.start()
        screen.shows("Connected to the server again", "login1: server")


@test
def a_connection_that_stands_still_is_seen(box):
    host = Sshd(box)
    with screen_of(box, host) as screen:
        screen.shows("login1: server")
        stopped = host.sessions()
        for pid in stopped:
            os.kill(pid, signal.SIGSTOP)
        screen.keys("r")
        screen.shows("does not answer")
        for pid in stopped:
            os.kill(pid, signal.SIGCONT)
        screen.shows("login1: server")


@test
def a_host_that_cannot_be_reached_ends_it_with_the_words_of_ssh(box):
    host = Sshd(box)
    host.stop()
    with screen_of(box, host) as screen:
        screen.shows("login1 cannot be reached", "Connection refused", "status=1")


main()
