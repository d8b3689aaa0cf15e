import { run } from './child.ts'
import type { JsonLoad, JsonReport } from './json-load.ts'
import type { Target } from './target.ts'

const EXTRA_LIMIT_MS = 30_000

/** The parts of oha's JSON output that are read. */
interface OhaOutput {
  summary: { requestsPerSec: number }
  latencyPercentiles: { p50: number | null; p99: number | null }
  statusCodeDistribution: Record<string, number>
  errorDistribution: Record<string, number>
}

const sum = (counts: number[]): number => counts.reduce((total, count) => total + count, 0)

/** Reads oha 1.16's JSON: only status 200 counts as answered. */
export function parseOha(text: string): JsonReport {
  const output = JSON.parse(text) as OhaOutput
  const { '200': answered = 0, ...others } = output.statusCodeDistribution
  const failed = sum(Object.values(others)) + sum(Object.values(output.errorDistribution))
  const { p50, p99 } = output.latencyPercentiles
  const us = (seconds: number | null) => (seconds ?? Number.NaN) * 1e6
  return { answered, failed, perSecond: output.summary.requestsPerSec, p50Us: us(p50), p99Us: us(p99) }
}

/** Runs oha: open loop and corrected for coordinated omission when the load has a rate. */
export async function runOha(
  oha: string,
  pin: string[],
  target: Target,
  load: JsonLoad,
  file: string,
): Promise<JsonReport> {
  const rate = load.perSecond ? ['-q', String(Math.round(load.perSecond)), '--latency-correction'] : []
  const command = [oha, '--no-tui', '--output-format', 'json', '--worker-threads', '1', ...rate]
  command.push('-c', String(load.connections), '-z', `${load.seconds}s`, '-w', '-m', 'POST')
  command.push('-T', 'application/json', '-H', `Authorization: Bearer ${target.key}`, '-D', file)
  command.push(`${target.url}/chat/completions`)
  return parseOha(await run(command, load.seconds * 1000 + EXTRA_LIMIT_MS, { pin }))
}
