"""The wire, byte by byte: frames, JSON-RPC 2.0 to the letter of its specification, limits."""

import json
import os
import socket

from support import check, contains, equal, main, test, wait_until


def wire(box):
    box.ok("ping")
    return box.connect()


def frame(text):
    body = text if isinstance(text, bytes) else text.encode()
    return b"Content-Length: %d\r\n\r\n" % len(body) + body


def ask(connection, text):
    """Send a body as it stands; the answer."""
    connection.send_bytes(frame(text))
    return connection.receive()


def error_code(answer):
    return answer["error"]["code"]


@test
def ping_answers_with_the_time(box):
    answer = wire(box).call("system.ping")["result"]
    equal(sorted(answer), ["pong", "timestamp"])
    equal(answer["pong"], True)
    check(answer["timestamp"].endswith("Z"), answer)


@test
def version_names_the_protocol_and_the_transport(box):
    answer = wire(box).call("system.version")["result"]
    equal(answer["protocol"], "json-rpc-2.0")
    equal(answer["transport"], "unix-socket")
    check(answer["version"], answer)


@test
def the_server_never_speaks_first(box):
    connection = wire(box)
    box.submit("--", "true")
    connection.socket.settimeout(0.3)
    try:
        data = connection.socket.recv(1)
        raise AssertionError(f"the server sent {data!r} unasked")
    except socket.timeout:
        pass


@test
def the_examples_of_the_specification(box):
    connection = wire(box)
    equal(error_code(ask(connection, '{"jsonrpc": "2.0", "method": "foobar", "id": "1"}')), -32601)
    equal(error_code(ask(connection, '{"jsonrpc": "2.0", "method": "foobar, "params": "bar", "baz]')),
          -32700)
    equal(error_code(ask(connection, '{"jsonrpc": "2.0", "method": 1, "params": "bar"}')), -32600)
    equal(error_code(ask(connection, '[{"jsonrpc": "2.0", "method": "sum", "id": "1"},{"jsonrpc": "2.0", "method"]')),
          -32700)
    equal(error_code(ask(connection, "[]")), -32600)
    answers = ask(connection, "[1]")
    equal([error_code(a) for a in answers], [-32600])
    answers = ask(connection, "[1,2,3]")
    equal([(error_code(a), a["id"]) for a in answers], [(-32600, None)] * 3)


@test
def a_batch_that_asks_a_cluster_is_answered_when_that_has_told(box):
    connection = wire(box)
    check("result" in connection.call("clusters.add", {"name": "far", "ssh": "nowhere.invalid"}), "added")
    connection.send([{"jsonrpc": "2.0", "id": 1, "method": "clusters.test", "params": {"name": "far"}},
                     {"jsonrpc": "2.0", "id": 2, "method": "system.ping"},
                     {"jsonrpc": "2.0", "id": 3, "method": "clusters.test", "params": {"name": "far"}}])
    answers = connection.receive()
    equal(sorted(one["id"] for one in answers), [1, 2, 3])
    check(all("result" in one for one in answers), answers)


@test
def a_batch_is_answered_in_one_frame_without_its_notifications(box):
    answers = ask(wire(box), json.dumps([
        {"jsonrpc": "2.0", "method": "system.ping", "id": "1"},
        {"jsonrpc": "2.0", "method": "system.ping"},
        {"jsonrpc": "2.0", "method": "nope", "id": 2},
        {"foo": "boo"},
        {"jsonrpc": "2.0", "method": "system.version", "id": None},
    ]))
    equal([a["id"] for a in answers], ["1", 2, None, None])
    equal(["result" in a for a in answers], [True, False, False, True])


@test
def notifications_are_never_answered(box):
    connection = wire(box)
    connection.send({"jsonrpc": "2.0", "method": "system.ping"})
    connection.send({"jsonrpc": "2.0", "method": "no.such.method"})
    connection.send([{"jsonrpc": "2.0", "method": "system.ping"}])
    connection.send({"jsonrpc": "2.0", "method": "system.ping", "id": "last"})
    equal(connection.receive()["id"], "last")


@test
def ids_are_echoed_as_they_came(box):
    connection = wire(box)
    for text in ['1', '"x"', '""', 'null', '9007199254740993', '-7', '-0', '0', '1.5', '1.50',
                 '0.1', '1e2', '123456789012345678901234567890', '"\\u00e9\\/"']:
        connection.send_bytes(frame('{"jsonrpc":"2.0","method":"system.ping","id":%s}' % text))
        contains(connection.receive_text(), '"id":%s,"result"' % text)


@test
def parameters_by_name_and_by_position_are_the_same(box):
    connection = wire(box)
    job = box.submit("--", "true")
    box.ok("wait", str(job))
    equal(connection.call("jobs.get", {"id": job})["result"],
          connection.call("jobs.get", [job])["result"])


