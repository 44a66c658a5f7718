import assert from 'node:assert/strict';
import { beforeEach, test } from 'node:test';
import { Database } from 'bottlenose/sqlite';
import { isolate } from 'bottlenose/testing';
import { type Note, Notes } from './notes.js';
import { migrate } from './schema.js';

let db: Database;

beforeEach(() => {
  db = new Database(':memory:');
  migrate(db);
});

test('a controller is a class: its methods are called as they are', () => {
  const notes = new Notes();
  const note = notes.create({ text: 'Buy milk' }, db);
  assert.deepEqual(note, { id: 1, text: 'Buy milk' });
  assert.deepEqual(notes.list(db), [note]);
  assert.throws(() => notes.show(2, db), /There is no note 2/);
});

test('its routes are tried without a server', async () => {
  const notes = isolate(Notes, { db });
  const created = await notes.post<Note>('/notes', { json: { text: 'Buy milk' } });
  assert.equal(created.status, 201);
  assert.deepEqual((await notes.get('/notes/1')).json, created.json);
  assert.equal((await notes.delete('/notes/1')).status, 204);
  assert.equal((await notes.get('/notes/1')).status, 404);
});

test('what does not validate is refused', async () => {
  const answer = await isolate(Notes, { db }).post('/notes', { json: { text: '' } });
  assert.equal(answer.status, 422);
  assert.deepEqual(new Notes().list(db), []);
});
