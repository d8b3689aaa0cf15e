import { expect, test } from 'bun:test'
import { DEMO_MODELS } from '../../src/catalog/demo-model'
import { startDemoVendor } from '../../src/demo/server'

test('the catalog offers exactly what the demo vendor serves, at a price', async () => {
  const vendor = startDemoVendor()
  const listed = (await (await fetch(`${vendor.url}/models`)).json()) as { data: { id: string }[] }
  await vendor.stop()
  expect(DEMO_MODELS.flatMap(({ offerings }) => offerings)).toEqual(
    listed.data.map(({ id }) => ({ vendor: 'demo', model: id })),
  )
  for (const { price } of DEMO_MODELS) {
    const amounts = [price?.rates.input, price?.rates.cached_input, price?.rates.output].map(
      rate => rate!.amountPicoUsd,
    )
    expect(amounts.every(amount => amount > 0n)).toBe(true)
  }
  expect(new Set(DEMO_MODELS.map(({ price }) => price?.version)).size).toBe(DEMO_MODELS.length)
})
