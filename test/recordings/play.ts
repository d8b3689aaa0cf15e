import { afterAll, afterEach, beforeAll, describe, expect, test } from 'bun:test'
import OpenAI from 'openai'
import { CAPABILITIES, type Endpoint } from '../../src/catalog/model'
import { VENDORS } from '../../src/catalog/vendors'
import { Tokenizer } from '../../src/usage/tokenizer'
import { type Vendor as Account, DEFAULT_TIMEOUTS } from '../../src/vendors/vendor'
import { SEARCHING } from '../catalog/price-of'
import { CREDENTIAL } from '../gateway/catalog-of'
import { startGateway, type TestGateway } from '../gateway/start-gateway'
import { orNone, type RecordedSet, recorded } from '../recorded'
import { type Call, startVendor, type Vendor } from '../vendor/start'
import type { Json } from './json'
import { type RecordedRequest, requestIn, resourceOf } from './request'
import { type Heard, heardInAnswer, heardInChunks, type Said } from './said'
import { bodiesOf, EVERY_BYTE, type Framing, HOW_CUT, isStreamed, stepsOf } from './wire'

/** Who played a recording, and how it is read. */
export interface Stage {
  vendor: string
  saidIn: (bodies: readonly Json[]) => Said
  framing?: Framing
  endpoint?: Endpoint
  account?: Partial<Account>
  /** What else must be so of the call that the vendor got. */
  expectCall?: (call: Call) => void
}

/** What the caller is told of a recording that is, or ends in, an error. */
export interface Failure {
  /** Absent: 200. */
  status?: number
  told: string | RegExp
  code: string
}

interface Cast {
  /** Played whole: none of them can be left out. */
  sets: readonly RecordedSet[]
  stageOf: (path: string) => Stage
  /** By what their path ends in. */
  failures?: Record<string, Failure>
  /** Those that another test plays, by what their path ends in. */
  elsewhere?: readonly string[]
}

const HI = { messages: [{ role: 'user', content: 'Hi' }] }
const TIMEOUT_MS = EVERY_BYTE ? 300_000 : 30_000

/** Plays what was recorded through a gateway to OpenAI's client: it gets what the vendor said, the record has what it billed. */
export function playThroughGateway(title: string, { sets, stageOf, failures = {}, elsewhere = [] }: Cast) {
  const all = [...new Set(sets.flatMap(set => recorded(set)))]
  const paths = all.filter(path => !elsewhere.some(end => path.endsWith(end)))
  const failureOf = (path: string) => Object.entries(failures).find(([end]) => path.endsWith(end))?.[1]

  describe.skipIf(paths.length === 0)(`${title} through the gateway (${HOW_CUT})`, () => {
    let vendor: Vendor
    let tokenizer: Tokenizer
    beforeAll(async () => {
      vendor = await startVendor()
      tokenizer = new Tokenizer({ deadlineMs: 60_000 })
    })
    afterEach(() => vendor.clear())
    afterAll(async () => {
      tokenizer.stop()
      await vendor.stop()
    })

    const begin = async (path: string) => {
      const stage = stageOf(path)
      const steps = stepsOf(path, stage.framing ?? 'data', failureOf(path)?.status)
      await vendor.script('recorded', steps)
      const asked = requestIn(path, stage.endpoint === 'responses' ? 'openai-responses' : stage.vendor)
      return { stage, asked, gateway: gatewayOf(stage, asked?.model ?? 'recorded', vendor.url, tokenizer) }
    }

    test.each(orNone(paths.filter(path => !failureOf(path))))(
      '%s is what OpenAI’s client reads',
      async path => {
        const { stage, asked, gateway } = await begin(path)
        try {
          const heard = await hear(gateway, isStreamed(path), asked?.chat ?? HI)
          const said = stage.saidIn(bodiesOf(path))
          expectSaid(heard, said)
          await expectRecorded(gateway, heard, said)
          await expectAsked(vendor, asked, stage)
        } finally {
          await gateway.stop()
        }
      },
      TIMEOUT_MS,
    )

    const failing = paths.filter(failureOf)
    if (failing.length === 0) return
    test.each(failing)(
      '%s is OpenAI’s client’s error',
      async path => {
        const { told, code } = failureOf(path)!
        const { stage, asked, gateway } = await begin(path)
        try {
          await expect(hear(gateway, isStreamed(path), asked?.chat ?? HI)).rejects.toThrow(told)
          expect(await gateway.record()).toMatchObject({ outcome: 'error', errorCode: code })
          await expectAsked(vendor, asked, stage)
        } finally {
          await gateway.stop()
        }
      },
      TIMEOUT_MS,
    )
  })
}

