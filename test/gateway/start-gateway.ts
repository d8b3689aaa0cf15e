import { tmpdir } from 'node:os'
import { type AppDeps, createApp } from '../../src/app'
import type { Caller } from '../../src/auth/caller'
import { newKey } from '../../src/auth/key-format'
import { Keyring } from '../../src/auth/keyring'
import { Spills } from '../../src/boot/spills'
import type { Capability, Model } from '../../src/catalog/model'
import { connect, type Database } from '../../src/db/client'
import type { Call } from '../../src/gateway/call'
import type { GatewayDeps } from '../../src/gateway/deps'
import { Drains } from '../../src/gateway/drains'
import { listen } from '../../src/http/server'
import { type Clock, systemClock } from '../../src/lib/clock'
import { createLog } from '../../src/lib/log'
import { Roster } from '../../src/lib/roster'
import { Ticker } from '../../src/lib/ticker'
import type { Budgets } from '../../src/limits/budget/budgets'
import type { Limits } from '../../src/limits/enter'
import { Rates } from '../../src/limits/rate/rates'
import { TenantAllowances } from '../../src/limits/tenant-allowances'
import { Metrics } from '../../src/ops/metrics'
import { repeatStore } from '../../src/replay/repeat-store'
import { Replays } from '../../src/replay/replays'
import { Health } from '../../src/routing/health'
import type { Ticket } from '../../src/spool/ticket'
import type { Transport } from '../../src/upstream/transport'
import { vendorTransport } from '../../src/upstream/vendor-transport'
import type { Checkpoint } from '../../src/usage/journal'
import type { UsageRecord } from '../../src/usage/record'
import type { Recorder } from '../../src/usage/recorder'
import { Tokenizer } from '../../src/usage/tokenizer'
import { adapterOf } from '../../src/vendors/adapter'
import type { Timeouts, Vendor } from '../../src/vendors/vendor'
import { anyCaller } from '../auth/any-caller'
import { budgetsOn } from '../limits/budget/budgets-on'
import { catalogOf } from './catalog-of'

export interface GatewayOptions {
  /** Vendor name → base URL. Every model id is served by all of them, in this order, under its own id. */
  vendors: Record<string, string>
  /** Public ids; each goes upstream as `<id>-2026-01`. Default: `m`. */
  models?: string[]
  /** The id that all of them have upstream instead. */
  deployment?: string
  /** What the models can. Default: stream, call tools and follow schemas. */
  capabilities?: Capability[]
  /** What else the models are. Default: chat, at the tests' price. */
  model?: Partial<Model>
  timeouts?: Partial<Timeouts>
  patienceMs?: number
  /** One for several gateways, since its thread takes a second to start; whoever brings it stops it. */
  tokenizer?: Tokenizer
  tickMs?: number
  maxJsonBytes?: number
  maxUploadBytes?: number
  /** Where uploads lie that are too large for memory. Default: the system's folder for such. */
  openSpill?: GatewayDeps['uploads']['openSpill']
  slowestBodyMs?: number
  allowedHosts?: string[]
  canRecord?: () => boolean
  /** As with AUDIT_METADATA=1. */
  keepsNotes?: boolean
  /** Without it no budget can be checked. */
  budgets?: Budgets
  /** Changes a vendor's account, which otherwise conforms to OpenAI's dialect. */
  account?: (vendor: Vendor) => Vendor
  /** Stands in for the disk: hears of each call to a vendor before it is made. */
  dispatch?: Recorder['dispatch']
  /** The same, for all that leave together. */
  handOver?: Recorder['handOver']
  clock?: Clock
  /** For what is kept there besides records. */
  database?: Database
  transport?: Transport
  /** Knows the keys, in place of one that knows a single key. */
  keyring?: Keyring
  /** What the application has besides the hot path. */
  app?: Partial<Omit<AppDeps, 'gateway'>>
}

export interface TestGateway {
  url: string
  key: string
  keyring: Keyring
  health: Health
  records: UsageRecord[]
  /** What would be billed if the process died, as it was noted on the way. */
  checkpoints: Checkpoint[]
  logs: string[]
  caller: Caller
  /** What the hot path was given, for a test that calls it without a socket. */
  deps: GatewayDeps
  /** What the whole application was given, and what came of it. */
  appDeps: AppDeps
  app: ReturnType<typeof createApp>
  limits: Limits
  tenants: TenantAllowances
  ticker: Ticker
  /** The requests under way. */
  live: Roster<Call>
  strangers: () => number
  /** The record of the count-th request, as soon as it ended. */
  record(count?: number): Promise<UsageRecord>
  /** POST /v1/chat/completions with the key; a string body is sent as it is. */
  chat(body: unknown, init?: RequestInit): Promise<Response>
  /** Forgets the records, those that are still being counted included. */
  forgetRecords(): Promise<void>
  stop(): Promise<void>
}

