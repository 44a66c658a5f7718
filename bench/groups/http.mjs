// Whole servers on a socket: CPU microseconds of the server process per request, requests per second beside it.
import { serverNames } from '../../dist/servers/index.js';
import { contest, loader } from '../measure.mjs';
import { contestants, prove, scenarios } from '../scenarios.mjs';

const serve = new URL('../serve.mjs', import.meta.url).pathname;

export const tables = Object.entries(scenarios).map(([id, scenario]) => ({
  id,
  title: scenario.title,
  async measure({ quick, rounds = quick ? (scenario.isGoal ? 2 : 1) : 5, seconds = !quick && scenario.isGoal ? 2 : 1 }) {
    const { path, request, who } = scenario;
    const entered = who.filter((name) => {
      const { SERVER = 'node' } = contestants[name].env ?? {};
      return serverNames.includes(SERVER);
    });
    const rows = await contest(
      entered.map((name) => ({ name, script: [serve, contestants[name].module, id], env: contestants[name].env })),
      path,
      { rounds, seconds, request, warm: 1, prove: ({ name }, url) => prove(scenario, name, url) },
    );
    return {
      columns: ['CPU µs per request', `to ${entered[0]}`, 'requests/s'],
      note: `${rounds} rounds of ${seconds} s, 32 connections, ${loader}.`,
      rows: rows.map(({ name, cpu, ratio, rate }) => [
        name,
        cpu.toFixed(1),
        ratio.toFixed(3),
        Math.round(rate).toLocaleString('en'),
      ]),
    };
  },
}));
