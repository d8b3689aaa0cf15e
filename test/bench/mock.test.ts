import { expect, test } from 'bun:test'
import { bodyText } from '../../bench/bodies.ts'
import { streamRequest } from '../../bench/client/order.ts'
import { JSON_ANSWER } from '../../bench/mock/answer.ts'
import { Closings } from '../../bench/mock/closings.ts'
import { Intake, type MockRequest } from '../../bench/mock/intake.ts'
import { readOrder, writeOrder } from '../../bench/mock/order.ts'

const post = (path: string, body: string) =>
  Buffer.from(`POST ${path} HTTP/1.1\r\nhost: x\r\nContent-Length: ${body.length}\r\n\r\n${body}`)

function take(parts: Buffer[]): MockRequest[] {
  const intake = new Intake()
  const requests: MockRequest[] = []
  for (const part of parts) intake.take(part, request => requests.push(request))
  return requests
}

test('cuts the same requests wherever the bytes are split', () => {
  const bytes = Buffer.concat([post('/v1/a', '{"one":1}'), post('/v1/b', ''), post('/v1/c', '{}')])
  const whole = take([bytes])
  expect(whole).toEqual([
    { path: '/v1/a', body: '{"one":1}' },
    { path: '/v1/b', body: '' },
    { path: '/v1/c', body: '{}' },
  ])
  for (let at = 1; at < bytes.length; at++)
    expect(take([bytes.subarray(0, at), bytes.subarray(at)])).toEqual(whole)
})

test('counts a large body and keeps only its beginning', () => {
  const requests = take([post('/v1/a', 'x'.repeat(500_000)), post('/v1/b', 'after')])
  expect(requests.map(({ path }) => path)).toEqual(['/v1/a', '/v1/b'])
  expect(requests[0]!.body.length).toBeLessThan(20_000)
})

test('refuses a head without an end', () => {
  expect(() => take([Buffer.from('x'.repeat(70_000))])).toThrow('too long')
})

test('finds the order that the stream client writes into its prompt', () => {
  const order = { id: 12, paceMs: 20, chunks: 100, waitMs: 0 }
  const client = {
    mode: 'rolling',
    hostname: 'h',
    port: 1,
    path: '/v1/x',
    key: 'k',
    model: 'm',
    streams: 1,
    seconds: 1,
  } as const
  const [request] = take([streamRequest({ ...client, ...order }, 12)])
  expect(readOrder(request!.body)).toEqual(order)
  expect(request!.body).toContain('"stream":true')
  expect(readOrder('{"messages":[]}')).toBeUndefined()
  expect(readOrder(writeOrder({ ...order, paceMs: 0 }))?.paceMs).toBe(1)
})

test('answers with a body of exactly 1 KB that is JSON with its usage', () => {
  const text = JSON_ANSWER.toString()
  const body = text.slice(text.indexOf('\r\n\r\n') + 4)
  expect(body.length).toBe(1024)
  expect(JSON.parse(body).usage.total_tokens).toBe(380)
})

test.each([
  ['small', 1024, 1024],
  ['prose', 200_000, 215_000],
  ['escapes', 180_000, 220_000],
  ['image', 5_200_000, 5_300_000],
] as const)('makes the %s body in its size, as valid JSON', (name, least, most) => {
  const text = bodyText(name, 'bench')
  expect(Buffer.byteLength(text)).toBeGreaterThanOrEqual(least)
  expect(Buffer.byteLength(text)).toBeLessThanOrEqual(most)
  expect(JSON.parse(text).model).toBe('bench')
})

test('forgets the oldest closings when it is full, and all when they are taken', () => {
  const closings = new Closings()
  for (let id = 1; id <= 50_002; id++) closings.note(id, id * 10)
  const kept = JSON.parse(closings.take()) as Record<string, number>
  expect(Object.keys(kept)).toHaveLength(50_000)
  expect(kept['2']).toBeUndefined()
  expect(kept['50002']).toBe(500_020)
  expect(closings.take()).toBe('{}')
})
