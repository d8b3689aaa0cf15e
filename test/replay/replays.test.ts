import { afterAll, afterEach, beforeAll, expect, setDefaultTimeout, test } from 'bun:test'
import { GatewayError } from '../../src/errors'
import { systemClock } from '../../src/lib/clock'
import { newId } from '../../src/lib/id'
import { silentLog } from '../../src/lib/log'
import type { Answer } from '../../src/replay/answer'
import { Keeping } from '../../src/replay/keeping'
import { repeatStore } from '../../src/replay/repeat-store'
import { type RepeatStore, Replays } from '../../src/replay/replays'
import { describeDatabases, type FreshDatabase, freshDatabase } from '../postgres'

setDefaultTimeout(30_000)

const SECRET = 'cm_live_one'
const random = (length: number) => crypto.getRandomValues(new Uint8Array(length))

describeDatabases('requests that come again', kind => {
  let fresh: FreshDatabase
  const started: Replays[] = []
  beforeAll(async () => {
    fresh = await freshDatabase(kind)
  })
  afterAll(() => fresh.close())
  afterEach(async () => {
    for (const replays of started.splice(0)) await replays.stop()
  })

  function process(change: Partial<RepeatStore> = {}): Replays {
    const store = { ...repeatStore(fresh.db), ...change }
    const replays = new Replays({ clock: systemClock, log: silentLog, random, store })
    replays.start()
    started.push(replays)
    return replays
  }
  interface Asked {
    keyId: string
    idempotencyKey?: string
    tenantId?: string
    secret?: string
    body?: string
    stop?: () => void
  }
  async function ask(replays: Replays, asked: Asked): Promise<Answer | Keeping> {
    const {
      keyId,
      idempotencyKey = 'order',
      tenantId = keyId,
      secret = SECRET,
      body = '{}',
      stop = () => {},
    } = asked
    const seal = replays.seal(secret, keyId, idempotencyKey)
    const mark = await seal.mark('chat.completions', Buffer.from(body))
    return replays.begin({ tenantId, requestId: newId(), keyHash: `hash of ${secret}`, seal, mark, stop })
  }
  function answer(keeping: Answer | Keeping, text: string): void {
    if (!(keeping instanceof Keeping)) throw new Error('it had come before')
    keeping.add(Buffer.from(text))
    keeping.begin(new Response(null, { headers: { 'content-type': 'application/json' } }))
    keeping.settled(true)
    keeping.end()
  }
  const textOf = (answer: Answer | Keeping) => {
    if (answer instanceof Keeping) throw new Error('it had not come before')
    return Buffer.from(answer.body).toString()
  }
  const refusal = (promise: Promise<unknown>) =>
    promise.then(
      () => undefined,
      error =>
        error instanceof GatewayError ? [error.status, error.code, error.headers['x-should-retry']] : error,
    )

  test('the answer of the first one is given to the next, on every process', async () => {
    const [one, other] = [process(), process()]
    const keyId = newId()
    answer(await ask(one, { keyId }), 'the answer')
    await one.flush(5_000)
    for (const replays of [one, other]) expect(textOf(await ask(replays, { keyId }))).toBe('the answer')
    for (const replays of [one, other]) expect([replays.replayed, replays.waited]).toEqual([1, 0])
    const [row] = await fresh.db.sql`SELECT answer FROM idempotency WHERE tenant_id = ${keyId}`
    expect(Buffer.from(row!.answer).includes('the answer')).toBe(false)
  })

  test('whoever comes meanwhile waits for it, on every process', async () => {
    const [one, other] = [process(), process()]
    const keyId = newId()
    const first = await ask(one, { keyId })
    const waiting = Promise.all([ask(one, { keyId }), ask(other, { keyId })])
    expect(await Promise.race([waiting, Bun.sleep(400)])).toBeUndefined()
    answer(first, 'late')
    expect((await waiting).map(textOf)).toEqual(['late', 'late'])
    for (const replays of [one, other]) expect([replays.replayed, replays.waited]).toEqual([1, 1])
  })

  test('of many at once on two processes one runs', async () => {
    const processes = [process(), process()]
    const keyId = newId()
    let ran = 0
    const all = Array.from({ length: 20 }, async (_, at) => {
      const got = await ask(processes[at % 2]!, { keyId })
      if (!(got instanceof Keeping)) return textOf(got)
      ran++
      await Bun.sleep(50)
      answer(got, 'once')
      return 'once'
    })
    expect(new Set(await Promise.all(all))).toEqual(new Set(['once']))
    expect(ran).toBe(1)
  })

  test('T81 another body is refused, while the first runs and after it; other keys and tenants are apart', async () => {
    const replays = process()
    const keyId = newId()
    const first = await ask(replays, { keyId })
    const mismatch = [409, 'idempotency_mismatch', 'false']
    expect(await refusal(ask(replays, { keyId, body: '{"a":1}' }))).toEqual(mismatch)
    answer(first, 'a')
    await replays.flush(5_000)
    expect(await refusal(ask(replays, { keyId, body: '{"a":1}' }))).toEqual(mismatch)
    for (const other of [
      { keyId, idempotencyKey: 'another' },
      { keyId: newId() },
      { keyId, tenantId: newId() },
    ])
      expect(await ask(replays, other)).toBeInstanceOf(Keeping)
  })

  test('an answer that was cut short is forgotten, and who waits runs afresh', async () => {
    const replays = process()
    const keyId = newId()
    const first = (await ask(replays, { keyId })) as Keeping
    const waiting = ask(replays, { keyId })
    first.add(Buffer.from('half'))
    first.settled(false)
    expect(await waiting).toBeInstanceOf(Keeping)
  })

  test('an answer of more than 4 MiB, or under a secret that was rotated, is not given again', async () => {
    const replays = process()
    const [large, rotated] = [newId(), newId()]
    answer(await ask(replays, { keyId: large }), 'x'.repeat(4 * 1024 * 1024 + 1))
    answer(await ask(replays, { keyId: rotated }), 'a')
    await replays.flush(5_000)
    const expired = [409, 'idempotency_expired', 'false']
    expect(await refusal(ask(replays, { keyId: large }))).toEqual(expired)
    expect(await refusal(ask(replays, { keyId: rotated, secret: 'cm_live_two' }))).toEqual(expired)
  })

  test('an answer of 4 MiB is given again', async () => {
    const replays = process()
    const keyId = newId()
    const text = 'x'.repeat(4 * 1024 * 1024)
    answer(await ask(replays, { keyId }), text)
    await replays.flush(10_000)
    expect(textOf(await ask(replays, { keyId })) === text).toBe(true)
  })

  test('an answer is given for a day, and then forgotten', async () => {
    const replays = process()
    const keyId = newId()
    answer(await ask(replays, { keyId }), 'a')
    await replays.flush(5_000)
    const [row] = await fresh.db.sql<{ hours: number }[]>`
      SELECT extract(epoch from expires_at - now())::float8 / 3600 AS hours FROM idempotency WHERE tenant_id = ${keyId}`
    expect(row!.hours).toBeCloseTo(24, 1)
    await fresh.db.sql`UPDATE idempotency SET expires_at = now() WHERE tenant_id = ${keyId}`
    answer(await ask(replays, { keyId }), 'b')
    await replays.flush(5_000)
    await fresh.db.sql`UPDATE idempotency SET expires_at = now() WHERE tenant_id = ${keyId}`
    await repeatStore(fresh.db).prune()
    expect(await fresh.db.sql`SELECT 1 FROM idempotency WHERE tenant_id = ${keyId}`).toHaveLength(0)
  })

  test('what a process that died was running is run afresh once it counts as dead', async () => {
    const [dead, alive] = [process({ keepRunning: async () => {} }), process()]
    const keyId = newId()
    await ask(dead, { keyId })
    const waiting = ask(alive, { keyId })
    await Bun.sleep(300)
    await fresh.db.sql`UPDATE idempotency SET running_until = now() WHERE tenant_id = ${keyId}`
    const second = await waiting
    expect(second).toBeInstanceOf(Keeping)
    answer(second, 'afresh')
    await alive.flush(5_000)
    expect(textOf(await ask(alive, { keyId }))).toBe('afresh')
  })

  test('what a live process runs is its own for as long as it takes', async () => {
    const replays = process()
    const keyId = newId()
    await ask(replays, { keyId })
    await fresh.db
      .sql`UPDATE idempotency SET running_until = now() + interval '5 seconds' WHERE tenant_id = ${keyId}`
    const until = async () =>
      (
        await fresh.db.sql<{ seconds: number }[]>`
          SELECT extract(epoch from running_until - now())::float8 AS seconds FROM idempotency WHERE tenant_id = ${keyId}`
      )[0]!.seconds
    for (const end = Date.now() + 10_000; (await until()) < 8 && Date.now() < end; ) await Bun.sleep(200)
    expect(await until()).toBeGreaterThan(8)
  }, 20_000)

  test('without the store nothing is run, and what was begun in the dark is taken back', async () => {
    const store = repeatStore(fresh.db)
    const away = () => Promise.reject(new GatewayError('store_unavailable', 'away'))
    const keyId = newId()
    const first = process({ claim: away })
    expect(await refusal(ask(first, { keyId }))).toEqual([503, 'store_unavailable', undefined])
    // The claim stood, and its answer was lost.
    const lost = process({ claim: async claim => (await store.claim(claim)) && away() })
    expect(await refusal(ask(lost, { keyId }))).toEqual([503, 'store_unavailable', undefined])
    await lost.flush(5_000)
    expect(await ask(process(), { keyId })).toBeInstanceOf(Keeping)
  })

  test('an answer waits in memory while the store is away', async () => {
    const store = repeatStore(fresh.db)
    let isAway = true
    const keep: RepeatStore['keep'] = (claim, answer) =>
      isAway ? Promise.reject(new GatewayError('store_unavailable', 'away')) : store.keep(claim, answer)
    const replays = process({ keep })
    const keyId = newId()
    answer(await ask(replays, { keyId }), 'kept')
    const waiting = ask(replays, { keyId })
    await Bun.sleep(50)
    isAway = false
    expect(textOf(await waiting)).toBe('kept')
  })

  test('who waits and leaves is not waited for', async () => {
    const replays = process()
    const keyId = newId()
    await ask(replays, { keyId })
    let hasLeft = false
    const stop = () => {
      if (hasLeft) throw new GatewayError('request_timeout', 'left')
    }
    const waiting = refusal(ask(replays, { keyId, stop }))
    hasLeft = true
    expect(await waiting).toEqual([408, 'request_timeout', undefined])
  })
})
