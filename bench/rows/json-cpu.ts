import type { BodyName } from '../bodies.ts'
import { cpuAtRestUs } from '../cpu.ts'
import { type JsonReport, loadJson } from '../json-load.ts'
import type { Bench, Scenario } from '../scenario.ts'
import type { Target } from '../target.ts'
import { warmUp } from '../warm-up.ts'

/** A closed-loop load and the CPU that it cost the target, work put off until after the answers included. */
async function measure(target: Target, bench: Bench, body: BodyName, connections: number) {
  const before = await cpuAtRestUs(target.pid)
  const report: JsonReport = await loadJson(bench, target, { body, connections, seconds: bench.seconds })
  const after = await cpuAtRestUs(target.pid)
  return { cpuUs: (after - before) / report.answered, perSecond: report.perSecond }
}

const warmUpAll = async (targets: Target[], bench: Bench, body: BodyName) => {
  for (const target of targets) await warmUp(target, bench, { body, connections: 32 })
}

/** CPU per unstreamed request of 1 KB; requests per second on one core stand beside it, the direct call's being the vendor's ceiling. */
export const jsonCpu: Scenario = {
  name: 'json-cpu',
  rows: [
    { figure: 'cpuUs', title: 'CPU per JSON request, 1 KB, c = 32', unit: 'µs', compare: 'ratio', bar: 3.0 },
    {
      figure: 'perSecond',
      title: 'JSON requests per second, closed loop, c = 32',
      unit: '/s',
      compare: 'plain',
    },
  ],
  prepare: (targets, bench) => warmUpAll(targets, bench, 'small'),
  run: (target, bench) => measure(target, bench, 'small', 32),
}

/** What many connections cost: CPU per request at 256 over that at 64, in the same round. */
export const jsonConnections: Scenario = {
  name: 'json-connections',
  rows: [
    {
      figure: 'growth',
      title: 'CPU per JSON request, c = 256 over c = 64',
      unit: '×',
      compare: 'plain',
      bar: 1.25,
    },
  ],
  prepare: (targets, bench) => warmUpAll(targets, bench, 'small'),
  run: async (target, bench) => {
    const few = await measure(target, bench, 'small', 64)
    const many = await measure(target, bench, 'small', 256)
    return { growth: many.cpuUs / few.cpuUs }
  },
}

const large = (name: string, body: BodyName, connections: number, title: string, bar: number): Scenario => ({
  name: `json-${name}`,
  rows: [{ figure: 'cpuUs', title, unit: 'µs', compare: 'ratio', bar }],
  prepare: (targets, bench) => warmUpAll(targets, bench, body),
  run: (target, bench) => measure(target, bench, body, connections),
})

/** CPU per request with a large prompt. */
export const jsonLarge: Scenario[] = [
  large('prose', 'prose', 16, 'CPU per request, 200 KB of prose', 1.5),
  large('escapes', 'escapes', 16, 'CPU per request, 200 KB, escape-heavy', 3),
  large('image', 'image', 4, 'CPU per request, 5-MB base64 image', 2.2),
]
