"""The queue of a cluster as its squeue knows it: all of the user's jobs, ours and others."""

import json
import os

from slurm_site import SlurmSite, find
from support import check, contains, equal, is_running, lacks, main, matches, test, wait_until


def by_hand(site, *options, script="sleep 600"):
    """A job that was handed to Slurm without us; its number."""
    done = site.command("sbatch", "--parsable", *options, "--wrap", script)
    equal(done.returncode, 0, done.stderr)
    return int(done.stdout.split(";")[0])


def queue(box, cluster="slurm"):
    """By Slurm's id."""
    answer = box.call("slurm.queue", {"cluster": cluster})
    equal(answer["cluster"], cluster)
    return {job["id"]: job for job in answer["jobs"]}


def there(box, job):
    return wait_until(lambda: box.job(job)["slurm_id"], f"job {job} in the queue")


def counting(box):
    """A squeue that notes that it was asked, in front of the real one."""
    box.write("bin/squeue", f"#!/bin/sh\ndate +%s.%N >>'{box.path('asked')}'\n"
              f"exec {find('squeue')} \"$@\"\n", 0o755)
    box.env["PATH"] = f"{box.path('bin')}:{box.env['PATH']}"

    def times():
        return [float(line) for line in box.read("asked").split()] if os.path.exists(box.path("asked")) else []
    return times


@test
def the_queue_holds_our_jobs_and_those_that_are_not_ours(box):
    site = SlurmSite(box)
    cores = str(os.cpu_count())
    ours = box.submit("--on", "slurm", "--ntasks", cores, "--time", "10m", "--", "sleep", "600")
    box.wait_state(ours, "running")
    number = there(box, ours)
    other = by_hand(site, "-J", "by hand", "-n", cores, "-p", "short", "-t", "7")
    # Slurm has no reason before it has looked at the job.
    jobs = wait_until(lambda: (lambda told: told if len(told) == 2 and told[str(other)]["reason"] else None)(
        queue(box)), "both jobs")
    equal(sorted(jobs), sorted([str(number), str(other)]))
    mine, foreign = jobs[str(number)], jobs[str(other)]
    equal((mine["job"], mine["number"], mine["state"], mine["node_list"], mine["time_limit"]),
          (ours, number, "RUNNING", site.host, 600))
    equal((foreign["job"], foreign["name"], foreign["partition"], foreign["state"], foreign["time_limit"],
           foreign["node_list"], foreign["nodes"], foreign["cores"]),
          (None, "by hand", "short", "PENDING", 420, None, 1, int(cores)))
    equal(foreign["user"], site.run("squeue", "-h", "-j", str(other), "-o", "%u").strip())


@test
def the_command_shows_it_as_a_table_and_as_json(box):
    site = SlurmSite(box)
    contains(box.cli("cluster", "queue", "slurm").err, "you have no job in the queue of slurm")
    ours = box.shell("sleep 600", "--on", "slurm")
    box.wait_state(ours, "running")
    by_hand(site, "-J", "by hand", "-n", str(os.cpu_count()))

    def both():
        lines = box.ok("cluster", "queue", "slurm").out.splitlines()
        return lines if len(lines) == 3 else None
    title, *rows = wait_until(both, "both jobs in the table")
    equal(title.split()[:8], ["slurm", "job", "name", "partition", "state", "time", "limit", "nodes"])
    rows = {("by hand" in row): row for row in rows}
    contains(rows[True], "pending")
    matches(rows[False], rf"^ +\d+ +{ours} .* main +running .* {site.host}$")
    told = json.loads(box.ok("cluster", "queue", "slurm", "--json").out)
    equal(sorted(job["job"] is None for job in told["jobs"]), [False, True])
    contains(box.cli("cluster", "queue", "nowhere").err, "there is no cluster 'nowhere'")


@test
def the_one_squeue_serves_all_who_ask(box):
    times = counting(box)
    SlurmSite(box)
    box.ok("cluster", "add", "slurm", "--poll", "3")
    for _ in range(5):
        equal(queue(box), {})
    wire = box.connect()
    for _ in range(3):
        wire.call("slurm.queue", {"cluster": "slurm"})
    asked = times()
    check(1 <= len(asked) <= 3, asked)
    box.call("slurm.sync", {"cluster": "slurm"})
    box.call("slurm.sync", {"cluster": "slurm"})
    asked = times()
    for before, after in zip(asked, asked[1:]):
        # Its clock is read when it has begun, which may take one longer than the next.
        check(after - before >= 2, f"squeue was asked {asked}")


@test
def nobody_asks_when_nobody_wants_to_know(box):
    times = counting(box)
    SlurmSite(box)
    equal(queue(box), {})
    n = len(times())
    for _ in range(30):  # as many turns of the server's loop
        box.call("system.ping")
    equal(len(times()), n)


