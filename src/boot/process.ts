import type { Config } from '../config/config'
import { diskFiles, processEnvironment } from '../config/environment'
import { loadConfig } from '../config/load'
import { systemClock as clock } from '../lib/clock'
import { createLog, type Log } from '../lib/log'

/** The configuration of this process; ends it, every problem told at once, if it cannot be used. */
export function readConfig(): Config {
  const found = loadConfig(processEnvironment(), diskFiles, process.cwd())
  if ('problems' in found)
    die(['The configuration cannot be used:', ...found.problems.map(problem => `  ${problem}`)])
  return found.config
}

/** The log of this process, on stderr. */
export function openLog({ logLevel }: Config): Log {
  return createLog(logLevel, line => process.stderr.write(`${line}\n`), !process.stderr.isTTY, clock.date)
}

/** Ends the process with one message. */
export function die(lines: string[]): never {
  process.stderr.write(`${lines.join('\n')}\n`)
  process.exit(1)
}

/**
 * Takes SIGTERM and SIGINT from now on. Until the returned function has told how to end (to an exit code), there is
 * nothing to finish: the process just ends. The first process of a container would not die of a signal by itself.
 */
export function endAtSignal(log: Log): (how: () => Promise<number>) => void {
  let end: () => void = () => process.exit(0)
  for (const signal of ['SIGTERM', 'SIGINT'] as const) process.on(signal, () => end())
  return how => {
    end = () =>
      void how().then(process.exit, (error: unknown) => {
        log.error('the end failed', { name: error instanceof Error ? error.name : typeof error })
        process.exit(1)
      })
  }
}
