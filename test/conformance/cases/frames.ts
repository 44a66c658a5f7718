import { createHash } from 'node:crypto';
import { setImmediate as turn } from 'node:timers/promises';
import { deflateRawSync, inflateRawSync, constants } from 'node:zlib';
import type { Capability } from '../capabilities.js';
import type { Case, Group, Target } from '../case.js';
import { binary, closing, continuation, type Frame, frame, FrameClient, text } from '../frame-client.js';
import { assert } from './helpers.js';

/** What a client sends after the handshake, and what a server has to answer (RFC 6455). */
interface Conversation {
  readonly name: string;
  /** Default: the route that sends every message back. */
  readonly path?: string;
  /** When the answers have come, a Close follows, so that the server ends the connection in any case. */
  readonly sends: readonly Buffer[];
  /** How many bytes are sent at a time. Default: everything. */
  readonly pieces?: number;
  /** The messages of the server, in order. */
  readonly messages?: readonly (string | Buffer)[];
  /** The payloads of its pongs, in order. */
  readonly pongs?: readonly (string | Buffer)[];
  /** The code of its Close; `undefined` for none in the frame. Default: 1000, the code of the client. */
  readonly closes?: readonly (number | undefined)[];
  /** The server ends the connection for a violation, with one of these codes if it sends any. */
  readonly fails?: readonly number[];
  readonly needs?: readonly Capability[];
}

const SIZES = [0, 1, 125, 126, 127, 65_535, 65_536, 65_537, 300_000, 1_048_576];
const letters = (length: number): string => 'abcdefghijklmnopqrstuvwxyz'.repeat(Math.ceil(length / 26)).slice(0, length);
const bytes = (length: number): Buffer => Buffer.alloc(length, Buffer.from([0, 255, 128, 10, 13, 1]));
const more = { isFinal: false };

const sizes = SIZES.flatMap((size): Conversation[] => [
  { name: `text of ${size} bytes`, sends: [text(letters(size))], messages: [letters(size)] },
  { name: `binary of ${size} bytes`, sends: [binary(bytes(size))], messages: [bytes(size)] },
]);

const masks: Conversation[] = [
  ...['00000000', 'ffffffff', '80000001', '0000ff00'].map((mask) => ({
    name: `the mask ${mask}`,
    sends: [text('masked', { mask: Buffer.from(mask, 'hex') }), binary(bytes(300), { mask: Buffer.from(mask, 'hex') })],
    messages: ['masked', bytes(300)],
  })),
  {
    name: 'lengths of one to nine bytes, whatever the mask leaves over',
    sends: Array.from({ length: 9 }, (_, i) => text(letters(i + 1))),
    messages: Array.from({ length: 9 }, (_, i) => letters(i + 1)),
  },
];

const unmasked: Conversation[] = [
  {
    name: 'binary',
    // A server that reads a mask takes the pong for the payload.
    sends: [binary('bare', { mask: false }), frame(10, 'xx', { mask: false })],
    fails: [1002],
  },
  { name: 'text', sends: [text('bare', { mask: false })], fails: [1002] },
  { name: 'a ping', sends: [frame(9, 'bare', { mask: false })], fails: [1002] },
  { name: 'a close', sends: [frame(8, [3, 232], { mask: false })], fails: [1002] },
  { name: 'a fragment', sends: [text('a', more), continuation('b', { mask: false })], fails: [1002] },
];

const pieces: Conversation[] = [
  { name: 'text, byte by byte', sends: [text('piece by piece')], pieces: 1, messages: ['piece by piece'] },
  { name: 'a length of two bytes, byte by byte', sends: [text(letters(200))], pieces: 1, messages: [letters(200)] },
  { name: 'a length of eight bytes, in odd pieces', sends: [binary(bytes(70_000))], pieces: 9_973, messages: [bytes(70_000)] },
  {
    name: 'fragments and a ping, in pieces of three bytes',
    sends: [text('one', more), frame(9, 'p'), continuation(' two')],
    pieces: 3,
    messages: ['one two'],
    pongs: ['p'],
  },
  {
    name: 'a hundred messages at once',
    sends: Array.from({ length: 100 }, (_, i) => text(`${i}`)),
    messages: Array.from({ length: 100 }, (_, i) => `${i}`),
  },
];

