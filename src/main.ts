import { die, endAtSignal, openLog, readConfig } from './boot/process'
import { Store } from './boot/store'
import type { Config } from './config/config'
import { systemClock as clock } from './lib/clock'
import type { Log } from './lib/log'

/** The process: configuration → database → application → listen → until SIGTERM. */
export async function main(): Promise<void> {
  const config = readConfig()
  const log = openLog(config)
  try {
    if (config.workers === 1) await run(config, log)
    else await (await import('./boot/workers/parent')).supervise(config, log)
  } catch (error) {
    die([error instanceof Error ? error.message : 'the start failed'])
  }
}

async function run(config: Config, log: Log): Promise<void> {
  const whenEnding = endAtSignal(log)
  // The rest of the program is read while the database starts in its worker.
  const [store, { serve }] = await Promise.all([
    Store.prepare({ config, clock, log, onFatal: error => die([error.message]) }),
    import('./boot/serve'),
  ])
  const serving = await serve(config, log, store)
  whenEnding(serving.end)
  process.stdout.write(serving.text)
}
