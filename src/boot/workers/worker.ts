import type { EmbeddedConnection } from '../../db/embedded/start'
import { systemClock as clock } from '../../lib/clock'
import { die, endAtSignal, openLog, readConfig } from '../process'
import { serve } from '../serve'
import { Store } from '../store'
import type { FromWorker, ToWorker } from './messages'
import { sumMetrics } from './sum-metrics'

/*
 * One of several processes that share the port: all that a lone gateway is, but for the embedded database, which the
 * parent holds. It ends with its parent.
 */

const config = readConfig()
const log = openLog(config)
const whenEnding = endAtSignal(log)
const scrapes = new Map<number, (texts: readonly string[]) => void>()
let latestScrape = 0
let ownMetrics = async () => ''

process.on('message', (message: ToWorker) => {
  if (message.kind === 'collect') void answer(message.scrape)
  else if (message.kind === 'collected') scrapes.get(message.scrape)?.(message.texts)
  else
    run(message.port, message.embedded).catch(error =>
      die([error instanceof Error ? error.message : 'the start failed']),
    )
})
// Until it serves a worker whose parent is gone just ends.
let end = async () => 1
process.on('disconnect', () => void end().then(process.exit, () => process.exit(1)))

async function run(port: number, embedded: EmbeddedConnection | undefined): Promise<void> {
  const onFatal = (error: Error) => die([error.message])
  const store = await Store.prepare({ config, clock, log, onFatal }, embedded)
  const serving = await serve(config, log, store, {
    port,
    metricsOfAll(own) {
      ownMetrics = own
      return allMetrics
    },
  })
  end = serving.end
  whenEnding(end)
  tell({ kind: 'serving', text: serving.text })
}

async function answer(scrape: number): Promise<void> {
  tell({ kind: 'metrics', scrape, text: await ownMetrics() })
}

/** The metrics of all workers, by way of the parent. */
async function allMetrics(): Promise<string> {
  const scrape = ++latestScrape
  const texts = new Promise<readonly string[]>(resolve => scrapes.set(scrape, resolve))
  tell({ kind: 'scrape', scrape })
  try {
    return sumMetrics(await texts)
  } finally {
    scrapes.delete(scrape)
  }
}

function tell(message: FromWorker): void {
  process.send?.(message)
}
