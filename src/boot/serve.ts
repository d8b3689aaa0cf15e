import packageJson from '../../package.json' with { type: 'json' }
import { createApp } from '../app'
import { carriesOurKey } from '../auth/caller'
import { Keyring } from '../auth/keyring'
import type { Config } from '../config/config'
import { startDemoVendor } from '../demo/server'
import { listen, type ServerOptions } from '../http/server'
import { Strangers } from '../http/strangers'
import { newId } from '../lib/id'
import type { Log } from '../lib/log'
import { TenantAllowances } from '../limits/tenant-allowances'
import type { Metrics } from '../ops/metrics'
import { repeatStore } from '../replay/repeat-store'
import { Replays } from '../replay/replays'
import { Tokenizer } from '../usage/tokenizer'
import { adminKeyOf } from './admin-key'
import { appDeps } from './app-deps'
import { BudgetKeeping } from './budgets'
import { catalogOf } from './demo-catalog'
import { firstKey } from './first-key'
import { gatewayDeps } from './gateway-deps'
import { GoogleTokens, googleSource } from './google-tokens'
import { listenFailure } from './listen-failure'
import { keyMemory, tenantMemory } from './memory'
import { memoryRoom } from './memory-room'
import { RateLimits } from './rate-limits'
import { Shutdown } from './shutdown'
import type { Store } from './store'
import { UsageLine } from './usage'
import { welcome } from './welcome'

export interface Serving {
  /** What the start prints. */
  text: string
  /** How it ends: see `Shutdown.begin`. */
  end: () => Promise<number>
}

/** How a worker differs from a lone gateway. */
export interface Shared {
  /** Other workers listen there too. */
  port: number
  /** Takes what tells this worker's metrics, gives what tells those of all. */
  metricsOfAll: (own: () => Promise<string>) => () => Promise<string>
}

const random = (length: number) => crypto.getRandomValues(new Uint8Array(length))
const { version } = packageJson
const AWAY = 'the database cannot be reached yet: until it can, requests get 503'

/** Joins everything to a gateway that listens. */
export async function serve(config: Config, log: Log, store: Store, shared?: Shared): Promise<Serving> {
  // Not before the data folder is ours: the keys of a process that serves from it are not to be replaced.
  const admin = adminKeyOf(config, random)
  const adminKeySet = admin.key !== undefined
  const { clock } = store
  const keyring = new Keyring({ clock, find: store.findKey, adminKey: admin.key })
  const tenants = new TenantAllowances()
  const limits = new RateLimits({ clock, log, keyring, store, tenants })
  const boot = newId()
  const budgeting = new BudgetKeeping({ clock, log, store, tenants, holder: boot, vendors: config.vendors })
  const memories = [keyMemory(keyring), tenantMemory(tenants), limits.memory, budgeting.memory]
  const isOpen = await store.open(memories)
  const demo = config.demo ? startDemoVendor({ log }) : undefined
  const catalog = catalogOf(config, demo)
  const usage = new UsageLine({ config, clock, log, boot, store, ...budgeting.hooks })
  const tokenizer = new Tokenizer()
  const keepOpen = (request: Request) => server.timeout(request, 0)
  const replays = new Replays({ clock, log, random, store: repeatStore(store.database) })
  const counted = { limits, budgeting, memory: memoryRoom(config.workers, shared !== undefined) }
  const parts = { config, clock, log, keyring, catalog, usage, tokenizer, replays, keepOpen, ...counted }
  const { gateway, metrics } = gatewayDeps(parts)
  const { metricsPublic } = config
  const scraped = shared ? scrapedTogether(metrics, shared) : metrics
  const app = createApp(
    appDeps(gateway, store, { version, random, catalog, metrics: scraped, metricsPublic, adminKeySet }),
  )
  const tokens = new GoogleTokens({ log, source: googleSource })
  tokens.start(config.vendors)
  // Before anybody is told that this process serves: the key lies in the data folder already.
  const key = isOpen ? await ownersKey(config, store, keyring) : undefined
  const server = await listenAt(config, shared, {
    handle: request => app.fetch(request),
    strangers: new Strangers(clock),
    isOurs: headers => carriesOurKey(headers, keyring),
    isEnding: () => shutdown.hasBegun,
  })
  const shutdown = new Shutdown({
    clock,
    log,
    limits: gateway.limits,
    live: gateway.live,
    isAnswering: () => server.pendingRequests > 0,
    graceMs: config.shutdownGraceMs,
    hasPeers: shared !== undefined,
    stopListening: () => void server.stop(false),
    stopCounting: () => tokenizer.stop(),
    flush: deadlineMs => usage.flush(deadlineMs),
    close: async () => {
      await server.stop(true)
      tokens.stop()
      await Promise.all([demo?.stop(), budgeting.stop()])
      await Promise.all([usage.close(), limits.stop(), replays.stop()])
      await store.close()
    },
  })
  for (const part of [usage, limits, budgeting, replays]) part.start()
  const text = welcome({
    url: `http://${reachableName(config.host)}:${server.port}`,
    version,
    catalog,
    key,
    newAdminKey: admin.isNew ? admin.key : undefined,
    adminKeyFile: admin.file,
    managementIsOff: !adminKeySet,
    notices: isOpen ? config.notices : [...config.notices, AWAY],
  })
  return { text, end: () => shutdown.begin() }
}

/** The key that a gateway with a database of its own makes for its owner. */
async function ownersKey(config: Config, { database, clock }: Store, keyring: Keyring) {
  if (config.databaseUrl) return undefined
  return firstKey({ dataDir: config.dataDir, database, keyring, random, date: clock.date })
}

function scrapedTogether(metrics: Metrics, { metricsOfAll }: Shared): Pick<Metrics, 'contentType' | 'text'> {
  return { contentType: metrics.contentType, text: metricsOfAll(() => metrics.text()) }
}

async function listenAt(
  config: Config,
  shared: Shared | undefined,
  doors: Pick<ServerOptions, 'handle' | 'strangers' | 'isOurs' | 'isEnding'>,
) {
  const port = shared?.port ?? config.port
  const maxBodyBytes = Math.max(config.maxJsonBytes, config.maxUploadBytes)
  // What the start alone needed, the rows of all keys above all, goes back to the system before anybody waits for an answer.
  Bun.gc(true)
  try {
    return listen({ ...config, port, sharesPort: shared !== undefined, maxBodyBytes, ...doors })
  } catch (error) {
    throw await listenFailure(error, config.host, port)
  }
}

/** Where a person on this machine reaches a host that means "every address". */
function reachableName(host: string): string {
  if (host === '0.0.0.0' || host === '::') return '127.0.0.1'
  return host.includes(':') ? `[${host}]` : host
}
