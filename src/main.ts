import { Store } from './boot/store'
import type { Config } from './config/config'
import { diskFiles, processEnvironment } from './config/environment'
import { loadConfig } from './config/load'
import { systemClock as clock } from './lib/clock'
import { createLog, type Log } from './lib/log'

/** The process: configuration → database → application → listen → until SIGTERM. */
export async function main(): Promise<void> {
  const config = readConfig()
  const log = createLog(
    config.logLevel,
    line => process.stderr.write(`${line}\n`),
    !process.stderr.isTTY,
    clock.date,
  )
  try {
    await run(config, log)
  } catch (error) {
    die([error instanceof Error ? error.message : 'the start failed'])
  }
}

async function run(config: Config, log: Log): Promise<void> {
  // Before anything is served there is nothing to finish; the first process of a container would not die of a signal by itself.
  let end: () => void = () => process.exit(0)
  for (const signal of ['SIGTERM', 'SIGINT'] as const) process.on(signal, () => end())
  // The rest of the program is read while the database starts in its worker.
  const [store, { serve }] = await Promise.all([
    Store.prepare({ config, clock, log, onFatal: error => die([error.message]) }),
    import('./boot/serve'),
  ])
  const serving = await serve(config, log, store)
  end = () => void serving.end().then(process.exit, failedEnd(log))
  process.stdout.write(serving.text)
}

/** What went wrong while everything was closed is told, and the process ends all the same. */
function failedEnd(log: Log): (error: unknown) => void {
  return error => {
    log.error('the end failed', { name: error instanceof Error ? error.name : typeof error })
    process.exit(1)
  }
}

function readConfig(): Config {
  const found = loadConfig(processEnvironment(), diskFiles, process.cwd())
  if ('problems' in found)
    die(['The configuration cannot be used:', ...found.problems.map(problem => `  ${problem}`)])
  return found.config
}

function die(lines: string[]): never {
  process.stderr.write(`${lines.join('\n')}\n`)
  process.exit(1)
}
