import { expect, test } from 'bun:test'
import { parseMoment } from '../../src/db/columns'
import { withDeadline } from '../../src/db/deadline'
import { createPool } from '../../src/db/pool'
import { asStoreError } from '../../src/db/store-error'
import { GatewayError } from '../../src/errors'

const never = new Promise<never>(() => {})

test('a query that answers in time is passed through, and its deadline leaves no timer', async () => {
  let overruns = 0
  expect(await withDeadline(Promise.resolve(7), 20, () => overruns++)).toBe(7)
  await Bun.sleep(40)
  expect(overruns).toBe(0)
})

test('a query that does not answer is given up, and somebody hears of it', async () => {
  let overruns = 0
  const error = await withDeadline(never, 20, () => overruns++).catch((reason: unknown) => reason)
  expect(error).toBeInstanceOf(GatewayError)
  expect((error as GatewayError).code).toBe('store_unavailable')
  expect(overruns).toBe(1)
})

test('a fault of the database is store_unavailable with its cause; any other stays itself', () => {
  const withCode = (code: string, name = 'Error') => Object.assign(new Error(code), { code, name })
  for (const error of [
    withCode('ECONNREFUSED'),
    withCode('CONNECTION_CLOSED'),
    withCode('57P01', 'PostgresError'),
    withCode('53300', 'PostgresError'),
    withCode('40P01', 'PostgresError'),
    // F30: what a server whose disk is full says to who connects.
    Object.assign(withCode('XX000', 'PostgresError'), { severity: 'FATAL' }),
  ]) {
    expect(asStoreError(error)).toMatchObject({ code: 'store_unavailable', status: 503, cause: error })
  }
  for (const error of [
    withCode('23505', 'PostgresError'),
    withCode('42601', 'PostgresError'),
    Object.assign(withCode('XX000', 'PostgresError'), { severity: 'ERROR' }),
    new Error('x'),
  ]) {
    expect(asStoreError(error)).toBe(error)
  }
})

test('a pool renews its client once in five seconds and closes the old one', async () => {
  let now = 0
  const ended: number[] = []
  let made = 0
  const pool = createPool(
    () => {
      const number = ++made
      return { number, end: async () => void ended.push(number) }
    },
    raw => raw.number,
    () => now,
  )
  expect(pool.client).toBe(1)
  pool.renew()
  pool.renew()
  expect(pool.client).toBe(2)
  now = 5_000
  pool.renew()
  expect(pool.client).toBe(3)
  await pool.close()
  expect(ended).toEqual([1, 2, 3])
})

test('moments are read in every zone that a server may write', () => {
  const expected = Date.UTC(2026, 10, 22, 10, 0, 0, 120)
  for (const text of [
    '2026-11-22 10:00:00.12+00',
    '2026-11-22 15:30:00.12+05:30',
    '2026-11-22 05:00:00.120000-05',
  ]) {
    expect(parseMoment(text)).toBe(expected)
  }
})
