import { deployed, type Front, isRoot, type Place } from './front.js';

const command: Front['command'] = ({ folder }) => ['/usr/sbin/nginx', '-p', folder, '-c', `${folder}/nginx.conf`, '-e', 'stderr'];

/** What Debian's nginx.conf has besides, but in a folder. */
function around({ folder }: Place, conf: string): string {
  const temp = ['client_body', 'proxy', 'fastcgi', 'uwsgi', 'scgi'].map((name) => `${name}_temp_path ${folder}/${name};`);
  return `${isRoot ? 'user root;' : ''}
daemon off;
worker_processes 1;
pid ${folder}/nginx.pid;
error_log stderr warn;
events { worker_connections 512; }
http {
    access_log off;
    ${temp.join('\n    ')}
    include ${folder}/${conf};
}
`;
}

export const nginx: readonly Front[] = [
  {
    name: 'nginx',
    package: 'nginx',
    speaks: 'http',
    retries: true,
    command,
    files: (place) => ({
      'nginx.conf': around(place, 'shop.conf'),
      'shop.conf': deployed('nginx/proxy.conf', [
        ['listen 80;', `listen 127.0.0.1:${place.port};`],
        ['127.0.0.1:8081', place.instances[0] as string],
        ['127.0.0.1:8082', place.instances[1] as string],
      ]),
    }),
  },
  {
    name: 'nginx, FastCGI',
    package: 'nginx',
    speaks: 'fastcgi, by a Unix socket',
    command,
    files: (place) => ({
      'nginx.conf': around(place, 'shop.conf'),
      'shop.conf': deployed('nginx/fastcgi.conf', [
        ['listen 80;', `listen 127.0.0.1:${place.port};`],
        ['unix:/run/shop/fastcgi.sock;', `unix:${place.socket};`],
      ]),
    }),
  },
];
