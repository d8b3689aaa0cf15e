import { afterAll, beforeAll, expect, setDefaultTimeout, test } from 'bun:test'
import { jsonText, printable } from '../../src/cli/console'
import { formatTable } from '../../src/cli/table'
import { ADMIN_KEY, type Management, startManagement } from '../admin/start-management'
import { auditRow, storeAudit, usage } from '../db/rows'
import { cmWith } from './gateway'

setDefaultTimeout(30_000)

let management: Management
beforeAll(async () => {
  management = await startManagement()
})
afterAll(() => management.stop())

const ask = (...words: string[]) =>
  cmWith({ CALLMISSED_URL: management.gateway.url, CALLMISSED_ADMIN_KEY: ADMIN_KEY }, ...words)

const FORGED = 'x\n2026-11-30T00:00:00.000Z  200  ok  FORGED\tROW\u2028\u202e\u001b[2J'
const SHOWN = 'x\\n2026-11-30T00:00:00.000Z  200  ok  FORGED\\tROW\\u2028\\u202e\\u001b[2J'

test('what a caller sent makes no line of its own in a table', async () => {
  const { db } = management.fresh
  await storeAudit(db, [auditRow({ modelRequested: FORGED, model: null, status: 404, outcome: 'error' })])
  await storeAudit(db, [auditRow({ model: FORGED })])
  const audit = (await ask('audit', 'list')).output.trimEnd().split('\n')
  expect(audit).toHaveLength(3)
  expect(audit.filter(line => line.includes(SHOWN))).toHaveLength(2)
  const used = (await ask('usage', '--by', 'model')).output.trimEnd().split('\n')
  expect(used).toHaveLength(3)
  expect(used.filter(line => line.startsWith(SHOWN))).toHaveLength(1)
})

test('a cell is one line in which nothing is hidden or turned', () => {
  for (const code of [
    0, 9, 10, 11, 13, 27, 0x7f, 0x85, 0x9b, 0xad, 0x61c, 0x200b, 0x200d, 0x200f, 0x2028, 0x2029,
  ])
    expect(formatTable(['N'], [[`a${String.fromCodePoint(code)}b`]])).toMatch(
      /^N\na\\(n|r|t|u[0-9a-f]{4})b\n$/,
    )
  for (const code of [0x202a, 0x202b, 0x202c, 0x202d, 0x202e, 0x2060, 0x2066, 0x2067, 0x2068, 0x2069, 0xfeff])
    expect(formatTable(['N'], [[String.fromCodePoint(code)]])).toBe(`N\n\\u${code.toString(16)}\n`)
  expect(formatTable(['a\nb'], [['é ü 名 👍🏽 →']])).toBe('a\\nb\né ü 名 👍🏽 →\n')
})

test('free text keeps its lines and tabs', () => {
  expect(printable('one\n\ttwo\u001b[2J')).toBe('one\n\ttwo[2J')
})

test('JSON of a terminal is the same value, without what would steer the terminal', () => {
  const value = { text: 'a\n\u009b2J\u202e\u2028\u200b\u{e0041}é', list: [1] }
  expect(JSON.parse(jsonText(value))).toEqual(value)
  expect(jsonText(value)).not.toMatch(/[\u0080-\u009f\u202e\u2028\u200b]/)
  expect(jsonText({ list: ['é', 1] })).toBe(JSON.stringify({ list: ['é', 1] }, null, 2))
})

test('usage shows seconds, characters and images where some row has them, and only there', async () => {
  const { db } = management.fresh
  const none = { ...usage, audioSeconds: 0, characters: 0, images: 0 }
  const [text, speech] = ['2026-10-01', '2026-10-02'].map(day => Date.parse(day))
  await storeAudit(db, [auditRow({ createdAt: text!, model: 'chats', usage: none })])
  await storeAudit(db, [
    auditRow({ createdAt: speech!, model: 'chats', usage: none }),
    auditRow({ createdAt: speech!, model: 'hears', usage: { ...none, audioSeconds: 90.5 } }),
    auditRow({ createdAt: speech!, model: 'paints', usage: { ...none, images: 2 } }),
  ])
  const table = async (from: string, to: string) => {
    const { output } = await ask('usage', '--by', 'model', '--from', from, '--to', to)
    return output
      .trimEnd()
      .split('\n')
      .map(line => line.split(/ +/))
  }
  const [plain] = await table('2026-10-01', '2026-10-02')
  expect(plain).not.toContain('AUDIO_SECONDS')
  const [names, ...rows] = await table('2026-10-02', '2026-10-03')
  const figures = Object.fromEntries(
    rows.map(row => [
      row[0],
      ['AUDIO_SECONDS', 'CHARACTERS', 'IMAGES'].map(name => row[names!.indexOf(name)]),
    ]),
  )
  expect(names).not.toContain('CHARACTERS')
  expect(figures).toEqual({
    chats: ['-', undefined, '-'],
    hears: ['90.5', undefined, '-'],
    paints: ['-', undefined, '2'],
  })
})

test('numbers stand to the right where some are not known', () => {
  expect(formatTable(['COUNT'], [[5], [null], [1234]])).toBe('COUNT\n    5\n    -\n 1234\n')
})

test('tells its version', async () => {
  const { version } = await Bun.file('package.json').json()
  for (const option of ['--version', '-V'])
    expect(await cmWith({}, option)).toEqual({ output: `${version}\n`, errors: '', exitCode: 0 })
})
