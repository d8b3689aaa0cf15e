import { afterAll, describe, expect, setDefaultTimeout, test } from 'bun:test'
import { join } from 'node:path'
import postgres from 'postgres'
import { newKey } from '../../src/auth/key-format'
import { createDatabase, hasRealServer, hasThrowawayServer, realServer } from '../postgres'
import { chat } from './chat'
import { type Gate, makeGate } from './gate'
import { makeKey, records } from './management'
import { type ServingGateway, startGateway, stopEverything, temporaryFolder } from './start-process'

setDefaultTimeout(60_000)
afterAll(stopEverything)

const ADMIN_KEY = 'cm_adm_of_these_tests_0123456789abcdefgh'
const CALLERS = 20

/** Callers that ask one request after another until they are told to stop; every answer's status and id. */
function startLoad(gateway: ServingGateway, key: string) {
  const answers: { status: number; id: string }[] = []
  let isOver = false
  const caller = async () => {
    while (!isOver) {
      const response = await chat(gateway, 'demo:pace=1ms', { key, stream: answers.length % 2 === 0 })
      const text = await response.text()
      const id = response.headers.get('x-callmissed-request-id') ?? ''
      answers.push({ status: text.includes('"error"') ? 0 : response.status, id })
      await Bun.sleep(30)
    }
  }
  const callers = Array.from({ length: CALLERS }, caller)
  return {
    async stop() {
      isOver = true
      await Promise.all(callers)
      return answers
    },
  }
}

describe.skipIf(!hasRealServer)('a database that is away under load', () => {
  const gates: Gate[] = []
  const start = async () => {
    const server = (await realServer())!
    const url = await createDatabase(server)
    const gate = await makeGate(url)
    gates.push(gate)
    await gate.open()
    const dataDir = join(temporaryFolder(), 'data')
    const env = { DATABASE_URL: gate.url, CALLMISSED_ADMIN_KEY: ADMIN_KEY }
    const gateway = await startGateway(dataDir, { env })
    return { gate, gateway, dataDir, env, url, ...(await makeKey(gateway, ADMIN_KEY)) }
  }
  afterAll(() => Promise.all(gates.map(gate => gate.shut())))

  test.concurrent('for seconds, costs no request and no record, and none is recorded twice', async () => {
    const { gate, gateway, key } = await start()
    const load = startLoad(gateway, key)
    await Bun.sleep(500)
    await gate.shut()
    await gateway.logged(/"message":"usage could not be stored, trying again"/, 20_000)
    await Bun.sleep(1_500)
    await gate.open()
    await Bun.sleep(500)
    const answers = await load.stop()
    expect(answers.length).toBeGreaterThan(50)
    expect(answers.filter(({ status }) => status !== 200)).toEqual([])
    const kept = await records(gateway, ADMIN_KEY, answers.length, 6_000)
    expect(kept.map(record => record.request_id).sort()).toEqual(answers.map(({ id }) => id).sort())
    expect(kept.filter(({ outcome }) => outcome !== 'ok')).toEqual([])
  })

  test.concurrent('because it swallows all and answers nothing, holds up nobody beyond a deadline', async () => {
    const { gate, gateway, key } = await start()
    expect((await chat(gateway, 'demo:pace=1ms', { key })).status).toBe(200)
    await gate.swallow()
    const timed = async (ask: () => Promise<Response>) => {
      const begun = performance.now()
      const response = await ask()
      return { status: response.status, inTime: performance.now() - begun < 4_500 }
    }
    const strangersKey = newKey(length => crypto.getRandomValues(new Uint8Array(length)))
    const answers = await Promise.all([
      timed(() => chat(gateway, 'demo:pace=1ms', { key })),
      timed(() => chat(gateway, 'demo:pace=1ms', { key: strangersKey })),
      timed(() => fetch(`${gateway.url}/health/ready`)),
      timed(() => fetch(`${gateway.url}/health/live`)),
    ])
    expect([...answers]).toEqual([200, 503, 503, 200].map(status => ({ status, inTime: true })))
    await gate.open()
    expect(await records(gateway, ADMIN_KEY, 2, 15_000)).toHaveLength(2)
    expect((await fetch(`${gateway.url}/health/ready`)).status).toBe(200)
  })

  test.concurrent('at the end of the process keeps what it could not store, and the next start stores it', async () => {
    const { gate, gateway, dataDir, env, key } = await start()
    await gate.shut()
    const response = await chat(gateway, 'demo:pace=1ms', { key })
    expect(response.status).toBe(200)
    const begun = performance.now()
    gateway.signal('SIGTERM')
    expect(await gateway.ended(20_000)).toBe(0)
    expect(performance.now() - begun).toBeLessThan(15_000)
    expect(gateway.stderr()).toContain('usage is kept on this disk')
    await gate.open()
    const next = await startGateway(dataDir, { env })
    const [record] = await records(next, ADMIN_KEY, 1, 6_000)
    expect(record).toMatchObject({
      request_id: response.headers.get('x-request-id'),
      outcome: 'ok',
      usage_source: 'vendor',
    })
  })

  test.concurrent('and killed meanwhile, loses no request that a vendor was asked', async () => {
    const { gate, gateway, dataDir, env, key } = await start()
    await gate.shut()
    const done = (await chat(gateway, 'demo:pace=1ms', { key })).headers.get('x-request-id')
    const open = await chat(gateway, 'demo:pace=20ms demo:tokens=400', { key, stream: true })
    await open.body?.getReader().read()
    await Bun.sleep(1_600)
    gateway.signal('SIGKILL')
    await gateway.ended()
    await gate.open()
    const next = await startGateway(dataDir, { env })
    const kept = await records(next, ADMIN_KEY, 2, 6_000)
    const crashed = kept.find(record => record.request_id === open.headers.get('x-request-id'))
    expect(kept.find(record => record.request_id === done)).toMatchObject({
      outcome: 'ok',
      usage_source: 'vendor',
    })
    expect(crashed).toMatchObject({
      outcome: 'error',
      error_code: 'gateway_crashed',
      usage_source: 'estimated',
    })
    expect(Number(crashed?.cost_usd)).toBeGreaterThan(0)
  })

  test.concurrent('and back before the deadline, SIGTERM ends with 0', async () => {
    const { gate, gateway, key } = await start()
    await gate.shut()
    expect((await chat(gateway, 'demo:pace=1ms', { key })).status).toBe(200)
    gateway.signal('SIGTERM')
    await Bun.sleep(1_000)
    await gate.open()
    expect(await gateway.ended()).toBe(0)
  })

  test.skipIf(!hasThrowawayServer)(
    'because it crashed in the middle of writing, the same holds',
    async () => {
      const { gateway, url, key } = await start()
      const server = (await realServer())!
      const load = startLoad(gateway, key)
      for (let crash = 0; crash < 3; crash++) {
        await Bun.sleep(400)
        const sql = postgres(url, { max: 1, onnotice: () => {} })
        const [row] = await sql`
        SELECT pid FROM pg_stat_activity
        WHERE application_name = 'callmissed' AND datname = current_database()
        ORDER BY query_start DESC LIMIT 1`.catch(() => [])
        if (row) server.crash(Number(row.pid))
        await sql.end({ timeout: 1 }).catch(() => {})
      }
      await Bun.sleep(500)
      const answers = await load.stop()
      expect(answers.filter(({ status }) => status !== 200)).toEqual([])
      const kept = await records(gateway, ADMIN_KEY, answers.length, 8_000)
      expect(kept.map(record => record.request_id).sort()).toEqual(answers.map(({ id }) => id).sort())
    },
  )
})
