import { createServer, type Server, type Socket } from 'node:net'
import { type Frame, FrameReader } from './frames'
import type { Session } from './session'

/** Twice what the pools of one process open; a further connection is closed at once. */
const MAX_CONNECTIONS = 32

/** Speaks PostgreSQL's protocol on a Unix socket for the embedded database. Resolves once it listens. */
export function listen(path: string, session: Session): Promise<Server> {
  const server = createServer(socket => serve(socket, session))
  server.maxConnections = MAX_CONNECTIONS
  return new Promise((resolve, reject) => {
    server.once('error', reject)
    server.listen(path, () => resolve(server))
  })
}

function serve(socket: Socket, session: Session): void {
  const frames = new FrameReader()
  let busy = false
  let open = true

  const work = async () => {
    if (busy) return
    busy = true
    // What is not read stays in the kernel's buffer: one client cannot fill this process's memory.
    socket.pause()
    try {
      while (open && (await answer(socket, frames, session)));
    } finally {
      busy = false
      if (open) socket.resume()
    }
  }
  socket.on('data', chunk => {
    frames.push(new Uint8Array(chunk.buffer, chunk.byteOffset, chunk.byteLength))
    work().catch(() => socket.destroy())
  })
  // The close that follows every error does the work.
  socket.on('error', () => {})
  socket.on('close', () => {
    open = false
    session.leave(socket).catch(() => {})
  })
}

/** Handles what has arrived whole; false when there is nothing more to do for now. */
async function answer(socket: Socket, frames: FrameReader, session: Session): Promise<boolean> {
  const next = frames.take()
  if (!next) return false
  if (next.kind === 'ssl') socket.write('N')
  else if (next.kind === 'cancel') socket.end()
  else socket.write(await execute(socket, next, session))
  return true
}

/** ReadyForQuery: `Z`, a length of 5, and the state of the transaction. */
const READY_BYTES = 6
const READY_HEAD = Buffer.from([0x5a, 0, 0, 0, 5])

async function execute(socket: Socket, { bytes, ends }: Frame, session: Session): Promise<Buffer> {
  const chunks: Buffer[] = []
  // The bytes lie in the database's own memory, which the next query overwrites.
  await session.run(socket, bytes, ends, chunk => chunks.push(Buffer.from(chunk)))
  const output = Buffer.concat(chunks)
  // PGlite says that it is ready at once when a statement fails, and again at its Sync: a driver that believed the
  // first would take every later answer for that of the query before.
  const surplus = !ends && output.subarray(-READY_BYTES, -1).equals(READY_HEAD)
  return surplus ? output.subarray(0, -READY_BYTES) : output
}
