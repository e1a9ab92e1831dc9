"""The screen of the clusters, and that of the queue of one: a real Slurm, and a real sshd that asks."""

import os
import subprocess

from screen import Screen, check, contains, equal, lacks, main, test, wait_until
from slurm_site import SlurmSite
from sshd import Sshd

CORES = str(os.cpu_count())


def by_hand(site, *options):
    """A job that was handed to Slurm without us; its number."""
    done = site.command("sbatch", "--parsable", *options, "--wrap", "sleep 600")
    equal(done.returncode, 0, done.stderr)
    return int(done.stdout)


def asking_host(box):
    """A cluster `far` where ssh asks for the passphrase of the key: open sesame."""
    site = SlurmSite(box)
    del box.env["SLURM_CONF"]
    host = Sshd(box, more={"SLURM_CONF": site.conf})
    subprocess.run(["ssh-keygen", "-q", "-p", "-P", "", "-N", "open sesame", "-f", host.file("user")],
                   check=True, stdin=subprocess.DEVNULL, capture_output=True)
    box.env.update(host.env)
    box.env.pop("SSH_AUTH_SOCK", None)
    box.ok("cluster", "add", "far", "--ssh", "login1")
    return site


@test
def the_clusters_are_told_with_how_they_are(box):
    SlurmSite(box)
    box.ok("cluster", "add", "big", "--ssh", "nowhere.invalid", "--partition", "long")
    first = box.shell("sleep 600", "--on", "slurm", "--ntasks", CORES)
    box.wait_state(first, "running")
    box.shell("sleep 600", "--on", "slurm", "--ntasks", CORES)
    with Screen(box) as screen:
        screen.shows("● running")
        screen.keys("C")
        text = screen.shows("─ Clusters", "▸ big", "not connected", "this machine")
        (line,) = [line for line in text.splitlines() if "this machine" in line]
        equal(line.split(), ["slurm", "ready", "this", "machine", "1", "1"])
        screen.keys("t")
        screen.shows("unreachable", "tries         1 failed", "next try", "not ok connection")
        screen.keys("j", "t")
        screen.shows("▸ slurm", "ok connection", "ok sbatch", "ok partitions: main*")
        box.ok("cluster", "add", "also", "--ssh", "nowhere.invalid")
        screen.shows("also ")
        box.ok("cluster", "remove", "also")
        screen.hides("also ")
        screen.keys("Escape")
        screen.shows("─ Jobs")


@test
def the_selected_cluster_looks_as_it_should(box):
    SlurmSite(box)
    box.ok("cluster", "add", "big", "--ssh", "login.example.org", "--partition", "long", "--setup",
           "module load qe", "--max-jobs", "20")
    with Screen(box) as screen:
        screen.shows("No jobs yet.")
        screen.keys("C")
        screen.shows("▸ big")
        screen.golden("clusters")


@test
def the_queue_of_one_is_shown_and_its_jobs_are_adopted_and_cancelled(box):
    site = SlurmSite(box)
    ours = box.shell("sleep 600", "--on", "slurm", "--ntasks", CORES, "--name", "our own")
    box.wait_state(ours, "running")
    other = by_hand(site, "-J", "by-hand", "-n", CORES)
    with Screen(box) as screen:
        screen.shows("● running")
        screen.keys("C")
        screen.shows("▸ slurm")
        screen.keys("Enter")
        text = screen.shows("The queue of slurm", "our own", "by-hand", site.host)
        (line,) = [line for line in text.splitlines() if "our own" in line]
        equal(line.replace("▸", "").split()[:5], ["1", str(ours), "our", "own", "running"])

        def selected():
            return [line for line in screen.lines() if line.startswith("▸")][0]

        def select(name):
            screen.keys("g")
            screen.wait(f"{name} selected", lambda _: name in selected() or screen.keys("j"))

        select("our own")
        screen.keys("a")
        screen.shows(f"It is job {ours} of the list already")
        select("by-hand")
        screen.keys("Enter")
        screen.shows("It was not submitted here; a takes it into the list")
        screen.keys("a")
        screen.shows("It is job 2 of the list now")
        equal(box.job(2)["slurm_id"], other)
        screen.wait("its number in the queue", lambda _: selected().split()[1:3] == [str(other), "2"])
        third = by_hand(site, "-J", "the-third", "-n", CORES)
        screen.shows("the-third")
        select("the-third")
        screen.keys("c")
        screen.shows(f"Cancel {third}, the-third, on slurm? (y/n)")
        screen.keys("n")
        screen.hides("(y/n)")
        screen.keys("c", "y")
        screen.hides("the-third")
        select("our own")
        screen.keys("Enter")
        screen.shows(f"{ours} our own", "slurm, as job 1", "Esc back")


