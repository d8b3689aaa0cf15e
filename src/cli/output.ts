import { writeSync } from 'node:fs'
import { CliError, ReaderGone } from './console'

const RETRY_MS = 5

/**
 * Writes a text to a file descriptor, all of it before it returns, however slowly it is read.
 * Throws ReaderGone where nobody reads it any more, CliError where it cannot be written.
 */
export function writeWhole(descriptor: number, text: string): void {
  let rest = Buffer.from(text)
  while (rest.length > 0) rest = rest.subarray(writeSome(descriptor, rest))
}

function writeSome(descriptor: number, bytes: Uint8Array): number {
  try {
    return writeSync(descriptor, bytes)
  } catch (error) {
    const { code, message } = error as NodeJS.ErrnoException
    if (code === 'EPIPE') throw new ReaderGone('Nobody reads the results any more', { cause: error })
    if (code !== 'EAGAIN') throw new CliError(`The results cannot be written (${message})`, { cause: error })
    // A pipe that another process has set to non-blocking, and that is full.
    Bun.sleepSync(RETRY_MS)
    return 0
  }
}
