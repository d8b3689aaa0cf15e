import { existsSync } from 'node:fs'
import { join } from 'node:path'

/** The files of a certificate that vouches for itself. */
export interface Certificate {
  cert: string
  key: string
}

/** A certificate for `localhost`, made once in a folder by OpenSSL. Throws where there is none. */
export function makeCertificate(folder: string): Certificate {
  const files = { cert: join(folder, 'cert.pem'), key: join(folder, 'key.pem') }
  if (existsSync(files.cert)) return files
  const command = [
    'openssl',
    'req',
    '-x509',
    '-newkey',
    'ec',
    '-pkeyopt',
    'ec_paramgen_curve:prime256v1',
    '-nodes',
  ]
  command.push('-keyout', files.key, '-out', files.cert, '-days', '2', '-subj', '/CN=localhost')
  command.push('-addext', 'subjectAltName=DNS:localhost')
  const made = Bun.spawnSync(command, { stdout: 'ignore', stderr: 'pipe' })
  if (made.exitCode !== 0) throw new Error(`openssl: ${made.stderr.toString().slice(-300)}`)
  return files
}
