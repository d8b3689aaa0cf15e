import { createHash } from 'node:crypto'
import { chmodSync, lstatSync, mkdirSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join, resolve } from 'node:path'

/** PostgreSQL's own name for its socket: what a driver expects when it is given a folder. */
const SOCKET_NAME = '.s.PGSQL.5432'
/** The kernel takes 107 bytes on Linux and 103 on macOS. */
const MAX_PATH_BYTES = 103

/**
 * Makes the 0700 folder in which the embedded database listens and returns the socket's path: in the data folder, or,
 * where that path is longer than a Unix socket's may be, in the system's folder for temporary files under a name made
 * from the data folder's. Throws if a folder of that name belongs to somebody else.
 */
export function makeSocketPath(dataDir: string, temporary = tmpdir()): string {
  const beside = join(resolve(dataDir), 'socket')
  const path = join(beside, SOCKET_NAME)
  if (Buffer.byteLength(path) <= MAX_PATH_BYTES) return join(makeFolder(beside), SOCKET_NAME)
  const name = createHash('sha256').update(resolve(dataDir)).digest('hex').slice(0, 16)
  return join(makeFolder(join(temporary, `callmissed-${name}`)), SOCKET_NAME)
}

function makeFolder(folder: string): string {
  mkdirSync(folder, { recursive: true, mode: 0o700 })
  // Anybody may have made a name of ours in a folder that all can write: only one's own real folder will do.
  const found = lstatSync(folder)
  if (!found.isDirectory() || found.uid !== process.getuid?.()) {
    throw new Error(`${folder} is not a folder of this user: the embedded database cannot listen there.`)
  }
  chmodSync(folder, 0o700)
  return folder
}
