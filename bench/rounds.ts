import type { Bench, Figures, Scenario } from './scenario.ts'
import type { Target } from './target.ts'

/** What each target measured, round by round; NaN where a run failed or a process cannot be seen. */
export interface Series {
  figures: Map<string, Figures[]>
  failures: string[]
}

/** The targets in another order each round, so that none always runs after the same one. */
export function rotated<Item>(items: readonly Item[], round: number): Item[] {
  const by = items.length === 0 ? 0 : round % items.length
  return [...items.slice(by), ...items.slice(0, by)]
}

/** Runs a scenario in interleaved rounds: every target once a round. A failed run is reported and leaves a gap. */
export async function runRounds(
  scenario: Scenario,
  targets: Target[],
  bench: Bench,
  rounds: number,
): Promise<Series> {
  const figures = new Map<string, Figures[]>(targets.map(target => [target.name, []]))
  const failures: string[] = []
  try {
    await scenario.prepare?.(targets, bench)
  } catch (error) {
    failures.push(`${scenario.name}, warm-up: ${error instanceof Error ? error.message : error}`)
  }
  for (let round = 0; round < (scenario.once ? 1 : rounds); round++)
    for (const target of rotated(targets, round)) {
      try {
        if (scenario.fresh) await target.restart?.()
        figures.get(target.name)?.push(await scenario.run(target, bench))
      } catch (error) {
        figures.get(target.name)?.push({})
        failures.push(`${scenario.name}: ${error instanceof Error ? error.message : error}`)
      }
    }
  return { figures, failures }
}
