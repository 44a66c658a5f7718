import { connect, type Socket } from 'node:net';
import { createServer, type Server } from 'node:http';
import { PassThrough } from 'node:stream';
import { RecordReader, RecordType, writePairs, writeRecord, writeStream } from '../../../src/servers/fastcgi/fastcgi-records.js';
import { relay, variablesFor } from './cgi-front.js';

/** Where a FastCGI program listens: `fastcgi://host:port` or `unix:/path`. */
export function connectTo(url: string): Socket {
  if (url.startsWith('unix:')) return connect(url.slice(5));
  const { hostname, port } = new URL(url.replace('fastcgi:', 'http:'));
  return connect(Number(port), hostname.replace(/^\[|\]$/g, ''));
}

/** The records by which a front end begins a request: role, variables, and the end of them. */
export function beginning(id: number, variables: Record<string, string>, { keep = false, role = 1 } = {}): Buffer {
  return Buffer.concat([
    writeRecord(RecordType.beginRequest, id, Buffer.from([role >> 8, role & 255, keep ? 1 : 0, 0, 0, 0, 0, 0])),
    ...writeStream(RecordType.params, id, writePairs(Object.entries(variables))),
    writeRecord(RecordType.params, id, Buffer.alloc(0)),
  ]);
}

/** A small web server in front of a FastCGI program, with connections that it keeps. */
export function fastcgiFront(url: string, variables: Record<string, string> = {}): Server {
  const idle: Socket[] = [];
  const server = createServer((request, response) => {
    const socket = idle.pop() ?? connectTo(url);
    const all = { ...variablesFor(request), ...variables };
    delete all.PATH_INFO;
    const output = new PassThrough();
    const reader = new RecordReader();
    let isComplete = false;
    const detach = (): void => {
      socket.removeAllListeners();
      socket.on('error', () => undefined);
      socket.once('close', () => {
        if (idle.includes(socket)) idle.splice(idle.indexOf(socket), 1);
      });
      request.off('data', send);
    };
    const finish = (): void => {
      isComplete = true;
      detach();
      // The program may still be sent the rest of a body that it did not want: the connection is of no more use.
      if (request.complete) idle.push(socket);
      else {
        request.resume();
        socket.destroy();
      }
      output.end();
    };
    const send = (chunk: Buffer): void => {
      let hasRoom = true;
      for (const record of writeStream(RecordType.stdin, 1, chunk)) hasRoom = socket.write(record);
      if (!hasRoom) request.pause();
    };
    socket.on('drain', () => request.resume());
    socket.on('data', (chunk) => {
      reader.push(chunk);
      for (let record = reader.next(); record !== undefined; record = reader.next()) {
        if (record.type === RecordType.stdout && record.content.length > 0 && !output.write(record.content)) socket.pause();
        if (record.type === RecordType.endRequest) finish();
      }
    });
    output.on('drain', () => socket.resume());
    socket.on('error', () => socket.destroy());
    socket.once('close', () => output.end());
    relay(output, response, async () => isComplete);
    socket.write(beginning(1, all, { keep: true }));
    request.on('data', send);
    request.on('end', () => {
      if (!isComplete) socket.write(writeRecord(RecordType.stdin, 1, Buffer.alloc(0)));
    });
    request.on('error', () => socket.destroy());
    response.on('close', () => {
      if (!response.writableFinished && !isComplete) socket.destroy();
    });
  });
  server.on('close', () => {
    for (const socket of idle) socket.destroy();
  });
  return server;
}
