import { afterAll, beforeAll, describe, expect, test } from 'bun:test'
import OpenAI from 'openai'
import { VENDORS } from '../../../src/catalog/vendors'
import { TranslatedMeter } from '../../../src/usage/translated-meter'
import { adapterOf } from '../../../src/vendors/adapter'
import { DEFAULT_TIMEOUTS } from '../../../src/vendors/vendor'
import { ChunkWriter } from '../../../src/wire/chunk-writer'
import { CREDENTIAL, startGateway } from '../../gateway/start-gateway'
import { readRecorded, recorded } from '../../recorded'
import { startVendor, type Vendor } from '../../vendor/start'

/** Folder → the vendor that we know it by. */
const RECORDED: Record<string, string> = {
  azure: 'azure',
  deepseek: 'deepseek',
  groq: 'groq',
  huggingface: 'huggingface',
  kimi: 'moonshot',
  mistral: 'mistral',
  openrouter: 'openrouter',
  perplexity: 'perplexity',
  together: 'together',
  xai: 'xai',
  zai: 'zai',
}
/** Some of Azure's are of its Responses API. */
const FIXTURES: Record<string, string> = {
  azure: 'azure',
  deepseek: 'deepseek',
  groq: 'groq',
  mistral: 'mistral',
  moonshotai: 'moonshot',
  'openai-compatible': 'xai',
  xai: 'xai',
}
/** Ends in an error, as it was recorded. */
const BROKEN = /mid-error/

interface Recording {
  name: string
  vendor: string
  stream: boolean
  bytes: () => Buffer
}

const asEvents = (chunks: string) =>
  Buffer.from(
    `${chunks
      .trim()
      .split('\n')
      .map(line => `data: ${line}\n\n`)
      .join('')}data: [DONE]\n\n`,
  )

/** Whose it is, by its folder or its package. */
function vendorOf(path: string): string {
  const [folder, name] = path.split('/').slice(-2) as [string, string]
  if (name.includes('azure-model-router')) return 'azure'
  if (folder === 'openai') return 'openrouter'
  return (folder === 'fixtures' ? FIXTURES[name.split('--', 1)[0]!] : RECORDED[folder]) ?? 'alibaba'
}

const recordings: Recording[] = [
  ...recorded('chats of the family'),
  ...recorded('a chat of OpenRouter'),
  ...recorded('payloads of the family'),
  ...recorded('payloads of Alibaba'),
].map(path => {
  const isPayload = path.endsWith('.chunks.txt')
  const read = () => readRecorded(path)
  return {
    name: path,
    vendor: vendorOf(path),
    stream: !path.endsWith('.json'),
    bytes: () => (isPayload ? asEvents(read().toString()) : read()),
  }
})
const named = (list: Recording[]) =>
  list.map(recording => [`${recording.vendor}: ${recording.name}`, recording] as const)

interface Call {
  index?: number
  id?: string
  function?: { name?: string; arguments?: unknown }
}
interface Said {
  content?: string | { type: string; text?: string; thinking?: { text: string }[] }[] | null
  tool_calls?: Call[] | null
  reasoning_content?: string | null
  reasoning?: string | null
}
interface Raw {
  choices?: { delta?: Said; message?: Said }[]
}

function thoughtOf({ reasoning_content, reasoning, content }: Said): string {
  const listed = Array.isArray(content) ? content.flatMap(({ thinking }) => thinking ?? []) : []
  return reasoning_content || reasoning || listed.map(({ text }) => text).join('')
}

/** What an answer says, found in the vendor's own JSON without our reader. */
function saidIn({ bytes, stream }: Recording) {
  const text = bytes().toString()
  const chunks: Raw[] = stream
    ? text
        .split(/\r?\n/)
        .filter(line => line.startsWith('data: {'))
        .map(line => JSON.parse(line.slice(6)))
    : [JSON.parse(text)]
  const choices = chunks.flatMap(chunk => chunk.choices ?? [])
  const messages: Said[] = choices.map(choice => choice.delta ?? choice.message ?? {})
  const flat = (content: Said['content']) =>
    Array.isArray(content)
      ? content.map(part => (part.type === 'text' ? part.text : '')).join('')
      : (content ?? '')
  const calls = messages.flatMap(({ tool_calls }) => tool_calls ?? [])
  return {
    content: messages.map(({ content }) => flat(content)).join(''),
    names: namesOf(calls),
    arguments: calls
      .map(call => call.function?.arguments ?? '')
      .map(given => (typeof given === 'string' ? given : JSON.stringify(given)))
      .join(''),
    reasoning: messages.map(thoughtOf).join(''),
  }
}

/** One of OpenRouter's vendors says a call's name with each of its pieces. */
function namesOf(calls: Call[]): string[] {
  const begun = new Set<unknown>()
  return calls.flatMap(({ index, id, function: { name } = {} }) => {
    const which = index ?? id
    if (!name || (which !== undefined && begun.has(which))) return []
    begun.add(which)
    return [name]
  })
}