const fragments: Conversation[] = [
  { name: 'two fragments', sends: [text('one ', more), continuation('two')], messages: ['one two'] },
  { name: 'three fragments', sends: [text('a', more), continuation('b', more), continuation('c')], messages: ['abc'] },
  {
    name: 'binary fragments',
    sends: [binary(bytes(130), more), continuation(bytes(3))],
    messages: [Buffer.concat([bytes(130), bytes(3)])],
  },
  { name: 'an empty first fragment', sends: [text('', more), continuation('x')], messages: ['x'] },
  { name: 'an empty fragment in between', sends: [text('a', more), continuation('', more), continuation('b')], messages: ['ab'] },
  { name: 'an empty last fragment', sends: [text('a', more), continuation('')], messages: ['a'] },
  { name: 'nothing but empty fragments', sends: [text('', more), continuation('', more), continuation('')], messages: [''] },
  {
    name: 'five hundred fragments',
    sends: [text('0', more), ...Array.from({ length: 498 }, () => continuation('x', more)), continuation('9')],
    messages: [`0${'x'.repeat(498)}9`],
  },
  {
    name: 'large fragments',
    sends: [binary(bytes(70_000), more), continuation(bytes(66_000))],
    messages: [Buffer.concat([bytes(70_000), bytes(66_000)])],
  },
  {
    name: 'a message after a fragmented one',
    sends: [text('a', more), continuation('b'), text('c'), binary('d', more), continuation('e')],
    messages: ['ab', 'c', Buffer.from('de')],
  },
  { name: 'a letter of two bytes across fragments', sends: [text([0xc3], more), continuation([0xbc])], messages: ['ü'] },
  { name: 'a letter of three bytes across fragments', sends: [text([0xe2], more), continuation([0x82, 0xac])], messages: ['€'] },
  {
    name: 'a letter of four bytes across four fragments',
    sends: [text([0xf0], more), continuation([0x9f], more), continuation([0x98], more), continuation([0x80])],
    messages: ['😀'],
  },
  {
    name: 'a ping between fragments',
    sends: [text('a', more), frame(9, 'now'), continuation('b')],
    messages: ['ab'],
    pongs: ['now'],
  },
  {
    name: 'pings and a pong between fragments',
    sends: [text('a', more), frame(9, '1'), continuation('b', more), frame(10, 'x'), frame(9, letters(125)), continuation('c')],
    messages: ['abc'],
    pongs: ['1', letters(125)],
  },
  { name: 'a close between fragments', sends: [text('a', more), closing(1001)], closes: [1001] },
  { name: 'a continuation of nothing', sends: [continuation('x')], fails: [1002] },
  { name: 'a continuation of nothing that goes on', sends: [continuation('x', more), continuation('y')], fails: [1002] },
  { name: 'text within a fragmented message', sends: [text('a', more), text('b')], fails: [1002] },
  { name: 'binary within a fragmented message', sends: [text('a', more), binary('b', more)], fails: [1002] },
];

const controls: Conversation[] = [
  { name: 'an empty ping', sends: [frame(9)], pongs: [''] },
  { name: 'a ping with text', sends: [frame(9, 'hello')], pongs: ['hello'] },
  { name: 'a ping with bytes', sends: [frame(9, bytes(20))], pongs: [bytes(20)] },
  { name: 'the largest ping', sends: [frame(9, letters(125))], pongs: [letters(125)] },
  { name: 'ten pings', sends: Array.from({ length: 10 }, (_, i) => frame(9, `${i}`)), pongs: [...'0123456789'] },
  { name: 'a pong that nobody asked for', sends: [frame(10, 'x'), text('a')], messages: ['a'] },
  { name: 'an empty pong, and the largest', sends: [frame(10), frame(10, letters(125)), text('a')], messages: ['a'] },
  { name: 'a ping that is too large', sends: [frame(9, letters(126))], fails: [1002] },
  { name: 'a pong that is too large', sends: [frame(10, letters(126))], fails: [1002], needs: ['strict-frames'] },
  { name: 'a close that is too large', sends: [closing(1000, letters(124))], fails: [1002], needs: ['strict-frames'] },
  { name: 'a ping in fragments', sends: [frame(9, 'a', more), continuation('b')], fails: [1002] },
  { name: 'a pong in fragments', sends: [frame(10, 'a', more), continuation('b')], fails: [1002] },
  { name: 'a close in fragments', sends: [frame(8, Buffer.from([3, 232]), more)], fails: [1002] },
];

