import { afterAll, expect, setDefaultTimeout, test } from 'bun:test'
import { join } from 'node:path'
import { createDatabase, hasRealServer, realServer } from '../postgres'
import { chat, codeOf } from './chat'
import { makeKey, manage } from './management'
import { type ServingGateway, startGateway, stopEverything, temporaryFolder } from './start-process'

setDefaultTimeout(300_000)
afterAll(stopEverything)

const ADMIN_KEY = 'cm_adm_of_these_tests_0123456789abcdefgh'
const SHORT = 'demo:tokens=1 demo:pace=0ms'
const HOUR_MS = 3_600_000
const MONTH_MS = 32 * 24 * HOUR_MS
const STEPS_MS = [HOUR_MS, -HOUR_MS, MONTH_MS, -MONTH_MS, 5_000, 0]

interface Recorded {
  request_id: string
  created_at: string
}

async function keyWith(gateway: ServingGateway, change: object): Promise<string> {
  const { id, key } = await makeKey(gateway, ADMIN_KEY)
  await manage(gateway, ADMIN_KEY, `/keys/${id}`, { method: 'PATCH', body: change })
  return key
}

/** 200, or the code of the refusal. */
async function ask(gateway: ServingGateway, key: string): Promise<number | string | undefined> {
  const answer = await chat(gateway, SHORT, { key })
  if (answer.status !== 200) return codeOf(answer)
  await answer.text()
  return 200
}

async function until(isSo: () => Promise<boolean>): Promise<void> {
  while (!(await isSo())) await Bun.sleep(50)
}

test.skipIf(!hasRealServer)(
  'F17: a date that is set lets no key end early or begin anew, cuts no stream, and no id comes twice',
  async () => {
    const folder = temporaryFolder()
    const stepFile = join(folder, 'step')
    const gateway = await startGateway(join(folder, 'data'), {
      env: {
        DATABASE_URL: await createDatabase((await realServer())!),
        CALLMISSED_ADMIN_KEY: ADMIN_KEY,
        DEMO: '1',
        BUN_OPTIONS: `--preload ${join(import.meta.dir, 'stepped-date.ts')}`,
        CLOCK_STEP_FILE: stepFile,
      },
    })
    const from = Date.now()
    const ending = await keyWith(gateway, { expires_at: new Date(from + HOUR_MS / 2).toISOString() })
    const early = await keyWith(gateway, {
      not_before: new Date(from + HOUR_MS / 2).toISOString(),
      expires_at: new Date(from + HOUR_MS).toISOString(),
    })
    const spent = await keyWith(gateway, { budget: { limit_usd: '0.001', period: 'month' } })
    const limited = await keyWith(gateway, { limits: { rpm: 1 } })
    await until(async () => (await ask(gateway, ending)) === 200)
    expect(await ask(gateway, spent)).toBe(200)
    await until(async () => (await ask(gateway, early)) === 'key_not_yet_valid')
    await until(async () => (await ask(gateway, spent)) === 'insufficient_quota')
    await until(async () => (await ask(gateway, limited)) === 'rate_limit_exceeded')
    const limitedFrom = performance.now()
    const stream = chat(gateway, 'demo:tokens=200 demo:pace=20ms', { key: ending, stream: true })

    let told = 0
    for (const stepMs of STEPS_MS) {
      await Bun.write(stepFile, `${stepMs}`)
      gateway.signal('SIGUSR2')
      told++
      await until(async () => gateway.stderr().split('stepped by').length > told)
      // Before the database can have said what time it is, and after.
      for (let asked = 0; asked < 6; asked++) {
        expect([stepMs, await ask(gateway, ending)]).toEqual([stepMs, 200])
        expect([stepMs, await ask(gateway, early)]).toEqual([stepMs, 'key_not_yet_valid'])
        expect([stepMs, await ask(gateway, spent)]).toEqual([stepMs, 'insufficient_quota'])
        if (performance.now() - limitedFrom < 30_000)
          expect([stepMs, await ask(gateway, limited)]).toEqual([stepMs, 'rate_limit_exceeded'])
        await Bun.sleep(asked * 50)
      }
    }
    expect(await (await stream).text()).toEndWith('data: [DONE]\n\n')

    const { data } = await manage<{ data: Recorded[] }>(gateway, ADMIN_KEY, '/audit?limit=1000')
    expect(new Set(data.map(({ request_id: id }) => id)).size).toBe(data.length)
    expect(data.length).toBeGreaterThan(STEPS_MS.length * 6)
    const dates = data.map(({ created_at: at }) => Date.parse(at))
    expect(Math.min(...dates)).toBeGreaterThan(from - 1_000)
    expect(Math.max(...dates)).toBeLessThan(Date.now() + 1_000)
  },
)
