import { afterAll, beforeAll, expect, test } from 'bun:test'
import { CANARY, expectRefusal, GOOD, post, startTarget, type Target } from './bad-input'

let target: Target
beforeAll(async () => {
  target = await startTarget()
})
afterAll(() => target.stop())

const MESSAGES = `"messages":[{"role":"user","content":"${CANARY}"}]`
const ask = (members: string) => `{"model":"m",${MESSAGES},${members}}`
const nested = (depth: number) => `${'['.repeat(depth)}${']'.repeat(depth)}`
const latin1 = (text: string) => Buffer.from(text, 'latin1')

type Row = [statement: string, body: string | Uint8Array, code: string, param?: string | null]

/** Never sent to a vendor; every one is a 400 of this code. */
const ROWS: Row[] = [
  ['T22 a body that stops', `{"model":"m",${MESSAGES}`, 'invalid_json'],
  ['T22 NaN', ask('"temperature":NaN'), 'invalid_json'],
  ['T22 Infinity', ask('"temperature":-Infinity'), 'invalid_json'],
  ['T22 a trailing comma', ask('"n":1,'), 'invalid_json'],
  [
    'T22 a trailing comma in a list',
    `{"model":"m","messages":[{"role":"user","content":"hi"},]}`,
    'invalid_json',
  ],
  ['T22 a comment', ask('"n":1/* one */'), 'invalid_json'],
  ['T22 single quotes', `{'model':'m',${MESSAGES}}`, 'invalid_json'],
  ['T22 a key without quotes', ask('n:1'), 'invalid_json'],
  ['T22 a second value', `${ask('"n":1')}{}`, 'invalid_json'],
  ['T22 text behind the value', `${ask('"n":1')} ${CANARY}`, 'invalid_json'],
  ['T22 a number with a leading zero', ask('"n":01'), 'invalid_json'],
  ['T22 a number with a plus', ask('"n":+1'), 'invalid_json'],
  ['T22 a hexadecimal number', ask('"n":0x1'), 'invalid_json'],
  ['T22 a number without its exponent', ask('"n":1e'), 'invalid_json'],
  ['T22 a word', ask('"n":undefined'), 'invalid_json'],
  ['T22 a string that does not end', `{"model":"${CANARY}`, 'invalid_json'],
  ['T22 a raw line break in a string', ask('"user":"a\nb"'), 'invalid_json'],
  ['T22 an escape that is none', `{"model":"\\x",${MESSAGES}}`, 'invalid_json'],
  ['T22 nothing but white space', ' \r\n\t ', 'invalid_json'],
  ['T22 no body', '', 'invalid_json'],
  ['T22 null', 'null', 'invalid_json'],
  ['T22 an array', `[${GOOD}]`, 'invalid_json'],
  ['T22 a string', `"${CANARY}"`, 'invalid_json'],
  ['T22 a number', '1', 'invalid_json'],
  ['T22 true', 'true', 'invalid_json'],
  ['T22 UTF-16', Buffer.from(ask('"n":1'), 'utf16le'), 'invalid_json'],
  ['T22 UTF-16 with its mark', Buffer.from(`\ufeff${ask('"n":1')}`, 'utf16le'), 'invalid_utf8'],
  ['T22 a form', `model=m&messages=${CANARY}`, 'invalid_json'],
  ['T23 nesting of 129 levels, the body included', ask(`"x":${nested(128)}`), 'nesting_too_deep'],
  ['T23 a million open brackets', ask(`"x":${'['.repeat(1_000_000)}`), 'nesting_too_deep'],
  ['T23 a million open objects', ask(`"x":${'{"a":'.repeat(1_000_000)}`), 'nesting_too_deep'],
  ['T23 a message that deep', `{"model":"m","messages":[{"content":${nested(127)}}]}`, 'nesting_too_deep'],
  ['T24 a million keys', `{${Array.from({ length: 1_000_000 }, (_, i) => `"${i}":0`)}}`, 'invalid_value'],
  ['T25 model twice', ask('"model":"other"'), 'duplicate_key', 'model'],
  ['T25 model twice, once escaped', ask('"\\u006dodel":"other"'), 'duplicate_key', 'model'],
  ['T25 messages twice', ask(MESSAGES), 'duplicate_key', 'messages'],
  ['T25 an unknown key twice', ask('"a-b":1,"a-b":1'), 'duplicate_key', 'a-b'],
  ['T25 a key twice that must not be echoed', ask(`"${CANARY} \\n":1,"${CANARY} \\n":1`), 'duplicate_key'],
  ['T26 __proto__ twice', ask('"__proto__":{},"__proto__":{}'), 'duplicate_key', '__proto__'],
  [
    'T26 a model that stands in __proto__',
    `{"__proto__":{"model":"m"},${MESSAGES}}`,
    'missing_required_parameter',
    'model',
  ],
  [
    'T26 messages in constructor',
    '{"model":"m","constructor":{"prototype":{"messages":[{}]}}}',
    'missing_required_parameter',
    'messages',
  ],
  ['T27 a byte that is no UTF-8', latin1(ask('"user":"\xff"')), 'invalid_utf8'],
  ['T27 an overlong encoding', latin1(ask('"user":"\xc0\xaf"')), 'invalid_utf8'],
  ['T27 an encoded surrogate', latin1(ask('"user":"\xed\xa0\x80"')), 'invalid_utf8'],
  ['T27 half a character', latin1(ask('"user":"\xf0\x9f\x98"')), 'invalid_utf8'],
  ['T27 a byte-order mark', `\ufeff${ask('"n":1')}`, 'invalid_json'],
  ...['api_base', 'api_key', 'base_url', 'extra_headers', 'headers', 'api_version', 'organization'].map(
    (name): Row => [`T28 ${name}`, ask(`"${name}":"${CANARY}"`), 'unknown_parameter', name],
  ),
  ['T28 api_base, escaped', ask(`"\\u0061pi_base":"${CANARY}"`), 'unknown_parameter', 'api_base'],
  ...['max_tokens', 'max_completion_tokens', 'n'].flatMap((name): Row[] => [
    [`T29 ${name} of -1`, ask(`"${name}":-1`), 'integer_below_min_value', name],
    [`T29 ${name} of 0`, ask(`"${name}":0`), 'integer_below_min_value', name],
    [`T29 ${name} of 1.5`, ask(`"${name}":1.5`), 'invalid_type', name],
    [`T29 ${name} of 1e400`, ask(`"${name}":1e400`), 'invalid_value', name],
    [`T29 ${name} of 2^53 + 1`, ask(`"${name}":9007199254740993`), 'integer_above_max_value', name],
    [`T29 ${name} as a string`, ask(`"${name}":"100"`), 'invalid_type', name],
    [`T29 ${name} as an array`, ask(`"${name}":[1]`), 'invalid_type', name],
    [`T29 ${name} as a boolean`, ask(`"${name}":true`), 'invalid_type', name],
  ]),
  ['T29 n of a million', ask('"n":1e6'), 'integer_above_max_value', 'n'],
  ['T29 n of 129', ask('"n":129'), 'integer_above_max_value', 'n'],
  ['T29 temperature as a string', ask('"temperature":"1"'), 'invalid_type', 'temperature'],
  ['T29 temperature of 1e999', ask('"temperature":1e999'), 'invalid_value', 'temperature'],
  ['T29 stream as a string', ask('"stream":"true"'), 'invalid_type', 'stream'],
  ['T29 stream as a number', ask('"stream":1'), 'invalid_type', 'stream'],
  ['T29 stream_options as a string', ask(`"stream_options":"${CANARY}"`), 'invalid_type', 'stream_options'],
  ['T29 stream_options as an array', ask('"stream_options":[]'), 'invalid_type', 'stream_options'],
  [
    'T29 include_usage as a string',
    ask('"stream_options":{"include_usage":"yes"}'),
    'invalid_type',
    'stream_options.include_usage',
  ],
  ['T31 a name of a million letters', `{"model":"${'a'.repeat(1e6)}",${MESSAGES}}`, 'invalid_value', 'model'],
  ['T31 an n of a million digits', ask(`"n":${'1'.repeat(1e6)}`), 'invalid_value', 'n'],
  [
    'T31 stream_options of a megabyte',
    ask(`"stream_options":{"a":"${'a'.repeat(1e6)}"}`),
    'invalid_value',
    'stream_options',
  ],
  ['T29 no model', `{${MESSAGES}}`, 'missing_required_parameter', 'model'],
  ['T29 a null model', `{"model":null,${MESSAGES}}`, 'missing_required_parameter', 'model'],
  ['T29 a number as model', `{"model":1,${MESSAGES}}`, 'invalid_type', 'model'],
  ['T29 an object as model', `{"model":{"id":"m"},${MESSAGES}}`, 'invalid_type', 'model'],
  ['T29 no messages', '{"model":"m"}', 'missing_required_parameter', 'messages'],
  ['T29 null messages', '{"model":"m","messages":null}', 'invalid_type', 'messages'],
  ['T29 messages as a string', `{"model":"m","messages":"${CANARY}"}`, 'invalid_type', 'messages'],
  ['T29 messages as an object', '{"model":"m","messages":{"0":{}}}', 'invalid_type', 'messages'],
  ['T29 no message', '{"model":"m","messages":[]}', 'empty_array', 'messages'],
  [
    'T29 a string among the messages',
    `{"model":"m","messages":[{},"${CANARY}"]}`,
    'invalid_type',
    'messages[1]',
  ],
  ['T29 null among the messages', '{"model":"m","messages":[null]}', 'invalid_type', 'messages[0]'],
]

