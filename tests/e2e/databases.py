"""What the tests of the database as a file share."""

import os
import subprocess

from support import DEADLINE, equal


def database(box):
    return os.path.join(box.state, "crystalmath", "crystalmath.db")


def runs(box, *names):
    return os.path.join(box.state, "crystalmath", "runs", *names)


def content(path):
    with open(path, "rb") as file:
        return file.read()


def put(path, data):
    with open(path, "wb") as file:
        file.write(data)


def stop(box):
    box.ok("server", "stop")


def states(box):
    jobs = box.ok("jobs", "--json", "--limit", "1000").json()["jobs"]
    return {job["id"]: job["state"] for job in jobs}


def beside(box):
    """The names of what lies in the folder of the database and begins with its name."""
    return {name for name in os.listdir(os.path.dirname(database(box)))
            if name.startswith("crystalmath.db") and name != "crystalmath.db"}


def some_jobs(box, count=3):
    for i in range(count):
        equal(box.cli("submit", "--wait", "--", "sh", "-c", f"exit {i}").status, i)


def report(box, *more):
    """What `db check` tells, as JSON; with the status."""
    result = box.cli("db", "check", *more, "--json")
    return result.status, result.json()


def type_in(box, line):
    """Type a line that was told, as a person would."""
    words = line.replace("crystalmath ", f"{os.environ['CRYSTALMATH']} ", 1) \
        if line.startswith("crystalmath ") else line
    done = subprocess.run(["sh", "-c", words], env=box.env, cwd=box.work, capture_output=True,
                          text=True, timeout=DEADLINE)
    equal(done.returncode, 0, f"{line}: {done.stderr}")
