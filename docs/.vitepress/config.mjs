import { existsSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import { defineConfig } from 'vitepress';

const root = join(import.meta.dirname, '..');

const page = (text, link) => ({ text, link });

const tutorial = [page('Quick start', '/quick-start'), page('Tutorial', '/tutorial')];
const guides = [
  page('Injection', '/guides/injection'),
  page('Validation', '/guides/validation'),
  page('SQLite and transactions', '/guides/sqlite'),
  page('Uploads', '/guides/uploads'),
  page('Streaming, events, WebSockets', '/guides/streaming'),
  page('Testing', '/guides/testing'),
  page('Writing a plugin', '/guides/plugins'),
  page('Requests, responses, apps', '/guides/application'),
  page('Deployment', '/guides/deployment'),
  page('Security checklist', '/guides/security'),
];
const comingFrom = [
  page('Bottle', '/coming-from/bottle'),
  page('NestJS', '/coming-from/nestjs'),
  page('routing-controllers', '/coming-from/routing-controllers'),
  page('Express', '/coming-from/express'),
  page('Fastify', '/coming-from/fastify'),
];
const more = [page('Errors', '/errors'), page('Performance', '/performance'), page('Architecture', '/architecture')];

const reference = existsSync(join(root, 'reference'))
  ? readdirSync(join(root, 'reference'))
      .filter((name) => name !== 'index.md')
      .map((name) => name.replace(/\.md$/, ''))
      .map((name) => page(name === 'bottlenose' ? name : `bottlenose/${name}`, `/reference/${name}`))
  : [];

export default defineConfig({
  title: 'bottlenose',
  description: 'Class controllers for TypeScript, in the spirit of Bottle.',
  base: process.env.DOCS_BASE ?? '/',
  // With all else that is built.
  outDir: '../build/site',
  cacheDir: '../build/vitepress',
  cleanUrls: true,
  lastUpdated: false,
  // The tests follow the links of pages that people write; doc comments may name what stands elsewhere.
  srcExclude: ['node_modules/**'],
  themeConfig: {
    nav: [
      page('Tutorial', '/tutorial'),
      page('Guides', '/guides/injection'),
      page('Coming from …', '/coming-from/bottle'),
      page('Reference', '/reference/bottlenose'),
    ],
    sidebar: [
      { text: 'Start', items: tutorial },
      { text: 'Guides', items: guides },
      { text: 'Coming from', items: comingFrom },
      { text: 'Reference', items: [...reference, ...more] },
    ],
    search: { provider: 'local' },
    outline: [2, 3],
  },
  markdown: {
    languageAlias: { console: 'sh' },
    config(md) {
      // Templates are full of {{ }}, which Vue would take for its own.
      md.renderer.rules.code_inline = (tokens, index) => `<code v-pre>${md.utils.escapeHtml(tokens[index].content)}</code>`;
    },
  },
});
