"""Jobs through the whole house: run, watched, cancelled, recovered."""

import os
import signal

from support import FINAL, check, contains, equal, is_running, main, test, wait_until


def finish(box, job):
    return box.wait_state(job, *FINAL)


@test
def a_silicon_scf_is_read_to_its_end(box):
    job = finish(box, box.submit(box.silicon()))
    equal((job["state"], job["exit_code"], job["code"]), ("completed", 0, "quantum_espresso"))
    results = job["results"]
    equal((results["status"], results["converged"]), ("finished", True))
    check(-16.5 * 13.6057 < results["energy_ev"] < -15 * 13.6057, results["energy_ev"])
    scf = results["scf"][0]
    # The last cycle's energy is the total energy that counts.
    equal(len(scf["energies_ev"]), scf["cycles"] - 1)
    equal(scf["final_energy_ev"], results["energy_ev"])
    check(scf["final_accuracy_ev"] < 1e-6, scf)
    equal(job["progress"]["converged"], True)
    equal(job["progress"]["cycle"], scf["cycles"])
    equal(job["output"], box.path("si.out"))
    contains(box.read("si.out"), "JOB DONE")


@test
def cycles_and_lines_are_pushed_while_it_runs(box):
    box.ok("ping")
    connection = box.connect()
    subscribed = connection.call("jobs.subscribe", {"logs": True})["result"]
    equal(subscribed["jobs"], [])
    connection.send({"jsonrpc": "2.0", "id": "submit", "method": "jobs.submit",
                     "params": {"input": box.silicon(), "environment": box.env}})
    seen = []
    while True:
        message = connection.receive()
        if message.get("id") == "submit":
            job = message["result"]
            continue
        equal(message["params"]["subscription"], subscribed["subscription"])
        seen.append(message)
        if message["method"] == "jobs.changed" and message["params"]["job"]["state"] in FINAL:
            break
    states = [m["params"]["job"]["state"] for m in seen if m["method"] == "jobs.changed"]
    equal([s for i, s in enumerate(states) if i == 0 or states[i - 1] != s],
          ["queued", "starting", "running", "completed"])
    cycles = [m["params"] for m in seen if m["method"] == "jobs.cycle"]
    equal([c["cycle"] for c in cycles], list(range(1, len(cycles) + 1)))
    scf = box.job(job["id"])["results"]["scf"][0]
    equal([c["energy_ev"] for c in cycles], scf["energies_ev"] + [scf["final_energy_ev"]])
    text = "".join(m["params"]["text"] for m in seen if m["method"] == "jobs.log")
    equal(text, box.read("si.out"))


@test
def what_an_earlier_run_left_in_the_output_is_never_read(box):
    path = box.silicon()
    with open(box.path("si.out"), "w") as file:
        for cycle in range(1, 2000):
            file.write(f"     iteration #{cycle:3d}     ecut=    12.00 Ry     beta= 0.70\n"
                       "     total energy              =     -99.00000000 Ry\n")
    box.ok("ping")
    connection = box.connect()
    connection.call("jobs.subscribe")
    connection.send({"jsonrpc": "2.0", "id": 1, "method": "jobs.submit",
                     "params": {"input": path, "environment": box.env}})
    while True:
        message = connection.receive()
        if message.get("method") == "jobs.cycle":
            check(message["params"]["energy_ev"] > -98 * 13.6, message)
        if message.get("method") == "jobs.changed" and message["params"]["job"]["state"] in FINAL:
            equal(message["params"]["job"]["state"], "completed")
            break


@test
def a_bad_input_is_refused_with_its_line_and_makes_no_job(box):
    path = box.silicon()
    with open(path) as file:
        text = file.read()
    with open(path, "w") as file:
        file.write(text.replace("ecutwfc", "ecutwfx"))
    box.ok("ping")
    answer = box.connect().call("jobs.submit", {"input": path, "environment": box.env})
    equal(answer["error"]["code"], -32602)
    contains(answer["error"]["message"], "si.in:9:")
    equal(answer["error"]["data"], {"file": path, "line": 9, "force": True})
    equal(box.call("jobs.list")["total"], 0)


@test
def the_exit_status_and_the_signal_are_kept(box):
    equal(finish(box, box.shell("exit 7"))["exit_code"], 7)
    job = finish(box, box.shell("kill -SEGV $$"))
    equal((job["state"], job["exit_code"], job["signal"]), ("failed", None, signal.SIGSEGV))
    contains(job["reason"], "signal 11")


@test
def a_program_that_is_not_there_is_said_so(box):
    box.ok("ping")
    answer = box.connect().call("jobs.submit", {"command": ["no-such-program"], "directory": box.work})
    job = finish(box, answer["result"]["id"])
    equal(job["state"], "failed")
    contains(job["reason"], "no-such-program")


