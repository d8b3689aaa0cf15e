import { expect, test } from 'bun:test'
import { rotated, runRounds } from '../../bench/rounds.ts'
import type { Bench, Scenario } from '../../bench/scenario.ts'
import { parseTarget } from '../../bench/target.ts'

const targets = ['a', 'b', 'c'].map(name => parseTarget(`${name}=http://127.0.0.1:1/v1,key,model`))
const bench = { seconds: 1 } as Bench

test('turns the order with every round', () => {
  expect([0, 1, 2, 3].map(round => rotated(['a', 'b', 'c'], round).join(''))).toEqual([
    'abc',
    'bca',
    'cab',
    'abc',
  ])
  expect(rotated([], 4)).toEqual([])
})

test('runs every target once a round, in turned order', async () => {
  const ran: string[] = []
  const scenario: Scenario = {
    name: 'order',
    rows: [],
    run: async ({ name }) => {
      ran.push(name)
      return { figure: ran.length }
    },
  }
  const series = await runRounds(scenario, targets, bench, 2)
  expect(ran.join('')).toBe('abcbca')
  expect(series.figures.get('a')).toEqual([{ figure: 1 }, { figure: 6 }])
})

test('reports a failed run, leaves a gap in its place and goes on', async () => {
  let runs = 0
  const scenario: Scenario = {
    name: 'flaky',
    rows: [],
    run: async ({ name }) => {
      if (name === 'b' && runs++ === 0) throw new Error('b: 3 requests failed')
      return { figure: 1 }
    },
  }
  const series = await runRounds(scenario, targets, bench, 2)
  expect(series.figures.get('b')).toEqual([{}, { figure: 1 }])
  expect(series.figures.get('c')).toEqual([{ figure: 1 }, { figure: 1 }])
  expect(series.failures).toEqual(['flaky: b: 3 requests failed'])
})

test('gives a target a new process where a scenario asks for one', async () => {
  let restarts = 0
  const own = { ...targets[0]!, restart: async () => void restarts++ }
  const scenario: Scenario = { name: 'fresh', fresh: true, rows: [], run: async () => ({}) }
  await runRounds(scenario, [own, targets[1]!], bench, 3)
  expect(restarts).toBe(3)
})
