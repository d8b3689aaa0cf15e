import { afterAll, afterEach, beforeAll, describe, expect, test } from 'bun:test'
import OpenAI from 'openai'
import { TranslatedMeter } from '../../src/usage/translated-meter'
import { adapterOf } from '../../src/vendors/adapter'
import type { Dialect } from '../../src/vendors/vendor'
import { ChunkWriter } from '../../src/wire/chunk-writer'
import { orNone, readRecorded, recorded } from '../recorded'
import { startVendor, type Vendor } from '../vendor/start'
import { eventFrame } from '../vendors/bedrock/frame'
import { startGateway, type TestGateway } from './start-gateway'

/** The long form: each byte is a write of its own. */
const EVERY_BYTE = process.env.EVERY_BYTE === '1'
const SEED = Date.now() % 1_000_000

interface Spoken {
  dialect: Dialect
  vendor: string
  /** Where its streams are asked for; left out: the body names the model. */
  path?: string
  type: string
  files: string[]
}

/** Those that end in an error are played elsewhere. */
const isStream = (path: string) => /\.(?:chunks\.txt|sse)$/.test(path) && !path.includes('error')

/** The bytes that a vendor sends: a fixture has the events' data alone, one a line. */
function bytesOf({ dialect }: Spoken, file: string): Uint8Array {
  const bytes = readRecorded(file)
  if (!file.endsWith('.chunks.txt')) return bytes
  const lines = bytes.toString().split('\n').filter(Boolean)
  const frames = (line: string) =>
    Object.entries(JSON.parse(line)).map(([type, data]) => eventFrame(type, JSON.stringify(data)))
  return dialect === 'bedrock'
    ? Buffer.concat(lines.flatMap(frames))
    : Buffer.from(lines.map(line => `event: ${JSON.parse(line).type}\ndata: ${line}\n\n`).join(''))
}

const EVENTS = 'text/event-stream; charset=utf-8'
const DIALECTS: Spoken[] = [
  {
    dialect: 'gemini',
    vendor: 'gemini',
    path: '/v1/models/recorded:streamGenerateContent',
    type: EVENTS,
    files: [...recorded('streams of Gemini'), ...recorded('payloads of Gemini').filter(isStream)],
  },
  {
    dialect: 'cohere',
    vendor: 'cohere',
    type: EVENTS,
    files: [...recorded('streams of Cohere'), ...recorded('payloads of Cohere').filter(isStream)],
  },
  {
    dialect: 'bedrock',
    vendor: 'bedrock',
    path: '/v1/model/recorded/converse-stream',
    type: 'application/vnd.amazon.eventstream',
    files: [...recorded('streams of Bedrock'), ...recorded('payloads of Bedrock').filter(isStream)],
  },
  {
    dialect: 'openai-responses',
    vendor: 'openai',
    type: EVENTS,
    files: [...recorded('responses of OpenAI'), ...recorded('payloads of Responses')].filter(isStream),
  },
]

/** Where a replay is cut: other places each time, told where it fails. */
function cutsOf(length: number): number[] {
  let state = SEED
  const next = () => {
    state = (state * 1_103_515_245 + 12_345) % 2_147_483_648
    return state % length
  }
  return [...new Set(Array.from({ length: 40 }, next))].toSorted((a, b) => a - b)
}

/** What a caller gets of a stream that comes in one piece. */
function wholeOf({ dialect, vendor }: Spoken, bytes: Uint8Array): OpenAI.ChatCompletionChunk[] {
  const emitted: Uint8Array[] = []
  const meter = new TranslatedMeter({
    translation: adapterOf({ name: vendor, dialect })!.translation!,
    writer: new ChunkWriter(
      {
        head: { id: 'x', createdAt: 1, model: 'm' },
        usesFunctions: false,
        customTools: new Set<string>(),
        newCallId: () => 'call',
      },
      true,
    ),
    branches: 1,
    emit: piece => void emitted.push(piece),
  })
  meter.push(bytes)
  meter.end()
  const lines = Buffer.concat(emitted).toString().split('\n')
  return lines.flatMap(line => (line.startsWith('data: {') ? [JSON.parse(line.slice(6))] : []))
}

type Delta = OpenAI.ChatCompletionChunk.Choice.Delta & { reasoning_content?: string }

function saidIn(chunks: OpenAI.ChatCompletionChunk[]) {
  const choices = chunks.flatMap(each => each.choices)
  const deltas = choices.map(({ delta }) => delta as Delta)
  const called = deltas.flatMap(delta => delta.tool_calls ?? [])
  return {
    text: deltas.map(({ content }) => content ?? '').join(''),
    reasoning: deltas.map(delta => delta.reasoning_content ?? '').join(''),
    names: called.flatMap(each => each.function?.name ?? []),
    arguments: called.map(each => `${each.index}${each.function?.arguments ?? ''}`).join(' '),
    finish: choices.flatMap(({ finish_reason: reason }) => reason ?? []),
  }
}

for (const spoken of DIALECTS)
  describe.skipIf(spoken.files.length === 0)(
    `streams of ${spoken.dialect} through the gateway (cut ${EVERY_BYTE ? 'at every byte' : `by seed ${SEED}`})`,
    () => {
      let vendor: Vendor
      let gateway: TestGateway
      beforeAll(async () => {
        vendor = await startVendor()
        gateway = startGateway({
          vendors: { [spoken.vendor]: vendor.url },
          deployment: 'recorded',
          account: account => ({ ...account, dialect: spoken.dialect, conforms: false }),
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

      test.each(orNone(spoken.files))('%s is what OpenAI’s client reads', async file => {
        const bytes = bytesOf(spoken, file)
        await vendor.script(spoken.path ?? 'recorded', [
          { status: 200, headers: { 'content-type': spoken.type } },
          EVERY_BYTE ? { split: 'every', gapMs: 0 } : { split: cutsOf(bytes.length), gapMs: 0 },
          { bytes },
        ])
        const client = new OpenAI({ baseURL: `${gateway.url}/v1`, apiKey: gateway.key, maxRetries: 0 })
        const chunks = await Array.fromAsync(
          await client.chat.completions.create({
            model: 'm',
            messages: [{ role: 'user', content: 'Hi' }],
            stream: true,
            stream_options: { include_usage: true },
          }),
        )
        const said = saidIn(chunks)
        expect(said).toEqual(saidIn(wholeOf(spoken, bytes)))
        expect(said.text.length + said.reasoning.length + said.names.length).toBeGreaterThan(0)
        const record = await gateway.record()
        // Two of Bedrock's were captured without their last event.
        const usageSource =
          spoken.dialect !== 'bedrock' || Buffer.from(bytes).includes('metadata') ? 'vendor' : 'tokenizer'
        expect(record).toMatchObject({ outcome: 'ok', usageSource })
        const { prompt_tokens: prompt, completion_tokens: completion } = chunks.at(-1)!.usage!
        expect([prompt, completion]).toEqual([record.usage!.inputTokens, record.usage!.outputTokens])
      })
    },
  )
