import { readdirSync } from 'node:fs'
import { loadJson } from '../json-load.ts'
import { settledResidentBytes } from '../memory.ts'
import { processTree } from '../process-tree.ts'
import type { Bench, Figures, Scenario } from '../scenario.ts'
import { loadStreams } from '../stream-load.ts'
import type { Target } from '../target.ts'

/** Of 200,000 requests 30 % are left by their caller. */
const LEGS = 20
const ANSWERED_A_LEG = 7_000
const LEFT_A_LEG = 3_000
const LEFT_AT_ONCE = 1_000
/** Slow: what is asked is what a leaver leaves behind, not how many chunks a second pass. */
const LEFT_PACE_MS = 500
const CONNECTIONS = 64
/** Heaps grow into what a load needs: that is no leak. */
const FIRST_COUNTED_LEG = 8
const MB = 1024 * 1024

function openFiles(pid: number): number {
  return processTree(pid).reduce((sum, process) => sum + readdirSync(`/proc/${process.pid}/fd`).length, 0)
}

/** One leg: answers until there are enough of them, and callers who leave in mid-stream. */
async function leg(target: Target, bench: Bench): Promise<number> {
  let requests = 0
  while (requests < ANSWERED_A_LEG) {
    const report = await loadJson(bench, target, { body: 'small', connections: CONNECTIONS, seconds: 1 })
    requests += report.answered
  }
  for (let left = 0; left < LEFT_A_LEG; left += LEFT_AT_ONCE)
    await loadStreams(bench, target, {
      mode: 'abort',
      streams: LEFT_AT_ONCE,
      paceMs: LEFT_PACE_MS,
      betweenMs: 1,
      chunks: 1_000,
    })
  return requests + LEFT_A_LEG
}

/** The slope of a line through values at equal distances, by least squares. */
export function slope(values: readonly number[]): number {
  const middle = (values.length - 1) / 2
  const mean = values.reduce((sum, value) => sum + value, 0) / values.length
  let over = 0
  let under = 0
  for (const [at, value] of values.entries()) {
    over += (at - middle) * (value - mean)
    under += (at - middle) ** 2
  }
  return over / under
}

async function measure(target: Target, bench: Bench): Promise<Figures> {
  if (!target.recorded || target.pid === undefined) return {}
  await leg(target, bench)
  const before = openFiles(target.pid)
  const resident: number[] = []
  let requests = 0
  for (let at = 0; at < LEGS; at++) {
    requests += await leg(target, bench)
    resident.push(await settledResidentBytes(target.pid))
  }
  const counted = resident.slice(FIRST_COUNTED_LEG)
  return {
    requests,
    slopeMb: slope(counted) / MB / (requests / LEGS / 10_000),
    openFiles: openFiles(target.pid) - before,
    inFlight: (await target.inFlight?.()) ?? Number.NaN,
  }
}

/** A long load of which a part is left by its callers: what stays behind. One run says it, rounds would only repeat it. */
export const soak: Scenario = {
  name: 'soak',
  once: true,
  rows: [
    { figure: 'requests', title: 'Soak: requests, 30 % of them left', unit: '', compare: 'plain' },
    {
      figure: 'slopeMb',
      title: 'Soak: RSS slope per 10,000 requests',
      unit: 'MB',
      compare: 'plain',
      bar: 1,
    },
    {
      figure: 'openFiles',
      title: 'Soak: files and sockets open afterwards, over before',
      unit: '',
      compare: 'plain',
      bar: 8,
    },
    {
      figure: 'inFlight',
      title: 'Soak: requests that still hold their places afterwards',
      unit: '',
      compare: 'plain',
      bar: 0,
    },
  ],
  run: measure,
}
