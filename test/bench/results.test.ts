import { expect, test } from 'bun:test'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { type Facts, machineKind } from '../../bench/facts.ts'
import { worsened } from '../../bench/gate.ts'
import { keepResult, lastKept } from '../../bench/kept.ts'
import { withSection } from '../../bench/readme.ts'
import { type Result, resultRows } from '../../bench/results.ts'
import type { Scenario } from '../../bench/scenario.ts'
import { markdownTable, short, tableCells } from '../../bench/table.ts'
import { parseTarget } from '../../bench/target.ts'

const FACTS: Facts = {
  date: '2026-11-24T10:00:00.000Z',
  commit: 'abc',
  cpu: 'Example(R) CPU 3 @ 2 GHz',
  cores: 2,
  memoryGb: 8,
  kernel: '6',
  loadBefore: 0,
  bun: '1',
  nginx: 'nginx',
  oha: 'oha',
  pinned: true,
}
const targets = ['direct', 'nginx', 'gateway'].map(name =>
  parseTarget(`${name}=http://127.0.0.1:1/v1,key,model`),
)
const scenario: Scenario = {
  name: 'json-cpu',
  rows: [
    { figure: 'cpuUs', title: 'CPU', unit: 'µs', compare: 'ratio', bar: 3 },
    { figure: 'p50Ms', title: 'Latency', unit: 'ms', compare: 'added' },
  ],
  run: async () => ({}),
}

function result(gatewayUs: number, date = FACTS.date): Result {
  const figures = new Map([
    ['direct', [{ cpuUs: 5, p50Ms: 0.1 }]],
    ['nginx', [{ cpuUs: 10, p50Ms: 0.2 }]],
    ['gateway', [{ cpuUs: gatewayUs, p50Ms: 0.4 }]],
  ])
  const rows = resultRows(scenario, { figures, failures: [] }, targets)
  const features = Object.fromEntries(targets.map(({ name, features: what }) => [name, what]))
  return { facts: { ...FACTS, date }, features, rounds: 1, seconds: 3, rows, failures: [] }
}

test('judges a gateway, and never nginx or the direct call', () => {
  const [cpu, latency] = result(35).rows
  expect(cpu!.targets.gateway).toMatchObject({ compared: { median: 3.5 }, verdict: 'missed' })
  expect(cpu!.targets.nginx!.verdict).toBeNull()
  expect(latency!.targets.gateway!.verdict).toBeNull()
  expect(latency!.targets.gateway!.compared.median).toBeCloseTo(0.3)
})

test('writes a line a row and a column a gateway', () => {
  const cells = tableCells(result(25))
  expect(cells[0]!.slice(-3)).toEqual(['gateway', '× nginx / + direct', 'verdict'])
  expect(cells[1]!.slice(-3)).toEqual(['25 (25–25)', '2.50 (2.50–2.50) ×', 'met'])
  expect(markdownTable(cells).split('\n')).toHaveLength(4)
})

test('writes numbers with three digits, and a dash for none', () => {
  expect([0.0412, 1.234, 12.34, 1234.5, 0, Number.NaN].map(short)).toEqual([
    '0.041',
    '1.23',
    '12.3',
    '1,235',
    '0',
    '–',
  ])
})

test('fails the gate only when a ratio grew by more than 15 %', () => {
  expect(worsened(result(28), result(25))).toEqual([])
  expect(worsened(result(29), result(25))).toEqual(['CPU, gateway: 2.90 × nginx, was 2.50'])
  expect(worsened(result(20), result(25))).toEqual([])
})

test('fails the gate when a ratio is not measured any more, or something failed', () => {
  expect(worsened(result(Number.NaN), result(25))).toEqual([
    'CPU, gateway: could not be measured, was 2.50 × nginx',
  ])
  expect(worsened(result(25), result(Number.NaN))).toEqual([])
  expect(worsened({ ...result(25), failures: ['json: it broke'] }, result(25))).toEqual(['json: it broke'])
})

test('keeps results by day and machine, and finds the last of the same kind', () => {
  const folder = mkdtempSync(join(tmpdir(), 'kept-'))
  const kind = machineKind(FACTS)
  expect(kind).toBe('2-core-example-cpu-3-2-ghz')
  expect(lastKept(folder, kind)).toBeUndefined()
  keepResult(folder, result(25))
  keepResult(folder, result(27, '2026-12-01T10:00:00.000Z'))
  expect(lastKept(folder, kind)?.rows[0]?.targets.gateway?.compared.median).toBe(2.7)
  expect(lastKept(folder, '64-core-other')).toBeUndefined()
  rmSync(folder, { recursive: true })
})

test('reads a value that was not measured back as none', () => {
  const folder = mkdtempSync(join(tmpdir(), 'kept-'))
  keepResult(folder, result(Number.NaN))
  const kept = lastKept(folder, machineKind(FACTS))
  expect(kept?.rows[0]?.targets.gateway).toMatchObject({ rounds: [Number.NaN], verdict: 'unmeasured' })
  rmSync(folder, { recursive: true })
})

test('replaces the results in a README and nothing else', () => {
  const marks = ['<!-- results: written by `bun run bench --keep` -->', '<!-- end of results -->']
  const text = `before\n${marks[0]}\nold\n${marks[1]}\nafter\n`
  const once = withSection(text, 'new')
  expect(once).toBe(`before\n${marks[0]}\n\nnew\n\n${marks[1]}\nafter\n`)
  expect(withSection(once, 'new')).toBe(once)
  expect(() => withSection('no marks', 'new')).toThrow('no marks')
})