for (const [statement, body, code, param = null] of ROWS)
  test(`${statement}: ${code}`, async () => {
    const before = target.gateway.records.length
    const answer = await target.ask(post(target.head, body))
    expectRefusal(answer, 400, code, param)
    const record = await target.gateway.record(before + 1)
    expect(record).toMatchObject({ outcome: 'rejected', status: 400, errorCode: code, costPicoUsd: 0n })
    expect(record).toMatchObject({ model: null, vendor: null, usage: null, attempts: [] })
  })

/** Names that are no model's: told apart from nothing, echoed only where they are plain. */
const NAMES: [statement: string, name: string][] = [
  ['SQL', `'; DROP TABLE keys; -- ${CANARY}`],
  ['a path', '../../../etc/passwd'],
  ['a look-alike', 'ｍ'],
  ['a Cyrillic look-alike', 'м'],
  ['upper case', 'M'],
  ['white space', ' m'],
  ['the empty name', ''],
  ['a pattern', 'm*'],
  ['a percent sign', '%'],
  ['ANSI escapes', `\u001b[31m${CANARY}`],
  ['HTML', `<img src=x onerror=alert(1)>${CANARY}`],
  ['a line break', `m\r\nset-cookie: a=${CANARY}`],
  ['NUL', 'm\u0000'],
  ['a lone surrogate', '\ud800'],
  ['a member of every object', '__proto__'],
  ['another one', 'constructor'],
  ['a vendor that does not have it', 'acme/x'],
  ['no vendor before the slash', '/m'],
  ['10 KB', `${CANARY} `.repeat(700)],
]

