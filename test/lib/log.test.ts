import { expect, test } from 'bun:test'
import { createLog, LOG_LEVELS, silentLog } from '../../src/lib/log'

const AT = Date.UTC(2026, 10, 22, 10)

function collect(level: (typeof LOG_LEVELS)[number], asJson: boolean) {
  const lines: string[] = []
  return {
    lines,
    log: createLog(
      level,
      line => lines.push(line),
      asJson,
      () => AT,
    ),
  }
}

test('a level lets itself and what is graver through', () => {
  for (const [lowest, level] of LOG_LEVELS.entries()) {
    const { lines, log } = collect(level, true)
    for (const name of LOG_LEVELS) log[name]('said')
    expect(lines.map(line => JSON.parse(line).level)).toEqual(LOG_LEVELS.slice(lowest))
  }
})

test('a JSON line holds the time, the level, the message and the facts', () => {
  const { lines, log } = collect('info', true)
  log.warn('a deployment failed', { deployment: 'acme/large', code: null, missing: undefined, n: 2 })
  expect(lines).toEqual([
    '{"time":"2026-11-22T10:00:00.000Z","level":"warn","message":"a deployment failed","deployment":"acme/large","code":null,"n":2}',
  ])
})

test('a line for people reads the same, and nothing in it can fake another line', () => {
  const { lines, log } = collect('info', false)
  log.error('failed\nagain', { missing: undefined, name: 'x\u001b[31m"\n2026 info all is well' })
  expect(lines).toEqual([
    String.raw`2026-11-22T10:00:00.000Z error failed\nagain name="x\u001b[31m\"\n2026 info all is well"`,
  ])
})

test('the silent log takes every level', () => {
  for (const name of LOG_LEVELS) expect(silentLog[name]('said')).toBeUndefined()
})
