import { apache } from './apache.js';
import type { Front } from './front.js';
import { haproxy } from './haproxy.js';
import { lighttpd } from './lighttpd.js';
import { nginx } from './nginx.js';

/** All of them; those first that take longest. */
export const fronts: readonly Front[] = [...apache, ...nginx, ...lighttpd, ...haproxy];
