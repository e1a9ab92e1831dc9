"""The job engine under kill -9: the server, supervisors, and both, at random moments while jobs
pass through.

Each job writes a line of its own and ends in a way of its own, so that a job that ran twice,
never, or whose end was mistaken is seen. Submissions go through `crystalmath submit`, and
through raw connections that repeat a submission by its token when they do not know what became
of it. In `make check` in small; `make soak` sets SOAK_ROUNDS (300), and a round has 200 jobs.
SOAK_SEED repeats what was random, as far as the machine does, and SOAK_FROM begins with a later
round."""

import contextlib
import os
import random
import signal
import sys
import threading
import time

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "e2e"))

import support
from servers import SERVER
from support import FINAL, Wire, check, comment, equal, is_starter, main, test, wait_until

SOAK = int(os.environ.get("SOAK_ROUNDS", "0"))
ROUNDS = SOAK or 2
JOBS = 200 if SOAK else 40
BY_COMMAND = JOBS // 10
RAW_CLIENTS = 3
KILLS = 4  # in a round
SEED = int(os.environ.get("SOAK_SEED", "0")) or int.from_bytes(os.urandom(4), "big")
FROM = int(os.environ.get("SOAK_FROM", "1"))
SUPERVISOR = os.environ["CRYSTALMATH_SUPERVISOR"]
support.TEST_DEADLINE = 12 * 3600 if SOAK else 900

# What a job does: its line, a moment of work, and its own end.
WORK = 'echo "$1" >>"$2"; sleep "$3"; case $4 in s*) kill -"${4#s}" $$; sleep 60;; *) exit "$4";; esac'
ENDS = ["0", "0", "0", "1", "7", "255", "s9", "s15", "s11"]


class Round:
    """One crowd of jobs; `acknowledged` has the number of each by its name."""

    def __init__(self, box, number, chance):
        self.box, self.number = box, number
        self.acknowledged, self.unknown, self.failures = {}, set(), []
        self.given_up = False
        self.plan = {f"{number}-{i}": (chance.choice(["0", "0", "0.02", "0.1"]),
                                       chance.choice(ENDS)) for i in range(JOBS)}

    def file(self, name):
        return self.box.path("lines", name)

    def command(self, name):
        moment, end = self.plan[name]
        return ["sh", "-c", WORK, "sh", name, self.file(name), moment, end]

    def params(self, name):
        return {"command": self.command(name), "directory": self.box.work, "name": name,
                "token": f"token {name}", "environment": self.box.env}

    def by_command(self, names):
        for name in names:
            if self.given_up:
                return
            result = self.box.cli("submit", "--name", name, "--", *self.command(name))
            if result.status == 0:
                self.acknowledged[name] = int(result.out)
            else:  # it has tried more than once, and says that it does not know
                self.unknown.add(name)

    def raw(self, names):
        """Each is repeated until there is an answer."""
        for name in names:
            while name not in self.acknowledged and not self.given_up:
                with contextlib.suppress(OSError):
                    wire = Wire(self.box.socket)
                    try:
                        answer = wire.call("jobs.submit", self.params(name))
                    finally:
                        wire.close()
                    if answer is not None:
                        check("result" in answer, answer)
                        self.acknowledged[name] = answer["result"]["id"]
                        break
                self.box.cli("ping")  # starts the next server

    def submitters(self):
        names = list(self.plan)
        parts = [(self.by_command, names[:BY_COMMAND])]
        parts += [(self.raw, names[BY_COMMAND + i::RAW_CLIENTS]) for i in range(RAW_CLIENTS)]
        return [threading.Thread(target=self.watched, args=part) for part in parts]

    def watched(self, function, names):
        try:
            function(names)
        except Exception as error:  # told in the main thread
            self.failures.append(error)

    # What became of them

    def settle(self):
        """Wait for the end of all jobs: for ever, as long as it comes nearer."""
        left = JOBS + 1
        while left > 0:
            left = wait_until(lambda before=left: self.fewer_than(before), "the end of a job") - 1

    def fewer_than(self, before):
        """How many have not ended, plus one, once they are fewer."""
        answer = asked(self.box, "system.status")
        left = answer["jobs"]["queued"] + answer["jobs"]["running"] if answer else before
        return left + 1 if left < before else 0

    def jobs(self):
        """All of this round, by number; no name is there twice."""
        found, before = {}, None
        while True:
            page = asked(self.box, "jobs.list", {"limit": 1000, **({"before": before} if before else {})})
            mine = [job for job in page["jobs"] if job["name"] in self.plan]
            for job in mine:
                check(job["name"] not in found, f"{job['name']} became two jobs")
                found[job["name"]] = job
            before = page["next"]
            if not mine or not before:
                return found

    def lines(self, name):
        try:
            with open(self.file(name), encoding="utf-8") as file:
                return file.read().splitlines()
        except FileNotFoundError:
            return []

    def verify(self, killed_supervisors):
        """Returns how many were lost."""
        jobs = self.jobs()
        lost = 0
        for name in self.plan:
            job = jobs.get(name)
            if name in self.unknown and job is None:
                equal(self.lines(name), [])
                continue
            check(job, f"{name} was acknowledged as {self.acknowledged.get(name)} and is not there")
            equal(job["id"], self.acknowledged.get(name, job["id"]), name)
            check(job["state"] in FINAL, job)
            if killed_supervisors and "by signal 9 as it started" in (job["reason"] or ""):
                lost += 1  # killed before it had the job
                equal(self.lines(name), [])
                continue
            if job["state"] == "lost":
                lost += 1
                check(len(self.lines(name)) <= 1, f"{name} ran twice")
                continue
            equal(self.lines(name), [name], f"{name} did not run once: {job}")
            equal(self.how_ended(job), self.plan[name][1], job)
        check(lost <= killed_supervisors, f"{lost} lost, {killed_supervisors} supervisors killed")
        return lost

    @staticmethod
    def how_ended(job):
        state = "completed" if job["exit_code"] == 0 else "failed"
        equal(job["state"], state, job)
        return f"s{job['signal']}" if job["exit_code"] is None else str(job["exit_code"])


