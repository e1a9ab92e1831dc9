"""A client of CrystalMath in the standard library alone, from the protocol's page: what somebody
writes who has never seen the project. Prints one JSON object of what it was told.

usage: script.py SOCKET
"""
import json
import socket
import sys

stream = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
stream.settimeout(60)
stream.connect(sys.argv[1])
reader = stream.makefile("rb")
notes = []


def write(body, more=""):
    stream.sendall(f"Content-Length: {len(body)}\r\n{more}\r\n".encode() + body)


def read():
    length = None
    while (line := reader.readline().strip()):
        name, value = line.decode("ascii").split(":", 1)
        if name.lower() == "content-length":
            length = int(value)
    return json.loads(reader.read(length))


def answer():
    """The next message that is no notification; those are kept."""
    while True:
        message = read()
        if isinstance(message, list) or "method" not in message:
            return message
        notes.append(message)


def request(ident, method, **params):
    message = {"jsonrpc": "2.0", "id": ident, "method": method}
    if params:
        message["params"] = params
    return message


def ask(*of_request, **params):
    write(json.dumps(request(*of_request, **params)).encode())
    return answer()


said = {"ping": ask(1, "system.ping")["result"], "version": ask(2, "system.version")["result"]}

write(json.dumps(request(3, "system.ping")).encode(),
      "Content-Type: application/vscode-jsonrpc; charset=utf-8\r\n")
said["other headers"] = answer()["result"]["pong"]
said["id as text"] = ask("größe", "system.ping")["id"]

batch = [request("a", "system.ping"), 7, {"jsonrpc": "2.0", "method": "system.ping"},
         request("b", "no.such.method")]
write(json.dumps(batch).encode())
said["batch"] = [[one["id"], one["result"]["pong"] if "result" in one else one["error"]["code"]]
                 for one in answer()]

write(b'{"jsonrpc": "2.0", "method": "system.ping"}')
said["notification"] = "nothing" if ask(4, "system.ping")["id"] == 4 else "an answer"

write(b"{not json}")
broken = answer()
said["not json"] = [broken["id"], broken["error"]["code"]]
said["bad params"] = ask(5, "jobs.get", id="five")["error"]["code"]

ask(6, "jobs.subscribe")
job = ask(7, "jobs.submit", command=["true"], directory="/")["result"]["id"]
states = []
while not states or states[-1] not in ("completed", "failed"):
    note = notes.pop(0) if notes else read()
    if note["method"] == "jobs.changed" and note["params"]["job"]["id"] == job:
        states.append(note["params"]["job"]["state"])
said["states"] = states
print(json.dumps(said))
