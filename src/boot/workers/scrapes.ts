import type { FromWorker } from './messages'
import type { SpawnedWorker } from './spawn'

interface Scrape {
  asker: SpawnedWorker
  /** The asker's own number of it. */
  number: number
  waitsFor: Set<SpawnedWorker>
  texts: string[]
}

/** A worker that is busy for so long is left out. */
const PATIENCE_MS = 2_000

/** Collects, for the worker that Prometheus happened to reach, the metrics of all of them. */
export class Scrapes {
  private latest = 0
  private readonly open = new Map<number, Scrape>()
  private readonly workers: ReadonlySet<SpawnedWorker>

  constructor(workers: ReadonlySet<SpawnedWorker>) {
    this.workers = workers
  }

  hear(message: FromWorker, from: SpawnedWorker): void {
    if (message.kind === 'scrape') this.begin(from, message.scrape)
    else if (message.kind === 'metrics') this.add(message.scrape, from, message.text)
  }

  /** A worker that ended has nothing to say any more. */
  lost(worker: SpawnedWorker): void {
    for (const [id, { asker }] of this.open) {
      if (asker === worker) this.open.delete(id)
      else this.add(id, worker, undefined)
    }
  }

  private begin(asker: SpawnedWorker, number: number): void {
    const id = ++this.latest
    this.open.set(id, { asker, number, waitsFor: new Set(this.workers), texts: [] })
    for (const worker of this.workers) worker.send({ kind: 'collect', scrape: id })
    setTimeout(() => this.conclude(id), PATIENCE_MS)
  }

  private add(id: number, from: SpawnedWorker, text: string | undefined): void {
    const scrape = this.open.get(id)
    if (!scrape?.waitsFor.delete(from)) return
    if (text) scrape.texts.push(text)
    if (scrape.waitsFor.size === 0) this.conclude(id)
  }

  private conclude(id: number): void {
    const scrape = this.open.get(id)
    if (!scrape) return
    this.open.delete(id)
    scrape.asker.send({ kind: 'collected', scrape: scrape.number, texts: scrape.texts })
  }
}
