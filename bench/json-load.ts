import { type BodyName, bodyFile } from './bodies.ts'
import { runClosedLoop } from './closed-loop-run.ts'
import { runOha } from './oha.ts'
import type { Bench } from './scenario.ts'
import type { Target } from './target.ts'

/** A load of unstreamed requests. */
export interface JsonLoad {
  body: BodyName
  connections: number
  seconds: number
  /** requests a second, whatever the answers do; undefined: each connection as fast as it is answered */
  perSecond?: number
}

/** What a load came to. Times in microseconds. */
export interface JsonReport {
  answered: number
  failed: number
  perSecond: number
  p50Us: number
  p99Us: number
}

const MAX_FAILED_SHARE = 0.001

/** Puts a load on a target, by oha or what stands in for it. Throws when more than one request in a thousand failed. */
export async function loadJson(bench: Bench, target: Target, load: JsonLoad): Promise<JsonReport> {
  const file = bodyFile(bench.folder, load.body, target.model)
  const report = bench.tools.oha
    ? await runOha(bench.tools.oha, bench.cores.load, target, load, file)
    : await runClosedLoop(bench.cores.load, target, load, file)
  if (report.answered === 0 || report.failed > report.answered * MAX_FAILED_SHARE)
    throw new Error(`${target.name}: ${report.failed} requests failed, ${report.answered} were answered`)
  return report
}
