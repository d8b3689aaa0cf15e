import { afterAll, afterEach, beforeAll, expect, test } from 'bun:test'
import { SEARCHING } from '../catalog/price-of'
import { startVendor, type Vendor } from '../vendor/start'
import { startGateway, type TestGateway } from './start-gateway'

let vendor: Vendor
let gateway: TestGateway
beforeAll(async () => {
  vendor = await startVendor()
  gateway = startGateway({ vendors: { acme: vendor.url }, model: { price: SEARCHING } })
})
afterAll(async () => {
  await gateway.stop()
  await vendor.stop()
})
afterEach(() => vendor.clear())

/** What the vendor received for these bytes; the answer must be good. */
async function sent(body: string): Promise<string> {
  const response = await gateway.chat(body)
  expect([response.status, response.status === 200 || (await response.text())]).toEqual([200, true])
  await response.text()
  const calls = await vendor.calls()
  return calls.at(-1)!.body!.toString()
}

const upstream = (body: string) => body.replace('"model":"m"', '"model":"m-2026-01"')
const body = (members: string) => `{"model":"m","messages":[{"role":"user","content":"Hi"}]${members}}`

/** Each is forwarded to the byte, the model's name apart. */
const UNTOUCHED: [statement: string, body: string][] = [
  [
    'wire 27: explicit nulls stay explicit',
    body(
      ',"stop":null,"n":null,"seed":null,"logit_bias":null,"max_tokens":null,"user":null,"tools":null,"tool_choice":null' +
        ',"response_format":null,"stream_options":null,"metadata":null,"store":null,"audio":null,"prediction":null' +
        ',"service_tier":null,"reasoning_effort":null,"verbosity":null,"modalities":null,"temperature":null,"top_p":null' +
        ',"presence_penalty":null,"frequency_penalty":null,"functions":null,"stream":null',
    ),
  ],
  [
    'wire 28: unknown keys pass through',
    body(',"thinking":{"type":"enabled"},"top_k":40,"cache_prompt":true,"provider":{"order":["a","b"]}'),
  ],
  [
    'wire 30: every role is taken',
    '{"model":"m","messages":[{"role":"developer","content":"a"},{"role":"system","content":"b"},{"role":"user","content":"c"},' +
      '{"role":"assistant","content":"d"},{"role":"tool","tool_call_id":"x","content":"e"},{"role":"function","name":"f","content":"g"}]}',
  ],
  [
    'wire 31: content parts are taken for every role',
    '{"model":"m","messages":[{"role":"system","content":[{"type":"text","text":"a"}]},{"role":"tool","tool_call_id":"x","content":[{"type":"text","text":"b"}]}]}',
  ],
  [
    'wire 32: an assistant message may have no content',
    '{"model":"m","messages":[{"role":"assistant","content":null,"refusal":"no"},{"role":"assistant"},{"role":"assistant","content":""},{"role":"assistant","content":[{"type":"refusal","refusal":"no"}]}]}',
  ],
  [
    'wire 33: tool calls of the history keep arguments that are no JSON',
    '{"model":"m","messages":[{"role":"assistant","content":null,"tool_calls":[{"id":"1","type":"function","function":{"name":"f","arguments":"{not json"}},' +
      '{"id":"2","type":"custom","custom":{"name":"g","input":""}}]}]}',
  ],
  [
    'wire 34: tool call ids of any charset round-trip, in any order',
    '{"model":"m","messages":[{"role":"tool","tool_call_id":"functions.add:0","content":"1"},{"role":"tool","tool_call_id":"é 世/\\u0041\\n","content":"2"}]}',
  ],
  [
    'wire 35: a name is allowed on every message',
    '{"model":"m","messages":[{"role":"user","name":"ann","content":"Hi"},{"role":"developer","name":"ops","content":"Hi"}]}',
  ],
  [
    'wire 36: images, audio and files pass through',
    '{"model":"m","messages":[{"role":"user","content":[{"type":"text","text":"?","prompt_cache_breakpoint":{"mode":"explicit"}},' +
      '{"type":"image_url","image_url":{"url":"data:image/png;base64,iVBORw0KGgo=","detail":"low"}},{"type":"image_url","image_url":{"url":"https://example.com/a.png"}},' +
      '{"type":"input_audio","input_audio":{"data":"UklGRg==","format":"wav"}},{"type":"file","file":{"file_id":"f","filename":"a.pdf"}}]}]}',
  ],
  ['wire 38: both token limits pass through', body(',"max_tokens":16,"max_completion_tokens":16')],
  [
    'wire 39: numbers keep the digits that they were written with',
    body(',"temperature":1.0,"top_p":0.10,"seed":9223372036854775807,"logit_bias":{"50256":-100},"x":1e2'),
  ],
  ['wire 41: stop passes as a string or as a list', body(',"stop":["\\n\\n","END"]')],
  ['wire 42: logprobs pass through', body(',"logprobs":true,"top_logprobs":20')],
  [
    'wire 43: response_format passes through',
    body(
      ',"response_format":{"type":"json_schema","json_schema":{"name":"a","strict":true,"schema":{"type":"object","properties":{"model":{"type":"string"}}}}}',
    ),
  ],
  [
    'wire 44: function tools without parameters and custom tools pass through',
    body(
      ',"tools":[{"type":"function","function":{"name":"f"}},{"type":"function","function":{"name":"g","parameters":{}}},' +
        '{"type":"custom","custom":{"name":"h","format":{"type":"grammar","grammar":{"definition":"x","syntax":"lark"}}}}]',
    ),
  ],
  [
    'wire 45: every form of tool_choice passes through',
    body(
      ',"tool_choice":{"type":"allowed_tools","allowed_tools":{"mode":"auto","tools":[{"type":"function","function":{"name":"f"}}]}}',
    ),
  ],
  ['wire 46: parallel_tool_calls passes through', body(',"parallel_tool_calls":false,"tools":[]')],
  [
    'wire 47: stream_options without a stream are left to the vendor',
    body(',"stream":false,"stream_options":{"include_usage":true}'),
  ],
  [
    'wire 48: audio output passes through',
    body(',"modalities":["text","audio"],"audio":{"voice":{"id":"v"},"format":"wav"}'),
  ],
  [
    'wire 49: prediction passes through',
    body(',"prediction":{"type":"content","content":[{"type":"text","text":"a"}]}'),
  ],
  [
    'wire 50: reasoning_effort and verbosity pass through',
    body(',"reasoning_effort":"xhigh","verbosity":"low"'),
  ],
  ['wire 51: service_tier passes through', body(',"service_tier":"flex"')],
  [
    'wire 52: store, metadata, cache keys and the rest pass through',
    body(
      ',"store":false,"metadata":{"a":"b"},"user":"u","safety_identifier":"s","prompt_cache_key":"k","prompt_cache_retention":"24h",' +
        '"prompt_cache_options":{"mode":"x","ttl":"30m"},"moderation":{"model":"omni"},"web_search_options":{"search_context_size":"low"}',
    ),
  ],
  [
    'wire 53: functions and function_call pass through',
    body(',"functions":[{"name":"f","parameters":{"type":"object"}}],"function_call":{"name":"f"}'),
  ],
  [
    'white space, key order, escapes and big integers stay as they were written',
    '{ "z" : 123456789012345678901234567890 ,\n\t"model":"m",\r\n "messages" : [ { "content":"\\u00e9\\ud83d\\ude00\\/ é 😀 \u2028", "role":"user" } ] , "a":-0.0 }  \n',
  ],
  ['__proto__ is a key like any other', body(',"__proto__":{"polluted":true},"constructor":{"prototype":1}')],
]

