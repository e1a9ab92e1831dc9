"""crystalmath wait: the end of jobs, over servers that come and go."""

import json
import os
import signal
import time

from support import (check, contains, equal, has_subscribed, lacks, main, matches, test,
                     wait_until)


def is_waiting(box, process):
    """Once the server has it as a client, beside the one that asks."""
    wait_until(lambda: process.poll() is not None or box.call("system.status")["clients"] > 1,
               "the waiting client")


@test
def completed_jobs_give_status_0(box):
    ids = [str(box.shell("exit 0")) for _ in range(3)]
    result = box.ok("wait", *ids)
    equal(result.out, "".join(f"{i}\tcompleted\n" for i in ids))
    equal(result.err, "")


@test
def a_failed_job_gives_its_exit_code_and_what_to_type(box):
    job_id = box.shell("exit 7")
    result = box.cli("wait", str(job_id))
    equal((result.status, result.out), (7, f"{job_id}\tfailed\n"))
    contains(result.err, "exit status 7")
    contains(result.err, f"crystalmath log {job_id}")


@test
def the_first_failure_in_the_order_given_decides(box):
    ids = [str(box.shell(f"exit {code}")) for code in (0, 5, 6)]
    equal(box.cli("wait", *ids).status, 5)
    equal(box.cli("wait", *reversed(ids)).status, 6)


@test
def a_signal_gives_128_and_its_number(box):
    equal(box.cli("wait", str(box.shell("kill -INT $$"))).status, 130)
    equal(box.cli("wait", str(box.shell("kill -SEGV $$"))).status, 139)


@test
def it_returns_when_the_job_ends_and_not_before(box):
    job_id = box.shell(box.gate() + "; exit 4")
    box.wait_state(job_id, "running")
    process = box.start("wait", str(job_id))
    is_waiting(box, process)
    check(process.poll() is None, "it did not wait")
    box.open_gate()
    equal(box.finish(process).status, 4)


@test
def the_same_job_may_be_named_twice(box):
    job_id = str(box.shell("exit 0"))
    equal(box.ok("wait", job_id, job_id).out.count("completed"), 2)


@test
def an_unknown_job_is_an_error(box):
    result = box.cli("wait", "99")
    equal((result.status, result.out), (1, ""))
    contains(result.err, "99")
    contains(result.err, "crystalmath jobs")


@test
def json_is_one_object_a_line(box):
    ids = [box.shell("exit 0"), box.shell("exit 2")]
    result = box.cli("wait", "--json", *map(str, ids))
    jobs = [json.loads(line) for line in result.out.splitlines()]
    equal([(j["id"], j["state"], j["exit_code"]) for j in jobs],
          [(ids[0], "completed", 0), (ids[1], "failed", 2)])
    equal(result.status, 2)


@test
def a_server_killed_while_the_job_runs_costs_nothing(box):
    job_id = box.shell(box.gate() + "; exit 4")
    box.wait_state(job_id, "running")
    process = box.start("wait", str(job_id))
    is_waiting(box, process)
    old = box.kill_server()
    box.open_gate()
    result = box.finish(process)
    equal((result.status, result.out), (4, f"{job_id}\tfailed\n"), result)
    check(box.server_pid() not in (None, old), "no other server is there")


@test
def a_real_run_survives_a_kill_of_the_server(box):
    box.silicon(k=4, ecutwfc=20)
    process = box.start("submit", "--wait", "si.in")
    wait_until(lambda: os.path.exists(box.path("si.out")), "the output")
    box.kill_server()
    result = box.finish(process)
    equal(result.status, 0, result)
    job = box.job(int(result.out))
    equal((job["state"], job["results"]["converged"]), ("completed", True))


@test
def a_server_killed_after_the_end_but_before_the_question_costs_nothing(box):
    job_id = box.shell(box.gate() + "; exit 5")
    box.wait_state(job_id, "running")
    box.kill_server()
    box.open_gate("go")
    result = box.cli("wait", str(job_id))
    equal(result.status, 5, result)


@test
def a_restart_of_the_server_is_not_noticed(box):
    job_id = box.shell(box.gate() + "; exit 0")
    box.wait_state(job_id, "running")
    process = box.start("wait", str(job_id))
    is_waiting(box, process)
    box.ok("server", "restart")
    box.open_gate()
    result = box.finish(process)
    equal((result.status, result.err), (0, ""), result)


@test
def with_no_start_a_lost_server_is_an_error_that_says_the_job_goes_on(box):
    job_id = box.shell(box.gate())
    box.wait_state(job_id, "running")
    process = box.start("--no-start", "wait", str(job_id))
    is_waiting(box, process)
    box.kill_server()
    result = box.finish(process)
    equal(result.status, 1)
    contains(result.err, "No server listens")
    contains(result.err, f"crystalmath wait {job_id}")


@test
def ctrl_c_says_that_the_job_goes_on(box):
    job_id = box.shell(box.gate())
    box.wait_state(job_id, "running")
    process = box.start("wait", str(job_id))
    has_subscribed(process)
    process.send_signal(signal.SIGINT)
    result = box.finish(process)
    equal(result.status, 130, result)
    contains(result.err, f"job {job_id} goes on")
    contains(result.err, f"crystalmath cancel {job_id}")
    equal(box.job(job_id)["state"], "running")


@test
def an_ignored_ctrl_c_stays_ignored(box):
    job_id = box.shell(box.gate())
    box.wait_state(job_id, "running")
    process = box.start("wait", str(job_id),
                        preexec_fn=lambda: signal.signal(signal.SIGINT, signal.SIG_IGN))
    is_waiting(box, process)
    process.send_signal(signal.SIGINT)
    box.open_gate()
    equal(box.finish(process).status, 0)


@test
def a_closed_stdout_does_not_make_it_spin(box):
    job_id = box.shell(box.gate())
    box.wait_state(job_id, "running")
    process = box.start("wait", str(job_id), stdout=None, preexec_fn=lambda: os.close(1))
    is_waiting(box, process)
    with open(f"/proc/{process.pid}/stat", encoding="ascii") as file:
        before = sum(map(int, file.read().split()[13:15]))
    for _ in range(5):
        box.call("system.ping")
    with open(f"/proc/{process.pid}/stat", encoding="ascii") as file:
        after = sum(map(int, file.read().split()[13:15]))
    check(after - before <= 2, f"it used {after - before} ticks while it waited")
    box.open_gate()
    box.finish(process)


@test
def on_a_terminal_the_end_is_a_sentence(box):
    result = box.on_terminal("wait", str(box.shell("exit 0", "--name", "short")))
    matches(result.out, r"\Ajob 1: short .*completed.* in [\d.]+ s\n\Z")
    result = box.on_terminal("wait", str(box.shell("exit 3")), env={"NO_COLOR": "1"})
    equal(result.status, 3)
    matches(result.out, r"\Acrystalmath: job 2 \(sh\) failed: exit status 3; .*\n\Z")
    lacks(result.out, "\033")


main()
