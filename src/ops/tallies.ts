import { Counter, type Registry } from 'prom-client'

/** What is added up where it happens, since the process began; each is looked up when it is asked for. */
export interface Tallies {
  /** By the kind of limit. */
  limitRefusals: () => Readonly<Record<'rpm' | 'tpm' | 'concurrency', number>>
  budgetTurns: () => number
  replays: () => number
  replayWaits: () => number
}

/** Adds what limits, budgets and repeated requests have counted. */
export function addTallies(registry: Registry, tallies: Tallies): void {
  const add = (name: string, help: string, labelNames: string[], collect: (this: Counter) => void) => {
    // It registers itself.
    new Counter({ name, help, labelNames, registers: [registry], collect })
  }
  const count = (name: string, help: string, read: () => number) =>
    add(name, help, [], function collect() {
      this.reset()
      this.inc(read())
    })
  add(
    'callmissed_limit_refusals_total',
    'Requests that a limit refused: requests or tokens in a minute, or requests at the same time.',
    ['limit'],
    function collect() {
      this.reset()
      for (const [limit, refused] of Object.entries(tallies.limitRefusals())) this.inc({ limit }, refused)
    },
  )
  count(
    'callmissed_budget_turns_total',
    'How often a slice of a budget was asked for, renewed or given back at the database.',
    tallies.budgetTurns,
  )
  count(
    'callmissed_replays_total',
    'Requests that were given the answer of the one before with their Idempotency-Key.',
    tallies.replays,
  )
  count(
    'callmissed_replay_waits_total',
    'Requests that waited for the one before with their Idempotency-Key.',
    tallies.replayWaits,
  )
}
