"""rpc.discover tells the truth: each method is called, each notification awaited, and what comes
is compared with the document, member by member."""

from support import check, equal, main, test

KINDS = {"string": str, "integer": int, "number": (int, float), "boolean": bool, "object": dict,
         "array": list, "null": type(None)}


class Document:
    def __init__(self, document):
        self.schemas = document["components"]["schemas"]
        self.results = {m["name"]: m["result"]["schema"] for m in document["methods"]}
        self.notices = {n["name"]: n["params"] for n in document["x-notifications"]}

    def resolve(self, schema):
        if "$ref" in schema:
            return self.resolve(self.schemas[schema["$ref"].rpartition("/")[2]])
        if "allOf" in schema:
            parts = [self.resolve(part) for part in schema["allOf"]]
            return {"type": "object",
                    "properties": {k: v for p in parts for k, v in p["properties"].items()}}
        return schema

    def fits(self, value, schema, where, more=()):
        schema = self.resolve(schema)
        if "oneOf" in schema:
            if value is not None:
                self.fits(value, schema["oneOf"][0], where)
            return
        check(isinstance(value, KINDS[schema["type"]])
              and (schema["type"] == "boolean" or not isinstance(value, bool)),
              f"{where} is told to be {schema['type']}, and is {value!r}")
        if schema["type"] == "array":
            for i, one in enumerate(value):
                self.fits(one, schema["items"], f"{where}[{i}]")
        if "properties" in schema:
            equal(sorted(value), sorted([*schema["properties"], *more]),
                  f"{where}: what came, and src/server/methods/shapes.c")
            for name, member in schema["properties"].items():
                self.fits(value[name], member, f"{where}.{name}")


def open_wire(box):
    box.ok("ping")
    wire = box.connect()
    return wire, Document(wire.call("rpc.discover")["result"])


IMPORTED = {"code": "vasp", "name": "old", "directory": "/old", "output": "/old/OUTCAR",
            "finished_at": "2020-01-01T00:00:00Z", "results": {"status": "finished"}}


@test
def every_result_has_the_members_that_are_told(box):
    wire, document = open_wire(box)
    job = box.submit("--wait", box.silicon())
    calls = [
        ("system.ping", {}), ("system.version", {}), ("system.status", {}), ("system.config", {}),
        ("jobs.submit", {"command": ["sleep", "60"], "directory": box.work, "token": "once"}),
        ("jobs.submit", {"command": ["true"], "directory": box.work,
                         "begin_at": "2200-01-01T00:00:00Z"}),
        ("jobs.resubmit", {"id": job, "token": "once"}),  # as if the answer had been lost
        ("jobs.hold", {"id": job + 2}), ("jobs.set_priority", {"id": job + 2, "priority": 3}),
        ("jobs.release", {"id": job + 2}),
        ("jobs.list", {}), ("jobs.list", {"limit": 1}), ("jobs.get", {"id": job}),
        ("jobs.get", {"id": job + 1}), ("jobs.log", {"id": job}),
        ("jobs.files", {"id": job}),
        ("jobs.conflict", {"command": ["true"], "directory": box.work}),
        ("jobs.input", {"id": job}),
        ("jobs.subscribe", {}), ("jobs.unsubscribe", None),
        ("jobs.tag", {"id": job, "add": ["a"]}), ("jobs.rename", {"id": job, "name": "b"}),
        ("jobs.note", {"id": job, "note": "c"}),
        ("db.backup_status", {}), ("db.backup", {"path": box.path("copy.db")}),
        ("jobs.cancel", {"id": job + 1}), ("jobs.remove", {"jobs": [job, 999]}),
        ("jobs.import", {"runs": [IMPORTED]}),
        ("clusters.add", {"name": "small"}),
        ("jobs.script", {"command": ["true"], "directory": box.work, "on": "small"}),
        ("clusters.remove", {"name": "small"}),
        ("clusters.add", {"name": "big", "partition": "long"}), ("clusters.list", {}),
        ("clusters.get", {"name": "big"}), ("clusters.set", {"name": "big", "partition": ""}),
        ("clusters.test", {"name": "big"}), ("clusters.remove", {"name": "big"}),
        ("clusters.add", {"name": "far", "ssh": "nowhere.invalid"}),
        ("clusters.login", {"name": "far"}),
        ("clusters.create", {"name": "third"}), ("clusters.update", {"name": "third", "poll": "9"}),
        ("clusters.delete", {"name": "third"}), ("slurm.sync", {"cluster": "far"}),
        ("system.shutdown", {}),
    ]
    equal(sorted({method for method, _ in calls} | {"rpc.discover", "jobs.fetch", "jobs.restart_plan", "jobs.test_only", "slurm.adopt", "slurm.cancel", "slurm.queue"}), sorted(document.results),
          "the methods that this test calls, and those that there are")
    subscription = None
    for method, params in calls:
        answer = wire.call(method, {"subscription": subscription} if params is None else params)
        check("result" in answer, f"{method}: {answer}")
        document.fits(answer["result"], document.results[method], method)
        subscription = answer["result"].get("subscription", subscription)


@test
def every_notification_has_the_members_that_are_told(box):
    wire, document = open_wire(box)
    wire.call("jobs.subscribe", {"logs": True})
    # jobs.missed needs a client that does not read; tests of the hub have one.
    missing = set(document.notices) - {"jobs.missed"}
    job = box.submit("--wait", box.silicon())
    box.call("jobs.remove", {"jobs": [job]})
    box.call("clusters.add", {"name": "big"})
    box.call("clusters.remove", {"name": "big"})
    while missing:
        notice = wire.receive()
        check(notice and notice["method"] in document.notices, f"not told of: {notice}")
        document.fits(notice["params"], document.notices[notice["method"]], notice["method"],
                      more=("subscription",))
        missing.discard(notice["method"])


@test
def every_parameter_that_is_told_is_checked(box):
    wire, _ = open_wire(box)
    for method in wire.call("rpc.discover")["result"]["methods"]:
        for param in method["params"]:
            wrong = "x" if param["schema"].get("type") == "number" else 1.5
            answer = wire.call(method["name"], {**needed(method), param["name"]: wrong})
            equal(answer.get("error", {}).get("code"), -32602,
                  f"{method['name']} took {wrong!r} for {param['name']}: {answer}")


def needed(method):
    """A number for every parameter that a method cannot do without."""
    return {param["name"]: 1 for param in method["params"] if param["required"]}


main()
