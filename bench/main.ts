import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { stopAll } from './child.ts'
import { pinning } from './cores.ts'
import { factLines, gatherFacts, machineKind } from './facts.ts'
import { worsened } from './gate.ts'
import { keepResult, lastKept, resultJson } from './kept.ts'
import { type Options, parseOptions, USAGE } from './options.ts'
import { writeReadme } from './readme.ts'
import { type Result, resultRows } from './results.ts'
import { runRounds } from './rounds.ts'
import type { Bench, Scenario } from './scenario.ts'
import { SCENARIOS } from './scenarios.ts'
import { plainTable, tableCells } from './table.ts'
import { startTargets } from './targets.ts'
import { findTools, missingTools } from './tools.ts'
import { startVendor } from './vendor.ts'

const ROOT = join(import.meta.dir, '..')
const KEPT = join(import.meta.dir, 'results')
const say = (line: string) => console.error(line)

const chosen = ({ only }: Options): Scenario[] =>
  SCENARIOS.filter(({ name }) => only.length === 0 || only.some(start => name.startsWith(start)))

/** Measures the chosen scenarios against all targets. */
async function measure(options: Options): Promise<Result> {
  const tools = findTools()
  const facts = gatherFacts(ROOT, tools, new Date())
  for (const line of [...factLines(facts), ...missingTools(tools)]) say(line)
  const cores = pinning(tools, facts.cores)
  const folder = mkdtempSync(join(tmpdir(), 'callmissed-bench-'))
  process.on('exit', () => rmSync(folder, { recursive: true, force: true }))
  const vendor = await startVendor(cores.load, options.vendorPort)
  const bench: Bench = { tools, cores, vendor, folder, seconds: options.seconds }
  const targets = await startTargets(ROOT, bench, options, say)
  for (const { name, url, features } of targets) say(`${name}: ${url} (${features})`)
  const features = Object.fromEntries(targets.map(target => [target.name, target.features]))
  const result: Result = {
    facts,
    features,
    rounds: options.rounds,
    seconds: options.seconds,
    rows: [],
    failures: [],
  }
  for (const scenario of chosen(options)) {
    const startedMs = performance.now()
    const series = await runRounds(scenario, targets, bench, options.rounds)
    const rows = resultRows(scenario, series, targets)
    result.rows.push(...rows)
    result.failures.push(...series.failures)
    say(`\n${scenario.name}, ${Math.round((performance.now() - startedMs) / 1000)} s`)
    say(plainTable(tableCells({ rows, features })))
    for (const failure of series.failures) say(`failed: ${failure}`)
  }
  return result
}

/** Compares with what was kept; the lines say what got worse. */
function gate(result: Result): number {
  const kept = lastKept(KEPT, machineKind(result.facts))
  if (!kept) {
    say('--gate: no result of this kind of machine is kept, so there is nothing to compare with')
    return 0
  }
  const lines = worsened(result, kept)
  for (const line of lines) say(`--gate, against ${kept.facts.date.slice(0, 10)}: ${line}`)
  return lines.length > 0 ? 1 : 0
}

function readOptions(argv: string[]): Options {
  try {
    return parseOptions(argv)
  } catch (error) {
    throw new Error(`${error instanceof Error ? error.message : error}\n\n${USAGE}`)
  }
}

async function main(argv: string[]): Promise<number> {
  const options = readOptions(argv)
  if (options.list) {
    console.log(
      SCENARIOS.map(({ name, rows }) => `${name}: ${rows.map(row => row.title).join('; ')}`).join('\n'),
    )
    return 0
  }
  if (chosen(options).length === 0) throw new Error('--only matches nothing; --list shows the names')
  const result = await measure(options)
  console.log(plainTable(tableCells(result)))
  if (options.json) writeFileSync(options.json, resultJson(result))
  const code = options.gate ? gate(result) : 0 // before keeping: a result is not compared with itself
  if (options.keep) {
    say(`kept as ${keepResult(KEPT, result).slice(ROOT.length + 1)}`)
    writeReadme(join(import.meta.dir, 'README.md'), result)
  }
  return code
}

let code = 2
try {
  code = await main(process.argv.slice(2))
} catch (error) {
  say(error instanceof Error ? error.message : String(error))
}
await stopAll()
process.exit(code)
