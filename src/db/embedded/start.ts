import { rmSync } from 'node:fs'
import { join, resolve } from 'node:path'
import { lockDataDir } from '../lock'
import { makeSocketPath } from './socket-path'
import type { WorkerReply, WorkerRequest } from './worker'

/** How a driver reaches the embedded database: the same options as for a server, so that there is one code path. */
export interface EmbeddedConnection {
  path: string
  host: string
  user: string
  database: string
}

export interface Embedded {
  connection: EmbeddedConnection
  /** Closes the database, ends its worker and gives the folder back. Close the pools first: open ones are cut. */
  stop(): Promise<void>
}

export interface EmbeddedOptions {
  /** Called once if the database dies while it serves; until a new start every query fails. */
  onCrash?: (error: Error) => void
}

/** A worker that does not answer its stop is ended anyway: the database recovers as it does from a kill. */
const STOP_TIMEOUT_MS = 5_000

/**
 * Starts the embedded PostgreSQL of a data folder in a worker and returns once it serves. The order is: lock the
 * folder, remove the socket that a killed owner left, open the database, listen. Throws one clear line if another
 * process has the folder.
 */
export async function startEmbedded(dataDir: string, options: EmbeddedOptions = {}): Promise<Embedded> {
  const lock = lockDataDir(dataDir)
  let worker: Worker | undefined
  try {
    const path = makeSocketPath(dataDir)
    rmSync(path, { force: true })
    worker = new Worker(new URL('./worker.ts', import.meta.url).href)
    const started = worker
    await ask(started, { kind: 'start', folder: join(resolve(dataDir), 'postgres'), socketPath: path })
    let stopping: Promise<void> | undefined
    started.onerror = event => {
      if (!stopping) options.onCrash?.(new Error(`The embedded database died: ${event.message}`))
    }
    const stop = async () => {
      await end(started)
      rmSync(path, { force: true })
      lock.release()
    }
    return {
      connection: { path, host: 'localhost', user: 'postgres', database: 'postgres' },
      stop: () => (stopping ??= stop()),
    }
  } catch (error) {
    worker?.terminate()
    lock.release()
    throw error
  }
}

async function end(worker: Worker): Promise<void> {
  let timer: ReturnType<typeof setTimeout> | undefined
  const timeout = new Promise<void>(resolve => {
    timer = setTimeout(resolve, STOP_TIMEOUT_MS)
  })
  await Promise.race([ask(worker, { kind: 'stop' }).catch(() => {}), timeout])
  clearTimeout(timer)
  worker.terminate()
}

function ask(worker: Worker, request: WorkerRequest): Promise<void> {
  return new Promise((resolve, reject) => {
    const fail = (message: string) => reject(new Error(`The embedded database failed: ${message}`))
    worker.onmessage = (event: MessageEvent<WorkerReply>) =>
      event.data.kind === 'failed' ? fail(event.data.message) : resolve()
    worker.onerror = event => fail(event.message)
    worker.postMessage(request)
  })
}
