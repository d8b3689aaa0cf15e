import { afterAll, beforeAll, describe, expect, setDefaultTimeout, test } from 'bun:test'
import OpenAI, { APIError } from 'openai'
import { CAPABILITIES } from '../../src/catalog/model'
import { readRecorded, recorded } from '../recorded'
import type { Json } from '../recordings/json'
import { cut, HOW_CUT } from '../recordings/wire'
import { startVendor, type Vendor } from '../vendor/start'
import { startGateway, type TestGateway } from './start-gateway'

setDefaultTimeout(300_000)

/** A request that OpenAI once got, and what it said. */
interface Exchange {
  request: Json
  status: number
  /** One answer, or a stream's chunks. */
  response?: Json | Json[]
  error?: Json
}

const oracle = recorded('what OpenAI says to chats')
const exchangesIn = (file: string): Exchange[] =>
  readRecorded(oracle.find(path => path.endsWith(file))!)
    .toString()
    .trim()
    .split('\n')
    .map(line => JSON.parse(line))

/** Without what we add to its usage. */
function unpriced({ usage, ...rest }: Json): Json {
  if (!usage) return usage === undefined ? rest : { ...rest, usage }
  const { cost_usd: _, ...told } = usage
  return { ...rest, usage: told }
}

describe.skipIf(oracle.length === 0)(`hundreds of chats with OpenAI (${HOW_CUT})`, () => {
  let vendor: Vendor
  let gateway: TestGateway
  let client: OpenAI
  beforeAll(async () => {
    vendor = await startVendor()
    gateway = startGateway({
      vendors: { openai: vendor.url },
      deployment: 'recorded',
      // What one that reasons hides could not be counted.
      capabilities: CAPABILITIES.filter(each => each !== 'reasoning'),
      model: { maxOutputTokens: null },
    })
    client = new OpenAI({ baseURL: `${gateway.url}/v1`, apiKey: gateway.key, maxRetries: 0 })
  })
  afterAll(async () => {
    await gateway.stop()
    await vendor.stop()
  })

  async function play(status: number, type: string, text: string): Promise<void> {
    await gateway.forgetRecords()
    await vendor.clear()
    const head = { status, headers: { 'content-type': type } }
    await vendor.script('recorded', [head, ...cut(Buffer.from(text))])
  }

  /** What the client reads of it: a whole answer, or a stream's chunks. */
  async function hear(request: Json): Promise<Json[]> {
    const asked = { ...request, model: 'm' } as unknown as OpenAI.ChatCompletionCreateParamsNonStreaming
    if (!request.stream) return [await client.chat.completions.create(asked)]
    return Array.fromAsync(await client.chat.completions.create({ ...asked, stream: true }))
  }

  test('each that it answered is sent as it was, and its answer is what the client reads', async () => {
    // Who recorded them left some of the longest answers out.
    const whole = exchangesIn('completions.accepted.jsonl').filter(
      ({ response }) => !('_omitted' in response!),
    )
    expect(whole.length).toBeGreaterThan(500)
    for (const { request, status, response } of whole) {
      const bodies: Json[] = Array.isArray(response) ? response : [response!]
      const lines = [...bodies.map(body => JSON.stringify(body)), '[DONE]']
      if (request.stream)
        await play(status, 'text/event-stream', lines.map(line => `data: ${line}\n\n`).join(''))
      else await play(status, 'application/json', JSON.stringify(response))
      const heard = await hear(request)
      expect(heard.map(unpriced)).toEqual(bodies)
      const [call] = await vendor.calls()
      const options = request.stream && {
        stream_options: { ...request.stream_options, include_usage: true },
      }
      expect(JSON.parse(call!.body!.toString())).toEqual({ ...request, model: 'recorded', ...options })
      const told: Json | null | undefined = bodies.at(-1)!.usage
      expect(await gateway.record()).toMatchObject({
        outcome: 'ok',
        usageSource: told ? 'vendor' : 'tokenizer',
        ...(told && { usage: { inputTokens: told.prompt_tokens, outputTokens: told.completion_tokens } }),
      })
    }
  })

  test('each that it refused is refused, by us or in its own words', async () => {
    for (const { request, status, error } of exchangesIn('completions.errors.jsonl')) {
      await play(status, 'application/json', JSON.stringify({ error }))
      const failed = await hear(request).catch((thrown: unknown) => thrown)
      expect(failed).toBeInstanceOf(APIError)
      const [call] = await vendor.calls()
      const told = failed as InstanceType<typeof APIError>
      if (!call) expect(told.status).toBe(400)
      // Its model was not there: that is our catalog's fault.
      else if (status === 404) expect([told.status, told.code]).toEqual([502, 'upstream_model_not_found'])
      else expect([told.status, told.error]).toMatchObject([status, error!])
    }
  })
})