@test
def a_queue_that_does_not_answer_says_so_and_comes_back(box):
    site = SlurmSite(box)
    with Screen(box) as screen:
        screen.shows("No jobs yet.")
        screen.keys("C")
        screen.shows("▸ slurm")
        screen.keys("Enter")
        screen.shows("You have no job in this queue.")
        site.stop_controller()
        screen.shows("slurm cannot be asked now")
        screen.keys("Escape")
        screen.shows("─ Clusters", "trouble")
        site.start_controller()
        screen.keys("Enter")
        screen.shows("You have no job in this queue.")
        box.kill_server()
        other = by_hand(site, "-J", "by-hand")
        screen.shows("by-hand", str(other))
        screen.keys("Escape")
        screen.shows("▸ slurm", "ready")


@test
def a_login_has_the_terminal_and_the_screen_comes_back(box):
    asking_host(box)
    job = box.shell("echo done", "--on", "far")
    with Screen(box, env={"TERM": "xterm-256color"}) as screen:
        screen.shows("far needs login: C, then l", "○ queued")
        screen.keys("C")
        screen.shows("▸ far", "needs login", "l gives this terminal to ssh")
        screen.keys("l")
        screen.shows("The connection to login1; Ctrl-C gives up.", "Enter passphrase")
        screen.type("open sesame")
        screen.keys("Enter")
        screen.shows("─ Clusters", "▸ far", "ready", "ok sbatch")
        screen.keys("Escape")
        screen.shows("─ Jobs", "✓ completed")
        lacks(screen.text(), "needs login")
    equal(box.job(job)["state"], "completed")


@test
def a_login_that_is_given_up_leaves_the_screen_as_it_was(box):
    asking_host(box)
    box.shell("echo done", "--on", "far")
    with Screen(box) as screen:
        screen.shows("far needs login: C, then l")
        screen.keys("C")
        screen.shows("▸ far", "needs login")
        screen.keys("l")
        screen.shows("Enter passphrase")
        screen.keys("C-c")
        screen.shows("ssh did not open the connection. Enter goes back.")
        screen.keys("Enter")
        screen.shows("─ Clusters", "▸ far", "not ok connection", "needs login")
        screen.keys("l")
        screen.shows("Enter passphrase")
        screen.keys("C-z")
        screen.shows("ssh did not open the connection. Enter goes back.")
        screen.keys("Enter")
        screen.shows("─ Clusters", "▸ far")
        equal(screen.ask("#{cursor_flag}"), "0")


@test
def one_of_this_machine_needs_no_login(box):
    SlurmSite(box)
    with Screen(box) as screen:
        screen.shows("No jobs yet.")
        screen.keys("C")
        screen.shows("▸ slurm")
        screen.keys("l")
        screen.shows("slurm is on this machine; there is nothing to log in to")


@test
def the_mouse_chooses_clusters_too(box):
    SlurmSite(box)
    box.ok("cluster", "add", "big", "--ssh", "nowhere.invalid")
    with Screen(box) as screen:
        screen.shows("No jobs yet.")
        screen.keys("C")
        screen.shows("▸ big")
        screen.click(3, 4)
        screen.shows("▸ slurm")
        screen.type("\033[<0;4;5m")  # let go of the button
        screen.click(3, 4)
        screen.shows("The queue of slurm")


main()
