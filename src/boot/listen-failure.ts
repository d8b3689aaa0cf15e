/** Says in one line why nothing can be served at an address, and what to change. */
export function listenFailure(error: unknown, host: string, port: number): Error {
  const code = error instanceof Error && 'code' in error ? String(error.code) : 'unknown'
  return new Error(`The gateway cannot listen at ${host}, port ${port}: ${REASONS[code] ?? code}.`, {
    cause: error,
  })
}

const REASONS: Record<string, string> = {
  EADDRINUSE: 'another program does, set PORT to another one or to 0',
  EADDRNOTAVAIL: 'HOST is no address of this machine',
  EINVAL: 'HOST is no name that this machine finds an address for',
  EACCES: 'this user may not, set PORT to 1024 or above',
}
