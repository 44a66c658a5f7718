import { deployed, type Front } from './front.js';

export const haproxy: readonly Front[] = [
  {
    name: 'HAProxy',
    package: 'haproxy',
    speaks: 'http',
    retries: true,
    command: ({ folder }) => ['/usr/sbin/haproxy', '-db', '-q', '-f', `${folder}/haproxy.cfg`],
    files: ({ port, instances }) => ({
      'haproxy.cfg': `global
    maxconn 500
${deployed('haproxy/haproxy.cfg', [
  ['bind :80', `bind 127.0.0.1:${port}`],
  ['127.0.0.1:8081', instances[0] as string],
  ['127.0.0.1:8082', instances[1] as string],
])}`,
    }),
  },
];
