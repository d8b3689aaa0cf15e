import { existsSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { makeCertificate } from '../test/upstream/certificate.ts'

/** The files of a certificate that vouches for itself. */
export interface Certificate {
  cert: string
  key: string
}

/** A certificate for `localhost`, made once in a folder by OpenSSL. Throws where there is none. */
export function certificateIn(folder: string): Certificate {
  const files = { cert: join(folder, 'cert.pem'), key: join(folder, 'key.pem') }
  if (existsSync(files.cert)) return files
  const { cert, key } = makeCertificate('localhost')
  writeFileSync(files.key, key, { mode: 0o600 })
  writeFileSync(files.cert, cert)
  return files
}
