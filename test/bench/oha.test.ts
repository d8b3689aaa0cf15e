import { expect, test } from 'bun:test'
import { parseOha } from '../../bench/oha.ts'

const output = (statuses: Record<string, number>, errors: Record<string, number>) =>
  JSON.stringify({
    summary: { requestsPerSec: 1234.5 },
    latencyPercentiles: { p50: 0.000125, p99: 0.002 },
    statusCodeDistribution: statuses,
    errorDistribution: errors,
  })

test('reads seconds as microseconds', () => {
  expect(parseOha(output({ '200': 10 }, {}))).toEqual({
    answered: 10,
    failed: 0,
    perSecond: 1234.5,
    p50Us: 125,
    p99Us: 2000,
  })
})

test('counts every other status and every error as failed', () => {
  const report = parseOha(output({ '200': 10, '429': 3, '500': 1 }, { 'connection closed': 2 }))
  expect(report).toMatchObject({ answered: 10, failed: 6 })
})

test('has no latency where nothing was answered', () => {
  const text = output({}, { refused: 5 }).replace('0.000125', 'null')
  expect(parseOha(text)).toMatchObject({ answered: 0, failed: 5, p50Us: Number.NaN })
})
