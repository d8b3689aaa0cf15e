/** The error of a disk, or of the spool, that takes no more. */
export function noRoom(message = 'the spool has no room'): Error {
  return Object.assign(new Error(message), { code: 'ENOSPC' })
}

/** What the operating system calls an error. */
export function codeOf(error: unknown): string {
  return error instanceof Error && 'code' in error ? String(error.code) : 'unknown'
}
