import { describe, expect, test } from 'bun:test'
import { GatewayError } from '../../src/errors'
import { readEmbeddingRequest } from '../../src/wire/embedding-request'
import { readRecorded, recorded } from '../recorded'

interface Said {
  request: object
  error?: { code: string | null; param: string | null }
}

/** The code and the field of our refusal; null where the request is read. */
function faultOf(request: object): [code: string | null, param: string | null] | null {
  try {
    readEmbeddingRequest(Buffer.from(JSON.stringify(request)))
    return null
  } catch (error) {
    if (error instanceof GatewayError) return [error.code, error.param]
    throw error
  }
}

const oracle = recorded('what OpenAI says to embeddings')
const saidIn = (file: string) =>
  readRecorded(oracle.find(path => path.endsWith(file))!)
    .toString()
    .trim()
    .split('\n')
    .map(line => JSON.parse(line) as Said)

describe.skipIf(oracle.length === 0)('what OpenAI itself said to embeddings', () => {
  test('every request that it took is read', () => {
    expect(saidIn('accepted.jsonl').map(({ request }) => faultOf(request))).toEqual(Array(6).fill(null))
  })

  test('what we refuse it refuses too, and where it names a field it is the same', () => {
    const refused = saidIn('errors.jsonl').flatMap(({ request, error }) => {
      const fault = faultOf(request)
      return fault ? [{ fault, error }] : []
    })
    expect(refused.length).toBeGreaterThan(0)
    for (const { fault, error } of refused)
      expect([error!.code ?? fault[0], error!.param ?? fault[1]]).toEqual(fault)
  })
})
