import { deployed, type Front, type Place } from './front.js';

const command: Front['command'] = ({ folder }) => ['/usr/sbin/lighttpd', '-D', '-f', `${folder}/lighttpd.conf`];

/** What Debian's lighttpd.conf has besides. */
function around({ folder, port }: Place): string {
  return `server.port = ${port}
server.bind = "127.0.0.1"
server.document-root = "${folder}"
server.upload-dirs = ( "${folder}" )
server.errorlog = "${folder}/error.log"
include "${folder}/shop.conf"
`;
}

export const lighttpd: readonly Front[] = [
  {
    name: 'lighttpd',
    package: 'lighttpd',
    speaks: 'http',
    command,
    files: (place) => {
      const [first, second] = place.instances.map((address) => address.replace('127.0.0.1:', ''));
      return {
        'lighttpd.conf': around(place),
        'shop.conf': deployed('lighttpd/proxy.conf', [
          ['"port" => 8081', `"port" => ${first}`],
          ['"port" => 8082', `"port" => ${second}`],
        ]),
      };
    },
  },
  {
    name: 'lighttpd, FastCGI',
    package: 'lighttpd',
    speaks: 'fastcgi, by a Unix socket',
    command,
    files: (place) => ({
      'lighttpd.conf': around(place),
      'shop.conf': deployed('lighttpd/fastcgi.conf', [['/run/shop/fastcgi.sock', place.socket]]),
    }),
  },
];