@test
def a_job_gets_the_environment_folder_and_umask_of_its_submitter(box):
    folder = box.path("a folder")
    os.mkdir(folder)
    script = "printf '%s|%s|%s' \"$FLAVOUR\" \"$PWD\" \"$(umask)\""
    job = box.submit("--", "sh", "-c", script, env={"FLAVOUR": "sweet 'n' \"sour\"\n"}, cwd=folder)
    finish(box, job)
    equal(box.call("jobs.log", {"id": job})["text"],
          f"sweet 'n' \"sour\"\n|{folder}|{os.umask(os.umask(0o22)):04o}")


@test
def the_server_killed_in_mid_run_is_replaced_and_the_end_is_recorded(box):
    job = box.shell(box.gate() + "; exit 3")
    box.wait_state(job, "running")
    box.kill_server()
    equal(box.job(job)["state"], "running")
    box.open_gate()
    ended = finish(box, job)
    equal((ended["state"], ended["exit_code"]), ("failed", 3))


@test
def a_calculation_interrupted_by_a_server_crash_is_read_whole(box):
    job = box.submit(box.silicon(k=4, ecutwfc=24))
    box.wait_state(job, "running", *FINAL)
    box.kill_server()
    ended = finish(box, job)
    equal((ended["state"], ended["results"]["converged"]), ("completed", True))
    scf = ended["results"]["scf"][0]
    equal(len(scf["energies_ev"]), scf["cycles"] - 1)


@test
def jobs_that_waited_when_the_server_died_still_run_once(box):
    cores = box.call("system.status")["cores"]
    first = box.shell(box.gate(), "--cores", str(cores))
    waiting = [box.shell(f"echo run >> ran-{i}", "--cores", str(cores)) for i in range(3)]
    box.wait_state(first, "running")
    equal(box.job(waiting[0])["state"], "queued")
    box.kill_server()
    box.ok("ping")
    box.open_gate()
    for job in waiting:
        equal(finish(box, job)["state"], "completed")
    for i in range(3):
        equal(box.read(f"ran-{i}"), "run\n")


@test
def a_killed_supervisor_makes_the_job_lost_and_ends_its_processes(box):
    job = box.shell("echo $$ > pid; " + box.gate())
    wait_until(lambda: os.path.exists(box.path("pid")) and box.read("pid").strip(), "the job's pid")
    pid = int(box.read("pid"))
    with open(f"/proc/{pid}/stat") as file:
        supervisor = int(file.read().rpartition(")")[2].split()[1])
    os.kill(supervisor, signal.SIGKILL)
    ended = finish(box, job)
    equal(ended["state"], "lost")
    contains(ended["reason"], "supervisor")
    wait_until(lambda: not is_running(pid), "the job's process to end")


@test
def cancelling_ends_every_process_of_the_job(box):
    script = ("(setsid sleep 1000 & echo $! >> pids); (sleep 1000 & echo $! >> pids); "
              "echo $$ >> pids; trap '' TERM HUP; sleep 1000 & echo $! >> pids; wait")
    job = box.shell(script)
    wait_until(lambda: os.path.exists(box.path("pids")) and len(box.read("pids").split()) == 4, "pids")
    box.ok("cancel", str(job))
    ended = finish(box, job)
    equal(ended["state"], "cancelled")
    for pid in box.read("pids").split():
        check(not is_running(int(pid)), f"{pid} was left behind")


@test
def a_waiting_job_is_cancelled_at_once_and_never_runs(box):
    cores = box.call("system.status")["cores"]
    first = box.shell(box.gate(), "--cores", str(cores))
    second = box.shell("echo ran > ran")
    box.ok("cancel", str(second))
    equal(box.job(second)["state"], "cancelled")
    box.open_gate()
    finish(box, first)
    check(not os.path.exists(box.path("ran")), "it ran")


@test
def cancel_of_a_finished_job_is_refused(box):
    job = box.submit("--", "true")
    finish(box, job)
    answer = box.connect().call("jobs.cancel", {"id": job})
    equal(answer["error"]["code"], -32000)
    contains(answer["error"]["message"], "ended already")


@test
def a_second_job_that_would_write_the_same_output_is_refused(box):
    cores = box.call("system.status")["cores"]
    blocker = box.shell(box.gate(), "--cores", str(cores))
    first = box.submit(box.silicon())
    answer = box.cli("submit", "si.in")
    equal(answer.status, 1)
    contains(answer.err, f"job {first}")
    box.open_gate()
    finish(box, blocker)
    finish(box, first)


@test
def a_submission_repeated_with_its_token_is_one_job(box):
    box.ok("ping")
    connection = box.connect()
    params = {"command": ["true"], "directory": box.work, "token": "once"}
    first = connection.call("jobs.submit", params)["result"]["id"]
    equal(connection.call("jobs.submit", params)["result"]["id"], first)
    finish(box, first)
    equal(connection.call("jobs.submit", params)["result"]["id"], first)
    equal(box.call("jobs.list")["total"], 1)


