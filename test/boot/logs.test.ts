import { afterAll, beforeAll, describe, expect, setDefaultTimeout, test } from 'bun:test'
import { join } from 'node:path'
import { startVendor, type Vendor } from '../vendor/start'
import { chat } from './chat'
import { type ServingGateway, startGateway, stopEverything, temporaryFolder } from './start-process'
import { configureVendor } from './vendor-config'

setDefaultTimeout(120_000)

const VENDOR_SECRET = 'sk-canary-of-the-vendor-0123456789'
const PROMPT = 'canary-of-the-prompt'

describe('what the process logs', () => {
  let vendor: Vendor
  let dataDir: string
  beforeAll(async () => {
    dataDir = join(temporaryFolder(), 'data')
    vendor = await startVendor()
    await configureVendor(dataDir, vendor.url)
  })
  afterAll(async () => {
    await vendor.stop()
    await stopEverything()
  })

  /** Everything that goes wrong in one process's life, as far as callers and vendors can make it. */
  async function live(level: string): Promise<ServingGateway> {
    const gateway = await startGateway(dataDir, { env: { ACME_KEY: VENDOR_SECRET, LOG_LEVEL: level } })
    const error = { message: `Incorrect API key ${VENDOR_SECRET} for ${PROMPT}`, code: 'invalid_api_key' }
    const json = { 'content-type': 'application/json' }
    await vendor.script('acme-large-2026-01', [
      { status: 401, headers: json },
      { text: JSON.stringify({ error }) },
    ])
    const refused = await chat(gateway, PROMPT, { model: 'acme' })
    expect(refused.status).toBe(502)
    await vendor.script('acme-large-2026-01', [
      { status: 200, headers: { 'content-type': 'text/event-stream' } },
      { text: `data: {"choices":[{"index":0,"delta":{"content":"${PROMPT}"}}]}\n\n` },
      { reset: true },
    ])
    const cut = await chat(gateway, PROMPT, { model: 'acme', stream: true })
    expect(await cut.text()).toContain('"error"')
    expect((await chat(gateway, PROMPT, { key: `${gateway.key}x` })).status).toBe(401)
    await fetch(`${gateway.url}/${PROMPT}?key=${gateway.key}`)
    await fetch(`${gateway.url}/v1/chat/completions`, {
      method: 'POST',
      headers: { authorization: `Bearer ${gateway.key}`, 'content-type': 'application/json' },
      body: `{"model": ${PROMPT}`,
    })
    gateway.signal('SIGTERM')
    expect(await gateway.ended()).toBe(0)
    return gateway
  }

  const linesOf = (gateway: ServingGateway) =>
    gateway
      .stderr()
      .trimEnd()
      .split('\n')
      .map(line => JSON.parse(line) as { time: string; level: string; message: string })

  test('is one JSON object a line, and holds no secret and nothing of a prompt', async () => {
    const gateway = await live('debug')
    const lines = linesOf(gateway)
    expect(lines.length).toBeGreaterThan(1)
    for (const { time, level, message } of lines) {
      expect(Math.abs(Date.parse(time) - Date.now())).toBeLessThan(60_000)
      expect(['debug', 'info', 'warn', 'error']).toContain(level)
      expect(message.length).toBeGreaterThan(0)
    }
    expect(lines.map(line => line.message)).toContain('a deployment failed')
    expect(gateway.stderr()).not.toContain('canary')
    expect(gateway.stderr()).not.toContain('cm_live_')
    expect(gateway.stderr()).not.toContain('cm_adm_')
  })

  test('is no more than LOG_LEVEL asks for', async () => {
    const warnings = linesOf(await live('warn'))
    expect(warnings.map(line => line.message)).toContain('a deployment failed')
    expect(new Set(warnings.map(line => line.level))).toEqual(new Set(['warn']))
    expect((await live('error')).stderr()).toBe('')
  })
})
