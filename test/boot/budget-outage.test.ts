import { afterAll, expect, setDefaultTimeout, test } from 'bun:test'
import { join } from 'node:path'
import postgres from 'postgres'
import { createDatabase, hasRealServer, realServer } from '../postgres'
import { makeGate } from './gate'
import { makeKey, manage, records } from './management'
import { type ServingGateway, startGateway, stopEverything, temporaryFolder } from './start-process'

setDefaultTimeout(60_000)
afterAll(stopEverything)

const ADMIN_KEY = 'cm_adm_of_these_tests_0123456789abcdefgh'
const LIMIT_USD = '0.05'
/** Room for many of these requests. */
const SLICE_PICO_USD = '500000000'
/** More of them than the whole budget pays for. */
const MANY = 5_000

/** Asks for a short answer; its status, its error's code and when to come again. */
async function ask({ url }: ServingGateway, key: string) {
  const response = await fetch(`${url}/v1/chat/completions`, {
    method: 'POST',
    headers: { authorization: `Bearer ${key}`, 'content-type': 'application/json' },
    body: JSON.stringify({
      model: 'demo',
      max_tokens: 20,
      messages: [{ role: 'user', content: 'demo:tokens=5 demo:pace=0ms' }],
    }),
  })
  const { error } = (await response.json()) as { error?: { code: string } }
  return { status: response.status, code: error?.code, again: response.headers.get('retry-after') }
}

async function until(isSo: () => Promise<boolean>): Promise<void> {
  for (const end = performance.now() + 20_000; performance.now() < end; await Bun.sleep(50))
    if (await isSo()) return
  throw new Error('it never became so')
}

async function hasIdleSlice(databaseUrl: string): Promise<boolean> {
  const sql = postgres(databaseUrl, { max: 1, onnotice: () => {} })
  const found = await sql`
    SELECT FROM budget_lease WHERE amount_pico_usd >= ${SLICE_PICO_USD} AND used_pico_usd = 0`
  await sql.end()
  return found.length > 0
}

test.skipIf(!hasRealServer)(
  'F25 with PostgreSQL away a budgeted key uses what its process holds, then gets 503; one without goes on; after it nothing is lost',
  async () => {
    const databaseUrl = await createDatabase((await realServer())!)
    const gate = await makeGate(databaseUrl)
    await gate.open()
    const env = { DATABASE_URL: gate.url, CALLMISSED_ADMIN_KEY: ADMIN_KEY }
    const gateway = await startGateway(join(temporaryFolder(), 'data'), { env })
    const [budgeted, free] = [await makeKey(gateway, ADMIN_KEY), await makeKey(gateway, ADMIN_KEY)]
    const path = `/keys/${budgeted.id}`
    const budget = { limit_usd: LIMIT_USD, period: 'total' }
    await manage(gateway, ADMIN_KEY, path, { method: 'PATCH', body: { budget } })
    for (let asked = 0; asked < 3; asked++) expect((await ask(gateway, budgeted.key)).status).toBe(200)
    expect((await ask(gateway, free.key)).status).toBe(200)
    // A slice with room is what it asks for in the background; it has heard of it when it next tells what it uses.
    await until(() => hasIdleSlice(databaseUrl))

    await gate.shut()
    let letIn = 0
    let last = await ask(gateway, budgeted.key)
    for (; last.status === 200 && letIn < MANY; letIn++) last = await ask(gateway, budgeted.key)
    expect(letIn).toBeGreaterThan(0)
    expect(last).toEqual({ status: 503, code: 'budget_unavailable', again: '1' })
    expect(await ask(gateway, free.key)).toMatchObject({ status: 200 })

    await gate.open()
    await until(async () => (await ask(gateway, budgeted.key)).status === 200)
    const shown = () =>
      manage<{ budget: { spent_usd: string; reserved_usd: string } }>(gateway, ADMIN_KEY, path)
    await until(async () => {
      const kept = await records(gateway, ADMIN_KEY, 1)
      const sum = kept.reduce((sum, record) => sum + pico(costOf(record, budgeted.id)), 0n)
      const { spent_usd, reserved_usd } = (await shown()).budget
      return reserved_usd === '0' && pico(spent_usd) === sum && sum > 0n
    })
    expect(pico((await shown()).budget.spent_usd)).toBeLessThanOrEqual(pico(LIMIT_USD))
    await gate.shut()
  },
)

const costOf = (record: object, keyId: string) => {
  const { key_id, cost_usd } = record as { key_id: string; cost_usd: string }
  return key_id === keyId ? cost_usd : '0'
}

function pico(text: string): bigint {
  const [whole = '0', fraction = ''] = text.split('.')
  return BigInt(whole) * 1_000_000_000_000n + BigInt(fraction.padEnd(12, '0'))
}
