"""The messages for people in the C sources: where they are, and what is fixed in them.

A message is the format of a call of one of the functions below. A conversion (%s) stands for any
text; a choice between strings in the place of the format gives several messages.
"""

import re

from tap import files, read

# function: which argument is the format
FUNCTIONS = {"error_set": 2, "error_set_system": 2, "client_lose": 3, "errmsg_set": 2,
             "log_warning": 1, "log_error": 1, "say_error": 0, "say_format": 0, "printf": 0,
             "puts": 0, "fprintf": 2, "request_fail": 2}
CONVERSION = re.compile(r"%(?:[-+ #0]*(?:\d+|\*)?(?:\.(?:\d+|\*))?(?:hh|h|ll|l|z|j)?[a-zA-Z])")
PERCENT = "\0"  # stands for %%
STRING = re.compile(r'"((?:[^"\\]|\\.)*)"')


class Message:
    def __init__(self, path, line, function, arguments, text):
        self.where = f"{path}:{line}"
        self.function, self.arguments = function, arguments
        text = text.replace("%%", PERCENT)
        parts = [part.replace(PERCENT, "%") for part in CONVERSION.split(text)]
        self.pattern = re.compile(".+?".join(re.escape(part) for part in parts), re.DOTALL)
        self.fixed = max(parts, key=len).strip()
        self.parts = parts

    def sample(self):
        """As the page may have it."""
        return "VALUE".join(self.parts)


def split_arguments(text, at):
    """The arguments of the call whose bracket opens before `at`."""
    out, depth, start = [], 1, at
    while depth:
        if text[at] == '"':
            at = STRING.match(text, at).end()
            continue
        depth += (text[at] in "([{") - (text[at] in ")]}")
        if text[at] == "," and depth == 1 or depth == 0:
            out.append(text[start:at].strip())
            start = at + 1
        at += 1
    return out


def of_file(path, functions):
    # Macros such as PRId64 stand for the end of a conversion; comments hold no messages.
    text = re.sub(r"(?s)/\*.*?\*/", lambda m: re.sub(r"[^\n]", " ", m[0]), read(path))
    text = re.sub(r'"\s*PRI[a-z]\d+(\s*")?', lambda m: "d" + ("" if m[1] else '"'), text)
    for call in re.finditer(rf"\b({'|'.join(functions)})\s*\(", text):
        arguments = split_arguments(text, call.end())
        place = FUNCTIONS[call[1]]
        if place >= len(arguments) or '"' not in arguments[place]:
            continue
        # `why ? "one" : "other"` is two messages, "one" "other" is one.
        for choice in re.split(r'(?<=")\s*:\s*(?=")', arguments[place].rpartition("?")[2]):
            words = "".join(STRING.findall(choice)).replace('\\n', "\n").replace('\\"', '"')
            line = text.count("\n", 0, call.start()) + 1
            yield Message(path, line, call[1], arguments, words.strip())


def of_folder(folder, functions, without=(), matching=".*"):
    for path in files(folder, rf"{matching}\.c"):
        if path not in without:
            yield from of_file(path, functions)
