/** The first descriptor that is handed over; standard input, output and errors are before it. */
const FIRST = 3;

let waiting: number[] | undefined;

/**
 * The next of the sockets that systemd listens at for this process (socket activation), each to be had once. They are announced in
 * the environment, and that is cleared, so that processes started from here do not take them for theirs.
 *
 * @see https://www.freedesktop.org/software/systemd/man/latest/sd_listen_fds.html
 */
export function inheritedSocket(): number | undefined {
  waiting ??= announced();
  return waiting.shift();
}

function announced(): number[] {
  const { LISTEN_PID, LISTEN_FDS } = process.env;
  // Announced to another process: this one has only inherited the environment.
  if (LISTEN_PID === undefined || Number(LISTEN_PID) !== process.pid) return [];
  for (const name of ['LISTEN_PID', 'LISTEN_FDS', 'LISTEN_FDNAMES']) delete process.env[name];
  const count = Number(LISTEN_FDS);
  return Number.isInteger(count) && count > 0 ? Array.from({ length: count }, (_, i) => FIRST + i) : [];
}
