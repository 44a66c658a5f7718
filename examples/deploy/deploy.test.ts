import { spawnSync, spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { describe, expect, it } from '@jest/globals';
import { parse, parseAllDocuments } from 'yaml';
import { Bottle } from 'bottlenose';

const here = (path: string): string => fileURLToPath(new URL(path, import.meta.url));
const read = (path: string): string => readFileSync(here(path), 'utf8');

it('every file is named in the README', () => {
  const readme = read('README.md');
  const files = readdirSync(here('.'), { recursive: true, withFileTypes: true }).filter((entry) => entry.isFile());
  const named = files.map(({ name }) => name).filter((name) => !/^README|\.test\.ts$/.test(name));
  expect(named.length).toBeGreaterThan(10);
  expect(named.filter((name) => !readme.includes(name))).toEqual([]);
});

describe('the manifest for Kubernetes', () => {
  const text = read('kubernetes/shop.yaml');
  const documents = parseAllDocuments(text).map((one) => one.toJS());
  const [deployment, service, budget] = ['Deployment', 'Service', 'PodDisruptionBudget'].map((kind) =>
    documents.find((one) => one.kind === kind),
  );
  const pod = deployment.spec.template;
  const [container] = pod.spec.containers;

  it('selects the pods that it makes', () => {
    for (const selector of [deployment.spec.selector.matchLabels, service.spec.selector, budget.spec.selector.matchLabels]) {
      expect(pod.metadata.labels).toMatchObject(selector);
    }
  });

  it('asks and serves at the port of the app', () => {
    const [port] = container.ports;
    expect(text).toContain(`port: ${port.containerPort}, shutdownTimeout`);
    for (const [probe, path] of Object.entries({ startupProbe: 'ready', readinessProbe: 'ready', livenessProbe: 'live' })) {
      expect(container[probe].httpGet).toEqual({ path: `/health/${path}`, port: port.name });
    }
    expect(service.spec.ports[0].targetPort).toBe(port.name);
  });

  it('gives a pod that ends the time for all that it does', () => {
    const shutdown = Number(/shutdownTimeout: ([\d_]+)/.exec(text)?.[1]?.replaceAll('_', '')) / 1000;
    const waits = Number(container.lifecycle.preStop.exec.command[1]);
    expect(pod.spec.terminationGracePeriodSeconds).toBeGreaterThan(shutdown + waits);
  });

  it('mounts what it has', () => {
    const volumes = pod.spec.volumes.map(({ name }: { name: string }) => name);
    expect(container.volumeMounts.map(({ name }: { name: string }) => name)).toEqual(volumes);
  });
});

it('app.yaml names a runtime of node, and starts what the Dockerfile starts', () => {
  const { runtime, entrypoint, inbound_services: services } = parse(read('gae/app.yaml'));
  expect(runtime).toMatch(/^nodejs(20|22|24)$/);
  expect(JSON.parse(/^CMD (.*)$/m.exec(read('docker/Dockerfile'))?.[1] as string).join(' ')).toBe(entrypoint);
  expect(services).toEqual(['warmup']);
});

describe('the Dockerfile', () => {
  const lines = read('docker/Dockerfile').replaceAll('\\\n', ' ').split('\n');
  const instructions = lines.filter((line) => line !== '' && !line.startsWith('#')).map((line) => line.split(/ +(.*)/s));
  const stages = instructions.flatMap(([name, rest], i) =>
    name === 'FROM' ? [{ i, as: / AS (\w+)$/.exec(rest as string)?.[1] }] : [],
  );
  const last = instructions.slice(stages.at(-1)?.i);

  it('has instructions that there are, and copies from stages that come before', () => {
    const known = /^(FROM|WORKDIR|COPY|RUN|ENV|USER|EXPOSE|HEALTHCHECK|STOPSIGNAL|CMD)$/;
    expect(instructions.filter(([name]) => !known.test(name as string))).toEqual([]);
    const from = last.flatMap(([, rest]) => /^--from=(\w+)/.exec(rest ?? '')?.[1] ?? []);
    expect(from.sort()).toEqual(['build', 'modules']);
    expect(stages.map(({ as }) => as)).toEqual(['build', 'modules', undefined]);
  });

  it('installs without what only developers need, and runs as somebody else than root', () => {
    const modules = instructions.slice(stages[1]?.i, stages[2]?.i);
    expect(modules.some(([name, rest]) => name === 'RUN' && rest?.startsWith('npm ci --omit=dev'))).toBe(true);
    const user = last.findIndex(([name]) => name === 'USER');
    expect(last[user]?.[1]).toBe('node');
    expect(last.findIndex(([name]) => name === 'CMD')).toBeGreaterThan(user);
  });

  it('has a health check that tells a healthy app from others', async () => {
    const check = last.find(([name]) => name === 'HEALTHCHECK')?.[1] as string;
    const [, flag, script] = JSON.parse(check.slice(check.indexOf('['))) as string[];
    const app = new Bottle();
    let status = 200;
    app.get('/health', (_args, { response }) => {
      response.status = status;
      return 'health';
    });
    const server = await app.run({ port: 0, quiet: true });
    const ask = async (): Promise<number> => {
      const own = (script as string).replace('http://127.0.0.1:8080', server.url);
      expect(own).not.toBe(script);
      const child = spawn(process.execPath, [flag as string, own], {
        stdio: 'ignore',
        env: { ...process.env, NODE_OPTIONS: '' },
      });
      return (await once(child, 'exit'))[0];
    };
    expect(await ask()).toBe(0);
    status = 503;
    expect(await ask()).toBe(1);
    await server.close();
    expect(await ask()).toBe(1);
  }, 60_000);
});

describe('the units for systemd', () => {
  const service = read('systemd/shop.service');

  it('give the service the socket, and the time to end', () => {
    expect(service).toMatch(/^Requires=shop\.socket$/m);
    expect(read('systemd/shop.socket')).toMatch(/^ListenStream=127\.0\.0\.1:8081$/m);
    // The default of shutdownTimeout is 10 seconds.
    expect(Number(/^TimeoutStopSec=(\d+)$/m.exec(service)?.[1])).toBeGreaterThan(10);
  });

  const analyze = '/usr/bin/systemd-analyze';
  (existsSync(analyze) ? it : it.skip)(
    'say nothing that systemd does not know',
    () => {
      const { stdout, stderr } = spawnSync(
        analyze,
        ['verify', '--man=no', here('systemd/shop.socket'), here('systemd/shop.service')],
        {
          encoding: 'utf8',
          timeout: 60_000,
        },
      );
      // Messages about other units of this machine, or about programs that it lacks, do not count.
      const ours = `${stdout}${stderr}`.split('\n').filter((line) => /shop\.(?:service|socket):\d+:/.test(line));
      expect(ours).toEqual([]);
    },
    90_000,
  );
});
