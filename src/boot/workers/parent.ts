import { availableParallelism } from 'node:os'
import type { Config } from '../../config/config'
import { startEmbedded } from '../../db/embedded/start'
import { systemClock as clock } from '../../lib/clock'
import type { Log } from '../../lib/log'
import { listenFailure } from '../listen-failure'
import { die, endAtSignal } from '../process'
import { Crew } from './crew'
import { Scrapes } from './scrapes'
import { type SpawnedWorker, spawnWorker } from './spawn'

/** What a worker takes to end after its grace time: cutting, flushing, closing. */
const ENDING_MS = 15_000

/**
 * Serves with several processes on one port. The parent answers nothing: it holds the embedded database, replaces
 * workers that die, passes SIGTERM on, and on SIGHUP replaces one after the other, which read the configuration anew.
 */
export async function supervise(config: Config, log: Log): Promise<void> {
  const whenEnding = endAtSignal(log)
  const onCrash = (error: Error) => die([error.message])
  const embedded = config.databaseUrl ? undefined : await startEmbedded(config.dataDir, { onCrash })
  const port = await takePort(config)
  const workers = new Set<SpawnedWorker>()
  const scrapes = new Scrapes(workers)
  const crew = new Crew({
    size: config.workers === 'auto' ? availableParallelism() : config.workers,
    clock,
    log,
    sleep: Bun.sleep,
    endMs: config.shutdownGraceMs + ENDING_MS,
    start() {
      const start = { kind: 'start', port, embedded: embedded?.connection } as const
      const worker = spawnWorker(start, (message, from) => scrapes.hear(message, from))
      workers.add(worker)
      void worker.ended.then(() => {
        workers.delete(worker)
        scrapes.lost(worker)
      })
      return worker
    },
  })
  const end = async () => {
    const code = await crew.end()
    await embedded?.stop()
    return code
  }
  whenEnding(end)
  process.on('SIGHUP', () => void crew.roll())
  try {
    process.stdout.write(await crew.start())
  } catch {
    // The worker has said why.
    await end()
    process.exit(1)
  }
}

/** The port that the workers will share: nobody else's, since shared ones are shared with whoever asks. */
async function takePort({ host, port }: Config): Promise<number> {
  try {
    const probe = Bun.listen({ hostname: host, port, exclusive: true, socket: { data() {} } })
    const taken = probe.port
    probe.stop(true)
    return taken
  } catch (error) {
    throw await listenFailure(error, host, port)
  }
}
