import { mkdirSync } from 'node:fs'
import { join } from 'node:path'
import { cpuAtRestUs } from '../cpu.ts'
import { loadJson } from '../json-load.ts'
import type { Bench, Figures, Scenario } from '../scenario.ts'
import type { Target } from '../target.ts'
import { warmUp } from '../warm-up.ts'

const CONNECTIONS = 64

/** The same gateway as two processes, by the gateway that it stands beside. */
const pairs = new WeakMap<Target, Promise<Target>>()

function pairOf(target: Target, bench: Bench): Promise<Target> | undefined {
  if (!target.twin) return undefined
  const folder = join(bench.folder, 'workers')
  mkdirSync(folder, { recursive: true })
  const pair = pairs.get(target) ?? target.twin(folder, { env: { WORKERS: '2' } })
  pairs.set(target, pair)
  return pair
}

async function cpuPerRequest(target: Target, bench: Bench): Promise<number> {
  const before = await cpuAtRestUs(target.pid)
  const { answered } = await loadJson(bench, target, {
    body: 'small',
    connections: CONNECTIONS,
    seconds: bench.seconds,
  })
  return ((await cpuAtRestUs(target.pid)) - before) / answered
}

/** What it costs that two processes share the port: CPU per request over one's, both on the same core. */
export const workers: Scenario = {
  name: 'workers',
  rows: [
    {
      figure: 'ratio',
      title: `CPU per JSON request, WORKERS=2 over 1, c = ${CONNECTIONS}`,
      unit: '×',
      compare: 'plain',
      bar: 1.1,
    },
  ],
  async prepare(targets, bench) {
    for (const target of targets) {
      const pair = await pairOf(target, bench)
      for (const each of pair ? [target, pair] : [])
        await warmUp(each, bench, { body: 'small', connections: CONNECTIONS })
    }
  },
  async run(target, bench): Promise<Figures> {
    const pair = await pairOf(target, bench)
    if (!pair) return {}
    const two = await cpuPerRequest(pair, bench)
    return { ratio: two / (await cpuPerRequest(target, bench)) }
  },
}
