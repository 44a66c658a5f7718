import { deployed, type Front, isRoot, type Place } from './front.js';

const MODULES = '/usr/lib/apache2/modules';

const command: Front['command'] = ({ folder }) => ['/usr/sbin/apache2', '-D', 'FOREGROUND', '-d', folder, '-f', 'apache2.conf'];

/** What Debian's apache2.conf has besides, with the modules that the site's own comment tells to enable. */
function around({ folder, port }: Place, site: string): string {
  const enabled = [...site.matchAll(/^# +a2enmod (.*)$/gm)].flatMap(([, names]) => (names as string).split(' '));
  const modules = ['mpm_event', 'authz_core', ...enabled];
  return `${modules.map((name) => `LoadModule ${name}_module ${MODULES}/mod_${name}.so`).join('\n')}
ServerRoot ${folder}
ServerName localhost
Listen 127.0.0.1:${port}
PidFile ${folder}/apache2.pid
DefaultRuntimeDir ${folder}
Mutex file:${folder} default
ErrorLog ${folder}/error.log
LogLevel error
${enabled.includes('cgid') ? `ScriptSock ${folder}/cgid.sock` : ''}
${isRoot ? 'User www-data\nGroup www-data' : ''}
# Few processes, as few clients come.
StartServers 1
ServerLimit 2
ThreadsPerChild 64
MaxRequestWorkers 128
Include ${folder}/shop.conf
`;
}

function site(path: string, replacements: (place: Place) => readonly (readonly [string, string])[]): Front['files'] {
  return (place) => {
    const text = deployed(path, [['<VirtualHost *:80>', `<VirtualHost 127.0.0.1:${place.port}>`], ...replacements(place)]);
    return { 'apache2.conf': around(place, text), 'shop.conf': text };
  };
}

export const apache: readonly Front[] = [
  {
    name: 'Apache, CGI',
    package: 'apache2',
    speaks: 'cgi',
    command,
    files: site('apache/cgi.conf', ({ script, folder }) => [
      ['/var/www/shop/shop.cgi', script],
      ['/var/www/shop', folder],
    ]),
  },
  {
    name: 'Apache, balancing',
    package: 'apache2',
    speaks: 'http',
    command,
    files: site('apache/balancer.conf', ({ instances }) => [
      ['127.0.0.1:8081', instances[0] as string],
      ['127.0.0.1:8082', instances[1] as string],
    ]),
  },
  {
    name: 'Apache, FastCGI',
    package: 'apache2',
    speaks: 'fastcgi',
    command,
    files: site('apache/fastcgi.conf', ({ instances }) => [['127.0.0.1:8081', instances[0] as string]]),
  },
];
