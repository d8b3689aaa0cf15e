import { LIMIT_KINDS } from '../../db/limits'
import type { Clock } from '../../lib/clock'
import type { Lot } from './lot'

export interface SearchesDeps {
  clock: Pick<Clock, 'now'>
  pause(ms: number): Promise<void>
  /** Tells the store what a lot lacks; with `asks` the other processes hear of it. Never rejects. */
  exchange(lot: Lot, asks: boolean): Promise<void>
  /** The store is away, or this process ends: nothing is to be had any more. */
  isOver(): boolean
}

/** Between looks whether what others hold has come: they answer within milliseconds where they are woken, else by their next round. */
const LOOKS_MS = [10, 20, 40, 80, 150, 150, 150, 150]

/** Looks for what lots lack: one search for each, whoever waits for it. */
export class Searches {
  private readonly running = new Map<Lot, Promise<void>>()
  private readonly deps: SearchesDeps

  constructor(deps: SearchesDeps) {
    this.deps = deps
  }

  /** Settles once the store has given what was lacking, or all who hold some have said that they give none. Never rejects. */
  of(lot: Lot): Promise<void> {
    const known = this.running.get(lot)
    if (known) return known
    const search = this.run(lot).finally(() => this.running.delete(lot))
    this.running.set(lot, search)
    return search
  }

  private async run(lot: Lot): Promise<void> {
    const { pause, exchange, isOver, clock } = this.deps
    await exchange(lot, true)
    for (const pauseMs of LOOKS_MS) {
      if (isOver() || !mayEnd(lot)) return lot.forgetWants()
      await pause(pauseMs)
      if (!isOver()) await exchange(lot, false)
    }
    // Somebody does not answer: nobody waits for that again at once.
    for (const kind of LIMIT_KINDS) lot.part(kind)?.lack.giveUp(clock.now())
    lot.forgetWants()
  }
}

function mayEnd(lot: Lot): boolean {
  return LIMIT_KINDS.some(kind => lot.part(kind)?.lack.mayEnd)
}
