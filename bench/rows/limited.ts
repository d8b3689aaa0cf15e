import { cpuAtRestUs } from '../cpu.ts'
import { loadJson } from '../json-load.ts'
import type { Bench, Figures, Scenario } from '../scenario.ts'
import type { Target } from '../target.ts'
import { warmUp } from '../warm-up.ts'

const CONNECTIONS = 32
/** A difference of a few percent needs many ticks of CPU time. */
const LONGER = 3

async function cpuPerRequest(target: Target, key: string, bench: Bench): Promise<number> {
  const before = await cpuAtRestUs(target.pid)
  const load = { body: 'small', connections: CONNECTIONS, seconds: bench.seconds * LONGER } as const
  const { answered } = await loadJson(bench, { ...target, key }, load)
  return ((await cpuAtRestUs(target.pid)) - before) / answered
}

let round = 0

/** What it costs that a key has a budget and every limit, over one of the same tenant with none, in the same process. */
export const limited: Scenario = {
  name: 'limited',
  rows: [
    {
      figure: 'addedPercent',
      title: `CPU of a budget and all limits per JSON request, c = ${CONNECTIONS}`,
      unit: '%',
      compare: 'plain',
      bar: 10,
    },
  ],
  async prepare(targets, bench) {
    for (const target of targets)
      for (const key of target.unlimitedKey ? [target.key, target.unlimitedKey] : [])
        await warmUp({ ...target, key }, bench, { body: 'small', connections: CONNECTIONS })
  },
  async run(target, bench): Promise<Figures> {
    const { key, unlimitedKey } = target
    if (!unlimitedKey) return {}
    const keys = round++ % 2 === 0 ? [key, unlimitedKey] : [unlimitedKey, key]
    const cpu = new Map<string, number>()
    for (const each of keys) cpu.set(each, await cpuPerRequest(target, each, bench))
    return { addedPercent: (cpu.get(key)! / cpu.get(unlimitedKey)! - 1) * 100 }
  },
}
