/** The first passed descriptor (`SD_LISTEN_FDS_START`). Standard input, output and error come before it. */
const FIRST_DESCRIPTOR = 3;

let remaining: number[] | undefined;

/**
 * Returns the next listening socket that systemd passed to this process (socket activation), or `undefined` when none is left.
 * The environment variables that announce the sockets are deleted, so that child processes do not use them.
 *
 * @see https://www.freedesktop.org/software/systemd/man/latest/sd_listen_fds.html
 */
export function inheritedSocket(): number | undefined {
  remaining ??= passedDescriptors();
  return remaining.shift();
}

function passedDescriptors(): number[] {
  const { LISTEN_PID, LISTEN_FDS } = process.env;
  // The sockets belong to another process. This one only inherited its environment.
  if (LISTEN_PID === undefined || Number(LISTEN_PID) !== process.pid) return [];
  for (const name of ['LISTEN_PID', 'LISTEN_FDS', 'LISTEN_FDNAMES']) delete process.env[name];
  const count = Number(LISTEN_FDS);
  return Number.isInteger(count) && count > 0 ? Array.from({ length: count }, (_, i) => FIRST_DESCRIPTOR + i) : [];
}
