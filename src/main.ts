import packageJson from '../package.json' with { type: 'json' }
import { createApp } from './app'
import { Keyring } from './auth/keyring'
import { adminKeyOf } from './boot/admin-key'
import { appDeps } from './boot/app-deps'
import { catalogOf } from './boot/demo-catalog'
import { firstKey } from './boot/first-key'
import { gatewayDeps } from './boot/gateway-deps'
import { Shutdown } from './boot/shutdown'
import { Store } from './boot/store'
import { welcome } from './boot/welcome'
import type { Config } from './config/config'
import { diskFiles, processEnvironment } from './config/environment'
import { loadConfig } from './config/load'
import { startDemoVendor } from './demo/server'
import { systemClock as clock } from './lib/clock'
import { createLog, type Log } from './lib/log'
import { listen } from './server'
import { UsageBuffer } from './usage/buffer'

const random = (length: number) => crypto.getRandomValues(new Uint8Array(length))

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
  const admin = adminKeyOf(config, random)
  const store = await Store.prepare({ config, clock, log, onFatal: error => die([error.message]) })
  const keyring = new Keyring({ clock, find: store.findCaller, adminKey: admin.key })
  const isOpen = await store.open(keyring)
  const demo = config.demo ? startDemoVendor({ log }) : undefined
  const catalog = catalogOf(config, demo)
  const buffer = new UsageBuffer({ clock, log, write: store.write })
  const { gateway, metrics } = gatewayDeps({
    config,
    log,
    keyring,
    catalog,
    buffer,
    keepOpen: request => server.timeout(request, 0),
  })
  const { version } = packageJson
  const { metricsPublic } = config
  const adminKeySet = admin.key !== undefined
  const app = createApp(
    appDeps(gateway, store, { version, random, catalog, metrics, metricsPublic, adminKeySet }),
  )
  const server = listen({
    ...config,
    maxBodyBytes: Math.max(config.maxJsonBytes, config.maxUploadBytes),
    handle: request => app.fetch(request),
  })
  const shutdown = new Shutdown({
    clock,
    log,
    limits: gateway.limits,
    live: gateway.live,
    graceMs: config.shutdownGraceMs,
    stopListening: () => void server.stop(false),
    flush: deadlineMs => buffer.drain(deadlineMs),
    close: async () => {
      await server.stop(true)
      await demo?.stop()
      await store.close()
    },
  })
  for (const signal of ['SIGTERM', 'SIGINT'] as const)
    process.on(signal, () => void shutdown.begin().then(process.exit))
  const key =
    config.databaseUrl || !isOpen
      ? undefined
      : await firstKey({
          dataDir: config.dataDir,
          database: store.database,
          keyring,
          random,
          date: clock.date,
        })
  const url = `http://${reachableName(config.host)}:${server.port}`
  const newAdminKey = admin.isNew ? admin.key : undefined
  const { notices } = config
  process.stdout.write(
    welcome({
      url,
      version,
      catalog,
      key,
      newAdminKey,
      managementIsOff: !adminKeySet,
      notices,
    }),
  )
}

/** Where a person on this machine reaches a host that means "every address". */
function reachableName(host: string): string {
  if (host === '0.0.0.0' || host === '::') return '127.0.0.1'
  return host.includes(':') ? `[${host}]` : host
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