/** The gateway of the tests: the real application on a loopback port, with records kept in memory. */
export function startGateway(options: GatewayOptions): TestGateway {
  const clock = options.clock ?? systemClock
  const ticker = new Ticker(clock, options.tickMs ?? 20)
  const logs: string[] = []
  const log = createLog('debug', line => logs.push(line), true, clock.date)
  const records: UsageRecord[] = []
  const checkpoints: Checkpoint[] = []
  const random = (length: number) => crypto.getRandomValues(new Uint8Array(length))
  const key = newKey(random)
  const caller = anyCaller(key)
  const keyring = options.keyring ?? keyringOf(caller, clock)
  const health = new Health(clock)
  let strangers = 0
  const live = new Roster<Call>()
  const tokenizer = options.tokenizer ?? new Tokenizer({ deadlineMs: 60_000 })
  const spills = new Spills(tmpdir())
  const tenants = new TenantAllowances()
  const limits = {
    canRecord: options.canRecord ?? (() => true),
    memory: { isShort: false },
    inFlight: 0,
    draining: false,
    // Without a store to share them with, all of every limit is this process's.
    rates: new Rates({ clock, tenants }),
    budgets: options.budgets ?? budgetsOn({ clock }),
    chance: () => 0,
  }
  const metrics = new Metrics({
    publicModel: asked => asked,
    gauges: {
      requestsInFlight: () => limits.inFlight,
      usageBacklogBytes: () => 0,
      usageOldestSeconds: () => 0,
      spoolBytes: () => 0,
      spoolRoomBytes: () => 0,
      memoryLimitBytes: () => 0,
      coolingDeployments: () => health.cooling,
      budgetSlices: () => limits.budgets.size,
      budgetWaiters: () => limits.budgets.waiting,
      keys: () => keyring.size,
    },
    tallies: {
      limitRefusals: () => limits.rates.refused,
      budgetTurns: () => 0,
      replays: () => replays.replayed,
      replayWaits: () => replays.waited,
    },
  })
  // Nothing listens there, unless a test brings its own.
  const database = options.database ?? connect({ clock, databaseUrl: 'postgres://127.0.0.1:1/none' })
  const replays = new Replays({ clock, log, random, store: repeatStore(database) })
  const deps: GatewayDeps = {
    clock,
    ticker,
    log,
    keyring,
    limits,
    catalog: catalogOf(options),
    health,
    live,
    transport: options.transport ?? vendorTransport({ clock, ticker }),
    tokenizer,
    drains: new Drains(clock, ticker),
    replays,
    recorder: {
      hasRoom: () => true,
      dispatch: options.dispatch ?? (() => ({}) as Ticket),
      handOver: options.handOver ?? (() => {}),
      checkpoint: about => void checkpoints.push(about),
      record: record => void records.push(record),
    },
    maxJsonBytes: options.maxJsonBytes ?? 64 * 1024 * 1024,
    uploads: {
      maxBytes: options.maxUploadBytes ?? 200 * 1024 * 1024,
      openSpill: options.openSpill ?? (() => spills.open()),
    },
    slowestBodyMs: options.slowestBodyMs ?? 30_000,
    patienceMs: options.patienceMs ?? 10_000,
    keepOpen: request => server.timeout(request, 0),
    keepsNotes: options.keepsNotes ?? false,
    countStranger: () => strangers++,
  }
  const appDeps: AppDeps = {
    gateway: deps,
    admin: {
      clock,
      random,
      keyring,
      // Nothing listens there: the hot path needs no database, and a test that needs one brings its own.
      database,
      catalog: () => catalogOf(options),
      callable: vendor => adapterOf(vendor) !== undefined,
      adminKeySet: true,
      keepsNotes: options.keepsNotes ?? false,
    },
    health: { ready: async () => ({ ok: true, checks: {} }) },
    scrape: { metrics, authorise: () => {} },
    version: '0.0.0',
    ...options.app,
  }
  const app = createApp(appDeps)
  const server = listen({
    host: '127.0.0.1',
    port: 0,
    allowedHosts: options.allowedHosts ?? [],
    corsOrigins: [],
    maxBodyBytes: 200 * 1024 * 1024,
    handle: request => app.fetch(request),
  })
  const url = `http://127.0.0.1:${server.port}`
  return {
    url,
    key,
    keyring,
    health,
    records,
    checkpoints,
    logs,
    caller,
    deps,
    appDeps,
    app,
    limits,
    tenants,
    ticker,
    live,
    strangers: () => strangers,
    async record(count = 1) {
      for (let waited = 0; records.length < count; waited += 5) {
        if (waited > 10_000) throw new Error(`${records.length} records after 10 s, not ${count}`)
        await Bun.sleep(5)
      }
      return records[count - 1]!
    },
    chat: (body, init) =>
      fetch(`${url}/v1/chat/completions`, {
        method: 'POST',
        headers: { authorization: `Bearer ${key}`, 'content-type': 'application/json' },
        body: typeof body === 'string' ? body : JSON.stringify(body),
        ...init,
      }),
    async forgetRecords() {
      while (live.size > 0) await Bun.sleep(2)
      records.length = 0
    },
    async stop() {
      if (!options.tokenizer) tokenizer.stop()
      await server.stop(true)
    },
  }
}

function keyringOf(caller: Caller, clock: Clock): Keyring {
  const keyring = new Keyring({ clock, find: async () => undefined, adminKey: 'cm_adm_for_tests_only' })
  keyring.put(caller)
  return keyring
}
