import { afterAll, afterEach, beforeAll, expect, test } from 'bun:test'
import { startVendor, type Vendor } from '../vendor/start'
import type { Step } from '../vendor/step'
import { startGateway, type TestGateway } from './start-gateway'
import { ASK, ASK_USAGE, chunksOf, HEAD, line, STREAM_HEAD, USAGE, USAGE_COST } from './stream-text'

let vendor: Vendor
let gateway: TestGateway
beforeAll(async () => {
  vendor = await startVendor()
  gateway = startGateway({ vendors: { acme: vendor.url } })
})
afterAll(async () => {
  await gateway.stop()
  await vendor.stop()
})
afterEach(async () => {
  await gateway.forgetRecords()
  await vendor.clear()
})

const UNARY = { model: 'm', messages: [{ role: 'user', content: 'Hi' }] }
const json = (text: string): Step[] => [
  { status: 200, headers: { 'content-type': 'application/json' }, framing: 'length' },
  { text },
]
const usageJson = JSON.stringify(USAGE)
const priced = usageJson.replace(/}$/, ',"cost_usd":0.000071}')

/** Answers that a conforming vendor may give; each reaches the caller to the byte, `cost_usd` apart. */
const ANSWERS: [statement: string, members: string][] = [
  [
    'wire 54: a null system_fingerprint stays',
    '"system_fingerprint":null,"service_tier":"default","choices":[{"index":0,"message":{"role":"assistant","content":"Hi"},"finish_reason":"stop"}]',
  ],
  [
    'wire 55: refusal, annotations and audio stay',
    '"choices":[{"index":0,"message":{"role":"assistant","content":null,"refusal":null,"annotations":[],"audio":{"id":"a","data":"UklGRg==","expires_at":1,"transcript":"x"}},"finish_reason":"stop"}]',
  ],
  [
    'wire 57: tool call arguments stay the string that they were',
    '"choices":[{"index":0,"message":{"role":"assistant","content":null,"tool_calls":[{"id":"functions.f:0","type":"function","function":{"name":"f","arguments":"{\\"a\\": 1e3"}}]},"finish_reason":"tool_calls"}]',
  ],
  [
    'wire 58: content and tool calls may stand side by side',
    '"choices":[{"index":0,"message":{"role":"assistant","content":"Let me see","tool_calls":[{"id":"c","type":"function","function":{"name":"f","arguments":""}}]},"finish_reason":"tool_calls"}]',
  ],
  [
    'wire 53: a function call stays',
    '"choices":[{"index":0,"message":{"role":"assistant","content":null,"function_call":{"name":"f","arguments":"{}"}},"finish_reason":"function_call"}]',
  ],
  [
    'wire 42: logprobs stay',
    '"choices":[{"index":0,"message":{"role":"assistant","content":"é"},"logprobs":{"content":[{"token":"é","logprob":-0.0,"bytes":[195,169],"top_logprobs":[]}],"refusal":null},"finish_reason":"stop"}]',
  ],
  ...['stop', 'length', 'tool_calls', 'content_filter', 'function_call'].map((reason): [string, string] => [
    `wire 56: the finish reason ${reason} stays`,
    `"choices":[{"index":0,"message":{"role":"assistant","content":""},"finish_reason":"${reason}"}]`,
  ]),
  [
    'fields that we do not know and big integers stay',
    '"x":123456789012345678901234567890,"y":{"z":1.0,"usage":null},"choices":[{"index":0,"message":{"role":"assistant","content":"\\u2028\\/"},"finish_reason":"stop"}]',
  ],
]
for (const [statement, members] of ANSWERS)
  test(statement, async () => {
    const body = (usage: string) =>
      `{ "id":"chatcmpl-1","object":"chat.completion","created":1780000000,"model":"m-2026-01",${members},"usage": ${usage} }\n`
    await vendor.script('m-2026-01', json(body(usageJson)))
    const response = await gateway.chat(UNARY)
    expect(await response.text()).toBe(body(priced))
    expect(response.status).toBe(200)
    const record = await gateway.record()
    expect(record.usage).toMatchObject({
      inputTokens: 12,
      cachedInputTokens: 4,
      outputTokens: 5,
      reasoningTokens: 1,
    })
    expect(record.finishReason).toBe(/"finish_reason":"(\w+)"/.exec(members)![1]!)
  })

test('wire 26: a JSON answer is application/json, whatever the vendor calls it', async () => {
  const body = '{"choices":[{"index":0,"message":{"content":"a"},"finish_reason":"stop"}]}'
  const headers = { 'content-type': 'application/vnd.acme+json; charset=latin1' }
  await vendor.script('m-2026-01', [{ status: 200, headers }, { text: body }])
  const response = await gateway.chat(UNARY)
  expect(response.headers.get('content-type')).toBe('application/json')
  expect(await response.text()).toBe(body)
})