function gatewayOf(stage: Stage, deployment: string, url: string, tokenizer: Tokenizer): TestGateway {
  const { keyVariable: _, ...facts } = VENDORS.find(({ name }) => name === stage.vendor)!
  return startGateway({
    vendors: { [stage.vendor]: url },
    deployment,
    tokenizer,
    // One that reasons would be told to show it.
    capabilities: CAPABILITIES.filter(each => each !== 'reasoning'),
    model: { endpoints: [stage.endpoint ?? 'chat.completions'], maxOutputTokens: null, price: SEARCHING },
    account: ({ baseUrl }) => ({
      ...facts,
      baseUrl,
      credential: CREDENTIAL,
      headers: { 'x-script': 'recorded' },
      timeouts: DEFAULT_TIMEOUTS,
      ...stage.account,
    }),
  })
}

async function hear({ url, key }: TestGateway, isStream: boolean, chat: Json): Promise<Heard> {
  const { completions } = new OpenAI({ baseURL: `${url}/v1`, apiKey: key, maxRetries: 0 }).chat
  const asked = { ...chat, model: 'm' } as unknown as OpenAI.ChatCompletionCreateParamsNonStreaming
  if (!isStream) {
    const { data, response } = await completions.create(asked).withResponse()
    expect(response.headers.get('x-callmissed-dropped-params')).toBeNull()
    return heardInAnswer(data)
  }
  const options = { stream: true, stream_options: { include_usage: true } } as const
  const { data, response } = await completions.create({ ...asked, ...options }).withResponse()
  expect(response.headers.get('x-callmissed-dropped-params')).toBeNull()
  return heardInChunks(await Array.fromAsync(data))
}

function expectSaid({ figures: _, calls, ...heard }: Heard, { figures: __, ...said }: Said): void {
  const read = calls.map(({ name, arguments: given }, index) => {
    const isText = typeof said.calls[index]?.arguments === 'string'
    return { name, arguments: isText ? given : (JSON.parse(given) as unknown) }
  })
  expect({ ...heard, calls: read }).toEqual(said)
  for (const call of calls) JSON.parse(call.arguments)
}

async function expectRecorded(gateway: TestGateway, heard: Heard, { figures }: Said): Promise<void> {
  const { outcome, usage, usageSource } = await gateway.record()
  expect([outcome, usageSource]).toEqual(['ok', figures ? 'vendor' : 'tokenizer'])
  expect({
    input: usage!.inputTokens,
    cached: usage!.cachedInputTokens,
    output: usage!.outputTokens,
    reasoning: usage!.reasoningTokens,
  }).toEqual(figures ?? heard.figures)
  expect(heard.figures).toEqual(figures ?? heard.figures)
}

/** What the vendor once took is what it is sent. */
async function expectAsked(vendor: Vendor, asked: RecordedRequest | undefined, { expectCall }: Stage) {
  const [call] = await vendor.calls()
  const { path, body } = call!
  if (asked) expect({ resource: resourceOf(path), body: JSON.parse(body!.toString()) }).toEqual(asked.sent)
  expectCall?.(call!)
}
