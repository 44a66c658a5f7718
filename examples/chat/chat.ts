import { readFileSync } from 'node:fs';
import {
  abort,
  Body,
  Controller,
  eventStream,
  Get,
  type HTTPResponse,
  Post,
  Query,
  Status,
  WebSocket,
  WebSocketConnection,
} from 'bottlenose';
import type { Line, Rooms } from './room.js';

const page = readFileSync(new URL('./page.html', import.meta.url), 'utf8');

/** What a client sends over a WebSocket. */
interface Said {
  text?: unknown;
}

/** A chat: over WebSockets, and over Server-Sent Events and POST where a proxy lets no WebSockets through. */
@Controller()
export class Chat {
  readonly #rooms: Rooms;

  constructor(rooms: Rooms) {
    this.#rooms = rooms;
  }

  @Get('/<room>')
  page(): string {
    // Its script finds the room in the address.
    return page;
  }

  @WebSocket('/<room>/socket', { maxMessage: 4096 })
  async talk(
    room: string,
    socket: WebSocketConnection,
    @Query('name', String, { required: true }) name: string,
    @Query('after', { type: Number }) after = 0,
  ): Promise<void> {
    const here = this.#rooms.get(room);
    const leave = here.listen(after, (line) => socket.send(line));
    try {
      for await (const { text } of socket.json<Said>()) here.say(checked(name, 50), checked(text, 1000));
    } finally {
      leave();
    }
  }

  @Get('/<room>/events')
  events(room: string): HTTPResponse {
    const here = this.#rooms.get(room);
    return eventStream(async function* (lastEventId, { signal }) {
      for await (const line of here.follow(Number(lastEventId ?? 0), signal)) yield { id: line.id, data: line };
    });
  }

  @Post('/<room>')
  @Status(201)
  say(room: string, @Body(Object) said: { name?: unknown; text?: unknown }): Line {
    return this.#rooms.get(room).say(checked(said.name, 50), checked(said.text, 1000));
  }
}

function checked(text: unknown, most: number): string {
  if (typeof text === 'string' && text.trim() !== '' && text.length <= most) return text.trim();
  return abort(400, `A name or text has to be a string of 1 to ${most} characters.`);
}
