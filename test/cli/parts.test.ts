import { expect, test } from 'bun:test'
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
