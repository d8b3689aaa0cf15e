import { afterAll, beforeAll, describe, expect, test } from 'bun:test'
import { existsSync, readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { VENDORS } from '../src/catalog/vendors'
import { Pieces } from '../src/lib/pieces'
import type { UpstreamRequest } from '../src/vendors/adapter'
import { adapterOf } from '../src/vendors/adapter'
import { type Vendor as Account, DEFAULT_TIMEOUTS, type VendorFacts } from '../src/vendors/vendor'
import { readChatRequest } from '../src/wire/chat-request'
import { readChatBody } from '../src/wire/read-chat-body'
import { SEARCHING } from './catalog/price-of'
import { CREDENTIAL } from './gateway/catalog-of'
import { startGateway } from './gateway/start-gateway'
import { jsonRecorded, orNone, readRecorded, recorded } from './recorded'
import { startVendor, type Vendor } from './vendor/start'
import type { Step } from './vendor/step'
import { eventFrame } from './vendors/bedrock/frame'
import { ceiling } from './vendors/ceiling'

/*
 * For every vendor that can be called, every folder of test/fixtures/vendors/<vendor>/ is a case, end to end:
 *   request.json (of the model `m`)  →  upstream-request.json, to the byte; its `model` is the deployment's id
 *   upstream.sse | upstream.json     →  client.sse | client.json, to the byte, and usage.json
 * Where the vendor's request does not name its model, model.txt does. upstream.frames stands for a binary stream of events:
 * on each line a type, a tab and its JSON.
 * At the tests' price: 2.50 in, 0.25 cached, 10.00 out, a million tokens.
 */

const FIXTURES = join(import.meta.dir, 'fixtures/vendors')
const foldersOf = (path: string) => (existsSync(path) ? readdirSync(path).toSorted() : [])

function accountOf({ keyVariable: _, ...facts }: VendorFacts, baseUrl = facts.baseUrl): Account {
  return { ...facts, baseUrl, credential: CREDENTIAL, headers: {}, timeouts: DEFAULT_TIMEOUTS }
}

const callable = VENDORS.filter(facts => adapterOf(accountOf(facts)) !== undefined)
const notYet = VENDORS.filter(facts => !callable.includes(facts)).map(({ name }) => name)

let vendor: Vendor
beforeAll(async () => {
  vendor = await startVendor()
})
afterAll(() => vendor.stop())

/** Sends a request to this vendor's account and has the vendor answer so. */
async function replay(facts: VendorFacts, model: string, request: Uint8Array, steps: Step[]) {
  const gateway = startGateway({
    vendors: { [facts.name]: vendor.url },
    deployment: model,
    capabilities: ['streaming', 'tools', 'vision', 'audio_input', 'json_mode', 'json_schema'],
    model: { price: SEARCHING },
    account: ({ baseUrl }) => accountOf(facts, baseUrl),
  })
  try {
    await vendor.clear()
    await vendor.script(scriptFor(facts, model, request), steps)
    const response = await gateway.chat('', { body: request })
    const text = await response.text()
    return { status: response.status, text, record: await gateway.record(), call: (await vendor.calls())[0] }
  } finally {
    await gateway.stop()
  }
}

/** What the adapter makes of a caller's request, without the line around it. */
function requestOf(account: Account, body: Uint8Array, model: string): UpstreamRequest {
  const { translation, chat } = adapterOf(account)!
  const target = {
    vendor: account,
    model,
    maxOutputTokens: 16_384,
    capabilities: new Set<string>(),
    ceiling: { ...ceiling, requestPicoUsd: 0n },
  }
  if (translation) return translation.request(readChatBody(body), target)
  const passed = chat(readChatRequest(body), account, model)
  return { ...passed, body: passed.body instanceof Pieces ? passed.body.join() : passed.body }
}

/** A vendor that does not say when it answered, or by what name, has answered now, by a name of ours: another when the fixture was written. */
function alike(text: string, fixture: string): string {
  const created = /"created":\d+/.exec(fixture)?.[0] ?? ''
  const id = /"id":"chatcmpl-[0-9a-f-]{36}"/.exec(fixture)?.[0]
  const dated = text.replaceAll(/"created":\d+/g, created)
  return id === undefined ? dated : dated.replaceAll(/"id":"chatcmpl-[0-9a-f-]{36}"/g, id)
}

/** What the vendor tells a request by: the model in its body, else the path. */
function scriptFor(facts: VendorFacts, model: string, request: Uint8Array): string {
  const { url, body } = requestOf(accountOf(facts, vendor.url), request, model)
  const named = (JSON.parse(new TextDecoder().decode(body)) as { model?: string }).model
  return named ?? new URL(url).pathname
}

function framesOf(lines: string): Buffer {
  const events = lines.trimEnd().split('\n')
  return Buffer.concat(
    events.map(line => eventFrame(line.split('\t', 1)[0] ?? '', line.slice(line.indexOf('\t') + 1))),
  )
}

function answerOf(body: Uint8Array, stream: boolean, isBinary = false): Step[] {
  const type = isBinary ? 'application/vnd.amazon.eventstream' : 'text/event-stream'
  return [{ status: 200, headers: { 'content-type': stream ? type : 'application/json' } }, { bytes: body }]
}

for (const facts of callable) {
  const folder = join(FIXTURES, facts.name)

  test(`${facts.name} has fixtures`, () => {
    expect(foldersOf(folder)).not.toEqual([])
  })

  for (const name of foldersOf(folder)) {
    const read = (file: string) => readFileSync(join(folder, name, file))
    const has = (file: string) => existsSync(join(folder, name, file))
    const stream = has('upstream.sse') || has('upstream.frames')
    const kind = stream ? 'sse' : 'json'
    const upstream = () =>
      has('upstream.frames') ? framesOf(read('upstream.frames').toString()) : read(`upstream.${kind}`)
    const modelOf = (request: string) =>
      has('model.txt') ? read('model.txt').toString() : (JSON.parse(request) as { model: string }).model

    test(`${facts.name}/${name}: request, answer and usage are those of the fixture`, async () => {
      const upstreamRequest = read('upstream-request.json').toString()
      const model = modelOf(upstreamRequest)
      const { status, text, record, call } = await replay(
        facts,
        model,
        read('request.json'),
        answerOf(upstream(), stream, has('upstream.frames')),
      )
      const { url } = requestOf(accountOf(facts, vendor.url), read('request.json'), model)
      expect([status, call?.path]).toEqual([200, url.slice(new URL(url).origin.length)])
      expect(call?.body?.toString()).toBe(upstreamRequest)
      expect(alike(text, read(`client.${kind}`).toString())).toBe(read(`client.${kind}`).toString())
      expect(record).toMatchObject({
        outcome: 'ok',
        usageSource: 'vendor',
        usage: JSON.parse(read('usage.json').toString()),
      })
    })

    test(`${facts.name}/${name}: the adapter alone makes the same request, with our credential`, () => {
      const account = accountOf(facts)
      const model = modelOf(read('upstream-request.json').toString())
      const request = requestOf(account, read('request.json'), model)
      expect(request.url).toStartWith(facts.baseUrl)
      expect(Object.values(request.headers).some(value => value.endsWith(CREDENTIAL))).toBe(true)
      expect(Buffer.from(request.body as Uint8Array).toString()).toBe(
        read('upstream-request.json').toString(),
      )
    })
  }
}

test(`not callable yet, and without fixtures: ${notYet.join(', ')}`, () => {
  const folders = foldersOf(FIXTURES)
  expect(folders.filter(name => notYet.includes(name))).toEqual([])
  expect(folders.filter(name => !VENDORS.some(facts => facts.name === name))).toEqual([])
})

/** A recorded chat of OpenAI's: as it was asked for, where that was recorded too. */
function chatIn(path: string) {
  const isStream = !path.endsWith('.json')
  const isPayload = path.startsWith('fixtures/')
  const asked = isPayload
    ? {
        model: 'gpt-4.1-nano',
        stream: isStream,
        stream_options: { include_usage: true },
        messages: [{ role: 'user' }],
      }
    : jsonRecorded<{ model: string; stream_options?: { include_usage?: boolean } }>(
        path.replace(/\.res\.\w+$/, '.req.json'),
      )
  const text = readRecorded(path).toString()
  const lines = `${text.trim()}\n[DONE]`.split('\n')
  return {
    asked,
    answer: isPayload && isStream ? lines.map(line => `data: ${line}\n\n`).join('') : text,
    isStream,
  }
}

const chats = [...recorded('chats of OpenAI'), ...recorded('payloads of OpenAI')]

describe.skipIf(chats.length === 0)('recordings of OpenAI', () => {
  const openai = VENDORS.find(({ name }) => name === 'openai')!
  test.each(orNone(chats))('%s reaches the caller as it was, its usage is recorded', async path => {
    const { asked, answer, isStream } = chatIn(path)
    const body = Buffer.from(JSON.stringify({ ...asked, model: 'm' }))
    const bytes = Buffer.from(answer)
    const { status, text, record, call } = await replay(openai, asked.model, body, answerOf(bytes, isStream))
    expect([status, record.outcome]).toEqual([200, 'ok'])
    const wants = asked.stream_options?.include_usage === true
    expect(JSON.parse(call!.body!.toString())).toEqual({
      ...asked,
      ...(isStream && { stream_options: { ...asked.stream_options, include_usage: true } }),
    })
    const usage = usageIn(answer)
    if (isStream) expect(text).toBe(expectedStream(answer, record.costPicoUsd, wants))
    else expect({ ...JSON.parse(text), usage: 0 }).toEqual({ ...JSON.parse(answer), usage: 0 })
    expect(record.usageSource).toBe(usage ? 'vendor' : 'tokenizer')
    if (usage)
      expect(record.usage).toMatchObject({
        inputTokens: usage.prompt_tokens,
        outputTokens: usage.completion_tokens,
      })
  })
})

function usageIn(answer: string): { prompt_tokens: number; completion_tokens: number } | undefined {
  const found = /"usage"\s*:\s*(\{[^{}]*(?:\{[^{}]*\}[^{}]*)*\})/.exec(answer)?.[1]
  return found ? JSON.parse(found) : undefined
}

/** The recorded stream with its usage priced, and its blank lines at the end reduced to the last event's. */
function expectedStream(answer: string, costPicoUsd: bigint, asked: boolean): string {
  if (!asked || !usageIn(answer)) return `${answer.trimEnd()}\n\n`
  const priced = answer.replace(
    /("usage":\{[^{}]*(?:\{[^{}]*\}[^{}]*)*)\}/,
    `$1,"cost_usd":${Number(costPicoUsd) / 1e12}}`,
  )
  return `${priced.trimEnd()}\n\n`
}
