import { afterAll, describe, expect, setDefaultTimeout, test } from 'bun:test'
import { join } from 'node:path'
import postgres from 'postgres'
import { newKey } from '../../src/auth/key-format'
import { createDatabase, hasRealServer, realServer } from '../postgres'
import { chat, codeOf, paste, refusalWithin } from './chat'
import { type Gate, makeGate } from './gate'
import { makeKey, manage, recordOf } from './management'
import { startGateway, startProcess, stopEverything, temporaryFolder } from './start-process'

setDefaultTimeout(120_000)
afterAll(stopEverything)

const ADMIN_KEY = 'cm_adm_of_these_tests_0123456789abcdefgh'
const freshFolder = () => join(temporaryFolder(), 'data')
const strangersKey = () => newKey(length => crypto.getRandomValues(new Uint8Array(length)))
const aFreshDatabase = async () => createDatabase((await realServer())!)

describe.skipIf(!hasRealServer)('with DATABASE_URL', () => {
  const gates: Gate[] = []
  afterAll(() => Promise.all(gates.map(gate => gate.shut())))
  const aGate = async () => {
    const gate = await makeGate(await aFreshDatabase())
    gates.push(gate)
    return gate
  }

  test.concurrent('no key is made, and the line that the start prints makes one that works', async () => {
    const env = { DATABASE_URL: await aFreshDatabase(), CALLMISSED_ADMIN_KEY: ADMIN_KEY }
    const gateway = await startGateway(freshFolder(), { env })
    expect(gateway.stdout()).not.toMatch(/cm_live_|cm_adm_/)
    const [, line = ''] = await gateway.printed(/^ {2}Make a key: (.+)$/m)
    const { exitCode, stdout, stderr } = await paste(line, { CALLMISSED_ADMIN_KEY: ADMIN_KEY })
    expect({ exitCode, stdout, stderr }).toMatchObject({
      exitCode: 0,
      stdout: expect.stringMatching(/^cm_live_\w{36}\n$/),
    })
    const response = await chat(gateway, 'demo:pace=1ms', { key: stdout.trim() })
    expect(response.status).toBe(200)
    const id = response.headers.get('x-callmissed-request-id') ?? ''
    expect(await recordOf(gateway, ADMIN_KEY, id)).toMatchObject({ outcome: 'ok' })
  })

  test.concurrent('and no admin key, management is off, and the start says so', async () => {
    const gateway = await startGateway(freshFolder(), { env: { DATABASE_URL: await aFreshDatabase() } })
    expect(gateway.stdout()).toMatch(
      /^ {2}Management is off: set CALLMISSED_ADMIN_KEY .+ start again, then\n {2}Make a key: bun cm keys create /m,
    )
    const response = await fetch(`${gateway.url}/api/v1/keys`, {
      headers: { authorization: `Bearer ${ADMIN_KEY}` },
    })
    expect([response.status, await codeOf(response)]).toEqual([403, 'management_disabled'])
  })

  test.concurrent('that is down at the start, the process is up, says so, and serves once the database is there', async () => {
    const gate = await aGate()
    const env = { DATABASE_URL: gate.url, CALLMISSED_ADMIN_KEY: ADMIN_KEY }
    const gateway = await startGateway(freshFolder(), { env })
    await gateway.logged(/"message":"the database cannot be reached, trying again".*"code":"ECONNREFUSED"/)
    expect(gateway.stdout()).toContain('  Note: the database cannot be reached yet')
    const health = async (path: string) => (await fetch(`${gateway.url}/health/${path}`)).status
    expect([await health('live'), await health('ready')]).toEqual([200, 503])
    for (let round = 0; round < 2; round++) {
      const refused = await chat(gateway, 'hello', { key: strangersKey() })
      expect([refused.status, await codeOf(refused)]).toEqual([503, 'store_unavailable'])
    }
    const malformed = await chat(gateway, 'hello', { key: 'cm_live_no' })
    expect([malformed.status, await codeOf(malformed)]).toEqual([401, 'invalid_api_key'])

    await gate.open()
    await gateway.logged(/"message":"the database is there"/, 5_000)
    expect(await health('ready')).toBe(200)
    const { key } = await makeKey(gateway, ADMIN_KEY)
    expect((await chat(gateway, 'demo:pace=1ms', { key })).status).toBe(200)
    expect((await chat(gateway, 'hello', { key: strangersKey() })).status).toBe(401)
  })

  test.concurrent('that swallows everything at the start, the process is up in time all the same', async () => {
    const gate = await aGate()
    await gate.swallow()
    const env = { DATABASE_URL: gate.url, CALLMISSED_ADMIN_KEY: ADMIN_KEY }
    const gateway = await startGateway(freshFolder(), { env })
    await gateway.logged(/"message":"the database takes long","afterMs":3000/)
    expect(gateway.stderr()).not.toContain('CONNECT_TIMEOUT')
    const refused = await chat(gateway, 'hello', { key: strangersKey() })
    expect([refused.status, await codeOf(refused)]).toEqual([503, 'store_unavailable'])
    await gate.open()
    await gateway.logged(/"message":"the database is there"/, 12_000)
    expect((await fetch(`${gateway.url}/health/ready`)).status).toBe(200)
  })

  test.concurrent('its tables of records soon have a partition for this month and the two after it', async () => {
    const url = await aFreshDatabase()
    await startGateway(freshFolder(), { env: { DATABASE_URL: url } })
    const sql = postgres(url, { max: 1 })
    const months = () => sql`SELECT FROM pg_class WHERE relkind = 'r' AND relname ~ '^(ledger|audit)_[0-9]'`
    while ((await months()).length < 6) await Bun.sleep(50)
    await sql.end()
  })

  test.concurrent('of a database that is newer than the code, the start ends with 1 and one line', async () => {
    const url = await aFreshDatabase()
    const env = { DATABASE_URL: url, CALLMISSED_ADMIN_KEY: ADMIN_KEY }
    const first = await startGateway(freshFolder(), { env })
    first.signal('SIGTERM')
    expect(await first.ended()).toBe(0)
    const sql = postgres(url, { max: 1 })
    await sql`INSERT INTO migration (made_at, hash) VALUES (4102444800000, 'of the future')`
    await sql.end()
    const refused = startProcess(freshFolder(), { env })
    expect(await refused.ended()).toBe(1)
    expect(refused.stderr()).toMatch(/^The database is newer than this version of the gateway .+\n$/)
    expect(refused.stdout()).not.toContain('serves')
  })

  test.concurrent('of a password that is wrong, the log says what the server said, and never the password', async () => {
    const { hostname, port } = new URL(await aFreshDatabase())
    const url = `postgres://nobody-of-that-name:canary@${hostname}:${port}/postgres`
    const gateway = await startGateway(freshFolder(), { env: { DATABASE_URL: url } })
    await gateway.logged(
      /"message":"the database cannot be reached, trying again".*"code":"28\w{3}".*refuses the user or password/,
    )
    expect(gateway.stderr() + gateway.stdout()).not.toContain('canary')
  })

  test.concurrent('two processes that start at once on one empty database both serve, and know each other’s keys', async () => {
    const env = { DATABASE_URL: await aFreshDatabase(), CALLMISSED_ADMIN_KEY: ADMIN_KEY }
    const [one, other] = await Promise.all([
      startGateway(freshFolder(), { env }),
      startGateway(freshFolder(), { env }),
    ])
    const { id, key } = await makeKey(one, ADMIN_KEY)
    expect((await chat(other, 'demo:pace=1ms', { key })).status).toBe(200)
    expect((await chat(one, 'demo:pace=1ms', { key })).status).toBe(200)
    await manage(one, ADMIN_KEY, `/keys/${id}`, { method: 'DELETE' })
    expect((await chat(one, 'hello', { key })).status).toBe(401)
    expect(await refusalWithin(other, 5_000, key)).toBe('key_revoked')
  })
})
