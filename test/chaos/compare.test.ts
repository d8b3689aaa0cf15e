import { expect, test } from 'bun:test'
import type { Call } from '../vendor/start'
import type { Seen } from './caller'
import { compare, type Evidence } from './compare'
import type { Row } from './ledger-rows'

const TAG = 1_000_001
const CALL = {
  id: 'req_1',
  model: 'chat-cut',
  body: Buffer.from(JSON.stringify({ model: 'chat-cut', max_tokens: TAG, messages: [] })),
  ending: 'complete',
  tokens: 3,
  bill: { inputTokens: 10, cachedInputTokens: 4, cacheWriteTokens: 0, outputTokens: 3, reasoningTokens: 0 },
} as unknown as Call
const USAGE = { input_tokens: 10, cached_input_tokens: 4, output_tokens: 3, reasoning_tokens: 0 }
const ROW: Row = {
  request_id: 'a',
  model_requested: 'chat-cut',
  status: 200,
  outcome: 'ok',
  error_code: null,
  stream: true,
  shape: { max_tokens: TAG, request_bytes: 100 },
  usage: USAGE,
  usage_source: 'vendor',
  cost_usd: '0.000046',
  attempts: [{ status: 200, vendor_request_id: 'req_1' }],
}
const SEEN: Seen = {
  plan: {
    tag: TAG,
    model: 'chat-cut',
    stream: true,
    includeUsage: true,
    body: '',
    leavesAt: null,
    sends: null,
    leavesBy: 'fin',
  },
  how: 'whole',
  pid: 1,
  startedAt: 0,
  askedAt: 0,
  endedAt: 1,
  bytes: 500,
  requestId: 'a',
  status: 200,
  code: undefined,
  usage: { prompt_tokens: 10, completion_tokens: 3, cost_usd: 0.000046 },
}
const LEFT: Row = {
  ...ROW,
  outcome: 'cancelled',
  status: 499,
  usage_source: 'tokenizer',
  attempts: [{ status: null, vendor_request_id: null }],
}

function problemsOf(changes: Partial<Evidence>): string[] {
  const nothing = { ends: new Set<number>(), dispatches: new Set<number>() }
  const never = { wasKilled: () => false, toldToEndAt: () => undefined }
  const evidence = { calls: [CALL], rows: [ROW], seen: [SEEN], destroyed: nothing, ...never }
  return compare({ ...evidence, ...changes }).problems.map(text => text.split(':')[0]!)
}

test('finds nothing where the bill, the record and the caller say the same', () => {
  expect(problemsOf({})).toEqual([])
})

for (const [name, changes, expected] of [
  ['a call without a record', { rows: [], seen: [] }, ['missing']],
  ['a call with two records', { rows: [ROW, { ...ROW, request_id: 'b' }], seen: [] }, ['duplicate']],
  [
    'a call that is billed for nothing',
    {
      rows: [{ ...ROW, usage: null, usage_source: null, cost_usd: '0', outcome: 'error', error_code: 'x' }],
      seen: [],
    },
    ['wrong'],
  ],
  [
    'an attempt before the last that is billed more than its prompt',
    {
      rows: [
        {
          ...ROW,
          usage: { ...USAGE, input_tokens: 17 },
          usage_source: 'mixed',
          cost_usd: '0.0000635',
          attempts: [
            { status: 200, vendor_request_id: 'req_1', cost_usd: '0.0000175', usage_source: 'tokenizer' },
            ...ROW.attempts,
          ],
        },
      ],
      seen: [],
    },
    ['wrong'],
  ],
  [
    'a token too many',
    { rows: [{ ...ROW, usage: { ...USAGE, output_tokens: 4 }, cost_usd: '0.000056' }], seen: [] },
    ['wrong'],
  ],
  [
    'a cost that is a pico-dollar off',
    { rows: [{ ...ROW, cost_usd: '0.000046000001' }], seen: [] },
    ['wrong'],
  ],
  [
    'a call that another record names',
    { rows: [{ ...ROW, attempts: [{ status: 200, vendor_request_id: 'req_2' }] }], seen: [] },
    ['wrong', 'wrong'],
  ],
  ['a call that was made twice in secret', { calls: [CALL, { ...CALL, id: 'req_2' }] }, ['wrong']],
  [
    'a whole answer whose record is an estimate',
    {
      rows: [
        { ...ROW, outcome: 'error', status: 500, error_code: 'gateway_crashed', usage_source: 'estimated' },
      ],
    },
    ['wrong'],
  ],
  [
    'a caller who was told other figures',
    { seen: [{ ...SEEN, usage: { ...SEEN.usage, completion_tokens: 2 } }] },
    ['wrong'],
  ],
  ['a caller who was cut off while its gateway lived', { seen: [{ ...SEEN, how: 'broken' }] }, ['wrong']],
  [
    'a caller who was cut off by a process that had been told to end, but after it had begun',
    { seen: [{ ...SEEN, how: 'broken', bytes: 0 }], toldToEndAt: () => 0 },
    ['wrong'],
  ],
  [
    'a caller who was cut off in the middle by a process that had been told to end',
    { calls: [], rows: [], seen: [{ ...SEEN, how: 'broken' }], toldToEndAt: () => 0 },
    ['wrong'],
  ],
  [
    'an infrastructure’s failure that is told as a 401',
    { seen: [{ ...SEEN, how: 'refused', status: 401, code: 'invalid_api_key' }] },
    ['wrong'],
  ],
  ['more output than the vendor sent', { rows: [LEFT], seen: [] }, ['wrong']],
  [
    'a cost where no vendor was asked',
    { calls: [], rows: [{ ...ROW, attempts: [] }], seen: [] },
    ['wrong', 'wrong'],
  ],
] as [string, Partial<Evidence>, string[]][])
  test(`finds ${name}`, () => {
    expect(problemsOf(changes)).toEqual(expected)
  })

test('does not call missing what the disk lost, and asks for it otherwise', () => {
  const destroyed = { ends: new Set([TAG]), dispatches: new Set([TAG]) }
  expect(problemsOf({ rows: [], destroyed })).toEqual([])
  expect(problemsOf({ rows: [], seen: [], destroyed: { ...destroyed, dispatches: new Set() } })).toEqual([
    'missing',
  ])
})

test('lets off an error that was told before its record was safe, where the process died and its disk was harmed', () => {
  const cut = { ...SEEN, how: 'cut' as const, code: 'upstream_error' }
  const destroyed = { ends: new Set<number>(), dispatches: new Set([TAG]) }
  expect(problemsOf({ rows: [], seen: [cut], destroyed })).toEqual([])
  expect(problemsOf({ rows: [], seen: [cut] })).toEqual(['missing', 'wrong'])
  expect(problemsOf({ seen: [cut], destroyed })).toEqual(['wrong'])
})

test('lets off who is cut by a kill, or came after a process had been told to end and was not begun', () => {
  const broken = { ...SEEN, how: 'broken' as const }
  expect(problemsOf({ seen: [broken], wasKilled: () => true })).toEqual([])
  const late = { calls: [], rows: [], seen: [{ ...broken, bytes: 0 }] }
  expect(problemsOf({ ...late, toldToEndAt: () => 0 })).toEqual([])
  expect(problemsOf(late)).toEqual(['wrong'])
})