for (const [statement, name] of NAMES)
  test(`T33 a model called by ${statement} is not found`, async () => {
    const before = target.gateway.records.length
    const answer = await target.ask(post(target.head, `{"model":${JSON.stringify(name)},${MESSAGES}}`))
    expectRefusal(answer, 404, 'model_not_found')
    expect(answer.headers['set-cookie']).toBeUndefined()
    const record = await target.gateway.record(before + 1)
    expect(record.modelRequested?.length).toBeLessThanOrEqual(256)
  })

test('T31 of a name of 60,000 letters 256 are kept', async () => {
  const before = target.gateway.records.length
  const answer = await target.ask(post(target.head, `{"model":"${'a'.repeat(60_000)}",${MESSAGES}}`))
  expectRefusal(answer, 404, 'model_not_found')
  expect((await target.gateway.record(before + 1)).modelRequested).toBe('a'.repeat(256))
})

/** What looks bad and is not ours to refuse: the vendor has it as it came. */
const ACCEPTED: [statement: string, body: string][] = [
  ['T23 nesting of 128 levels, the body included', ask(`"x":${nested(127)}`)],
  [
    'T24 a hundred thousand keys below the top',
    ask(`"x":{${Array.from({ length: 1e5 }, (_, i) => `"${i}":0`)}}`),
  ],
  ['T25 a key twice below the top', ask('"metadata":{"a":"1","a":"2"}')],
  ['T26 __proto__ once', ask('"__proto__":{"polluted":true},"constructor":{"prototype":{"polluted":true}}')],
  ['T27 escaped NUL and a lone surrogate', ask('"user":"\\u0000 \\ud800"')],
  ['T29 null for what may be absent', ask('"n":null,"max_tokens":null,"temperature":null,"stream":null')],
  ['T30 both limits', ask('"max_tokens":1,"max_completion_tokens":7')],
  ['T31 n of 16', ask('"n":16')],
  [
    'T31 ten thousand messages',
    `{"model":"m","messages":[${'{"role":"user","content":"a"},'.repeat(9999)}{}]}`,
  ],
  [
    'T31 a thousand tools',
    ask(`"tools":[${Array(1000).fill('{"type":"function","function":{"name":"f"}}')}]`),
  ],
  ['T34 metadata and user of any kind', ask(`"user":"'; DROP TABLE x","metadata":{"a":"<script>\\n"}`)],
]

