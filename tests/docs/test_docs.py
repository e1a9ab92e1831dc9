"""What is written down agrees with what there is.

usage: test_docs.py BUILD, the build folder: its programs tell their options, its manual pages are read.
"""

import os
import re
import subprocess
import sys

from tap import ROOT, files, main, read, test

BUILD = sys.argv[1]


def run(*words, **more):
    return subprocess.run(words, capture_output=True, text=True, check=True, **more).stdout


def commands():
    """Of crystalmath, with the help of each."""
    listed = re.findall(r"(?m)^  ([a-z]+) +\S", run(f"{BUILD}/crystalmath", "--help"))
    return {name: run(f"{BUILD}/crystalmath", "help", name) for name in listed}


def options(text):
    return set(re.findall(r"(?<![\w-])--?[a-z][a-z-]*", text))


def plain(page):
    """The source of a manual page without its marks."""
    return re.sub(r"[*_\\]", "", read(f"docs/man/{page}.scd"))


@test
def the_protocol_page_is_what_the_table_of_methods_tells():
    told = run(os.path.join(ROOT, "tools/protocol-page"), f"{BUILD}/docs/methods.json",
               os.path.join(ROOT, "docs/protocol.md"))
    if told != read("docs/protocol.md"):
        yield "docs/protocol.md is not up to date; type: make docs"


@test
def every_code_of_an_error_is_on_the_protocol_page():
    page = read("docs/protocol.md")
    for name, code in re.findall(r"(RPC_\w+) = (-\d+)", read("src/rpc/message.h")):
        if f"| {code} |" not in page:
            yield f"{name} ({code}) is not in errors_json of src/server/methods/discover.c"


@test
def every_public_function_and_error_has_a_manual_page():
    pages = "".join(read(page) for page in files("docs/man", r".*\.3\.scd"))
    pages = re.sub(r"[*_\\]", "", pages)
    header = re.sub(r"(?s)/\*.*?\*/", "", read("include/crystalmath/client.h"))
    names = re.findall(r"\b(cm_\w+)\(", header) + re.findall(r"\b(CM_E_\w+)", header)
    if not names:
        yield "no public names were found in include/crystalmath/client.h"
    for name in dict.fromkeys(names):
        if not re.search(rf"\b{name.replace('_', '')}\b", pages):
            yield f"{name} is in no docs/man/*.3.scd"


@test
def every_command_and_option_of_the_program_is_in_its_manual_page():
    page = plain("crystalmath.1")
    for name, text in {"--help": run(f"{BUILD}/crystalmath", "--help"), **commands()}.items():
        if name != "--help" and f"## {name}\n" not in page:
            yield f"docs/man/crystalmath.1.scd has no section {name}"
        for option in sorted(options(text) - options(page)):
            yield f"docs/man/crystalmath.1.scd lacks {option} (crystalmath {name})"


@test
def every_option_of_the_server_and_of_the_supervisor_is_in_its_manual_page():
    for program in ("crystalmath-server", "crystalmath-supervisor"):
        told = options(run(f"{BUILD}/{program}", "--help"))
        if not told:
            yield f"{program} --help tells no options"
        for option in sorted(told - options(plain(f"{program}.1"))):
            yield f"docs/man/{program}.1.scd lacks {option}"


@test
def every_variable_that_the_programs_read_is_in_a_manual_page():
    pages = "".join(plain(os.path.basename(page)[:-4]) for page in files("docs/man", r".*\.scd"))
    for path in files("src", r".*\.c"):
        for name in re.findall(r'(?:getenv\(|, )"(CRYSTALMATH_\w+)"', read(path)):
            if not re.search(rf"\b{name.replace('_', '')}\b", pages):
                yield f"{name} ({path}) is in no docs/man/*.scd"


@test
def manual_pages_are_read_without_a_warning():
    pages = [name for name in os.listdir(f"{BUILD}/docs") if re.fullmatch(r".*\.[1-8]", name)]
    if not pages:
        yield "the build has made no manual pages"
    for page in sorted(pages):
        done = subprocess.run(["man", "--warnings", "-E", "UTF-8", "-l", "-Tutf8", "-Z",
                               f"{BUILD}/docs/{page}"], capture_output=True, text=True,
                              env={**os.environ, "LC_ALL": "C.UTF-8"})
        if done.returncode != 0 or done.stderr:
            yield f"{page}: {done.stderr or done.returncode}"