const reserved: Conversation[] = [
  ...[3, 4, 5, 6, 7, 11, 12, 13, 14, 15].map((opcode) => ({
    name: `the reserved opcode ${opcode}`,
    sends: [frame(opcode, 'x')],
    fails: [1002],
  })),
  ...[1, 2, 3, 4, 5, 6, 7].map((bits) => ({
    name: `the reserved bits ${bits}`,
    sends: [text('x', { reserved: bits })],
    fails: [1002],
  })),
  { name: 'a reserved bit in a ping', sends: [frame(9, 'x', { reserved: 4 })], fails: [1002] },
  { name: 'a reserved bit in a continuation', sends: [text('a', more), continuation('b', { reserved: 2 })], fails: [1002] },
];

const closes: Conversation[] = [
  ...[1000, 1001, 1002, 1003, 1007, 1008, 1009, 1010, 1011, 4000, 4999].map((code) => ({
    name: `a close with ${code}`,
    sends: [closing(code)],
    closes: [code],
  })),
  ...[0, 999, 1004, 1005, 1006, 1015, 1016, 1100, 2000, 2999, 5000, 65_535].map((code) => ({
    name: `a close with ${code}, which must not be sent`,
    sends: [closing(code)],
    fails: [1002],
  })),
  { name: 'a close without a code', sends: [closing()], closes: [undefined, 1000] },
  { name: 'a close with half a code', sends: [frame(8, [3])], fails: [1002] },
  { name: 'a close with a reason', sends: [closing(1000, 'grüß')] },
  { name: 'a close with the longest reason', sends: [closing(4000, letters(123))], closes: [4000] },
  { name: 'a close with a reason that is not UTF-8', sends: [closing(1000, [0xc3, 0x28])], fails: [1002, 1007] },
  {
    name: 'messages before a close',
    sends: [text('a'), text('b'), closing(1000)],
    messages: ['a', 'b'],
    needs: ['replies-before-close'],
  },
  { name: 'a message and a ping after a close', sends: [closing(1000), text('late'), frame(9, 'late')] },
];

const utf8: Conversation[] = [
  ...['κόσμε', '\u0000', '\u007f', '\u0080', '\u07ff', '\u0800', '\ufffd', '\uffff', '\u{10000}', '\u{10ffff}', '\ufeffx'].map(
    (letter) => ({
      name: `the text ${JSON.stringify(letter).replace(/[^ -~]/gu, (one) => `U+${one.codePointAt(0)?.toString(16)}`)}`,
      sends: [text(letter)],
      messages: [letter],
    }),
  ),
  ...[
    '80',
    'bf',
    '61ff',
    'fe',
    'c0af',
    'c1bf',
    'e080af',
    'f08080af',
    'eda080',
    'edbfbf',
    'f4908080',
    'f888808080',
    'c3',
    'e282',
    'f09f98',
    'ce3d',
  ].map((hex) => ({
    name: `text of the bytes ${hex}, which are not UTF-8`,
    sends: [text(Buffer.from(hex, 'hex'))],
    fails: [1007],
  })),
  { name: 'bytes that are not UTF-8 in a second fragment', sends: [text('a', more), continuation([0xff])], fails: [1007] },
  { name: 'a letter that breaks off between fragments', sends: [text([0xe2, 0x82], more), continuation('a')], fails: [1007] },
  {
    name: 'a letter that breaks off at the end of fragments',
    sends: [text('a', more), continuation([0xe2, 0x82])],
    fails: [1007],
    needs: ['strict-frames'],
  },
  { name: 'the same bytes as binary', sends: [binary([0xff, 0xc0, 0x80])], messages: [Buffer.from([0xff, 0xc0, 0x80])] },
];

/** Of the route that takes 1,000 bytes. Its first message is the subprotocol. */
const limits: Conversation[] = [
  { name: 'as much as the route takes', path: '/ws/small', sends: [text(letters(1000))], messages: ['', letters(1000)] },
  {
    name: 'as much in fragments',
    path: '/ws/small',
    sends: [text(letters(400), more), continuation(letters(600))],
    messages: ['', letters(400) + letters(600)],
  },
  { name: 'a byte more', path: '/ws/small', sends: [text(letters(1001))], messages: [''], fails: [1009] },
  {
    name: 'a byte more in fragments',
    path: '/ws/small',
    sends: [text(letters(400), more), continuation(letters(601))],
    messages: [''],
    fails: [1009],
  },
  { name: 'more in bytes, not in letters', path: '/ws/small', sends: [text('ü'.repeat(501))], messages: [''], fails: [1009] },
];