function usageIn({ bytes }: Recording): { prompt: number; total: number } | undefined {
  const all = [
    ...bytes()
      .toString()
      .matchAll(/"prompt_tokens":\s*(\d+)/g),
  ].at(-1)
  const totals = [
    ...bytes()
      .toString()
      .matchAll(/"total_tokens":\s*(\d+)/g),
  ].at(-1)
  return all && totals ? { prompt: Number(all[1]), total: Number(totals[1]) } : undefined
}

let vendor: Vendor
beforeAll(async () => {
  vendor = await startVendor()
})
afterAll(() => vendor.stop())

/** A gateway whose model is served by this recording. */
async function play({ vendor: name, stream, bytes }: Recording) {
  const { keyVariable: _, ...facts } = VENDORS.find(known => known.name === name)!
  const gateway = startGateway({
    vendors: { [name]: vendor.url },
    deployment: 'recorded',
    capabilities: ['streaming', 'tools', 'json_schema'],
    account: ({ baseUrl }) => ({
      ...facts,
      baseUrl,
      credential: CREDENTIAL,
      headers: {},
      timeouts: DEFAULT_TIMEOUTS,
    }),
  })
  await vendor.clear()
  const type = stream ? 'text/event-stream' : 'application/json'
  await vendor.script('recorded', [{ status: 200, headers: { 'content-type': type } }, { bytes: bytes() }])
  const client = new OpenAI({ baseURL: `${gateway.url}/v1`, apiKey: gateway.key, maxRetries: 0 })
  return { gateway, client }
}

const ASKED = { model: 'm', messages: [{ role: 'user' as const, content: 'Hi' }] }

/** The SDK's own sum of a stream knows nothing of thoughts: they are gathered beside it. */
async function completed(client: OpenAI, stream: boolean) {
  if (!stream) {
    const answer = await client.chat.completions.create(ASKED)
    return { answer, reasoning: (answer.choices[0]!.message as Said).reasoning_content ?? '' }
  }
  let reasoning = ''
  const answer = await client.chat.completions
    .stream({ ...ASKED, stream_options: { include_usage: true } })
    .on('chunk', ({ choices }) => {
      reasoning += (choices[0]?.delta as Said | undefined)?.reasoning_content ?? ''
    })
    .finalChatCompletion()
  return { answer, reasoning }
}

describe.skipIf(recordings.length === 0)(
  'recordings of OpenAI’s family (skipped where ../shared is absent)',
  () => {
    test.each(named(recordings.filter(({ name }) => !BROKEN.test(name))))(
      'the SDK gets what was said: %s',
      async (_name, recording) => {
        const { gateway, client } = await play(recording)
        try {
          const { answer, reasoning } = await completed(client, recording.stream)
          const said = saidIn(recording)
          const { message, finish_reason } = answer.choices[0]!
          const calls = (message.tool_calls ?? []) as { function: { name: string; arguments: string } }[]
          expect(message.content ?? '').toBe(said.content)
          expect(calls.map(call => call.function.name)).toEqual(said.names)
          expect(calls.map(call => call.function.arguments).join('')).toBe(
            said.arguments || '{}'.repeat(said.names.length),
          )
          for (const call of calls) JSON.parse(call.function.arguments)
          expect(reasoning).toBe(said.reasoning)
          expect(['stop', 'length', 'tool_calls', 'content_filter']).toContain(finish_reason)
          if (calls.length > 0) expect(finish_reason).toBe('tool_calls')
          const usage = usageIn(recording)
          const record = await gateway.record()
          expect(record).toMatchObject({ outcome: 'ok', usageSource: usage ? 'vendor' : 'tokenizer' })
          if (usage)
            expect([answer.usage?.prompt_tokens, answer.usage?.total_tokens]).toEqual([
              usage.prompt,
              usage.total,
            ])
        } finally {
          await gateway.stop()
        }
      },
    )

    test.each(named(recordings.filter(({ name }) => BROKEN.test(name))))(
      'an error in the midst is the SDK’s error, and recorded: %s',
      async (_name, recording) => {
        const { gateway, client } = await play(recording)
        try {
          await expect(completed(client, recording.stream)).rejects.toThrow('Tool call validation failed')
          expect(await gateway.record()).toMatchObject({ outcome: 'error', errorCode: 'upstream_error' })
        } finally {
          await gateway.stop()
        }
      },
    )

    test.each(named(recordings.filter(({ stream }) => stream)))(
      'cut at every byte it is the same stream: %s',
      (_name, recording) => {
        const bytes = recording.bytes()
        const whole = written(recording.vendor, [bytes])
        expect(
          written(
            recording.vendor,
            [...bytes].map(byte => Uint8Array.of(byte)),
          ),
        ).toBe(whole)
        expect(whole).not.toBe('')
      },
    )
  },
)

function written(name: string, pieces: Iterable<Uint8Array>): string {
  const { dialect } = VENDORS.find(known => known.name === name)!
  const emitted: Uint8Array[] = []
  const meter = new TranslatedMeter({
    translation: adapterOf({ name, dialect })!.translation!,
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
    emit: bytes => void emitted.push(bytes),
  })
  for (const piece of pieces) meter.push(piece)
  meter.end()
  return Buffer.concat(emitted).toString()
}
