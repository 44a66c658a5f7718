import { Bottle, redirect } from 'bottlenose';
import { Chat } from './chat.js';
import { Rooms } from './room.js';

export function createApp(rooms = new Rooms()): Bottle {
  const app = new Bottle();
  app.get('/', () => redirect('/lobby'));
  app.mount(new Chat(rooms));
  return app;
}
