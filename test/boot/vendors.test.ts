import { afterAll, expect, setDefaultTimeout, test } from 'bun:test'
import { join } from 'node:path'
import { startVendor } from '../vendor/start'
import { chat } from './chat'
import { records } from './management'
import { type ServingGateway, startGateway, stopEverything, temporaryFolder } from './start-process'
import { configureVendor } from './vendor-config'

setDefaultTimeout(120_000)
afterAll(stopEverything)

const freshFolder = () => join(temporaryFolder(), 'data')

async function modelsOf({ url, key }: ServingGateway): Promise<{ id: string; owned_by: string }[]> {
  const response = await fetch(`${url}/v1/models`, { headers: { authorization: `Bearer ${key}` } })
  return ((await response.json()) as { data: { id: string; owned_by: string }[] }).data
}

test('OPENAI_API_KEY alone switches OpenAI on and the demo vendor off', async () => {
  const gateway = await startGateway(freshFolder(), { env: { OPENAI_API_KEY: 'sk-canary-of-openai' } })
  const models = await modelsOf(gateway)
  expect(new Set(models.map(model => model.owned_by))).toEqual(new Set(['openai']))
  expect(models.map(model => model.id)).toEqual(expect.arrayContaining(['gpt-5.5', 'gpt-4o-mini']))
  expect(models.map(model => model.id)).not.toContain('demo')
  const refused = await chat(gateway, 'hello')
  expect(refused.status).toBe(404)
  const [, model = ''] = /"model":"([^"]+)"/.exec(gateway.stdout()) ?? []
  expect(models.map(({ id }) => id)).toContain(model)
  expect(gateway.stdout() + gateway.stderr()).not.toContain('canary')
})

test('DEMO=1 keeps the demo vendor beside a real one', async () => {
  const gateway = await startGateway(freshFolder(), { env: { OPENAI_API_KEY: 'sk-fake', DEMO: '1' } })
  expect((await chat(gateway, 'demo:pace=1ms')).status).toBe(200)
  expect((await modelsOf(gateway)).length).toBeGreaterThan(10)
})

test('a vendor of callmissed.yaml is listed, called with its own key, and paid by its own price', async () => {
  const vendor = await startVendor()
  const dataDir = freshFolder()
  await configureVendor(dataDir, vendor.url)
  const gateway = await startGateway(dataDir, { env: { ACME_KEY: 'sk-acme-0123456789' } })
  expect(gateway.stdout()).toContain('Note: callmissed.yaml was read\n')
  expect(gateway.stdout()).toContain('"model":"acme-large"')
  expect(await modelsOf(gateway)).toEqual([
    { id: 'acme-large', object: 'model', created: 0, owned_by: 'acme' } as never,
  ])

  const response = await chat(gateway, 'hello', { model: 'acme' })
  expect(response.status).toBe(200)
  const answer = (await response.json()) as { model: string; usage: { cost_usd: number } }
  const [call] = await vendor.calls()
  expect(call?.headers.map(([name, value]) => [name.toLowerCase(), value])).toContainEqual([
    'authorization',
    'Bearer sk-acme-0123456789',
  ])
  const [bill] = await vendor.bill()
  const cost = ((bill?.inputTokens ?? 0) * 2.5 + (bill?.outputTokens ?? 0) * 10) / 1_000_000
  expect(answer.usage.cost_usd).toBeCloseTo(cost, 12)
  expect(cost).toBeGreaterThan(0)
  const [record] = await records(gateway, gateway.adminKey ?? '', 1)
  expect(record).toMatchObject({ vendor: 'acme', outcome: 'ok' })
  expect(Number(record?.cost_usd)).toBeCloseTo(cost, 12)
  await vendor.stop()
})