@test
def sync_asks_now_and_tells_how_the_cluster_is(box):
    site = SlurmSite(box)
    box.ok("cluster", "add", "slurm", "--poll", "2")
    other = by_hand(site)
    told = box.call("slurm.sync", {"cluster": "slurm"})
    equal((told["name"], told["others"], told["trouble"]), ("slurm", 1, None))
    equal(list(queue(box)), [str(other)])
    site.stop_controller()
    told = box.call("slurm.sync", {"cluster": "slurm"})
    check(told["trouble"], told)
    contains(box.cli("cluster", "queue", "slurm").err, "slurm cannot be asked now: ")


@test
def another_job_of_the_user_is_cancelled_by_its_number(box):
    site = SlurmSite(box)
    other = by_hand(site)
    wait_until(lambda: queue(box).get(str(other), {}).get("state") == "RUNNING", "it runs")
    equal(box.call("slurm.cancel", {"job": other}), {"number": other, "job": None})
    wait_until(lambda: not queue(box), "its end")
    wire = box.connect()
    error = wire.call("slurm.cancel", {"job": 999999})["error"]
    contains(error["message"], "slurm has no job 999999 of yours")
    contains(wire.call("slurm.cancel", {"job": other, "task": "$(id)"})["error"]["message"],
             "names no task of an array")


@test
def one_task_of_an_array_is_cancelled_alone(box):
    site = SlurmSite(box)
    array = by_hand(site, "--array=1-3", "-n", "1")
    wait_until(lambda: len(site.jobs()) == 3, "its tasks")
    box.call("slurm.cancel", {"job": array, "task": "2"})

    def left():
        return sorted(row[0] for row in site.jobs() if row[2] in ("RUNNING", "PENDING"))
    wait_until(lambda: not any("_2" in name for name in left()), "the end of the second")
    check(len(left()) >= 1, site.jobs())
    box.call("slurm.cancel", {"job": array, "task": "1,3"})
    wait_until(lambda: not left(), "the end of the others")


@test
def one_of_ours_is_cancelled_as_by_cancel(box):
    SlurmSite(box)
    ours = box.shell("sleep 600", "--on", "slurm")
    box.wait_state(ours, "running")
    number = there(box, ours)
    equal(box.call("slurm.cancel", {"job": number, "cluster": "slurm"}), {"number": number, "job": ours})
    equal(box.wait_state(ours, "cancelled")["reason"], "cancelled on request")


def notice(wire, method, condition=lambda params: True):
    """The next of this kind that fulfils it; others, and answers, are passed over."""
    while True:
        message = wire.receive()
        check(message is not None, f"the server went before {method}")
        if message.get("method") == method and condition(message["params"]):
            return message["params"]


@test
def who_listens_is_told_of_clusters(box):
    site = SlurmSite(box)
    box.ok("ping")
    wire = box.connect()
    wire.call("jobs.subscribe", {})

    def ask(method, params):
        wire.send({"jsonrpc": "2.0", "id": 99, "method": method, "params": params})

    ask("clusters.create", {"name": "big", "ssh": "nowhere.invalid"})
    equal(notice(wire, "clusters.changed")["cluster"]["name"], "big")
    ask("clusters.test", {"name": "big"})
    told = notice(wire, "clusters.changed", lambda p: p["cluster"]["state"] == "unreachable")["cluster"]
    equal((told["name"], told["tries"]), ("big", 1))
    check(told["trouble"] and told["next_try_at"], told)
    ask("clusters.update", {"name": "big", "partition": "long"})
    notice(wire, "clusters.changed", lambda p: p["cluster"]["settings"].get("partition") == "long")
    ask("clusters.delete", {"name": "big"})
    equal(notice(wire, "clusters.removed")["name"], "big")
    site.stop_controller()
    ask("slurm.sync", {})
    told = notice(wire, "clusters.changed", lambda p: p["cluster"]["trouble"])["cluster"]
    equal(told["name"], "slurm")


@test
def who_waits_for_a_cluster_that_is_removed_is_answered(box):
    slow = box.write("bin/slow-ssh", f"#!/bin/sh\n>'{box.path('asked')}'\nexec sleep 600\n", 0o755)
    folder = os.path.join(box.home, ".config/crystalmath")
    os.makedirs(folder)
    with open(os.path.join(folder, "config.ini"), "w", encoding="utf-8") as file:
        file.write(f"[ssh]\ncommand = {slow}\n")
    box.ok("ping")
    box.call("clusters.create", {"name": "far", "ssh": "login1"})
    wire, left = box.connect(), box.connect()
    for connection in (wire, left):
        connection.send({"jsonrpc": "2.0", "id": 7, "method": "clusters.test", "params": {"name": "far"}})
    wait_until(lambda: os.path.exists(box.path("asked")), "ssh")
    left.close()
    box.call("clusters.delete", {"name": "far"})
    equal(wire.receive()["id"], 7)
    wire.close()
    box.ok("ping")


main()