def asked(box, method, params=None):
    """The result, from whichever server is there; None when it was killed meanwhile."""
    result = box.cli("call", method, *([support.json.dumps(params)] if params else []))
    return result.json() if result.status == 0 else None


def is_program(pid, path):
    try:
        return os.path.samefile(f"/proc/{pid}/exe", path)
    except OSError:
        return False


def parent(pid):
    try:
        with open(f"/proc/{pid}/stat", encoding="ascii", errors="replace") as file:
            return int(file.read().rpartition(")")[2].split()[1])
    except OSError:
        return 0


def programs(box, path):
    """Those of this box that run it, starters included, without children of theirs: what was forked and has not
    yet become another program."""
    return [pid for pid in box.processes()
            if is_program(pid, path) and not is_program(parent(pid), path)]


def kill(pids):
    count = 0
    for pid in pids:
        with contextlib.suppress(ProcessLookupError):
            os.kill(pid, signal.SIGKILL)
            count += 1
    return count


def kill_servers(box, _chance):
    kill(programs(box, SERVER))
    return 0


def kill_a_supervisor(box, chance):
    there = programs(box, SUPERVISOR)
    return kill([chance.choice(there)]) if there else 0


def kill_both(box, chance):
    there = programs(box, SUPERVISOR)
    servers = programs(box, SERVER)
    first = there[:1 + chance.randrange(2)]
    kill(servers) if chance.randrange(2) else None
    count = kill(first)
    kill(servers)
    return count


def nothing_left(box):
    """But the server itself, and what makes its supervisors."""
    return all(is_program(pid, SERVER) or is_starter(pid) for pid in box.processes())


def pass_through(box, strike):
    # At its exit a sanitizer looks for leaks in a child of the program. Were that child
    # killed here, the program would wait for it for ever.
    box.env["ASAN_OPTIONS"] = box.env.get("ASAN_OPTIONS", "") + ":detect_leaks=0"
    os.mkdir(box.path("lines"))
    comment(f"SOAK_SEED={SEED}")
    all_lost, all_killed, all_unknown = 0, 0, 0
    for number in range(FROM, ROUNDS + 1):
        begun = time.monotonic()
        try:
            killed, lost, unknown = one_round(box, strike, number)
        except Exception:
            comment(f"in round {number}; SOAK_SEED={SEED} SOAK_FROM={number} begins with it")
            raise
        if SOAK:
            comment(f"round {number} of {ROUNDS}, SOAK_SEED={SEED}, {time.monotonic() - begun:.0f} s: "
                    f"{killed} supervisors killed, {lost} jobs lost")
        all_killed += killed
        all_lost += lost
        all_unknown += unknown
    comment(f"{ROUNDS + 1 - FROM} rounds of {JOBS} jobs; {all_killed} supervisors killed, {all_lost} jobs lost, "
            f"{all_unknown} outcomes that `submit` did not know")


def one_round(box, strike, number):
    """How many supervisors were killed, how many jobs lost, of how many nothing was known."""
    chance = random.Random(f"{SEED} {strike.__name__} {number}")
    one = Round(box, number, chance)
    killed = strike_while(one, strike, chance)
    one.settle()
    lost = one.verify(killed)
    wait_until(lambda: nothing_left(box), "the end of every process of a job")
    return killed, lost, len(one.unknown)


def strike_while(one, strike, chance):
    box, killed = one.box, 0
    threads = one.submitters()
    for thread in threads:
        thread.start()
    try:
        for _ in range(KILLS):
            # Now in the middle of what servers do, now in the midst of their starts.
            time.sleep(chance.uniform(0, chance.choice([0.01, 0.1, 0.5])))
            box.cli("ping")
            time.sleep(chance.uniform(0, chance.choice([0.002, 0.05])))
            killed += strike(box, chance)
    except BaseException:
        one.given_up = True
        raise
    finally:
        for thread in threads:
            thread.join()
    if one.failures:
        raise one.failures[0]
    return killed


@test
def jobs_run_once_and_end_as_they_did_whenever_the_server_is_killed(box):
    pass_through(box, kill_servers)


@test
def a_killed_supervisor_loses_its_own_job_and_nothing_else(box):
    pass_through(box, kill_a_supervisor)


@test
def a_server_and_supervisors_killed_at_once_lose_those_jobs_and_nothing_else(box):
    pass_through(box, kill_both)


main()
