import type { Group } from '../case.js';
import { answers } from './answers.js';
import { bodies } from './bodies.js';
import { closing } from './closing.js';
import { connections } from './connections.js';
import { errors } from './errors.js';
import { frames } from './frames.js';
import { headers } from './headers.js';
import { limits } from './limits.js';
import { sockets } from './sockets.js';
import { streams } from './streams.js';
import { targets } from './targets.js';
import { verbs } from './verbs.js';

/** All cases, by subject. */
export const groups: readonly Group[] = [
  verbs,
  targets,
  headers,
  bodies,
  answers,
  streams,
  errors,
  connections,
  limits,
  sockets,
  frames,
  closing,
];
