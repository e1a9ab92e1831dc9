// A client by other hands: vscode-jsonrpc speaks to the server at a Unix socket. Prints one line
// of JSON for each claim, {"claim": ..., "got": ...}, and leaves the judgement to the test.
// usage: client.js SOCKET
"use strict";
const net = require("net");
const rpc = require("vscode-jsonrpc/node");

const tell = (claim, got) => console.log(JSON.stringify({ claim, got }));

const told = [];
const changed = {};

async function refusal(promise) {
  try {
    return { result: await promise };
  } catch (error) {
    return { code: error.code, message: error.message };
  }
}

async function speak(connection, socket) {
  tell("ping", await connection.sendRequest("system.ping"));
  tell("version", await connection.sendRequest("system.version"));

  const job = await connection.sendRequest("jobs.submit", { command: ["true"], directory: "/" });
  tell("by name", (await connection.sendRequest("jobs.get", { id: job.id })).id === job.id);
  tell("by position", (await connection.sendRequest(
    "jobs.get", rpc.ParameterStructures.byPosition, job.id)).id === job.id);

  tell("no method", await refusal(connection.sendRequest("no.such.method")));
  tell("bad params", await refusal(connection.sendRequest("jobs.get", { id: "seven" })));
  tell("no job", await refusal(connection.sendRequest("jobs.get", { id: 999999 })));

  const many = await Promise.all(Array.from({ length: 200 }, (_, i) =>
    i % 2 ? connection.sendRequest("system.ping") : connection.sendRequest("jobs.get", { id: job.id })));
  tell("in flight", many.every((one, i) => (i % 2 ? one.pong === true : one.id === job.id)));

  // vscode-jsonrpc sends $/cancelRequest, a notification that the server does not know.
  const source = new rpc.CancellationTokenSource();
  const cancelled = refusal(connection.sendRequest("system.ping", {}, source.token));
  source.cancel();
  tell("cancelled", (await cancelled).result?.pong === true);
  await connection.sendNotification("nobody.listens", { to: "this" });

  connection.onNotification("jobs.changed", (params) => {
    told.push(params.job.state);
    changed[params.job.id]?.(params.job);
  });
  const subscribed = await connection.sendRequest("jobs.subscribe", {});
  tell("snapshot", Array.isArray(subscribed.jobs));
  const watched = await connection.sendRequest("jobs.submit", { command: ["true"], directory: "/" });
  await new Promise((done) => {
    const look = (state) => state.state === "completed" && done();
    changed[watched.id] = look;
    connection.sendRequest("jobs.get", { id: watched.id }).then(look);
  });
  tell("notified", told.length > 0);
  tell("still there", (await connection.sendRequest("system.ping")).pong);
  connection.dispose();
  socket.end();
}

const socket = net.connect(process.argv[2], () => {
  const connection = rpc.createMessageConnection(
    new rpc.StreamMessageReader(socket), new rpc.StreamMessageWriter(socket));
  connection.listen();
  speak(connection, socket).catch((error) => {
    console.error(error);
    process.exit(1);
  });
});
