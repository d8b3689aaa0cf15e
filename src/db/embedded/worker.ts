import { existsSync, mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import type { Server } from 'node:net'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { PGlite } from '@electric-sql/pglite'
import { dataDir as prepopulated } from '@electric-sql/pglite-prepopulatedfs'
import { removeEmptyForks } from './empty-forks'
import { Session } from './session'
import { listen } from './socket-server'

declare const self: Worker

/** What the main thread asks of the worker … */
export type WorkerRequest = { kind: 'start'; folder: string; socketPath: string } | { kind: 'stop' }
/** … and what it hears back. */
export type WorkerReply = { kind: 'ready' } | { kind: 'failed'; message: string } | { kind: 'stopped' }

let database: PGlite | undefined
let server: Server | undefined

self.onmessage = (event: MessageEvent<WorkerRequest>) => {
  const request = event.data
  const done = request.kind === 'start' ? start(request.folder, request.socketPath) : stop()
  done.then(reply, error => reply({ kind: 'failed', message: String(error?.message ?? error) }))
}

function reply(message: WorkerReply): void {
  self.postMessage(message)
}

async function start(folder: string, socketPath: string): Promise<WorkerReply> {
  const pglite = await open(folder)
  database = pglite
  const session = new Session({
    execute: (bytes, onData) => pglite.execProtocolRawStream(bytes, { onRawData: onData }),
    isInTransaction: () => pglite.isInTransaction(),
  })
  server = await listen(socketPath, session)
  return { kind: 'ready' }
}

/** A new database is unpacked from a made one: initdb would take seconds and a gigabyte. */
async function open(folder: string): Promise<PGlite> {
  const compiled = WebAssembly.compile(readFileSync(PROGRAM))
  const start = async () =>
    PGlite.create(folder, { startParams: PARAMETERS, pgliteWasmModule: await compiled })
  // A process killed while it unpacked leaves half a database that has never served anyone.
  const unfinished = join(folder, '..', UNFINISHED)
  if (existsSync(unfinished)) rmSync(folder, { recursive: true, force: true })
  else if (existsSync(join(folder, 'PG_VERSION'))) {
    removeEmptyForks(folder)
    return start()
  }

  writeFileSync(unfinished, '', { mode: 0o600 })
  mkdirSync(folder, { mode: 0o700 })
  // PGlite would unpack it through its own file system, for half a second and 170 MB more.
  await new Bun.Archive(await (await prepopulated()).bytes()).extract(folder)
  const pglite = await start()
  rmSync(unfinished)
  return pglite
}

async function stop(): Promise<WorkerReply> {
  server?.close()
  await database?.close()
  return { kind: 'stopped' }
}

/** Stands beside the database's folder while that is being made. */
const UNFINISHED = 'postgres.unfinished'
/** PGlite would compile it only once there is a folder to open, and that after reading it whole again. */
const PROGRAM = fileURLToPath(new URL('pglite.wasm', import.meta.resolve('@electric-sql/pglite')))
const PARAMETERS = [...PGlite.defaultStartParams, '-c', 'shared_buffers=32MB']