const conversations = [...sizes, ...masks, ...pieces, ...fragments, ...controls, ...reserved, ...closes, ...utf8, ...limits];

/** Without the four bytes that end a flush (RFC 7692 §7.2.1). */
const deflated = (payload: string | Uint8Array): Buffer =>
  deflateRawSync(payload, { finishFlush: constants.Z_SYNC_FLUSH }).subarray(0, -4);
const [half, rest] = [deflated('compressed in fragments').subarray(0, 7), deflated('compressed in fragments').subarray(7)];
const coded = { reserved: 4 };

/** Codes that IANA registers for libraries and frameworks (RFC 6455 §7.4.2). */
const registered: Conversation[] = [3000, 3500, 3999].map((code) => ({
  name: `${code}`,
  sends: [closing(code)],
  closes: [code],
}));

/** With `permessage-deflate`, each message by itself. */
const compressed: Conversation[] = [
  { name: 'compressed text', sends: [text(deflated('compressed'), coded)], messages: ['compressed'] },
  { name: 'compressed binary', sends: [binary(deflated(bytes(5000)), coded)], messages: [bytes(5000)] },
  { name: 'a compressed message of no bytes', sends: [text([0], coded)], messages: [''] },
  { name: 'a message that is not compressed', sends: [text('plain')], messages: ['plain'] },
  {
    name: 'compressed and plain messages in turn',
    sends: [text(deflated('a'), coded), text('b'), text(deflated('c'), coded)],
    messages: ['a', 'b', 'c'],
  },
  {
    name: 'a compressed message in fragments',
    sends: [text(half, { ...more, ...coded }), continuation(rest)],
    messages: ['compressed in fragments'],
  },
  {
    name: 'a ping between compressed fragments',
    sends: [text(half, { ...more, ...coded }), frame(9, 'p'), continuation(rest)],
    messages: ['compressed in fragments'],
    pongs: ['p'],
  },
  { name: 'a compressed ping', sends: [frame(9, 'x', coded)], fails: [1002] },
  {
    name: 'a continuation that says it is compressed',
    sends: [text(half, { ...more, ...coded }), continuation(rest, coded)],
    fails: [1002],
  },
  { name: 'another reserved bit', sends: [text(deflated('x'), { reserved: 6 })], fails: [1002] },
  { name: 'what cannot be decompressed', sends: [text([0xff, 0xff, 0xff, 0xff], coded)], fails: [1007] },
  { name: 'compressed bytes that are not UTF-8', sends: [text(deflated(Buffer.from([0xc3, 0x28])), coded)], fails: [1007] },
  {
    name: 'a little that becomes more than the route takes',
    sends: [binary(deflated(Buffer.alloc(2_000_000)), coded)],
    fails: [1009],
  },
].map((one) => ({ ...one, path: '/ws/compressed' }));

const DEFLATE = 'Sec-WebSocket-Extensions: permessage-deflate; client_no_context_takeover; server_no_context_takeover';

/** How long a server may take to end a connection, in milliseconds. It only ends what hangs. */
const LIMIT = 20_000;

interface Outcome {
  readonly messages: string[];
  readonly pongs: string[];
  /** `undefined`: no Close frame; an empty one has no code. */
  readonly close: { readonly code: number | undefined } | undefined;
}

async function converse(target: Target, one: Conversation, ...headers: string[]): Promise<Outcome> {
  const { path = '/ws/echo', sends, messages = [], pongs = [], fails } = one;
  const client = await FrameClient.open(target, path, ...headers);
  const deadline = setTimeout(() => client.close(), LIMIT);
  if (headers.length > 0) assert.match(client.extensions, /^permessage-deflate/);
  // A server that overlooks the violation answers this.
  const all = Buffer.concat(fails === undefined ? sends : [...sends, text('still there?')]);
  const size = one.pieces ?? Math.max(1, all.length);
  for (let at = 0; at < all.length; at += size) {
    client.send(all.subarray(at, at + size));
    if (one.pieces !== undefined) await turn();
  }
  await client.arrived(messages.length + pongs.length + (fails === undefined ? 0 : 1));
  client.send(closing(1000));
  const frames = await client.frames();
  clearTimeout(deadline);
  return outcome(frames);
}

