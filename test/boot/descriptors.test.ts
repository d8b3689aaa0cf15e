import { afterAll, expect, setDefaultTimeout, test } from 'bun:test'
import { readdirSync } from 'node:fs'
import { join } from 'node:path'
import { startVendor } from '../vendor/start'
import { KeptConnection } from './kept-connection'
import { type AuditRecord, adminKeyOf, records } from './management'
import { startGateway, stopEverything, temporaryFolder } from './start-process'
import { configureVendor } from './vendor-config'

setDefaultTimeout(300_000)
afterAll(stopEverything)

const SPARE = 3
const IDLE = 40
const ASKED = 24
/** It takes the vendor a while, so that each needs a connection of its own. */
const BODY = JSON.stringify({
  model: 'acme',
  messages: [{ role: 'user', content: 'hello' }],
  x_tokens: 10,
  x_pace_ms: 30,
})

/** Below which number a process's descriptors must be, from now on. */
function limit(pid: number, most: number): void {
  Bun.spawnSync(['prlimit', '--pid', `${pid}`, `--nofile=${most}:4096`])
}

/** The number below which so many are free. */
function limitWithFree(pid: number, free: number): number {
  const taken = new Set(readdirSync(`/proc/${pid}/fd`).map(Number))
  let left = free
  for (let number = 0; ; number++) if (!taken.has(number) && left-- === 0) return number
}

test.skipIf(Bun.which('prlimit') === null)(
  'F15: without a descriptor left nothing that a vendor bills is lost, and it serves again once there are some',
  async () => {
    const vendor = await startVendor()
    const dataDir = join(temporaryFolder(), 'data')
    await configureVendor(dataDir, vendor.url)
    const gateway = await startGateway(dataDir, { env: { ACME_KEY: 'sk-acme' }, patienceMs: 120_000 })
    const headers = { authorization: `Bearer ${gateway.key}`, 'content-type': 'application/json' }
    const ask = (connection: KeptConnection) =>
      connection.ask('POST', '/v1/chat/completions', headers, BODY).then(({ status }) => status)
    const kept = await Promise.all(Array.from({ length: 8 }, () => KeptConnection.open(gateway.url)))
    // The kernel hands a connection over with its first byte: one that has said nothing has no descriptor there yet.
    const seen = await Promise.all(kept.map(connection => connection.ask('GET', '/v1/models', headers)))
    expect(new Set(seen.map(({ status }) => status))).toEqual(new Set([200]))
    expect(await Promise.all(kept.slice(0, 2).map(ask))).toEqual([200, 200])

    limit(gateway.pid, limitWithFree(gateway.pid, SPARE))
    // More than it has descriptors for: the kernel holds them until it takes them.
    const idle = await Promise.all(Array.from({ length: IDLE }, () => KeptConnection.open(gateway.url)))
    const statuses = [200, 200]
    for (let asked = 0; asked < ASKED; asked += kept.length)
      statuses.push(...(await Promise.all(kept.map(ask))))
    expect(new Set(statuses)).toEqual(new Set([200, 502]))

    limit(gateway.pid, 4_096)
    for (const connection of idle) connection.close()
    const fresh = await KeptConnection.open(gateway.url)
    expect(await ask(fresh)).toBe(200)
    for (const connection of [...kept, fresh]) connection.close()
    // The embedded database's files are this process's descriptors too: what they cost it, a new start mends.
    gateway.signal('SIGTERM')
    expect(await gateway.ended(60_000)).toBe(0)
    const again = await startGateway(dataDir, { env: { ACME_KEY: 'sk-acme' }, patienceMs: 120_000 })
    const found = await records(again, await adminKeyOf(dataDir), statuses.length + 1, 60_000)
    const billed = (await vendor.calls()).map(({ id }) => id).sort()
    const recorded = found.flatMap(({ attempts, cost_usd: cost }) => (cost === '0' ? [] : attempts.map(idOf)))
    expect(found).toHaveLength(statuses.length + 1)
    expect(recorded.sort()).toEqual(billed)
    await vendor.stop()
  },
)

const idOf = (attempt: AuditRecord['attempts'][number]) => attempt.vendor_request_id
