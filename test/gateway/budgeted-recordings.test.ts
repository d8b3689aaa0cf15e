import { afterAll, beforeAll, beforeEach, expect, setDefaultTimeout, test } from 'bun:test'
import { newKey } from '../../src/auth/key-format'
import type { PriceSpec } from '../../src/catalog/rate'
import { newId } from '../../src/lib/id'
import { wav } from '../audio'
import { anyCaller } from '../auth/any-caller'
import { Authority } from '../limits/budget/authority'
import { budgetsOn } from '../limits/budget/budgets-on'
import { transcript } from '../vendor/transcript'
import { ask, ORDERS } from './spoken'
import { refusalOf, type Served, startEndpoint } from './start-endpoint'

/** The thread that hears takes seconds to begin on a busy machine. */
setDefaultTimeout(60_000)

/** $0.006 a minute, in pico-dollars a second. */
const SECOND = 100_000_000n

let served: Served
/** The same model, sold by the token: $1 for a million. */
let byToken: Served
const authority = new Authority()
beforeAll(async () => {
  const start = async (price: PriceSpec) => {
    const budgets = budgetsOn({ takeTurns: async turns => authority.takeTurns('one', turns) })
    const started = await startEndpoint(['audio.transcriptions'], price, { budgets })
    started.gateway.deps.ticker.add(budgets)
    return started
  }
  served = await start({ audio_minute: '0.006' })
  byToken = await start({ input: '1', output: '0' })
})
afterAll(async () => {
  await served.stop()
  await byToken.stop()
})
beforeEach(async () => {
  for (const { vendor } of [served, byToken]) {
    await vendor.clear()
    await vendor.script('/v1/audio/transcriptions', transcript())
  }
})

/** Asks with a budget for so many seconds, and what is added for rounding. */
const transcribe = (seconds: bigint, body: FormData) => askWith(seconds * SECOND, body, served)

async function askWith(limitPicoUsd: bigint, body: FormData, { gateway, post }: Served) {
  const key = newKey(length => crypto.getRandomValues(new Uint8Array(length)))
  const budget = { limitPicoUsd, period: 'total' as const }
  const caller = anyCaller(key, { keyId: newId(), tenantId: newId(), budget })
  authority.budgets.set(caller.keyId, budget)
  gateway.keyring.put(caller)
  return post('audio/transcriptions', body, { headers: { authorization: `Bearer ${key}` } })
}

/** A FLAC's head alone: silence of so many seconds, at 44,100 samples each, takes next to nothing. */
function silentFlac(seconds: number): File {
  const head = Buffer.alloc(42)
  head.write('fLaC', 'latin1')
  head.set([0x80, 0, 0, 34, 16, 0, 16, 0], 4)
  head.set([0x0a, 0xc4, 0x40, 0xf0], 18)
  head.writeUInt32BE(seconds * 44_100, 22)
  return new File([Buffer.concat([head, Buffer.alloc(1_000)])], 'silence.flac', { type: 'audio/flac' })
}

for (const order of ORDERS) {
  test(`${order}: the words that go along are set aside too, a token for each byte`, async () => {
    const words = ask(order, { prompt: 'Zürich '.repeat(1_000) }, new File([wav(4)], 'a.wav'))
    const within = 4_000n * 1_000_000n
    expect((await askWith(within, words, byToken)).status).toBe(429)
    expect((await byToken.vendor.calls()).length).toBe(0)
    const bare = ask(order, {}, new File([wav(4)], 'a.wav'))
    expect((await askWith(within, bare, byToken)).status).toBe(200)
  })

  test(`${order}: silence of an hour in a kilobyte is let through where there is money for an hour`, async () => {
    const poor = await refusalOf(await transcribe(3_600n, ask(order, {}, silentFlac(3_600))))
    expect([poor.status, poor.code]).toEqual([429, 'insufficient_quota'])
    expect((await served.vendor.calls()).length).toBe(0)
    expect((await transcribe(3_601n, ask(order, {}, silentFlac(3_600)))).status).toBe(200)
  })

  test(`${order}: a recording that says how long it is needs no more than that`, async () => {
    const minute = new File([wav(60)], 'minute.wav')
    expect((await transcribe(61n, ask(order, {}, minute))).status).toBe(200)
    expect((await transcribe(60n, ask(order, {}, minute))).status).toBe(429)
  })

  test(`${order}: one that does not say so could be as long as its format allows`, async () => {
    const unknown = new File([Buffer.alloc(2_000, 7)], 'what.bin')
    expect((await transcribe(1_000n, ask(order, {}, unknown))).status).toBe(429)
    expect((await transcribe(3_000n, ask(order, {}, unknown))).status).toBe(200)
  })
}
