"""docs/trouble.md has every message that the start, connecting, `crystalmath server` and `import`, and
the server's own end can give, and none that nothing says.

On the page a message stands in a block that begins with ```text, one a paragraph, its lines wrapped
at will; what differs from case to case is written as a word, such as SOCKET.
"""

import difflib
import re

from messages import of_file, of_folder
from tap import main, read, test

PAGE = "docs/trouble.md"
# Not on the page: what a program that uses the library wrongly is told (see libcrystalmath(3)), how
# jobs end, and what is said of single requests.
FOR_PROGRAMS = ("CM_E_INVALID", "CM_E_NOT_CONNECTED")
OF_JOBS = ("src/server/run.c", "src/server/run_end.c", "src/server/run_output.c",
           "src/server/run_sources.c", "src/server/submit.c", "src/server/copy_work.c",
           "src/server/clusters.c",
           "src/server/dispatch.c", "src/server/request.c", "src/server/engine.c",
           "src/server/engine_wait.c", "src/server/follow.c", "src/server/job_file.c",
           "src/server/resubmit.c", "src/server/engine_chain.c", "src/server/run_slurm_array.c",
           "src/server/methods/jobs_conflict.c")
# What only a cluster can tell is on it all the same.
OF_CLUSTERS = {"RPC_SLURM_ERROR", "RPC_SSH_ERROR"}
# Words that only pass on others that are here themselves.
SHORTEST = 8


def said():
    yield from of_folder("src/client", ("error_set", "error_set_system", "client_lose", "errmsg_set"))
    yield from of_folder("src/server", ("errmsg_set", "log_warning", "log_error"), OF_JOBS)
    yield from of_folder("src/server/methods", ("request_fail",))
    yield from of_file("src/server/ready.c", ("fprintf",))
    yield from of_folder("src/store", ("errmsg_set",))
    yield from of_file("src/base/path.c", ("errmsg_set",))
    yield from of_file("src/config/config.c", ("errmsg_set",))
    yield from of_folder("src/cli", ("say_error", "say_format", "printf", "puts"), matching="(cmd_)?server.*")
    yield from of_file("src/cli/remote.c", ("say_error",))
    yield from of_file("src/cli/cmd_import.c", ("say_error",))


def is_told(message):
    """Whether the message reaches the person whom the page is for."""
    if message.function in ("error_set", "client_lose"):
        if "NULL" in message.arguments[:2]:
            return False  # thrown away: the connection is given up on purpose
        if "connect.c" not in message.where and set(FOR_PROGRAMS) & set(message.arguments):
            return False
    if message.function == "request_fail" and not OF_CLUSTERS & set(message.arguments):
        return False
    return len(message.fixed) >= SHORTEST


SAID = [message for message in said() if is_told(message)]


def written():
    """(line, message) of the page."""
    text = read(PAGE)
    for block in re.finditer(r"(?ms)^```text\n(.*?)\n```$", text):
        line = text.count("\n", 0, block.start(1)) + 1
        for paragraph in re.split(r"(\n\n)", block[1]):
            if paragraph.strip():
                yield line, " ".join(paragraph.split())
            line += paragraph.count("\n")


def flat(message):
    """The pattern, for text whose lines are joined."""
    pattern = re.sub(r"(?:\\\n|\\ |\s)+", " ", message.pattern.pattern)
    return re.compile(pattern + (": .+" if message.function == "error_set_system" else ""))


@test
def every_message_is_on_the_page():
    page = [words for _, words in written()]
    if len(SAID) < 50:
        yield f"only {len(SAID)} messages were found in the sources"
    for message in SAID:
        if not any(flat(message).fullmatch(words) for words in page):
            tail = ": REASON." if message.function == "error_set_system" else ""
            near = difflib.get_close_matches(message.sample(), page, 1, 0.6)
            yield (f"{message.where} says what {PAGE} has not. Add in a ```text block, with what it "
                   f"means and what to type:\n  {message.sample()}{tail}")
            if near:
                yield f"  perhaps instead of: {near[0]}"


@test
def every_message_on_the_page_is_said_somewhere():
    patterns = [flat(message) for message in SAID]
    for line, words in written():
        if not any(pattern.fullmatch(words) for pattern in patterns):
            yield f"{PAGE}:{line}: no source says: {words}"


@test
def every_message_on_the_page_is_explained():
    text = read(PAGE)
    for block in re.finditer(r"(?ms)^```text\n.*?\n```\n(.*?)(?=^```text|^## |\Z)", text):
        if len(block[1].split()) < 4:
            yield f"{PAGE}:{text.count(chr(10), 0, block.start()) + 1}: a message without a word on it"


main()