test('wire 90: a vendor’s stream is never the answer to a request that asked for none', async () => {
  await vendor.script('m-2026-01', [
    STREAM_HEAD,
    { chunk: line({ content: 'a' }) },
    { chunk: 'data: [DONE]' },
  ])
  const response = await gateway.chat(UNARY)
  expect([response.status, ((await response.json()) as { error: { code: string } }).error.code]).toEqual([
    502,
    'upstream_error',
  ])
})

test('wire 89: a vendor’s JSON is never the answer to a request that asked for a stream', async () => {
  await vendor.script(
    'm-2026-01',
    json('{"choices":[{"index":0,"message":{"content":"a"},"finish_reason":"stop"}]}'),
  )
  const response = await gateway.chat(ASK)
  expect(response.status).toBe(502)
  expect(response.headers.get('content-type')).toBe('application/json')
})

/** Deltas that a conforming vendor may stream; each reaches the caller to the byte. */
const DELTAS: [statement: string, deltas: object[], finish?: string][] = [
  ['wire 64: the role comes first', [{ role: 'assistant', content: '', refusal: null }, { content: 'Hi' }]],
  [
    'wire 70: tool calls stream by index, their arguments in pieces',
    [
      {
        role: 'assistant',
        content: null,
        tool_calls: [{ index: 0, id: 'a:0', type: 'function', function: { name: 'f', arguments: '' } }],
      },
      { tool_calls: [{ index: 0, function: { arguments: '{"a' } }] },
      { tool_calls: [{ index: 0, function: { arguments: '":1}' } }] },
      { tool_calls: [{ index: 1, id: 'b', type: 'function', function: { name: 'g', arguments: '' } }] },
    ],
    'tool_calls',
  ],
  [
    'wire 74: reasoning streams in both of its fields',
    [{ reasoning_content: 'hm' }, { reasoning: 'ha' }, { content: 'x' }],
  ],
  ['wire 75: a refusal streams', [{ role: 'assistant', content: null, refusal: '' }, { refusal: 'I’m' }]],
  ['wire 48: audio streams', [{ audio: { id: 'a', transcript: 'x' } }, { audio: { data: 'UklGRg==' } }]],
  ['wire 83: text of every plane streams', [{ content: '世界 😀 \u2028\u0000 \ud83d' }]],
]
for (const [statement, deltas, finish = 'stop'] of DELTAS)
  test(`${statement}, however it is split`, async () => {
    const body = [...deltas.map(delta => line(delta)), line({}, {}, finish)]
      .map(each => `${each}\n\n`)
      .join('')
    await vendor.script('m-2026-01', [
      STREAM_HEAD,
      { split: Array.from({ length: 40 }, (_, index) => 1 + index * 11), gapMs: 0 },
      { text: body },
      { chunk: `data: ${JSON.stringify({ ...HEAD, choices: [], usage: USAGE })}` },
      { chunk: 'data: [DONE]' },
    ])
    const response = await gateway.chat(ASK)
    expect(await response.text()).toBe(`${body}data: [DONE]\n\n`)
    expect((await gateway.record()).finishReason).toBe(finish)
  })

test('wire 40: the chunks of several choices stay interleaved, and the usage is their sum', async () => {
  const choice = (index: number, content: string, finish: string | null = null) =>
    line({}, { choices: [{ index, delta: finish ? {} : { content }, finish_reason: finish }] })
  const lines = [
    choice(0, 'a'),
    choice(1, 'b'),
    choice(0, 'c'),
    choice(0, '', 'stop'),
    choice(1, '', 'length'),
  ]
  await vendor.script('m-2026-01', [
    STREAM_HEAD,
    ...lines.map(chunk => ({ chunk })),
    { chunk: `data: ${JSON.stringify({ ...HEAD, choices: [], usage: USAGE })}` },
    { chunk: 'data: [DONE]' },
  ])
  const text = await (await gateway.chat({ ...ASK_USAGE, n: 2 })).text()
  expect(text).toStartWith(lines.map(each => `${each}\n\n`).join(''))
  expect(chunksOf(text).at(-1)).toMatchObject({ choices: [], usage: { ...USAGE, cost_usd: USAGE_COST } })
})

test('wire 79, 80: obfuscation and logprobs of a chunk stay as they are', async () => {
  const lines = [
    line({ content: 'a' }, { obfuscation: 'pad' }),
    line(
      {},
      {
        choices: [
          {
            index: 0,
            delta: { content: 'b' },
            logprobs: { content: [], refusal: null },
            finish_reason: null,
          },
        ],
      },
    ),
    line({}, {}, 'stop'),
  ]
  await vendor.script('m-2026-01', [
    STREAM_HEAD,
    ...lines.map(chunk => ({ chunk })),
    { chunk: 'data: [DONE]' },
  ])
  const text = await (await gateway.chat(ASK)).text()
  expect(text).toBe(`${lines.join('\n\n')}\n\ndata: [DONE]\n\n`)
})
