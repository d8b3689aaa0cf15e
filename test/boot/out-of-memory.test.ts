import { afterAll, expect, setDefaultTimeout, test } from 'bun:test'
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { type Call, startVendor, type Vendor } from '../vendor/start'
import { adminKeyOf, records } from './management'
import { type ServingGateway, startGateway, stopEverything, temporaryFolder } from './start-process'
import { configureVendor } from './vendor-config'

setDefaultTimeout(300_000)
afterAll(stopEverything)

const FIRST_TAG = 1_000_000
const STREAMS = 12
const SPARE_BYTES = 64 * 1024 * 1024
const BIG = 'word '.repeat(4 * 1024 * 1024)

/** Asks for a stream, named by its `max_tokens`, and takes of it what comes. */
async function ask({ url, key }: ServingGateway, tag: number, text: string, tokens: number): Promise<string> {
  const messages = [{ role: 'user', content: text }]
  const response = await fetch(`${url}/v1/chat/completions`, {
    method: 'POST',
    headers: { authorization: `Bearer ${key}`, 'content-type': 'application/json' },
    body: JSON.stringify({
      model: 'acme',
      stream: true,
      max_tokens: tag,
      messages,
      x_tokens: tokens,
      x_pace_ms: 50,
    }),
  })
  return response.text()
}

/** What a process may allocate from now on, besides what it has. */
function limitMemory(pid: number, spareBytes: number): void {
  const kilobytes = Number(/^VmData:\s+(\d+)/m.exec(readFileSync(`/proc/${pid}/status`, 'utf8'))?.[1])
  Bun.spawnSync(['prlimit', '--pid', `${pid}`, `--data=${kilobytes * 1024 + spareBytes}`])
}

const tagOf = ({ body }: Call) => (JSON.parse(body?.toString() ?? '{}') as { max_tokens?: number }).max_tokens

async function billed(vendor: Vendor): Promise<number[]> {
  const tags = (await vendor.calls()).flatMap(call => tagOf(call) ?? [])
  return [...new Set(tags)].sort()
}

test.skipIf(Bun.which('prlimit') === null)(
  'F14: what a vendor bills is recorded once by the next start when a process dies for want of memory',
  async () => {
    const vendor = await startVendor()
    const dataDir = join(temporaryFolder(), 'data')
    await configureVendor(dataDir, vendor.url)
    const env = { ACME_KEY: 'sk-acme' }
    const gateway = await startGateway(dataDir, { env, patienceMs: 120_000 })
    let tag = FIRST_TAG
    expect(await ask(gateway, tag++, 'hello', 3)).toEndWith('data: [DONE]\n\n')
    const streams = Promise.allSettled(
      Array.from({ length: STREAMS }, () => ask(gateway, tag++, 'hello', 10_000)),
    )
    while ((await billed(vendor)).length < STREAMS + 1) await Bun.sleep(20)

    limitMemory(gateway.pid, SPARE_BYTES)
    let hasEnded = false
    const ended = gateway.ended(250_000).then(code => {
      hasEnded = true
      return code
    })
    while (!hasEnded)
      await Promise.race([ended, Promise.allSettled([1, 2, 3].map(() => ask(gateway, tag++, BIG, 10)))])
    expect(await ended).not.toBe(0)
    await streams

    const again = await startGateway(dataDir, { env, patienceMs: 120_000 })
    const tags = await billed(vendor)
    const found = await records(again, await adminKeyOf(dataDir), tags.length, 60_000)
    const kept = found.flatMap(({ shape }) => shape.max_tokens ?? [])
    expect(new Set(kept).size).toBe(kept.length)
    expect(tags.filter(each => !kept.includes(each))).toEqual([])
    expect(found.filter(({ error_code: code }) => code === 'gateway_crashed').length).toBeGreaterThanOrEqual(
      STREAMS,
    )
    await vendor.stop()
  },
)
