import { expect, test } from 'bun:test'
import { retryAfterMs } from '../../src/upstream/retry-after'

const NOW = Date.UTC(2026, 10, 22, 10, 0, 0)
const DAY_MS = 86_400_000

const CASES: [headers: Record<string, string>, ms: number | null][] = [
  [{}, null],
  [{ 'retry-after': '7' }, 7_000],
  [{ 'retry-after': '1.5' }, 1_500],
  [{ 'retry-after': ' 3 ' }, 3_000],
  [{ 'retry-after': '0' }, 0],
  [{ 'retry-after-ms': '250' }, 250],
  [{ 'retry-after-ms': '250.5' }, 250.5],
  [{ 'retry-after-ms': '250', 'retry-after': '9' }, 250],
  [{ 'retry-after-ms': 'soon', 'retry-after': '9' }, 9_000],
  [{ 'retry-after-ms': '0', 'retry-after': '1' }, 1_000],
  [{ 'retry-after-ms': '0', 'retry-after': 'soon' }, 0],
  [{ 'retry-after-ms': '0' }, 0],
  [{ 'retry-after': 'Sun, 22 Nov 2026 10:00:30 GMT' }, 30_000],
  [{ 'retry-after': 'Sun, 22 Nov 2026 09:00:00 GMT' }, 0],
  [{ 'retry-after': '604800' }, DAY_MS],
  [{ 'retry-after-ms': '999999999999' }, DAY_MS],
  [{ 'retry-after': '-5' }, 0],
  [{ 'retry-after': 'soon' }, null],
  [{ 'retry-after': 'NaN' }, null],
  [{ 'retry-after': '' }, null],
  [{ 'retry-after': '9'.repeat(400) }, null],
]
for (const [headers, ms] of CASES)
  test(`${JSON.stringify(headers).slice(0, 60)} is ${ms} ms`, () => {
    expect(retryAfterMs(new Headers(headers), NOW)).toBe(ms as number)
  })
