import { existsSync } from 'node:fs';
import { createServer, request as ask, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import type { RunningServer } from 'bottlenose';
import { type Browser, chromium, type Page } from 'playwright-core';
import { createApp } from './app.js';

const executablePath = '/usr/bin/chromium';
const isInstalled = existsSync(executablePath);
if (!isInstalled) process.stderr.write(`SKIPPED: the chat in a browser needs ${executablePath} (apt-get install chromium).\n`);
const inBrowser = isInstalled ? describe : describe.skip;

const args = [
  '--headless',
  '--no-sandbox',
  '--disable-gpu',
  '--disable-quic',
  '--no-first-run',
  '--disable-background-networking',
  '--disable-component-update',
  '--disable-sync',
];

/** A proxy of the kind that knows no WebSockets. */
async function oldProxy(target: string): Promise<Server> {
  const proxy = createServer((incoming, outgoing) => {
    const { upgrade: _upgrade, connection: _connection, ...headers } = incoming.headers;
    const request = ask(target + incoming.url, { method: incoming.method, headers }, (response) => {
      outgoing.writeHead(response.statusCode ?? 502, response.headers);
      response.pipe(outgoing);
      response.on('error', () => outgoing.destroy());
    });
    request.on('error', () => outgoing.destroy());
    outgoing.on('close', () => request.destroy());
    incoming.pipe(request);
  });
  await new Promise<void>((resolve) => proxy.listen(0, '127.0.0.1', resolve));
  return proxy;
}

inBrowser('the chat in a browser', () => {
  let server: RunningServer;
  let proxy: Server;
  let browser: Browser;

  beforeAll(async () => {
    server = await createApp().run({ port: 0, quiet: true, shutdownTimeout: 500 });
    proxy = await oldProxy(server.url);
    browser = await chromium.launch({ executablePath, args });
  }, 30_000);

  afterAll(async () => {
    await browser?.close();
    proxy?.closeAllConnections();
    proxy?.close();
    await server?.close();
  });

  async function enter(base: string, name: string): Promise<Page> {
    const page = await browser.newPage();
    await page.goto(`${base}/lobby`);
    await page.fill('input[name=name]', name);
    await page.locator('input[name=name]').blur();
    await page.waitForSelector('#state[data-state=socket], #state[data-state=events]');
    return page;
  }

  const state = (page: Page): Promise<string | null> => page.locator('#state').getAttribute('data-state');

  async function say(page: Page, text: string): Promise<void> {
    await page.fill('input[name=text]', text);
    await page.click('button');
  }

  it('talks over WebSockets, and over events where a proxy lets none through, in one room', async () => {
    const old = `http://127.0.0.1:${(proxy.address() as AddressInfo).port}`;
    const [ada, bob] = await Promise.all([enter(server.url, 'Ada'), enter(old, 'Bob')]);
    expect([await state(ada), await state(bob)]).toEqual(['socket', 'events']);
    await say(ada, 'Hello <b>Bob</b>');
    await bob.waitForSelector('li:has-text("Hello <b>Bob</b>")');
    await say(bob, 'Hello Ada');
    await ada.waitForSelector('li:has-text("Hello Ada")');
    const lines = ['AdaHello <b>Bob</b>', 'BobHello Ada'];
    expect(await ada.locator('li').allTextContents()).toEqual(lines);
    expect(await bob.locator('li').allTextContents()).toEqual(lines);
  }, 30_000);
});
