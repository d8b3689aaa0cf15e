import { expect, test } from 'bun:test'
import type { PriceSpec } from '../../src/catalog/rate'
import { crashedRecord } from '../../src/usage/crashed'
import {
  type Dispatch,
  decodeDispatch,
  decodeRecord,
  encodeDispatch,
  encodeRecord,
} from '../../src/usage/journal'
import { emptyShape } from '../../src/wire/shape'
import { NO_USAGE, type Usage } from '../../src/wire/usage'
import { priceOf } from '../catalog/price-of'

function dispatch(endpoint: string, spec: PriceSpec, besides: Partial<Usage>): Dispatch {
  return {
    requestId: 'r',
    tenantId: 't',
    keyId: 'k',
    createdAt: 1,
    endpoint,
    stream: false,
    modelRequested: 'm',
    vendor: 'acme',
    model: 'm-1',
    shape: emptyShape(64_000),
    inputTokens: 40,
    besides,
    price: priceOf(spec),
  }
}

const CASES: [endpoint: string, spec: object, besides: Partial<Usage>, costPicoUsd: bigint][] = [
  ['audio.transcriptions', { audio_minute: '0.006' }, { audioSeconds: 4 }, 400_000_000n],
  ['audio.speech', { character: '15' }, { characters: 12 }, 180_000_000n],
  ['images.generations', { image: '0.04' }, { images: 2 }, 80_000_000_000n],
]
for (const [endpoint, spec, besides, costPicoUsd] of CASES)
  test(`a crashed ${endpoint} costs what it was guessed to come to when it was sent`, () => {
    const record = crashedRecord(decodeDispatch(encodeDispatch(dispatch(endpoint, spec, besides))), undefined)
    expect(record).toMatchObject({
      endpoint,
      outcome: 'error',
      errorCode: 'gateway_crashed',
      usageSource: 'estimated',
      usage: { ...NO_USAGE, inputTokens: 40, ...besides },
      costPicoUsd,
    })
  })

test('what attempts before the last may be billed for is in it, and all of it is an estimate', () => {
  const earlier = [
    {
      attempt: 1,
      vendor: 'first',
      model: 'm-0',
      priceVersion: 'p-0',
      usage: { ...NO_USAGE, inputTokens: 30 },
      source: 'tokenizer' as const,
      costPicoUsd: 7n,
    },
  ]
  const about = { ...dispatch('chat.completions', { input: '1', output: '1' }, {}), earlier }
  const record = crashedRecord(decodeDispatch(encodeDispatch(about)), undefined)
  expect(record).toMatchObject({
    usageSource: 'estimated',
    usage: { ...NO_USAGE, inputTokens: 70 },
    costPicoUsd: 40_000_007n,
    attempts: [{ vendor: 'first' }, { vendor: 'acme' }],
    lines: [
      { attempt: 0, vendor: 'first', source: 'estimated', costPicoUsd: 7n },
      { attempt: 1, vendor: 'acme', source: 'estimated', costPicoUsd: 40_000_000n },
    ],
  })
  const { lines, ...whole } = record
  const bill = { source: 'estimated', costPicoUsd: '7' }
  const [first, last] = record.attempts
  expect(decodeRecord(encodeRecord(record)) as object).toEqual({
    ...whole,
    attempts: [{ ...first, bill }, last],
  })
})
