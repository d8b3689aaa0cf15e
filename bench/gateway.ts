import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { start, stop } from './child.ts'
import { gatewayConfig } from './gateway-config.ts'
import { startVariables } from './start-variables.ts'
import type { Change, Target } from './target.ts'
import { freePort, until } from './wait.ts'

const MODEL = 'bench'
const ADMIN_KEY = `bench-admin-${crypto.randomUUID()}`
const READY_LIMIT_MS = 60_000

/** Is there a gateway in this tree to start? */
export const gatewayExists = (root: string): boolean =>
  existsSync(join(root, 'src/start.ts')) && existsSync(join(root, 'src/main.ts'))

async function manage(origin: string, path: string, body: unknown): Promise<Record<string, string>> {
  const headers = { authorization: `Bearer ${ADMIN_KEY}`, 'content-type': 'application/json' }
  const response = await fetch(`${origin}/api/v1/${path}`, {
    method: 'POST',
    headers,
    body: JSON.stringify(body),
  })
  if (!response.ok) throw new Error(`POST /api/v1/${path}: ${response.status} ${await response.text()}`)
  return (await response.json()) as Record<string, string>
}

/** So much of everything that nothing is ever refused: what is measured is the counting. */
const EVERYTHING = {
  budget: { limit_usd: '1000000', period: 'month' },
  limits: { rpm: 1_000_000_000, tpm: 1_000_000_000, concurrency: 1_000_000 },
}

/** A key with a budget and every limit, and one of the same tenant with none. */
async function makeKeys(origin: string): Promise<{ key: string; unlimitedKey: string }> {
  const tenant = await manage(origin, 'tenants', { name: 'bench' })
  const make = async (name: string, more: object) =>
    (await manage(origin, 'keys', { tenant_id: tenant.id, name, ...more })).key!
  return { key: await make('bench', EVERYTHING), unlimitedKey: await make('unlimited', {}) }
}

/** All requests on record, as the management API sums them up. */
async function recordedRequests(origin: string): Promise<number> {
  const headers = { authorization: `Bearer ${ADMIN_KEY}` }
  const response = await fetch(`${origin}/api/v1/usage?group_by=model`, { headers })
  if (!response.ok) throw new Error(`GET /api/v1/usage: ${response.status} ${await response.text()}`)
  const { data } = (await response.json()) as { data: { requests: number }[] }
  return data.reduce((sum, { requests }) => sum + requests, 0)
}

/** Requests that hold their places at this moment, as its metrics tell them. */
async function requestsInFlight(origin: string): Promise<number> {
  const response = await fetch(`${origin}/metrics`, { headers: { authorization: `Bearer ${ADMIN_KEY}` } })
  return Number(/^callmissed_requests_in_flight (\d+)$/m.exec(await response.text())?.[1])
}

const lastLines = (file: string): string => readFileSync(file, 'utf8').trim().split('\n').slice(-5).join('\n')

const isReady = async (origin: string): Promise<boolean> => {
  try {
    return (await fetch(`${origin}/health/ready`)).ok
  } catch {
    return false
  }
}

const ENTRY = 'src/start.ts'

/** Starts our gateway in front of the vendor, its data in `folder`; `databaseUrl` undefined: the embedded database. */
export async function startGateway(
  root: string,
  pin: string[],
  folder: string,
  vendor: Target,
  databaseUrl: string | undefined,
  { entry = ENTRY, env: changed = {} }: Change = {},
): Promise<Target> {
  const data = join(folder, 'data')
  mkdirSync(data, { recursive: true, mode: 0o700 })
  const config = join(folder, 'callmissed.yaml')
  writeFileSync(config, gatewayConfig(vendor.url, MODEL))
  const log = join(folder, 'errors.log')
  const port = freePort()
  const origin = `http://127.0.0.1:${port}`
  const env: Record<string, string> = {
    ...startVariables(root),
    PORT: String(port),
    DATA_DIR: data,
    CALLMISSED_CONFIG: config,
    CALLMISSED_ADMIN_KEY: ADMIN_KEY,
    LOG_LEVEL: 'warn',
    ...(databaseUrl ? { DATABASE_URL: databaseUrl } : {}),
    ...changed,
  }
  const launch = async () => {
    const child = start(['bun', join(root, entry)], { pin, env, errorsTo: log })
    void child.stdout.pipeTo(new WritableStream()).catch(() => {})
    await until('the gateway is ready', READY_LIMIT_MS, async () => {
      if (child.exitCode !== null)
        throw new Error(`the gateway ended with ${child.exitCode}: ${lastLines(log)}`)
      return isReady(origin)
    })
    return child
  }
  let child = await launch()
  const { key, unlimitedKey } = await makeKeys(origin)
  const database = databaseUrl
    ? 'PostgreSQL, a process of its own'
    : 'the embedded database, inside the process'
  const target: Target = {
    name: 'gateway',
    url: `${origin}/v1`,
    streamUrl: `${origin}/v1`,
    key,
    unlimitedKey,
    model: MODEL,
    pid: child.pid,
    features: `keys, limits, a budget, catalog, price, usage records in ${database}`,
    restart: async () => {
      await stop(child)
      child = await launch()
      target.pid = child.pid
    },
    recorded: () => recordedRequests(origin),
    inFlight: () => requestsInFlight(origin),
    databaseUrl,
    stop: () => stop(child),
    twin: (place, change) =>
      startGateway(root, pin, place, vendor, change.databaseUrl ?? databaseUrl, change),
    overTls: (place, secure, { cert }) =>
      startGateway(root, pin, place, secure, databaseUrl, { env: { NODE_EXTRA_CA_CERTS: cert } }),
  }
  return target
}
