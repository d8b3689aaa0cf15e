import { afterAll, afterEach, beforeAll, describe, expect, test } from 'bun:test'
import OpenAI from 'openai'
import { orNone, readRecorded, recorded } from '../recorded'
import { startVendor, type Vendor } from '../vendor/start'
import type { Step } from '../vendor/step'
import { eventsIn, postMessages, startMixed } from './messages-text'
import type { TestGateway } from './start-gateway'

const FOLDER = 'recordings/anthropic'
const messages = recorded('messages of Anthropic')
const names = orNone(messages.map(path => path.slice(FOLDER.length + 1, path.indexOf('.res.'))))

type Raw = Record<string, unknown>
const read = (file: string) => readRecorded(`${FOLDER}/${file}`).toString()
const isStream = (name: string) => messages.includes(`${FOLDER}/${name}.res.sse`)
const answerOf = (name: string) => read(`${name}.res.${isStream(name) ? 'sse' : 'json'}`)
const requestOf = (name: string) => JSON.parse(read(`${name}.req.json`)) as Raw & { model: string }

/** The long form: each byte is a write of its own. */
const EVERY_BYTE = process.env.EVERY_BYTE === '1'

/** Where a replay is cut: other places each time, told where it fails. */
const SEED = Date.now() % 1_000_000
function cutsOf(length: number): number[] {
  let state = SEED
  const next = () => {
    state = (state * 1_103_515_245 + 12_345) % 2_147_483_648
    return state
  }
  return [...new Set(Array.from({ length: 40 }, () => next() % length))].toSorted((a, b) => a - b)
}

function play(name: string): Step[] {
  const bytes = Buffer.from(answerOf(name))
  const type = isStream(name) ? 'text/event-stream; charset=utf-8' : 'application/json'
  return [
    { status: 200, headers: { 'content-type': type } },
    EVERY_BYTE ? { split: 'every', gapMs: 0 } : { split: cutsOf(bytes.length), gapMs: 0 },
    { bytes },
  ]
}

/** What the recording says, found in it without our readers. */
function saidIn(name: string) {
  const events = isStream(name) ? eventsOf(answerOf(name)) : []
  const whole = isStream(name) ? undefined : (JSON.parse(answerOf(name)) as { content: Raw[] })
  const blocks = whole?.content ?? events.flatMap(({ content_block: block }) => (block ? [block as Raw] : []))
  const deltas = events.flatMap(({ delta }) => (delta ? [delta as Raw] : []))
  const told = (type: string, member: string) =>
    [...blocks, ...deltas]
      .map(each => (String(each.type).startsWith(type) ? (each[member] ?? '') : ''))
      .join('')
  return {
    text: told('text', 'text'),
    thinking: told('thinking', 'thinking'),
    calls: blocks.filter(({ type }) => type === 'tool_use').map(({ name: called }) => called),
  }
}

const STREAMED = { stream: true, stream_options: { include_usage: true } } as const
type Figures = { prompt_tokens: number; completion_tokens: number } | null | undefined
const figuresOf = (usage: Figures) => [usage?.prompt_tokens, usage?.completion_tokens]
type Spoken = { content?: string | null; reasoning_content?: string }

function partsOf({ choices, usage }: OpenAI.ChatCompletion) {
  const { message } = choices[0]!
  const called = (message.tool_calls ?? []).flatMap(each => (each.type === 'function' ? [each.function] : []))
  return {
    text: message.content ?? '',
    thinking: (message as Spoken).reasoning_content ?? '',
    calls: called.map(each => each.name),
    arguments: called.map(each => each.arguments),
    usage: figuresOf(usage),
  }
}

function joined(chunks: OpenAI.ChatCompletionChunk[]) {
  const deltas = chunks.flatMap(({ choices }) => choices.map(({ delta }) => delta))
  const called = deltas.flatMap(delta => delta.tool_calls ?? [])
  const pieces = Map.groupBy(called, ({ index }) => index)
  return {
    text: deltas.map(({ content }) => content ?? '').join(''),
    thinking: deltas.map(delta => (delta as Spoken).reasoning_content ?? '').join(''),
    calls: called.flatMap(each => each.function?.name ?? []),
    arguments: [...pieces.values()].map(each => each.map(piece => piece.function?.arguments ?? '').join('')),
    usage: figuresOf(chunks.at(-1)?.usage),
  }
}

function eventsOf(text: string): Raw[] {
  const lines = text.split(/\r?\n/).filter(line => line.startsWith('data:'))
  return lines.map(line => JSON.parse(line.slice(5)) as Raw)
}

describe.skipIf(messages.length === 0)(
  `recordings of Anthropic (cut ${EVERY_BYTE ? 'at every byte' : `by seed ${SEED}`})`,
  () => {
    let vendor: Vendor
    let gateway: TestGateway
    beforeAll(async () => {
      vendor = await startVendor()
      gateway = startMixed({
        vendors: { anthropic: vendor.url },
        deployment: 'recorded',
        capabilities: ['streaming'],
      })
    })
    afterAll(async () => {
      await gateway.stop()
      await vendor.stop()
    })
    afterEach(async () => {
      await gateway.forgetRecords()
      await vendor.clear()
    })

    test.each(names)('%s passes to a caller of the same dialect, request and answer', async name => {
      await vendor.script('recorded', play(name))
      const asked = requestOf(name)
      const body = read(`${name}.req.json`).replace(JSON.stringify(asked.model), '"m"')
      const response = await postMessages(gateway, body)
      const text = await response.text()
      expect(response.status).toBe(200)
      const [call] = await vendor.calls()
      expect(JSON.parse(call!.body!.toString())).toEqual({ ...asked, model: 'recorded' })
      const priced = (value: string) => value.replace(/,"cost_usd":[\d.]+/, '')
      if (isStream(name)) expect(eventsIn(priced(text)) as unknown).toEqual(eventsOf(answerOf(name)))
      else expect(JSON.parse(priced(text))).toEqual(JSON.parse(answerOf(name)))
      expect(await gateway.record()).toMatchObject({ outcome: 'ok', usageSource: 'vendor' })
    })

    test.each(names)('%s is what OpenAI’s client reads', async name => {
      await vendor.script('recorded', play(name))
      const client = new OpenAI({ baseURL: `${gateway.url}/v1`, apiKey: gateway.key, maxRetries: 0 })
      const request = { model: 'm', messages: [{ role: 'user' as const, content: 'Hi' }] }
      const answer = isStream(name)
        ? joined(await Array.fromAsync(await client.chat.completions.create({ ...request, ...STREAMED })))
        : partsOf(await client.chat.completions.create(request))
      const { text, thinking, calls } = answer
      expect({ text, thinking, calls } as unknown).toEqual(saidIn(name))
      for (const given of answer.arguments) expect(JSON.parse(given)).toBeObject()
      const record = await gateway.record()
      expect(record.usageSource).toBe('vendor')
      expect(answer.usage).toEqual([record.usage!.inputTokens, record.usage!.outputTokens])
    })
  },
)
