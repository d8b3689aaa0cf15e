import { afterAll, beforeAll, expect, test } from 'bun:test'
import fc from 'fast-check'
import { cost } from '../../src/catalog/cost'
import { METERS, type Meter, type Price } from '../../src/catalog/price'
import { type PriceSpec, parsePrice } from '../../src/catalog/rate'
import type { LedgerQuantities } from '../../src/db/ledger-row'
import { newId } from '../../src/lib/id'
import { readPrice, type StoredPrice } from '../../src/usage/journal'
import { writePrices } from '../../src/usage/writer'
import { NO_USAGE, type Usage } from '../../src/wire/usage'
import { auditRow, storeAudit } from '../db/rows'
import { describeDatabases, type FreshDatabase, freshDatabase } from '../postgres'

const priceOf = (spec: PriceSpec): Price => {
  const parsed = parsePrice(spec)
  if ('problems' in parsed) throw new Error(JSON.stringify(parsed.problems))
  return parsed.price
}

/** The sums that these classes were split from. */
function usageOf(classes: LedgerQuantities): Usage {
  const { input, cachedInput, cacheWrite, cacheWrite1h, audioInput, imageInput } = classes
  const { output, reasoning, audioOutput, imageOutput, audioMs, characters, images } = classes
  return {
    inputTokens: input + cachedInput + cacheWrite + cacheWrite1h + audioInput + imageInput,
    cachedInputTokens: cachedInput,
    cacheWriteTokens: cacheWrite,
    cacheWrite1hTokens: cacheWrite1h,
    audioInputTokens: audioInput,
    imageInputTokens: imageInput,
    outputTokens: output + reasoning + audioOutput + imageOutput,
    reasoningTokens: reasoning,
    audioOutputTokens: audioOutput,
    imageOutputTokens: imageOutput,
    audioSeconds: audioMs / 1_000,
    characters,
    images,
  }
}

const count = fc.oneof(fc.nat(20), fc.nat(2_000_000), fc.nat(1_000_000_000))
const anyUsage = fc.record<Usage>({
  ...(Object.fromEntries(Object.keys(NO_USAGE).map(name => [name, count])) as Record<
    keyof Usage,
    typeof count
  >),
  audioSeconds: fc.double({ min: 0, max: 1e6, noNaN: true }),
})
const amount = fc
  .tuple(fc.nat(999), fc.bigInt({ min: 0n, max: 999_999_999_999n }))
  .map(([whole, fraction]) => `${whole}.${fraction.toString().padStart(12, '0')}`)
const ratesWithout = (left: Meter) =>
  fc.record(Object.fromEntries(METERS.filter(meter => meter !== left).map(meter => [meter, amount])), {
    requiredKeys: [],
  })
const anyPrice = fc
  .tuple(
    fc.oneof(ratesWithout('audio_hour'), ratesWithout('audio_minute')),
    amount,
    fc.uniqueArray(fc.integer({ min: 1, max: 3_000_000 }), { maxLength: 3 }),
    ratesWithout('audio_hour'),
  )
  .map(([base, input, starts, tier]) =>
    priceOf({
      ...base,
      input,
      tiers: starts.sort((a, b) => a - b).map(from_input_tokens => ({ ...tier, from_input_tokens })),
    }),
  )

interface Row extends LedgerQuantities {
  costPicoUsd: string
  version: string
}

describeDatabases('the ledger', kind => {
  let fresh: FreshDatabase
  beforeAll(async () => {
    fresh = await freshDatabase(kind)
  })
  afterAll(() => fresh.close())

  /** The query that operators are given. */
  async function differing(): Promise<Record<string, unknown>[]> {
    const docs = await Bun.file('docs/usage.md').text()
    const query = /```sql\n([^`]+)```/.exec(docs)?.[1]
    return [...(await fresh.db.sql.unsafe(query!))]
  }

  async function book(usage: Usage, price: Price): Promise<void> {
    const costPicoUsd = cost(usage, price).totalPicoUsd
    await writePrices(fresh.db, [price])
    const about = { requestId: newId(), priceVersion: price.version, costPicoUsd }
    await storeAudit(fresh.db, [auditRow({ usage, ...about })])
  }

  test('any row can be recomputed from the database alone: its quantities by the price that it names', async () => {
    await fc.assert(
      fc.asyncProperty(anyUsage, anyPrice, (usage, price) => book(usage, price)),
      { numRuns: 150 },
    )
    const rows = await fresh.db.sql<Row[]>`
      SELECT coalesce(input, 0)::float8 AS input, coalesce(cached_input, 0)::float8 AS "cachedInput",
        coalesce(cache_write, 0)::float8 AS "cacheWrite", coalesce(cache_write_1h, 0)::float8 AS "cacheWrite1h",
        coalesce(output, 0)::float8 AS output, coalesce(reasoning, 0)::float8 AS reasoning,
        coalesce(audio_input, 0)::float8 AS "audioInput", coalesce(audio_output, 0)::float8 AS "audioOutput",
        coalesce(image_input, 0)::float8 AS "imageInput", coalesce(image_output, 0)::float8 AS "imageOutput",
        coalesce(audio_ms, 0)::float8 AS "audioMs", coalesce(characters, 0)::float8 AS characters,
        coalesce(images, 0)::float8 AS images, cost_pico_usd::text AS "costPicoUsd", price_version AS version
      FROM ledger`
    const prices = await fresh.db.sql<StoredPrice[]>`SELECT version, rates, tiers FROM price`
    const byVersion = new Map(prices.map(price => [price.version, readPrice(price)]))
    expect(rows.length).toBe(150)
    for (const { costPicoUsd, version, ...classes } of rows)
      expect(cost(usageOf(classes), byVersion.get(version)!).totalPicoUsd).toBe(BigInt(costPicoUsd))
    expect(await differing()).toEqual([])
  })

  test('the operators’ query lists a row whose cost is not its quantities’, and one whose price is gone', async () => {
    const price = priceOf({ input: '2.50', output: '10' })
    const usage = { ...NO_USAGE, inputTokens: 1_000, outputTokens: 10 }
    await writePrices(fresh.db, [price])
    const wrong = auditRow({ usage, priceVersion: price.version, costPicoUsd: 2_600_000_001n })
    const lost = auditRow({ usage, priceVersion: 'nobody', costPicoUsd: 2_600_000_000n })
    await storeAudit(fresh.db, [wrong, lost])
    const found = await differing()
    expect(found.map(row => [row.request_id, String(row.owed_pico_usd)]).sort()).toEqual(
      [
        [wrong.requestId, '2600000000'],
        [lost.requestId, '0'],
      ].sort(),
    )
  })

  test('a price is stored once, as it was first, and names itself', async () => {
    const price = priceOf({ input: '0.000000000001', tiers: [{ from_input_tokens: 7, input: '123456789' }] })
    await writePrices(fresh.db, [price, price])
    await writePrices(fresh.db, [{ ...price, rates: {} }])
    const stored = await fresh.db.sql<StoredPrice[]>`
      SELECT version, rates, tiers FROM price WHERE version = ${price.version}`
    expect(stored.map(readPrice)).toEqual([price])
  })
})