@test
def more_cores_than_there_are_is_refused(box):
    cores = box.call("system.status")["cores"]
    answer = box.cli("submit", "--cores", str(cores + 1), "--", "true")
    equal(answer.status, 1)
    contains(answer.err, f"at most {cores}")


@test
def cores_are_shared_out_in_the_order_of_submission(box):
    cores = box.call("system.status")["cores"]
    jobs = [box.shell(f"echo {i} >> order; {box.gate(f'go{i}')}", "--cores", str(cores)) for i in range(3)]
    for i, job in enumerate(jobs):
        box.wait_state(job, "running")
        equal([box.job(j)["state"] for j in jobs[i + 1:]], ["queued"] * (2 - i))
        box.open_gate(f"go{i}")
    for job in jobs:
        finish(box, job)
    equal(box.read("order"), "0\n1\n2\n")


@test
def parts_of_the_log_are_read_by_offset_and_by_lines(box):
    job = box.shell("seq 1 1000; printf 'no newline \\377'")
    finish(box, job)
    whole = "".join(f"{i}\n" for i in range(1, 1001)) + "no newline \ufffd"
    part = box.call("jobs.log", {"id": job})
    equal((part["text"], part["eof"], part["size"]), (whole, True, len(whole)))
    part = box.call("jobs.log", {"id": job, "offset": 2, "limit": 4})
    equal((part["text"], part["next_offset"], part["eof"]), ("2\n3\n", 6, False))
    equal(box.call("jobs.log", {"id": job, "tail_lines": 2})["text"], "1000\nno newline \ufffd")
    equal(box.call("jobs.log", {"id": job, "tail_lines": 0})["text"], "")
    beyond = box.call("jobs.log", {"id": job, "offset": 10 ** 6})
    equal((beyond["text"], beyond["eof"]), ("", True))


@test
def pieces_of_the_log_do_not_cut_characters(box):
    job = box.shell("printf 'a\\303\\274b'")
    finish(box, job)
    piece = box.call("jobs.log", {"id": job, "limit": 2})
    equal((piece["text"], piece["next_offset"]), ("a", 1))
    equal(box.call("jobs.log", {"id": job, "offset": 1, "limit": 2})["text"], "\u00fc")


@test
def the_history_tells_what_happened_when(box):
    job = finish(box, box.shell("exit 0"))
    equal([h["state"] for h in job["history"]], ["queued", "starting", "running", "completed"])
    times = [h["at"] for h in job["history"]]
    equal(times, sorted(times))


@test
def lists_are_filtered_by_state_and_paged(box):
    for code in (0, 1, 0):
        finish(box, box.shell(f"exit {code}"))
    equal([j["id"] for j in box.call("jobs.list")["jobs"]], [3, 2, 1])
    equal([j["id"] for j in box.call("jobs.list", {"state": "failed"})["jobs"]], [2])
    page = box.call("jobs.list", {"limit": 2})
    equal(([j["id"] for j in page["jobs"]], page["next"], page["total"]), ([3, 2], 2, 3))
    page = box.call("jobs.list", {"limit": 2, "before": page["next"]})
    equal(([j["id"] for j in page["jobs"]], page["next"]), ([1], None))
    answer = box.connect().call("jobs.list", {"state": "asleep"})
    equal(answer["error"]["code"], -32602)


@test
def an_unsubscribed_client_hears_nothing_more(box):
    box.ok("ping")
    connection = box.connect()
    number = connection.call("jobs.subscribe")["result"]["subscription"]
    equal(connection.call("jobs.unsubscribe", [number])["result"], {})
    equal(connection.call("jobs.unsubscribe", [number])["error"]["code"], -32000)
    finish(box, box.submit("--", "true"))
    connection.send({"jsonrpc": "2.0", "method": "system.ping", "id": "next"})
    equal(connection.receive()["id"], "next")


@test
def a_subscriber_that_does_not_read_is_told_what_it_missed(box):
    box.ok("ping")
    deaf = box.connect()
    deaf.send({"jsonrpc": "2.0", "method": "jobs.subscribe", "params": {"logs": True}, "id": 1})
    job = box.shell("i=0; while [ $i -lt 12 ]; do head -c 1000000 /dev/zero | tr '\\0' 'x' | fold -w 99; "
                    "sleep 0.1; i=$((i+1)); done")
    finish(box, job)
    check(box.call("system.status")["memory_bytes"] < 128 << 20, "the server grew")
    kinds = []
    deaf.socket.settimeout(5)
    while True:
        message = deaf.receive()
        kinds.append(message.get("method"))
        if message.get("method") == "jobs.missed":
            check(message["params"]["count"] > 0, message)
            break
        if len(kinds) % 50 == 0:
            box.submit("--", "true")  # something new to tell, once there is room again


main()
