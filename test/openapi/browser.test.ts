import { existsSync } from 'node:fs';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { Body, Bottle, Controller, Post, type RunningServer, Status, Summary } from 'bottlenose';
import { OpenAPIPlugin } from 'bottlenose/openapi';
import { IsInt, Length, Min } from 'class-validator';
import { type Browser, chromium } from 'playwright-core';

const executablePath = '/usr/bin/chromium';
const isInstalled = existsSync(executablePath);
if (!isInstalled) process.stderr.write(`SKIPPED: the page in a browser needs ${executablePath} (apt-get install chromium).\n`);
const inBrowser = isInstalled ? describe : describe.skip;

class NewPost {
  @Length(1, 80) title!: string;
  @IsInt() @Min(1) rank!: number;
}

@Controller('/posts')
class Posts {
  @Post()
  @Status(201)
  @Summary('Adds a post')
  create(@Body() post: NewPost) {
    return { id: 7, ...post };
  }
}

inBrowser('the documentation page in a browser', () => {
  let server: RunningServer;
  let browser: Browser;

  beforeAll(async () => {
    const app = new Bottle();
    app.install(new OpenAPIPlugin({ title: 'Blog', version: '1.0.0' }));
    app.mount('/api', Posts);
    server = await new Bottle().mount('/site', app).run({ port: 0, quiet: true, shutdownTimeout: 500 });
    const args = ['--headless', '--no-sandbox', '--disable-gpu', '--no-first-run', '--disable-background-networking'];
    browser = await chromium.launch({ executablePath, args });
  }, 30_000);

  afterAll(async () => {
    await browser?.close();
    await server?.close();
  });

  it('shows the operations, and tries them out: what is not valid gets its 422', async () => {
    const page = await browser.newPage();
    const complaints: string[] = [];
    const elsewhere: string[] = [];
    page.on('console', (message) => {
      if (message.type() === 'error' && !message.text().includes('422')) complaints.push(message.text());
    });
    page.on('pageerror', (error) => complaints.push(error.message));
    page.on('request', (request) => {
      if (!request.url().startsWith(server.url) && !request.url().startsWith('data:')) elsewhere.push(request.url());
    });
    await page.goto(`${server.url}/site/docs`);
    expect(await page.locator('.info h2, .info h1').first().textContent()).toContain('Blog');
    await page.locator('.opblock-summary', { hasText: 'Adds a post' }).click();
    await page.locator('button', { hasText: 'Try it out' }).click();
    const input = page.locator('textarea.body-param__text');
    const send = async (body: object): Promise<{ status: string; body: string }> => {
      await input.fill(JSON.stringify(body));
      const answered = page.waitForResponse((response) => response.request().method() === 'POST');
      await page.locator('button.execute').click();
      await answered;
      const live = page.locator('.live-responses-table');
      await live.locator('.response-col_status', { hasText: String((await answered).status()) }).waitFor();
      return {
        status: (await live.locator('tbody .response-col_status').first().textContent()) ?? '',
        body: (await live.locator('tbody .response-col_description').first().textContent()) ?? '',
      };
    };
    const refused = await send({ title: '', rank: 0 });
    expect(refused.status).toContain('422');
    expect(refused.body).toContain('title must be longer than or equal to 1 characters');
    expect(refused.body).toContain('/rank');
    const taken = await send({ title: 'First', rank: 1 });
    expect(taken.status).toContain('201');
    expect(taken.body).toContain('"id": 7');
    expect({ complaints, elsewhere }).toEqual({ complaints: [], elsewhere: [] });
  }, 60_000);
});
