/**
 * The time in milliseconds that this process works while `run` does, which other processes on the machine do not lengthen: what
 * tests compare with a limit that only a cost growing with more than the length of the input exceeds.
 */
export function cpuTime(run: () => unknown): number {
  const before = process.cpuUsage();
  run();
  const { user, system } = process.cpuUsage(before);
  return (user + system) / 1000;
}
