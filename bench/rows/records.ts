import { loadJson } from '../json-load.ts'
import type { Bench, Figures, Scenario } from '../scenario.ts'
import type { Target } from '../target.ts'

const WRITTEN_LIMIT_MS = 30_000
const STEP_MS = 250

/** Waits until as many requests are on record as were answered, or time is up; says how many there are. */
async function recordedAtLast(read: () => Promise<number>, wanted: number): Promise<number> {
  let recorded = await read()
  for (let waited = 0; recorded < wanted && waited < WRITTEN_LIMIT_MS; waited += STEP_MS) {
    await Bun.sleep(STEP_MS)
    recorded = await read()
  }
  return recorded
}

async function measure(target: Target, bench: Bench): Promise<Figures> {
  if (!target.recorded) return {}
  const before = await target.recorded()
  const report = await loadJson(bench, target, { body: 'small', connections: 32, seconds: bench.seconds })
  const expected = before + report.answered + report.failed
  return { missing: Math.abs(expected - (await recordedAtLast(target.recorded, expected))) }
}

/** Does a gateway that is fast also count? Every request of a load must be on record once. */
export const records: Scenario = {
  name: 'records',
  rows: [
    { figure: 'missing', title: 'Requests not on record, or twice', unit: '', compare: 'plain', bar: 0 },
  ],
  run: measure,
}
