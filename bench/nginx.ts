import { mkdirSync, writeFileSync } from 'node:fs'
import type { Certificate } from './certificate.ts'
import { start, stop } from './child.ts'
import type { Target } from './target.ts'
import { freePort, listens, until } from './wait.ts'

const FOLDERS = ['body', 'proxy', 'fastcgi', 'uwsgi', 'scgi']

/** The plainest proxy that nginx can be: one worker, kept connections on both sides, no log, nothing held back. */
export function nginxConfig(folder: string, port: number, vendor: URL, certificate?: Certificate): string {
  const temporary = FOLDERS.map(
    name => `  ${name === 'body' ? 'client_body' : name}_temp_path ${folder}/${name};`,
  )
  return `
daemon off;
master_process off;
worker_processes 1;
worker_rlimit_nofile 20000;
pid ${folder}/nginx.pid;
error_log stderr crit;
events { worker_connections 16384; }
http {
${temporary.join('\n')}
  access_log off;
  client_max_body_size 0;
  keepalive_requests 1000000000;
  keepalive_timeout 3600s;
  upstream vendor {
    server ${vendor.host.replace('localhost', '127.0.0.1')};
    keepalive 2048;
    keepalive_requests 1000000000;
    keepalive_timeout 3600s;
  }
  server {
    listen 127.0.0.1:${port} backlog=4096;
    proxy_http_version 1.1;
    proxy_set_header Connection "";
    proxy_request_buffering off;
    proxy_read_timeout 3600s;
${certificate ? trusting(vendor, certificate) : ''}
    location /v1/ { proxy_pass ${vendor.protocol}//vendor; }
    location /stream/v1/ {
      proxy_pass ${vendor.protocol}//vendor/v1/;
      proxy_buffering off;
    }
  }
}
`
}

/** The vendor is proved to be the one that is meant, as a gateway does it. */
function trusting({ hostname }: URL, { cert }: Certificate): string {
  return `    proxy_ssl_trusted_certificate ${cert};
    proxy_ssl_verify on;
    proxy_ssl_server_name on;
    proxy_ssl_name ${hostname};`
}

/** Starts nginx in front of the vendor, as a plain process of one worker, with all of its files in `folder`. */
export async function startNginx(
  program: string,
  pin: string[],
  folder: string,
  vendor: Target,
  certificate?: Certificate,
): Promise<Target> {
  for (const name of FOLDERS) mkdirSync(`${folder}/${name}`, { recursive: true })
  const port = freePort()
  const file = `${folder}/nginx.conf`
  writeFileSync(file, nginxConfig(folder, port, new URL(vendor.url), certificate))
  const launch = async () => {
    const child = start([program, '-p', folder, '-c', file], { pin })
    await until('nginx listens', 5_000, () => listens(port))
    return child
  }
  let child = await launch()
  const origin = `http://127.0.0.1:${port}`
  const target: Target = {
    ...vendor,
    name: 'nginx',
    url: `${origin}/v1`,
    streamUrl: `${origin}/stream/v1`,
    pid: child.pid,
    features: 'proxy_pass and nothing else',
    overTls: (place, secure, files) => startNginx(program, pin, place, secure, files),
    restart: async () => {
      await stop(child)
      child = await launch()
      target.pid = child.pid
    },
  }
  return target
}
