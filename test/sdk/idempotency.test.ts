import { afterAll, beforeAll, expect, setDefaultTimeout, test } from 'bun:test'
import { ConflictError } from 'openai'
import { newId } from '../../src/lib/id'
import { type FreshDatabase, freshDatabase, hasRealServer } from '../postgres'
import { chat, textOf } from '../vendor/chat'
import { ASK, type Scripted, startScripted, UPSTREAM } from './scripted'

setDefaultTimeout(30_000)

let fresh: FreshDatabase
let sdk: Scripted
beforeAll(async () => {
  fresh = await freshDatabase(hasRealServer ? 'real' : 'embedded')
  sdk = await startScripted({ database: fresh.db })
})
afterAll(async () => {
  await sdk.gateway.deps.replays.stop()
  await sdk.stop()
  await fresh.close()
})

const repeatable = () => ({ headers: { 'Idempotency-Key': newId() } })

test('the official client gets the same answer for the same key, from one call', async () => {
  const options = repeatable()
  const first = await sdk.openai.chat.completions.create(ASK, options)
  expect(await sdk.openai.chat.completions.create(ASK, options)).toEqual(first)
  expect(await sdk.vendor.calls()).toHaveLength(1)
  await sdk.vendor.clear()
})

test('the official client reads a repeated stream as it read the first', async () => {
  const options = repeatable()
  await sdk.vendor.script(UPSTREAM, chat({ tokens: 20, paceMs: 1 }))
  const read = async () => {
    const chunks: unknown[] = []
    const stream = await sdk.openai.chat.completions.create(
      { ...ASK, stream: true, stream_options: { include_usage: true } },
      options,
    )
    for await (const chunk of stream) chunks.push(chunk)
    return chunks
  }
  const first = await read()
  expect(JSON.stringify(first)).toContain(textOf({ tokens: 20 }).slice(0, 5))
  expect(await read()).toEqual(first)
  expect(await sdk.vendor.calls()).toHaveLength(1)
  await sdk.vendor.clear()
})

test('the official client that gives up and comes again by itself gets what the vendor bills anyway, once', async () => {
  const patient = await startScripted({
    database: fresh.db,
    account: account => ({ ...account, onDisconnect: 'drain' }),
  })
  await patient.vendor.script(UPSTREAM, [{ wait: 1_500 }, ...chat({ stream: false })])
  const client = patient.client({ maxRetries: 2, timeout: 1_000 })
  const answer = await client.chat.completions.create(ASK, repeatable())
  expect(answer.choices).toHaveLength(1)
  expect(await patient.vendor.calls()).toHaveLength(1)
  expect(patient.gateway.records.map(({ outcome }) => outcome)).toContain('cancelled')
  expect(patient.gateway.records.filter(({ costPicoUsd }) => costPicoUsd > 0n)).toHaveLength(1)
  await patient.gateway.deps.replays.stop()
  await patient.stop()
})

test('the official client does not repeat a permanent conflict', async () => {
  const options = repeatable()
  await sdk.openai.chat.completions.create(ASK, options)
  const before = sdk.gateway.records.length
  const client = sdk.client({ maxRetries: 2 })
  const error = await client.chat.completions
    .create({ ...ASK, temperature: 0.5 }, options)
    .catch(error => error)
  expect(error).toBeInstanceOf(ConflictError)
  expect(error).toMatchObject({ status: 409, code: 'idempotency_mismatch' })
  expect(sdk.gateway.records.length - before).toBe(1)
  await sdk.vendor.clear()
})
