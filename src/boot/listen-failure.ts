import { lookup } from 'node:dns/promises'
import { isIP } from 'node:net'

/** Says in one line why nothing can be served at an address, and what to change. */
export async function listenFailure(error: unknown, host: string, port: number): Promise<Error> {
  return new Error(`The gateway cannot listen at ${host}, port ${port}: ${await reasonOf(error, host)}.`, {
    cause: error,
  })
}

const REASONS: Record<string, string> = {
  EADDRINUSE: 'another program does, set PORT to another one or to 0',
  EADDRNOTAVAIL: 'HOST is no address of this machine',
  EACCES: 'this user may not, set PORT to 1024 or above',
}

async function reasonOf(error: unknown, host: string): Promise<string> {
  // Of a name without an address Bun tells whichever code the last failed call of the process had.
  if (!(await hasAddress(host))) return 'HOST is no name that this machine finds an address for'
  const code = error instanceof Error && 'code' in error ? String(error.code) : 'unknown'
  return REASONS[code] ?? code
}

async function hasAddress(host: string): Promise<boolean> {
  if (isIP(host) !== 0) return true
  return lookup(host).then(
    () => true,
    () => false,
  )
}