for (const [statement, given] of UNTOUCHED)
  test(statement, async () => {
    expect(await sent(given)).toBe(upstream(given))
  })

test('only the top-level model is replaced, however it is written', async () => {
  const rest = '{"messages":[{"role":"user","content":"\\"model\\":\\"m\\"","model":"m"}],"x":{"model":"m"},'
  expect(await sent(`${rest}"model" : "\\u006d"}`)).toBe(`${rest}"model" : "m-2026-01"}`)
})

/** What the vendor gets in the place of each `stream_options`; everything else is the caller's. */
const STREAMS: [given: string, forwarded: string][] = [
  ['', ',"stream_options":{"include_usage":true}'],
  [',"stream_options":null', ',"stream_options":{"include_usage":true}'],
  [',"stream_options":{}', ',"stream_options":{"include_usage":true}'],
  [',"stream_options":{ "include_usage" : true }', ',"stream_options":{ "include_usage" : true }'],
  [',"stream_options":{"include_usage":false}', ',"stream_options":{"include_usage":true}'],
  [',"stream_options":{"include_usage":null}', ',"stream_options":{"include_usage":true}'],
  [
    ',"stream_options":{"include_obfuscation":false}',
    ',"stream_options":{"include_obfuscation":false,"include_usage":true}',
  ],
]

for (const [given, forwarded] of STREAMS)
  test(`wire 78, T32: usage is asked of the vendor whatever the caller says (${given || 'nothing'})`, async () => {
    const members = `,"stream" : true${given}`
    const expected = upstream(body(`,"stream" : true${forwarded}`))
    expect(await sent(body(members))).toBe(expected)
  })

test('wire 29: an alias and a pinned vendor both become the deployment’s id', async () => {
  for (const name of ['m', 'm-alias', 'acme/m', 'acme/m-2026-01'])
    expect(JSON.parse(await sent(body('').replace('"model":"m"', `"model":"${name}"`))).model).toBe(
      'm-2026-01',
    )
})

test('wire 40: n passes through and every choice comes back', async () => {
  const response = await gateway.chat(body(',"n":3'))
  const answer = (await response.json()) as { choices: { index: number }[] }
  expect(answer.choices.map(({ index }) => index)).toEqual([0, 1, 2])
  expect((await vendor.calls())[0]!.body!.toString()).toBe(upstream(body(',"n":3')))
})

test('wire 10: a body of 32 MB passes, to the byte', async () => {
  const big = body(`,"x":"${'A'.repeat(32 * 1024 * 1024)}"`)
  const arrived = await sent(big)
  expect(arrived === upstream(big)).toBe(true)
})

test('wire 10: the content type may have parameters, or be missing', async () => {
  for (const type of ['application/json; charset=utf-8', 'text/plain', '']) {
    const headers = { authorization: `Bearer ${gateway.key}`, ...(type && { 'content-type': type }) }
    const response = await gateway.chat(new TextEncoder().encode(body('')) as unknown as string, {
      headers,
      body: new TextEncoder().encode(body('')),
    })
    expect(response.status).toBe(200)
  }
})