for (const [statement, body] of ACCEPTED)
  test(`${statement}: goes to the vendor as it is`, async () => {
    await target.vendor.clear()
    expect((await target.ask(post(target.head, body))).status).toBe(200)
    const [call] = await target.vendor.calls()
    expect(call!.body!.toString() === body.replace('"model":"m"', '"model":"m-2026-01"')).toBe(true)
    expect(({} as { polluted?: boolean }).polluted).toBeUndefined()
  })

test('T30 of both limits the newer one is recorded', async () => {
  const before = target.gateway.records.length
  await target.ask(post(target.head, ask('"max_tokens":1,"max_completion_tokens":7')))
  expect((await target.gateway.record(before + 1)).shape.maxTokens).toBe(7)
})

const TYPES: [type: string, isTaken: boolean][] = [
  ['application/json', true],
  ['Application/JSON; charset=UTF-8', true],
  ['application/vnd.api+json', true],
  ['text/plain;charset=UTF-8', true],
  ['application/octet-stream', true],
  ['', true],
  ['nonsense', true],
  ['application/x-www-form-urlencoded', false],
  ['multipart/form-data; boundary=x', false],
  ['text/html', false],
  ['image/png', false],
  ['application/xml', false],
  ['application/json, text/html', false],
]

for (const [type, isTaken] of TYPES)
  test(`T35 a content type of '${type}' is ${isTaken ? 'taken' : 'refused'}`, async () => {
    const answer = await target.ask(post(target.head, GOOD, type && `Content-Type: ${type}\r\n`))
    if (isTaken) expect(answer.status).toBe(200)
    else expectRefusal(answer, 415, 'unsupported_media_type')
  })

for (const encoding of ['gzip', 'br', 'deflate, gzip'])
  test(`T13 a body in ${encoding} is refused`, async () => {
    const bytes = post(target.head, Bun.gzipSync(GOOD), `Content-Encoding: ${encoding}\r\n`)
    expectRefusal(await target.ask(bytes), 415, 'unsupported_media_type')
  })

test('T23 the deepest body that fits is refused in an instant', async () => {
  const deep = post(target.head, `{"x":${'['.repeat(10_000_000)}`)
  const quick = post(target.head, `{"x":${'['.repeat(200)}`.padEnd(10_000_006, ' '))
  const timed = async (bytes: Uint8Array) => {
    const startedAt = performance.now()
    expectRefusal(await target.ask(bytes), 400, 'nesting_too_deep')
    return performance.now() - startedAt
  }
  // Both are 10 MB to receive; what the depth adds is what is asserted, of the least of several.
  const least = { deep: Number.POSITIVE_INFINITY, quick: Number.POSITIVE_INFINITY }
  for (let round = 0; round < 6; round++) {
    least.quick = Math.min(least.quick, await timed(quick))
    least.deep = Math.min(least.deep, await timed(deep))
  }
  expect(least.deep - least.quick).toBeLessThan(50)
})

test('after all of that it serves, and nothing was echoed or logged', () => target.stillServes())
