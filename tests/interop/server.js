// A server by other hands: vscode-jsonrpc at a Unix socket. It has the methods that a client of
// CrystalMath asks first, and some that show one trait of the protocol each.
// usage: server.js SOCKET
"use strict";
const net = require("net");
const rpc = require("vscode-jsonrpc/node");

function serve(socket) {
  const connection = rpc.createMessageConnection(
    new rpc.StreamMessageReader(socket), new rpc.StreamMessageWriter(socket));
  connection.onRequest("system.ping", () => ({ pong: true, timestamp: new Date().toISOString() }));
  connection.onRequest("system.version", () => ({
    version: "9.9.9", protocol: "json-rpc-2.0", transport: "unix-socket", pid: process.pid,
  }));
  connection.onRequest("echo", (params) => params);
  connection.onRequest("by.position", (first, second) => [second, first]);
  connection.onRequest("refuse", () => {
    throw new rpc.ResponseError(-32000, "not today", { retry: "tomorrow", "größe": [1, 2.5, null] });
  });
  connection.onRequest("fail", () => { throw new Error("an accident"); });
  // Notifications before the answer, as a subscription has them.
  connection.onRequest("tell", async (params) => {
    for (let i = 1; i <= params.times; i++) {
      await connection.sendNotification("told", { number: i });
    }
    return params.times;
  });
  // A request of the server's own; its answer is the result.
  connection.onRequest("ask.back", async () => {
    try {
      return { answer: await connection.sendRequest("who.are.you", {}) };
    } catch (error) {
      return { code: error.code, message: error.message };
    }
  });
  connection.onError(() => {});
  socket.on("error", () => {});
  connection.listen();
}

net.createServer(serve).listen(process.argv[2]);
