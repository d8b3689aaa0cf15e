import type { EmbeddedConnection } from '../../db/embedded/start'

/** What the parent says to a worker. */
export type ToWorker =
  /** First, once: where to listen, and the database that the parent holds (undefined: a real server). */
  | { kind: 'start'; port: number; embedded: EmbeddedConnection | undefined }
  /** Asks for this worker's own metrics. */
  | { kind: 'collect'; scrape: number }
  /** What all workers answered to a scrape that this worker asked for. */
  | { kind: 'collected'; scrape: number; texts: string[] }

/** What a worker says to the parent. */
export type FromWorker =
  /** It listens; `text` is what a start prints. */
  | { kind: 'serving'; text: string }
  /** It was asked for metrics, which are those of all workers. */
  | { kind: 'scrape'; scrape: number }
  | { kind: 'metrics'; scrape: number; text: string }
