import type { Keyring } from '../auth/keyring'
import type { Catalog } from '../catalog/catalog'
import type { Clock } from '../lib/clock'
import type { Log } from '../lib/log'
import type { Roster } from '../lib/roster'
import type { Ticker } from '../lib/ticker'
import type { Limits } from '../limits/enter'
import type { Replays } from '../replay/replays'
import type { Health } from '../routing/health'
import type { Transport } from '../upstream/transport'
import type { Recorder } from '../usage/recorder'
import type { Tokenizer } from '../usage/tokenizer'
import type { Call } from './call'
import type { Drains } from './drains'
import type { Spill } from './held-file'

/** Everything that the hot path needs of the world. */
export interface GatewayDeps {
  clock: Clock
  ticker: Ticker
  log: Log
  keyring: Keyring
  limits: Limits
  catalog: Catalog
  health: Health
  transport: Transport
  recorder: Recorder
  tokenizer: Pick<Tokenizer, 'count' | 'hear'>
  drains: Drains
  replays: Replays
  /** Requests that were admitted and have not ended: those that a shutdown or a revocation can cut. */
  live: Roster<Call>
  maxJsonBytes: number
  uploads: { maxBytes: number; openSpill: () => Promise<Spill> }
  /** How long a small request body may take to arrive. */
  slowestBodyMs: number
  /** How long a vendor may be silent before the caller gets its 200 and comments: until then an error has a status. */
  patienceMs: number
  /** Lifts the server's idle timeout for one request: a thinking model is silent for minutes. */
  keepOpen: (request: Request) => void
  /** What callers say of themselves is kept with their records. */
  keepsNotes: boolean
  /** A key that is none of ours: counted, never recorded. */
  countStranger: () => void
}
