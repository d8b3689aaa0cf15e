import { mkdirSync } from 'node:fs'
import { join } from 'node:path'
import { certificateIn } from '../certificate.ts'
import { cpuAtRestUs } from '../cpu.ts'
import { loadJson } from '../json-load.ts'
import type { Bench, Figures, Scenario } from '../scenario.ts'
import type { Target } from '../target.ts'
import { startVendor } from '../vendor.ts'
import { warmUp } from '../warm-up.ts'

const FEW = 64
const MANY = 256

/** The same target in front of a vendor that speaks TLS, by the target that it stands beside. */
const twins = new WeakMap<Target, Promise<Target>>()
let vendor: Promise<Target> | undefined

function twinOf(target: Target, bench: Bench): Promise<Target> | undefined {
  if (!target.overTls) return undefined
  const folder = join(bench.folder, `${target.name}-tls`)
  mkdirSync(folder, { recursive: true })
  const certificate = certificateIn(bench.folder)
  vendor ??= startVendor(bench.cores.load, 0, certificate)
  const start = target.overTls
  const twin = twins.get(target) ?? vendor.then(secure => start(folder, secure, certificate))
  twins.set(target, twin)
  return twin
}

async function cpuPerRequest(target: Target, bench: Bench, connections: number): Promise<number> {
  const before = await cpuAtRestUs(target.pid)
  const { answered } = await loadJson(bench, target, { body: 'small', connections, seconds: bench.seconds })
  return ((await cpuAtRestUs(target.pid)) - before) / answered
}

/** What many connections cost where the vendor is called over TLS: none waits for another, and none is dialled anew. */
export const jsonTls: Scenario = {
  name: 'json-tls',
  rows: [
    {
      figure: 'growth',
      title: `CPU per JSON request, vendor over TLS, c = ${MANY} over c = ${FEW}`,
      unit: '×',
      compare: 'plain',
      bar: 1.25,
    },
    {
      figure: 'cpuUs',
      title: `CPU per JSON request, vendor over TLS, c = ${FEW}`,
      unit: 'µs',
      compare: 'ratio',
    },
  ],
  async prepare(targets, bench) {
    for (const target of targets) {
      const twin = await twinOf(target, bench)
      for (const connections of twin ? [FEW, MANY] : [])
        await warmUp(twin!, bench, { body: 'small', connections })
    }
  },
  async run(target, bench): Promise<Figures> {
    const twin = await twinOf(target, bench)
    if (!twin) return {}
    const few = await cpuPerRequest(twin, bench, FEW)
    const many = await cpuPerRequest(twin, bench, MANY)
    return { growth: many / few, cpuUs: few }
  },
}
