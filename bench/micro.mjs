// Functions side by side, by mitata: samples of thousands of calls, in rounds that take turns. What counts is CPU time in user space,
// since the machine may be shared, and the fastest round.
import { measure } from 'mitata';

const now = () => process.cpuUsage().user * 1000;

/**
 * Nanoseconds of CPU per call.
 *
 * @param works by name; each does one unit of work.
 * @param time how long a round of each takes, in milliseconds.
 * @param input makes what each call is given, while no clock runs.
 */
export async function microRace(works, { rounds = 7, time = 30, input } = {}) {
  const entries = Object.entries(works);
  const best = entries.map(() => Number.POSITIVE_INFINITY);
  // The clock ticks in microseconds: a sample takes a thousand of them.
  const options = { now, gc: false, batch_threshold: 1e9, min_samples: 5 };
  const batches = entries.map(([, work]) => 4 * Math.max(1, Math.round(250_000 / estimate(work, input?.()))));
  for (let round = -1; round < rounds; round++) {
    for (const [i, [, work]] of entries.entries()) {
      const { p50 } = await measure(input === undefined ? work : given(work, input), {
        ...options,
        batch_samples: batches[i],
        min_cpu_time: time * 1e6,
      });
      if (round >= 0 && p50 > 0) best[i] = Math.min(best[i], p50);
    }
  }
  return Object.fromEntries(entries.map(([name], i) => [name, best[i]]));
}

/** As mitata wants it to be said that a function has an argument, which is made for each call. */
function given(work, input) {
  return function* () {
    yield { 0: () => input(), bench: (argument) => work(argument) };
  };
}

/** A table of a race. @param unit how many nanoseconds the table's unit has. */
export function microTable(figures, { unit = 1, digits = 0, name = 'ns', note } = {}) {
  const [first] = Object.values(figures);
  return {
    columns: [name, 'to the first'],
    note,
    rows: Object.entries(figures).map(([who, ns]) => [who, (ns / unit).toFixed(digits), (ns / first).toFixed(2)]),
  };
}

/** Roughly how long a call takes once it is warm, in nanoseconds. */
function estimate(work, input) {
  let calls = 0;
  const began = performance.now();
  while (performance.now() - began < 20) {
    work(input);
    calls++;
  }
  return ((performance.now() - began) * 1e6) / calls;
}
