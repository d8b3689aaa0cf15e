import { afterAll, describe, expect, setDefaultTimeout, test } from 'bun:test'
import { join } from 'node:path'
import { createDatabase, hasRealServer, realServer } from '../postgres'
import { makeKey, manage, recordOf } from './management'
import { openStream } from './open-stream'
import { type ServingGateway, startGateway, stopEverything, temporaryFolder } from './start-process'

setDefaultTimeout(120_000)
afterAll(stopEverything)

const ADMIN_KEY = 'cm_adm_of_these_tests_0123456789abcdefgh'
/** The contract's: so late a change is heard of, and obeyed, on every process. */
const WITHIN_MS = 1_000

/** Each change that ends a key's streams, and the code that they end with. */
const CHANGES: [
  name: string,
  path: (key: { id: string; tenant_id: string }) => string,
  method: string,
  body: object | undefined,
  code: string,
][] = [
  ['revoked', ({ id }) => `/keys/${id}`, 'DELETE', undefined, 'key_revoked'],
  ['rotated without grace', ({ id }) => `/keys/${id}/rotate`, 'POST', {}, 'key_expired'],
  ['lowered', ({ id }) => `/keys/${id}`, 'PATCH', { scopes: ['stt'] }, 'scope_not_allowed'],
  ['kept to other models', ({ id }) => `/keys/${id}`, 'PATCH', { models: ['gpt-*'] }, 'model_not_allowed'],
  ['of a deleted tenant', ({ tenant_id: id }) => `/tenants/${id}`, 'DELETE', undefined, 'key_revoked'],
]

describe.skipIf(!hasRealServer)('two processes on one database', () => {
  let processes: Promise<ServingGateway[]> | undefined
  const start = async () => {
    const env = {
      DATABASE_URL: await createDatabase((await realServer())!),
      CALLMISSED_ADMIN_KEY: ADMIN_KEY,
      DEMO: '1',
    }
    return Promise.all([0, 1].map(() => startGateway(join(temporaryFolder(), 'data'), { env })))
  }

  for (const [name, path, method, body, code] of CHANGES)
    test(`open streams of a key that is ${name} end within a second on both, and are accounted`, async () => {
      processes ??= start()
      const [one, other] = (await processes) as [ServingGateway, ServingGateway]
      const times: number[] = []
      // The best of three: the machine may be busy with other things.
      while (times.length < 3 && !times.some(ms => ms < WITHIN_MS)) {
        const made = await makeKey(one, ADMIN_KEY)
        const { key } = made
        const streams = [await openStream(one, key), await openStream(other, key)]
        const ending = Promise.all(streams.map(stream => stream.end()))
        await Bun.sleep(200)
        const changedAt = performance.now()
        await manage(one, ADMIN_KEY, path(made), { method, body })
        const ends = await ending
        times.push(Math.max(...ends.map(({ endedAt }) => endedAt)) - changedAt)
        for (const { text } of ends) {
          expect(text).toContain(`"code":"${code}"`)
          expect(text).toEndWith('}}\n\ndata: [DONE]\n\n')
        }
        for (const { requestId } of streams) {
          const record = await recordOf(one, ADMIN_KEY, requestId)
          expect(record).toMatchObject({ outcome: 'error', status: 200, error_code: code })
          expect(Number(record.cost_usd)).toBeGreaterThan(0)
        }
      }
      expect(Math.min(...times)).toBeLessThan(WITHIN_MS)
    })

  test('the new secret of a rotation works at once on both, the old one until its grace is over', async () => {
    processes ??= start()
    const [one, other] = (await processes) as [ServingGateway, ServingGateway]
    const { id, key: old } = await makeKey(one, ADMIN_KEY)
    const statusOf = async (gateway: ServingGateway, key: string) => {
      const headers = { authorization: `Bearer ${key}` }
      return (await fetch(`${gateway.url}/v1/models`, { headers })).status
    }
    expect(await statusOf(other, old)).toBe(200)
    const { key } = await manage<{ key: string }>(one, ADMIN_KEY, `/keys/${id}/rotate`, {
      method: 'POST',
      body: { grace_seconds: 2 },
    })
    for (const gateway of [one, other])
      expect([await statusOf(gateway, key), await statusOf(gateway, old)]).toEqual([200, 200])
    await Bun.sleep(2_100)
    for (const gateway of [one, other])
      expect([await statusOf(gateway, key), await statusOf(gateway, old)]).toEqual([200, 401])
  })
})
