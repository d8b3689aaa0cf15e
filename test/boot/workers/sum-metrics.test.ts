import { expect, test } from 'bun:test'
import { sumMetrics } from '../../../src/boot/workers/sum-metrics'

const textOf = (
  requests: number,
  keys: number,
  startedAt: number,
) => `# HELP callmissed_requests_total Requests.
# TYPE callmissed_requests_total counter
callmissed_requests_total{model="a b",outcome="ok"} ${requests}

# HELP callmissed_keys Keys.
# TYPE callmissed_keys gauge
callmissed_keys ${keys}
# HELP process_start_time_seconds Start.
# TYPE process_start_time_seconds gauge
process_start_time_seconds ${startedAt}
`

test('counters of all processes are added up, facts that all share are not', () => {
  expect(sumMetrics([textOf(3, 10, 500), textOf(4, 11, 400)])).toBe(textOf(7, 11, 400).replace('\n\n', '\n'))
})

test('a sample that one process alone has is told as it is', () => {
  const other = 'callmissed_requests_total{model="c",outcome="ok"} 2'
  const sum = sumMetrics([textOf(3, 1, 1), textOf(1, 1, 1).replace(/callmissed_requests_total\{.*/, other)])
  expect(sum).toContain('callmissed_requests_total{model="a b",outcome="ok"} 3\n')
  expect(sum).toContain(`${other}\n`)
})

test('a histogram stays in order: its buckets, its sum and its count', () => {
  const histogram = (value: number) => `# TYPE seconds histogram
seconds_bucket{le="1",endpoint="x"} ${value}
seconds_bucket{le="+Inf",endpoint="x"} ${value}
seconds_sum{endpoint="x"} ${value / 2}
seconds_count{endpoint="x"} ${value}
`
  expect(sumMetrics([histogram(2), histogram(5)])).toBe(histogram(7))
})
