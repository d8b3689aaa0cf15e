import { afterAll, expect, setDefaultTimeout, test } from 'bun:test'
import { join, resolve } from 'node:path'
import OpenAI from 'openai'
import { startGateway, stopEverything, temporaryFolder } from '../boot/start-process'
import { startVendor } from '../vendor/start'

setDefaultTimeout(20_000)
afterAll(stopEverything)

const README = resolve(import.meta.dir, '..', '..', 'README.md')

/** A program as its author wrote it for OpenAI: nothing in it knows of a gateway. */
async function program(openai: OpenAI) {
  const messages = [{ role: 'user' as const, content: 'Hi' }]
  const answer = await openai.chat.completions.create({ model: 'gpt-5.5', messages })
  const chunks = await Array.fromAsync(
    await openai.chat.completions.create({ model: 'gpt-4o-mini', messages, stream: true }),
  )
  const models = await Array.fromAsync(openai.models.list())
  return { answer, chunks, models }
}

test('the README’s three steps are the whole migration from OpenAI', async () => {
  const steps = (await Bun.file(README).text()).split('## Migrating from OpenAI')[1]!.split('\n## ')[0]!
  expect(steps).toMatch(/1\. .*`OPENAI_API_KEY=sk-… npx -y bun@\d+\.\d+\.\d+ start`/)
  expect(steps).toMatch(/2\. Change `base_url` .*`\/v1`.*`api_key`/s)
  expect(steps).toMatch(/3\. Run your code\./)

  // OpenAI's own server is the one thing that is not at hand: the tests' vendor stands in its place.
  const vendor = await startVendor()
  const data = ['gpt-5.5', 'gpt-4o-mini'].map(id => ({ id, object: 'model', created: 0, owned_by: 'openai' }))
  const head = { status: 200, headers: { 'content-type': 'application/json' } }
  await vendor.script('/v1/models', [head, { text: JSON.stringify({ object: 'list', data }) }])
  const dataDir = join(temporaryFolder(), 'data')
  await Bun.write(
    resolve(dataDir, '..', 'callmissed.yaml'),
    `vendors:\n  openai:\n    base_url: ${vendor.url}\n`,
  )
  const gateway = await startGateway(dataDir, { env: { OPENAI_API_KEY: 'sk-of-the-migration' } })

  const before = await program(new OpenAI({ baseURL: vendor.url, apiKey: 'sk-of-the-migration' }))
  const after = await program(new OpenAI({ baseURL: `${gateway.url}/v1`, apiKey: gateway.key! }))
  expect(after.answer.choices).toEqual(before.answer.choices)
  expect(after.chunks.map(({ choices }) => choices)).toEqual(before.chunks.map(({ choices }) => choices))
  const names = before.models.map(({ id }) => id)
  expect(after.models.map(({ id }) => id)).toEqual(expect.arrayContaining(names))
  const { cost_usd, ...usage } = after.answer.usage as unknown as { cost_usd: number }
  expect(usage).toEqual(before.answer.usage as object)
  expect(cost_usd).toBeGreaterThan(0)

  const calls = await vendor.calls()
  for (const call of calls.filter(({ path }) => path.endsWith('/chat/completions')))
    expect(call.headers.map(([name, value]) => [name.toLowerCase(), value])).toContainEqual([
      'authorization',
      'Bearer sk-of-the-migration',
    ])
  await vendor.stop()
})
