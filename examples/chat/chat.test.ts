import { beforeEach, describe, expect, it } from '@jest/globals';
import { TestClient } from 'bottlenose/testing';
import { createApp } from './app.js';
import { Rooms } from './room.js';

let rooms: Rooms;
let client: TestClient;

beforeEach(() => {
  rooms = new Rooms();
  client = new TestClient(createApp(rooms));
});

describe('a room', () => {
  it('has a page', async () => {
    expect((await client.get('/')).location).toBe('/lobby');
    expect((await client.get('/lobby')).text).toContain('<title>Chat</title>');
  });

  it('tells everybody in it what is said, whichever way they came, and nobody else', async () => {
    const ada = await client.ws('/lobby/socket', { query: { name: 'Ada' } });
    const bob = await client.ws('/lobby/socket', { query: { name: 'Bob' } });
    const eve = await client.ws('/cellar/socket', { query: { name: 'Eve' } });
    ada.send({ text: 'hello' });
    expect(await ada.json()).toEqual({ id: 1, name: 'Ada', text: 'hello' });
    expect(await bob.json()).toEqual({ id: 1, name: 'Ada', text: 'hello' });
    const answer = await client.post('/lobby', { json: { name: 'Carl', text: 'by post' } });
    expect([answer.status, answer.json]).toEqual([201, { id: 2, name: 'Carl', text: 'by post' }]);
    expect(await bob.json()).toMatchObject({ text: 'by post' });
    eve.send({ text: 'alone' });
    expect(await eve.json()).toEqual({ id: 1, name: 'Eve', text: 'alone' });
  });

  it('gives those who come back what they have missed', async () => {
    const room = rooms.get('lobby');
    for (const text of ['one', 'two', 'three']) room.say('Ada', text);
    const socket = await client.ws('/lobby/socket', { query: { name: 'Bob', after: 1 } });
    expect([await socket.json(), await socket.json()]).toMatchObject([{ text: 'two' }, { text: 'three' }]);
    const answer = await client.app.fetch(new Request('http://localhost/lobby/events', { headers: { 'Last-Event-ID': '2' } }));
    const reader = answer.body?.getReader();
    const step = await reader?.read();
    expect(Buffer.from(step?.value ?? '').toString()).toBe('id: 3\ndata: {"id":3,"name":"Ada","text":"three"}\n\n');
    await reader?.cancel();
  });

  it('is left when the connection ends', async () => {
    const socket = await client.ws('/lobby/socket', { query: { name: 'Ada' } });
    expect(rooms.get('lobby').size).toBe(1);
    socket.close();
    await socket.closed;
    while (rooms.get('lobby').size > 0) await new Promise((resolve) => setTimeout(resolve, 5));
  });

  it('refuses invalid messages', async () => {
    const socket = await client.ws('/lobby/socket', { query: { name: 'Ada' } });
    socket.send({ text: ' ' });
    expect(await socket.closed).toMatchObject({ code: 1008, reason: expect.stringContaining('1 to 1000 characters') });
    expect((await client.post('/lobby', { json: { name: 'Ada', text: 5 } })).status).toBe(400);
    await expect(client.ws('/lobby/socket')).rejects.toMatchObject({ answer: { status: 422 } });
  });
});