@test
def wrong_parameters_are_named(box):
    connection = wire(box)
    for params, word in [({}, "'id'"), ({"id": "1"}, "'id'"), ([1, 2], "at most 1"),
                         ({"id": 0}, "'id'"), ({"id": 1.5}, "'id'")]:
        answer = connection.call("jobs.get", params)
        equal(error_code(answer), -32602, answer)
        contains(answer["error"]["message"], word)


@test
def members_that_are_not_known_are_ignored(box):
    connection = wire(box)
    check("result" in connection.call("jobs.list", {"limit": 5, "colour": "red"}), "an error")
    answer = ask(connection, '{"jsonrpc":"2.0","method":"system.ping","id":1,"extra":[1]}')
    check("result" in answer, answer)


@test
def header_forms_that_clients_use_are_understood(box):
    body = b'{"jsonrpc":"2.0","method":"system.ping","id":1}'
    for head in [b"Content-Length: %d\r\n\r\n", b"content-length:%d\n\n",
                 b"Content-Type: application/json\r\nCONTENT-LENGTH: %d\r\nX-Other: 1\r\n\r\n"]:
        connection = wire(box)
        connection.send_bytes(head % len(body) + body)
        equal(connection.receive()["id"], 1)


@test
def a_frame_that_comes_byte_by_byte_is_answered(box):
    connection = wire(box)
    body = b'{"jsonrpc":"2.0","method":"system.ping","id":5}'
    for byte in b"Content-Length: %d\r\n\r\n" % len(body) + body:
        connection.send_bytes(bytes([byte]))
    equal(connection.receive()["id"], 5)


@test
def malformed_frames_are_refused_and_the_connection_ends(box):
    for head in [b"hello\r\n\r\n", b"\r\n\r\n", b"X: 1\r\n\r\n", b"Content-Length: 0\r\n\r\n",
                 b"Content-Length: -4\r\n\r\n", b"Content-Length: 1e3\r\n\r\n",
                 b"Content-Length: 99999999999999999999\r\n\r\n",
                 b"Content-Length: 104857601\r\n\r\n", b"a" * 9000,
                 b"Content-Length: 2\r\nContent-Length: 3\r\n\r\n{}"]:
        connection = wire(box)
        connection.send_bytes(head)
        answer = connection.receive()
        equal((error_code(answer), answer["id"]), (-32700, None), head)
        equal(connection.receive(), None, head)
    box.ok("ping")


@test
def bodies_that_are_no_json_leave_the_connection_usable(box):
    connection = wire(box)
    for body in [b"{", b"\xff\xfe", b'"\\ud800"', b"[" * 5000, b"nul", b"\0"]:
        equal(error_code(ask(connection, body)), -32700, body[:20])
    check("result" in connection.call("system.ping"), "no pong")


@test
def strings_with_nul_are_refused_where_they_name_things(box):
    connection = wire(box)
    answer = ask(connection, '{"jsonrpc":"2.0","method":"system.ping\\u0000x","id":1}')
    equal(error_code(answer), -32600)
    answer = connection.call("jobs.submit", {"input": "/etc/passwd\0.in"})
    equal(error_code(answer), -32602)


@test
def many_requests_in_one_write_are_answered_in_order(box):
    connection = wire(box)
    frames = b""
    for i in range(2000):
        body = b'{"jsonrpc":"2.0","method":"system.ping","id":%d}' % i
        frames += b"Content-Length: %d\r\n\r\n" % len(body) + body
    connection.send_bytes(frames)
    equal([connection.receive()["id"] for _ in range(2000)], list(range(2000)))


@test
def what_was_asked_before_the_end_of_the_stream_is_answered(box):
    connection = wire(box)
    connection.send({"jsonrpc": "2.0", "method": "system.ping", "id": 1})
    connection.socket.shutdown(socket.SHUT_WR)
    equal(connection.receive()["id"], 1)
    equal(connection.receive(), None)


@test
def however_much_that_is(box):
    """The answers do not fit into the socket, so the end is there before they are read."""
    connection = wire(box)
    body = b'{"jsonrpc":"2.0","method":"rpc.discover","id":1}'
    connection.send_bytes((b"Content-Length: %d\r\n\r\n" % len(body) + body) * 400)
    connection.socket.shutdown(socket.SHUT_WR)
    for _ in range(400):
        equal(connection.receive()["id"], 1)
    equal(connection.receive(), None)


@test
def a_client_that_never_reads_does_not_hold_up_the_others(box):
    deaf = wire(box)
    deaf.socket.setblocking(False)
    body = b'{"jsonrpc":"2.0","method":"rpc.discover","id":1}'
    frame = b"Content-Length: %d\r\n\r\n" % len(body) + body
    try:
        for _ in range(20000):
            deaf.socket.send(frame)
    except BlockingIOError:
        pass
    box.ok("ping")
    status = box.call("system.status")
    check(status["memory_bytes"] < 256 * 1024 * 1024, status)