@test
def links_between_texts_lead_somewhere():
    for page in files(".", r".*\.md"):
        for link in re.findall(r"\]\(([^)\s]+)\)", read(page)):
            target, _, anchor = link.partition("#")
            if re.match(r"[a-z]+:", link):
                continue
            path = os.path.normpath(os.path.join(os.path.dirname(page), target)) if target else page
            if not os.path.exists(os.path.join(ROOT, path)):
                yield f"{page}: {link} is not there"
            elif anchor and anchor not in anchors(read(path)):
                yield f"{page}: {link}: {path} has no such heading"


@test
def files_and_cases_that_texts_name_exist():
    cases = set(re.findall(r"def case_(\d+)_", "".join(read(f) for f in files("tests", r".*\.py"))))
    for page in files(".", r".*\.md"):
        text = read(page)
        for path in re.findall(r"`((?:src|tests|tools|bench|docs|examples|include)/[^\s`]*)`", text):
            if path == path.lower() and not os.path.exists(os.path.join(ROOT, path)):
                yield f"{page}: {path} is not there"
        for phrase in re.findall(r"\bcases? ((?:\d+|, | and | to )+)", text):
            for first, last in re.findall(r"(\d+)(?: to (\d+))?", phrase):
                for number in range(int(first), int(last or first) + 1):
                    if f"{number:02}" not in cases:
                        yield f"{page}: there is no test of case {number}"


def anchors(text):
    """Of the headings, as forges make them."""
    return {re.sub(r"[^\w\s-]", "", heading.lower()).strip().replace(" ", "-")
            for heading in re.findall(r"(?m)^#+ (.+)$", text)}


@test
def every_page_is_in_the_index_of_docs():
    index = read("docs/README.md")
    for page in files("docs", r".*\.(md|scd)"):
        name = os.path.relpath(page, "docs")
        if name != "README.md" and f"({name})" not in index:
            yield f"docs/README.md has no link to {name}"


def typed(page):
    """Lines of the blocks of a page that a person would type."""
    for block in re.findall(r"(?ms)^```(?:sh)?\n(.*?)^```", read(page)):
        for line in block.splitlines():
            yield line.removeprefix("$ ").partition("#")[0]


@test
def what_the_texts_tell_to_type_exists():
    known = commands()
    targets = set(re.findall(r"(?m)^([a-z-]+):", read("Makefile")))
    for page in files(".", r".*\.md"):
        quoted = re.findall(r"`((?:make|crystalmath) [^`\n]+)`", read(page))
        for line in [*typed(page), *quoted]:
            for words in re.findall(r"(?:^|&& |\$\()make ([a-z-]+)", line):
                if words not in targets:
                    yield f"{page}: there is no make {words}"
            for name, rest in re.findall(r"(?:^|&& |\$\()crystalmath ([a-z]+)([^|&;)]*)", line):
                yield from not_typable(page, known, name, rest)


def not_typable(page, known, name, rest):
    """What is wrong with `crystalmath NAME REST`."""
    if name not in known:
        yield f"{page}: there is no crystalmath {name}"
        return
    for option in options(rest.partition(" -- ")[0]) - options(known[name]):
        yield f"{page}: crystalmath {name} has no {option}"
    verb = re.findall(r"^ ([a-z]+)", rest) if name in ("server", "db") else []
    if verb and not re.search(rf"\b{re.escape(verb[0])}\b", known[name]):
        yield f"{page}: there is no crystalmath {name} {verb[0]}"


@test
def what_a_message_tells_to_type_exists():
    known = commands()
    for path in files("src", r".*\.c"):
        joined = re.sub(r'"\s*"', "", read(path))  # a string over several lines
        for name, rest in re.findall(r"`crystalmath ([a-z]+)([^`\n]*)`", joined):
            yield from not_typable(path, known, name, rest)


main()
