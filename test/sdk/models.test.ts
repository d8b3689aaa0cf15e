import { afterAll, beforeAll, expect, test } from 'bun:test'
import { NotFoundError } from 'openai'
import { ASK, type Scripted, startScripted } from './scripted'

let sdk: Scripted
beforeAll(async () => {
  sdk = await startScripted()
})
afterAll(() => sdk.stop())

test('models.list gives every model that can be called', async () => {
  const models = await Array.fromAsync(sdk.openai.models.list())
  expect(models.map(({ id }) => id).sort()).toEqual(['m', 'org/m:free'])
  for (const model of models)
    expect(model).toEqual({ ...model, object: 'model', created: expect.any(Number), owned_by: 'acme' })
})

for (const [name, id] of [
  ['m', 'm'],
  ['m-alias', 'm'],
  ['acme/m', 'm'],
  ['acme/m-2026-01', 'm'],
  ['org/m:free', 'org/m:free'],
  ['acme/org/m:free', 'org/m:free'],
] as const)
  test(`models.retrieve finds ${name}, and so does a chat`, async () => {
    expect((await sdk.openai.models.retrieve(name)).id).toBe(id)
    const answer = await sdk.openai.chat.completions.create({ ...ASK, model: name })
    expect(answer.model).toBe(`${id}-2026-01`)
  })

test('models.retrieve of what is not there is NotFoundError', async () => {
  for (const name of ['none', 'acme/none', 'other/m', 'a b', 'ü', 'm/', '/m'])
    try {
      await sdk.openai.models.retrieve(name)
      expect.unreachable(name)
    } catch (error) {
      expect(error).toBeInstanceOf(NotFoundError)
      expect(error).toMatchObject({
        code: 'model_not_found',
        type: 'invalid_request_error',
        requestID: expect.any(String),
      })
    }
})