@test
def a_client_that_leaves_in_the_middle_of_a_frame_does_no_harm(box):
    for part in [b"Content-Le", b"Content-Length: 100\r\n\r\n", b"Content-Length: 100\r\n\r\n{\"a"]:
        connection = wire(box)
        connection.send_bytes(part)
        connection.close()
    box.ok("ping")
    wait_until(lambda: box.call("system.status")["clients"] == 1, "the others to be gone")


@test
def of_members_that_are_given_twice_the_last_counts(box):
    answer = ask(wire(box), '{"jsonrpc":"1","jsonrpc":"2.0","method":"a","method":"system.ping",'
                            '"id":1,"id":2}')
    equal((answer["id"], "result" in answer), (2, True))


@test
def names_may_be_written_with_escapes(box):
    answer = ask(wire(box), r'{"jsonrpc":"2\u002e0","\u006dethod":"system.pin\u0067","id":1}')
    check("result" in answer, answer)


@test
def nesting_beyond_the_limit_is_refused_with_the_limit(box):
    connection = wire(box)
    for opening, closing in [("[", "]"), ('{"a":', "}")]:
        deep = opening * 10000 + "1" + closing * 10000
        answer = ask(connection, '{"jsonrpc":"2.0","method":"system.ping","id":1,"params":[%s]}' % deep)
        equal(error_code(answer), -32700)
        contains(answer["error"]["message"], "nested more than 512 deep")
    deep = "[" * 511 + "]" * 511
    answer = ask(connection, '{"jsonrpc":"2.0","method":"system.ping","id":1,"params":{"a":%s}}' % deep)
    check("result" in answer, answer)


@test
def a_body_of_a_hundred_mebibytes_is_read_and_its_memory_given_back(box):
    connection = wire(box)
    head, tail = '{"jsonrpc":"2.0","method":"system.ping","id":1,"params":{"x":"', '"}}'
    body = head + "y" * ((100 << 20) - len(head) - len(tail)) + tail
    equal(ask(connection, body)["id"], 1)
    status = connection.call("system.status")["result"]
    check(status["memory_bytes"] < 64 << 20, status)


@test
def large_requests_of_all_clients_together_have_a_limit_and_small_ones_go_on(box):
    kept = [wire(box) for _ in range(4)]
    dropped = 0
    for connection in kept:
        connection.send_bytes(b"Content-Length: %d\r\n\r\n" % (100 << 20) + b'["')
        try:
            for _ in range(90):
                connection.send_bytes(b"z" * (1 << 20))
        except (BrokenPipeError, ConnectionResetError):
            dropped += 1
    check(dropped > 0, "nobody was refused")
    check("result" in wire(box).call("jobs.list"), "a small request was not answered")
    status = wire(box).call("system.status")["result"]
    check(status["memory_bytes"] < 320 << 20, status)


@test
def notifications_come_behind_the_answers_before_them_and_before_those_after(box):
    connection = wire(box)
    subscribe = '{"jsonrpc":"2.0","id":1,"method":"jobs.subscribe"}'
    submit = ('{"jsonrpc":"2.0","id":2,"method":"jobs.submit","params":'
              '{"command":["true"],"directory":"/"}}')
    connection.send_bytes(frame(subscribe) + frame(submit))
    order = []
    while len(order) < 3:
        message = connection.receive()
        order.append(message.get("id") or message["method"])
    equal(order[0], 1)
    check(2 in order and "jobs.changed" in order, order)


@test
def discover_describes_every_method_of_the_table(box):
    document = wire(box).call("rpc.discover")["result"]
    names = [m["name"] for m in document["methods"]]
    for name in ["system.ping", "system.version", "system.status", "system.shutdown",
                 "rpc.discover", "jobs.submit", "jobs.list", "jobs.get", "jobs.log",
                 "jobs.cancel", "jobs.subscribe", "jobs.unsubscribe"]:
        check(name in names, f"{name} is not described")
    for method in document["methods"]:
        check(method["summary"].endswith("."), method)
        for param in method["params"]:
            check(param["description"] and param["schema"], method)


@test
def shutdown_is_acknowledged_before_the_server_ends(box):
    connection = wire(box)
    pid = connection.call("system.version")["result"]["pid"]
    equal(connection.call("system.shutdown")["result"],
          {"acknowledged": True, "action": "shutdown"})
    equal(connection.receive(), None)
    wait_until(lambda: not os.path.exists(f"/proc/{pid}"), "the server to end")
    check(not os.path.exists(box.socket), "the socket was left behind")


main()
