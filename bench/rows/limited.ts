import { alternate, type Taken } from '../alternate.ts'
import { cpuAtRestUs } from '../cpu.ts'
import { loadJson } from '../json-load.ts'
import type { Bench, Figures, Scenario } from '../scenario.ts'
import type { Target } from '../target.ts'
import { warmUp } from '../warm-up.ts'

const CONNECTIONS = 32
/** A difference of a few percent needs many ticks of CPU time, and many turns. */
const TURNS = 8

async function take(target: Target, key: string, bench: Bench): Promise<Taken> {
  const before = await cpuAtRestUs(target.pid)
  const load = { body: 'small', connections: CONNECTIONS, seconds: bench.seconds } as const
  const { answered: requests } = await loadJson(bench, { ...target, key }, load)
  return { cpuUs: (await cpuAtRestUs(target.pid)) - before, requests }
}

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
    const [limited, free] = await alternate([key, unlimitedKey], TURNS, each => take(target, each, bench))
    return { addedPercent: (limited / free - 1) * 100 }
  },
}
