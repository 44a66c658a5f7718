// A contestant's server whose requests come from memory: node bench/in-process-child.mjs MODULE SCENARIO REQUEST, forked by
// in-process.mjs. It listens like any other, is asked by `server.emit('connection', duplex)`, and answers each message with the CPU
// microseconds in user space, or the bytes allocated, per request.
import { Server } from 'node:http';
import { Duplex } from 'node:stream';

const [module, scenario, text] = process.argv.slice(2);
const request = Buffer.from(text, 'latin1');
const CONNECTIONS = Number(process.env.CONNECTIONS ?? 8);

let server;
const { listen } = Server.prototype;
Server.prototype.listen = function (...args) {
  server = this;
  return listen.apply(this, args);
};
const { [scenario]: start } = await import(new URL(module, import.meta.url));
await start();

/** A connection in memory. An answer is over when as many bytes have come as the first one had. */
class Connection extends Duplex {
  remoteAddress = '127.0.0.1';
  answerLength = Number.POSITIVE_INFINITY;
  received = 0;
  first = [];

  constructor() {
    super();
    server.emit('connection', this);
  }

  _read() {}

  _write(chunk, _encoding, done) {
    this.take(chunk);
    done();
  }

  _writev(chunks, done) {
    for (const { chunk } of chunks) this.take(chunk);
    done();
  }

  take(chunk) {
    if (this.answerLength === Number.POSITIVE_INFINITY) this.first.push(chunk);
    this.received += chunk.length;
    if (this.received < this.answerLength) return;
    this.received -= this.answerLength;
    this.answered();
  }

  // What node's server asks of a socket.
  setTimeout() {}
  setKeepAlive() {}
  setNoDelay() {}
}

const wait = (ms) => new Promise((resolve) => setTimeout(resolve, ms));
const probe = new Connection();
probe.push(request);
do await wait(50);
while (probe.received === 0);
const answer = Buffer.concat(probe.first).toString();
const answerLength = probe.received;
probe.destroy();

let ready = [];
let unsent = 0;
let unanswered = 0;
let over;
const connections = Array.from({ length: CONNECTIONS }, () => {
  const connection = new Connection();
  connection.answerLength = answerLength;
  connection.answered = () => {
    if (--unanswered === 0) over();
    else if (unsent > 0 && ready.push(connection) === 1) setImmediate(again);
  };
  return connection;
});

/** Asks on every connection that has had its answer, after the turn in which that was given. */
function again() {
  const turn = ready;
  ready = [];
  for (const connection of turn) ask(connection);
}

function ask(connection) {
  if (unsent === 0) return;
  unsent--;
  connection.push(request);
}

function round(requests) {
  return new Promise((resolve) => {
    over = resolve;
    unsent = requests;
    unanswered = requests;
    for (const connection of connections) ask(connection);
  });
}

process.on('message', async ({ requests, what }) => {
  // The round before has left its garbage, which is not this one's.
  globalThis.gc?.();
  const before = what === 'bytes' ? process.memoryUsage().heapUsed : process.cpuUsage().user;
  await round(requests);
  const after = what === 'bytes' ? process.memoryUsage().heapUsed : process.cpuUsage().user;
  process.send((after - before) / requests);
});
process.on('disconnect', () => process.exit());
process.send({ answer });
