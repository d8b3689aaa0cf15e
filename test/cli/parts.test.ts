import { expect, test } from 'bun:test'
import { budgetText, readBudget } from '../../src/cli/budget'
import { printable } from '../../src/cli/console'
import { readEvents } from '../../src/cli/events'
import { formatTable } from '../../src/cli/table'
import { readSeconds, readTime } from '../../src/cli/time'

const NOW = Date.parse('2026-11-24T12:00:00.000Z')

test('times are dates, moments or spans', () => {
  const times = ['2027-01-31', '2027-01-31T12:00:00Z', '2027-01-31T12:00:00+02:00', '90m', '12h', '30d', '2w']
  expect(times.map(text => readTime(text, NOW))).toEqual([
    '2027-01-31T00:00:00.000Z',
    '2027-01-31T12:00:00.000Z',
    '2027-01-31T10:00:00.000Z',
    '2026-11-24T13:30:00.000Z',
    '2026-11-25T00:00:00.000Z',
    '2026-12-24T12:00:00.000Z',
    '2026-12-08T12:00:00.000Z',
  ])
  expect(readTime('7d', NOW, -1)).toBe('2026-11-17T12:00:00.000Z')
})

test('what is no time is refused', () => {
  for (const text of ['', 'soon', '2027-13-01', '2027-01-31T12:00', '-3d', '3y', '99999999d', '1e3'])
    expect(() => readTime(text, NOW)).toThrow('is no time')
})

test('spans are seconds', () => {
  expect(['10m', '12h', '30d', '2w'].map(readSeconds)).toEqual([600, 43_200, 2_592_000, 1_209_600])
  for (const text of ['', '5', '-1h', '1s', 'soon']) expect(() => readSeconds(text)).toThrow('is no span')
})

test('budgets are dollars and a period', () => {
  const budgets = ['10/month', '2.50/day', '25/week', '100', '$100/total', '0'].map(budget =>
    readBudget({ budget }),
  )
  expect(budgets).toEqual([
    { budget: { limit_usd: '10', period: 'month' } },
    { budget: { limit_usd: '2.50', period: 'day' } },
    { budget: { limit_usd: '25', period: 'week' } },
    { budget: { limit_usd: '100', period: 'total' } },
    { budget: { limit_usd: '100', period: 'total' } },
    { budget: { limit_usd: '0', period: 'total' } },
  ])
  expect([readBudget({}), readBudget({ budget: 'none' })]).toEqual([{}, { budget: null }])
  for (const budget of ['', '-1', '10/year', '10€', '1e3', '10 /month', '0.0000000000001'])
    expect(() => readBudget({ budget })).toThrow('is no budget')
})

test('a budget is shown with what was spent of it', () => {
  const budget = { limit_usd: '10', spent_usd: '2.5', reserved_usd: '0', period: 'month', resets_at: null }
  expect(budgetText(budget)).toBe('2.5 of 10/month')
  expect(budgetText({ ...budget, period: 'total' })).toBe('2.5 of 10')
  expect([budgetText(null), budgetText(undefined)]).toEqual(['none', 'none'])
})

test('a table lines its columns up, numbers to the right', () => {
  expect(
    formatTable(
      ['NAME', 'COUNT'],
      [
        ['a', 5],
        ['longer', 1234],
        ['none', null],
      ].slice(0, 2),
    ),
  ).toBe('NAME    COUNT\na           5\nlonger   1234\n')
  expect(formatTable(['NAME'], [])).toBe('none\n')
})

test('escape sequences of others do not reach the terminal', () => {
  expect(printable('a\u001b[2Jb\u0007c\r\u202ed\n\te')).toBe('a[2Jbcd\n\te')
})

async function events(pieces: string[]): Promise<string[]> {
  const encoder = new TextEncoder()
  const body = new ReadableStream<Uint8Array>({
    start(controller) {
      for (const piece of pieces) controller.enqueue(encoder.encode(piece))
      controller.close()
    },
  })
  const found: string[] = []
  for await (const data of readEvents(body)) found.push(data)
  return found
}

const STREAM = ': silence\n\ndata: {"a":"é"}\r\n\r\nevent: x\ndata:one\ndata: two\n\ndata: [DONE]\n\n'

test('events are the same wherever the stream is split', async () => {
  const whole = ['{"a":"é"}', 'one\ntwo', '[DONE]']
  expect(await events([STREAM])).toEqual(whole)
  for (let at = 1; at < STREAM.length; at++)
    expect(await events([STREAM.slice(0, at), STREAM.slice(at)])).toEqual(whole)
  expect(await events([...STREAM])).toEqual(whole)
})
