import type { Context } from '../controllers/context.js';
import type { NodeListener } from './mount-target.js';

export function callNodeListener(_listener: NodeListener, _context: Context, _base: string): unknown {
  throw new TypeError('not yet');
}
