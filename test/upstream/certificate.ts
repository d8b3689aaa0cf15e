import { mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'

/** A certificate of its own making, for these names. */
export function makeCertificate(...names: string[]): { cert: string; key: string } {
  const folder = mkdtempSync(join(tmpdir(), 'callmissed-tls-'))
  try {
    const [key, cert] = [join(folder, 'key.pem'), join(folder, 'cert.pem')]
    const alternatives = names.map(name => `DNS:${name}`).join(',')
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
    command.push('-keyout', key, '-out', cert, '-days', '1', '-subj', `/CN=${names[0]}`)
    command.push('-addext', `subjectAltName=${alternatives}`)
    const made = Bun.spawnSync(command)
    if (made.exitCode !== 0) throw new Error(made.stderr.toString())
    return { cert: readFileSync(cert, 'utf8'), key: readFileSync(key, 'utf8') }
  } finally {
    rmSync(folder, { recursive: true, force: true })
  }
}
