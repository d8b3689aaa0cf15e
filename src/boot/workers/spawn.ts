import { join } from 'node:path'
import type { WorkerProcess } from './crew'
import type { FromWorker, ToWorker } from './messages'

export interface SpawnedWorker extends WorkerProcess {
  send(message: ToWorker): void
}

/** Starts a worker; what it says besides that it serves goes to `hear`. */
export function spawnWorker(
  start: Extract<ToWorker, { kind: 'start' }>,
  hear: (message: FromWorker, worker: SpawnedWorker) => void,
): SpawnedWorker {
  let serves: (text: string) => void = () => {}
  let fails: (error: Error) => void = () => {}
  const serving = new Promise<string>((resolve, reject) => {
    serves = resolve
    fails = reject
  })
  const child = Bun.spawn([process.execPath, join(import.meta.dir, 'worker.ts')], {
    stdin: 'ignore',
    stdout: 'inherit',
    stderr: 'inherit',
    ipc(message: FromWorker) {
      if (message.kind === 'serving') serves(message.text)
      else hear(message, worker)
    },
  })
  void child.exited.then(code => fails(new Error(`A worker ended before it served (exit code ${code}).`)))
  const send = (message: ToWorker) => {
    // One that is dying hears nothing any more.
    if (child.exitCode === null && child.signalCode === null) child.send(message)
  }
  const worker: SpawnedWorker = {
    pid: child.pid,
    serving,
    ended: child.exited,
    signal: name => child.kill(name),
    send,
  }
  send(start)
  return worker
}
