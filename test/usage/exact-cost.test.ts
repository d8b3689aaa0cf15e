import { afterAll, afterEach, beforeAll, expect, test } from 'bun:test'
import { buildCatalog } from '../../src/catalog/catalog'
import type { Price } from '../../src/catalog/price'
import type { PriceSpec } from '../../src/catalog/rate'
import { formatUsd } from '../../src/lib/money'
import { priceOf } from '../catalog/price-of'
import { catalogOf } from '../gateway/catalog-of'
import { startGateway, type TestGateway } from '../gateway/start-gateway'
import { ASK, ASK_USAGE } from '../gateway/stream-text'
import { chat } from '../vendor/chat'
import { startVendor, type Vendor } from '../vendor/start'
import type { Bill } from '../vendor/step'

let vendor: Vendor
let gateway: TestGateway
beforeAll(async () => {
  vendor = await startVendor()
  gateway = startGateway({ vendors: { acme: vendor.url } })
})
afterAll(async () => {
  await gateway.stop()
  await vendor.stop()
})
afterEach(async () => {
  await gateway.forgetRecords()
  await vendor.clear()
})

/** From now on the model costs this: what a changed configuration does. */
function setPrice(spec: PriceSpec): Price {
  const price = priceOf(spec)
  const { vendors, models } = catalogOf({ vendors: { acme: vendor.url } })
  const priced = [...models.values()].map(model => ({ ...model, contextWindow: null, price }))
  gateway.deps.catalog = buildCatalog([...vendors.values()], priced)
  return price
}

/** The digits that stand in the body, which a number in JavaScript would not keep. */
const costIn = (text: string) => /"cost_usd":([^,}]+)/.exec(text)?.[1]

async function ask(usage: Partial<Bill>, stream: boolean) {
  await vendor.script('m-2026-01', chat({ usage, stream }))
  const response = await gateway.chat(stream ? ASK_USAGE : { ...ASK, stream: false })
  const text = await response.text()
  const record = await gateway.record()
  await gateway.forgetRecords()
  return { cost: costIn(text), record }
}

const TINY: [input: string, inputTokens: number, costUsd: string][] = [
  ['0.000000000001', 1, '0.000000000001'],
  ['0.000000000001', 1_000_001, '0.000000000002'],
  ['0.000001', 1, '0.000000000001'],
  ['0.000009', 11, '0.000000000099'],
  ['0.15', 3, '0.00000045'],
  ['1', 1_000_000, '1'],
  ['123456789.123456789012', 999_999_999, '123456788999.999999888544'],
]
for (const [input, inputTokens, costUsd] of TINY)
  for (const stream of [true, false])
    test(`${inputTokens} tokens at ${input} cost ${costUsd}, in the body as in the ledger (${stream ? 'stream' : 'unary'})`, async () => {
      setPrice({ input, output: '0' })
      const { cost, record } = await ask({ inputTokens, outputTokens: 0 }, stream)
      expect([cost, formatUsd(record.costPicoUsd)]).toEqual([costUsd, costUsd])
    })

for (const stream of [true, false])
  test(`the body’s cost is the record’s to the last digit, whatever was used (${stream ? 'stream' : 'unary'})`, async () => {
    for (let index = 1; index <= 40; index++) {
      const rates = {
        input: `${index}.${'7'.repeat(index % 12)}1`,
        cached_input: '0.000000000007',
        output: '0.3',
      }
      const price = setPrice(rates)
      const inputTokens = (index * 104_729) % 90_001
      const cachedInputTokens = (inputTokens * index) % (inputTokens + 1)
      const { cost, record } = await ask({ inputTokens, cachedInputTokens, outputTokens: index * 31 }, stream)
      const line = (count: number, amount: bigint) => (BigInt(count) * amount + 999_999n) / 1_000_000n
      const { input, cached_input: cached, output } = price.rates
      const owed =
        line(inputTokens - cachedInputTokens, input!.amountPicoUsd) +
        line(cachedInputTokens, cached!.amountPicoUsd) +
        line(index * 31, output!.amountPicoUsd)
      expect([record.costPicoUsd, cost]).toEqual([owed, formatUsd(owed)])
    }
  })

test('T88: one token decides the tier of the whole request', async () => {
  setPrice({ input: '1', output: '2', tiers: [{ from_input_tokens: 200_001, input: '2', output: '3' }] })
  const below = await ask({ inputTokens: 200_000, outputTokens: 10 }, false)
  const above = await ask({ inputTokens: 200_001, outputTokens: 10 }, false)
  expect([below.cost, above.cost]).toEqual(['0.20002', '0.400032'])
})

test('T88: cached tokens count for the tier, whatever the body’s size', async () => {
  const tiers = [{ from_input_tokens: 100_000, input: '10', cached_input: '1' }]
  setPrice({ input: '5', cached_input: '0.5', output: '1', tiers })
  expect((await ask({ inputTokens: 100_000, cachedInputTokens: 100_000, outputTokens: 0 }, false)).cost).toBe(
    '0.1',
  )
})

for (const stream of [true, false])
  test(`T89: the price of admission counts, whatever it costs when the answer ends (${stream ? 'stream' : 'unary'})`, async () => {
    const before = setPrice({ input: '1', output: '2' })
    const answer = chat({ stream, firstMs: 150, usage: { inputTokens: 100, outputTokens: 50 } })
    await vendor.script('m-2026-01', answer, answer)
    const body = stream ? ASK_USAGE : { ...ASK, stream: false }
    const asking = gateway.chat(body)
    await vendor.waitForCall('m-2026-01')
    const after = setPrice({ input: '500', output: '600' })
    const text = await (await asking).text()
    const first = await gateway.record()
    expect([first.costPicoUsd, first.priceVersion, costIn(text)]).toEqual([
      200_000_000n,
      before.version,
      '0.0002',
    ])
    await (await gateway.chat(body)).text()
    const second = await gateway.record(2)
    expect([second.costPicoUsd, second.priceVersion]).toEqual([80_000_000_000n, after.version])
  })

test('T89: so it is when what was seen must be counted', async () => {
  const before = setPrice({ input: '1', output: '2' })
  await vendor.script('m-2026-01', chat({ tokens: [' the', ' the'], paceMs: 100, usage: null }))
  const asking = gateway.chat(ASK)
  await vendor.waitForCall('m-2026-01')
  setPrice({ input: '500', output: '600' })
  await (await asking).text()
  const record = await gateway.record()
  expect([record.usageSource, record.costPicoUsd, record.priceVersion]).toEqual([
    'tokenizer',
    8n * 1_000_000n + 2n * 2_000_000n,
    before.version,
  ])
})

test('T91: what is free costs 0 and says what was used; a model without a price is refused', async () => {
  setPrice({ input: '0', output: '0' })
  const { cost, record } = await ask({ inputTokens: 100, outputTokens: 50 }, false)
  expect([cost, record.costPicoUsd, record.usage?.inputTokens]).toEqual(['0', 0n, 100])
  const { vendors, models } = gateway.deps.catalog
  const unpriced = [...models.values()].map(model => ({ ...model, price: undefined }))
  gateway.deps.catalog = buildCatalog([...vendors.values()], unpriced)
  const response = await gateway.chat(ASK)
  expect([response.status, ((await response.json()) as { error: { code: string } }).error.code]).toEqual([
    400,
    'model_unpriced',
  ])
  expect(await vendor.calls('m-2026-01')).toHaveLength(1)
})