/** Reads the frames of a server, which must be valid themselves. */
function outcome(frames: readonly Frame[]): Outcome {
  const messages: string[] = [];
  const pongs: string[] = [];
  let close: Outcome['close'];
  let open: { opcode: number; isCoded: boolean; parts: Buffer[] } | undefined;
  for (const { opcode, payload, isFinal, isMasked, reserved: bits } of frames) {
    assert.equal(isMasked, false, 'a frame of the server has a mask');
    assert.equal(close, undefined, 'a frame of the server follows its Close');
    if (opcode === 10) pongs.push(describe(payload));
    else if (opcode === 8) close = { code: payload.length === 0 ? undefined : payload.readUInt16BE() };
    else {
      assert.ok(opcode === 0 ? open !== undefined : open === undefined && opcode <= 2, `the opcode ${opcode} of the server`);
      assert.ok(bits === 0 || (bits === 4 && opcode !== 0), `the reserved bits ${bits} of the server`);
      open ??= { opcode, isCoded: bits === 4, parts: [] };
      open.parts.push(payload);
      if (!isFinal) continue;
      const whole = Buffer.concat(open.parts);
      const plain = open.isCoded
        ? inflateRawSync(Buffer.concat([whole, Buffer.from([0, 0, 255, 255])]), { finishFlush: constants.Z_SYNC_FLUSH })
        : whole;
      messages.push(describe(open.opcode === 1 ? plain.toString('utf8') : plain));
      open = undefined;
    }
  }
  return { messages, pongs, close };
}

/** A pong has no type, so that a text stands for its bytes there. */
function describe(payload: string | Buffer): string {
  const kind = typeof payload === 'string' ? 'text' : 'bytes';
  const content = Buffer.from(payload as string);
  const shown =
    content.length <= 40 ? JSON.stringify(content.toString('latin1')) : createHash('sha256').update(content).digest('hex');
  return `${kind} of ${content.length}: ${shown}`;
}

async function hold(target: Target, one: Conversation, ...headers: string[]): Promise<void> {
  const { messages = [], pongs = [], closes: codes = [1000], fails } = one;
  const got = await converse(target, one, ...headers);
  assert.deepEqual(got.messages, messages.map(describe));
  assert.deepEqual(
    got.pongs,
    pongs.map((pong) => describe(Buffer.from(pong as string))),
  );
  if (fails === undefined)
    assert.ok(got.close !== undefined && codes.includes(got.close.code), `the server answered with ${told(got)}`);
  else
    assert.ok(got.close?.code === undefined || fails.includes(got.close.code as number), `the server answered with ${told(got)}`);
}

function told({ close }: Outcome): string {
  return close === undefined ? 'no Close' : `Close ${close.code ?? 'without a code'}`;
}

export const frames: Group = {
  subject: 'frames of WebSockets',
  cases: [
    ...conversations.map(
      (one): Case => ({
        name: `${one.fails === undefined ? 'answer' : 'refuse'} ${one.name}`,
        needs: ['http1', 'websocket', ...(one.needs ?? [])],
        run: (target) => hold(target, one),
      }),
    ),
    ...compressed.map(
      (one): Case => ({
        name: `with compression, ${one.fails === undefined ? 'answer' : 'refuse'} ${one.name}`,
        needs: ['http1', 'websocket', 'socket-compression'],
        run: (target) => hold(target, one, DEFLATE),
      }),
    ),
    {
      name: 'refuse frames without a mask',
      needs: ['http1', 'websocket', 'socket-masks'],
      async run(target) {
        for (const one of unmasked) await hold(target, one);
      },
    },
    {
      name: 'answer a close with a registered code',
      needs: ['http1', 'websocket', 'registered-close-codes'],
      async run(target) {
        for (const one of registered) await hold(target, one);
      },
    },
    {
      name: 'tell a client by a code which rule it has broken',
      needs: ['http1', 'websocket', 'socket-failure-codes'],
      async run(target) {
        for (const one of conversations) {
          if (one.fails === undefined) continue;
          const got = await converse(target, one);
          assert.ok(one.fails.includes(got.close?.code as number), `${one.name}: the server answered with ${told(got)}`);
        }
      },
    },
  ],
};
