import type { Keyring } from '../auth/keyring'
import type { Catalog } from '../catalog/catalog'
import type { Config } from '../config/config'
import type { GatewayDeps } from '../gateway/deps'
import { Drains } from '../gateway/drains'
import { watchBudgets } from '../gateway/watch-budgets'
import { watchKeys } from '../gateway/watch-keys'
import type { Clock } from '../lib/clock'
import type { Log } from '../lib/log'
import { Roster } from '../lib/roster'
import { Ticker } from '../lib/ticker'
import type { Limits } from '../limits/enter'
import type { MemoryRoom } from '../limits/memory-room'
import { Metrics } from '../ops/metrics'
import type { Replays } from '../replay/replays'
import { Health } from '../routing/health'
import { vendorTransport } from '../upstream/vendor-transport'
import type { Tokenizer } from '../usage/tokenizer'
import { SLOWEST_BODY_MS } from '../wire/body'
import type { BudgetKeeping } from './budgets'
import type { RateLimits } from './rate-limits'
import { Spills } from './spills'
import type { UsageLine } from './usage'
import { VendorFaults } from './vendor-faults'

/** A stream is committed to a 200 after so much silence of the vendor. */
const PATIENCE_MS = 10_000

export interface GatewayParts {
  config: Config
  clock: Clock
  log: Log
  keyring: Keyring
  catalog: Catalog
  usage: UsageLine
  tokenizer: Tokenizer
  replays: Replays
  limits: RateLimits
  budgeting: BudgetKeeping
  memory: MemoryRoom
  keepOpen: (request: Request) => void
}

/** The hot path's view of the running process, and the metrics that are fed by it. */
export function gatewayDeps(parts: GatewayParts): { gateway: GatewayDeps; metrics: Metrics } {
  const { config, clock, log, keyring, catalog, usage, tokenizer, replays, budgeting, memory, keepOpen } =
    parts
  const [{ rates }, { budgets }] = [parts.limits, budgeting]
  const ticker = new Ticker(clock)
  const spills = new Spills(config.dataDir)
  for (const item of [usage.recorder, budgets, memory]) ticker.add(item)
  const faults = new VendorFaults(clock, log)
  const gateway: GatewayDeps = {
    clock,
    log,
    keyring,
    catalog,
    keepOpen,
    ticker,
    tokenizer,
    drains: new Drains(clock, ticker),
    replays,
    limits: limitsOf(parts),
    health: new Health(clock),
    transport: vendorTransport({ clock, ticker }),
    recorder: {
      hasRoom: () => usage.recorder.hasRoom(),
      roomBytes: () => usage.roomBytes,
      dispatch: (about, ticket) => usage.recorder.dispatch(about, ticket),
      handOver: ticket => usage.recorder.handOver(ticket),
      checkpoint: (about, ticket) => usage.recorder.checkpoint(about, ticket),
      record(record, ticket) {
        if (metrics.observe(record)) faults.tell('impossible', record)
        if (record.isOverrun) faults.tell('overrun', record)
        return usage.recorder.record(record, ticket)
      },
    },
    live: new Roster(),
    maxJsonBytes: config.maxJsonBytes,
    uploads: { maxBytes: config.maxUploadBytes, openSpill: () => spills.open() },
    slowestBodyMs: SLOWEST_BODY_MS,
    patienceMs: PATIENCE_MS,
    keepsNotes: config.auditMetadata,
    countStranger: () => metrics.countStranger(),
  }
  watchKeys(gateway)
  watchBudgets(gateway)
  const metrics = new Metrics({
    publicModel: asked => (catalog.models.has(asked) ? asked : catalog.aliases.get(asked)),
    gauges: {
      requestsInFlight: () => gateway.limits.inFlight,
      usageBacklogBytes: () => usage.backlogBytes,
      usageOldestSeconds: () => usage.oldestMs / 1_000,
      spoolBytes: () => usage.spoolBytes,
      spoolRoomBytes: () => usage.roomBytes,
      memoryLimitBytes: () => memory.limitBytes,
      coolingDeployments: () => gateway.health.cooling,
      budgetSlices: () => budgets.size,
      budgetWaiters: () => budgets.waiting,
      keys: () => keyring.size,
    },
    tallies: {
      limitRefusals: () => rates.refused,
      budgetTurns: () => budgeting.turns,
      replays: () => replays.replayed,
      replayWaits: () => replays.waited,
    },
  })
  return { gateway, metrics }
}

function limitsOf({ usage, memory, limits, budgeting }: GatewayParts): Limits {
  const canRecord = () => usage.recorder.hasRoom()
  const { rates } = limits
  const { budgets } = budgeting
  return { canRecord, memory, inFlight: 0, draining: false, rates, budgets, chance: Math.random }
}
