"""Many short jobs through a cluster, here and behind ssh: each runs once, its end is told, and one squeue
asks for all of them, at the pace of the clock and not of the jobs. In `make check` in small; in
`make soak` there are 500."""

import os
import sys
import time

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "e2e"))

import support
from clusters import on_both_ways
from support import check, comment, equal, main, wait_until

SOAK = int(os.environ.get("SOAK_ROUNDS", "0"))
JOBS = 500 if SOAK else 20
PACE = 1.0  # seconds between two squeues at least
support.TEST_DEADLINE = 3600 if SOAK else 240


@on_both_ways
def many_jobs_of_a_second_cost_one_squeue_at_a_time(box, way):
    # A busy machine begins a job late, which is no reason to begin it twice.
    cluster = way(box, cpus=16, DefMemPerCPU=1, BatchStartTimeout=600, MessageTimeout=100)
    asked = box.path("asked")
    cluster.stand_in("squeue", f"echo \"$(date +%s.%N) $*\" >>'{asked}'\nexec \"$REAL\" \"$@\"")
    box.ok("ping")
    wire = box.connect()
    for i in range(JOBS):
        answer = wire.call("jobs.submit", {
            "command": ["sh", "-c", f"echo once >>'{box.path(f'ran.{i}')}'; sleep 1"], "directory": box.work,
            "on": cluster.name, "environment": box.env})
        check("result" in answer, answer)

    def total(*states):
        time.sleep(0.2)
        return wire.call("jobs.list", {"state": list(states), "limit": 1})["result"]["total"]

    wait_until(lambda: total("completed", "failed", "lost") == JOBS, "all ends", seconds=60 + 5 * JOBS)
    equal(total("completed"), JOBS)
    for i in range(JOBS):
        equal(box.read(f"ran.{i}"), "once\n", i)
    calls = box.read("asked").splitlines()
    for call in calls:
        check(" -t all " in call and "--name" not in call and " -j" not in call, call)
    times = [float(call.split()[0]) for call in calls]
    took = times[-1] - times[0]
    comment(f"{JOBS} jobs {cluster.name}: {len(calls)} squeues in {took:.0f} s")
    # What the machine was late with at both ends does not count.
    check((len(calls) - 2) * PACE <= took, f"{len(calls)} squeues in {took} s")


main()
