import type { Budget } from '../db/budget'
import type { RateLimits } from '../db/limits'
import type { Period } from '../lib/period'
import type { Caller } from './caller'
import { toScopes } from './scope'

/** What of a key is often the same as another's. */
export type Terms = Pick<Caller, 'scopes' | 'models' | 'limits' | 'budget'>

/** As they are kept: JSON of this, which takes less than the objects, and tells which are the same. */
type Packed = [scopes: string, Caller['models'], RateLimits | null, [limit: string, Period] | null]

/** Terms by number, each kept once however many keys have them, and for as long as one has. */
export class TermsTable {
  private readonly texts: (string | undefined)[] = []
  private readonly users: number[] = []
  private readonly numbers = new Map<string, number>()
  private readonly free: number[] = []

  /** How many different terms there are. */
  get size(): number {
    return this.numbers.size
  }

  /** The number of these terms, which one key more has now. */
  take(terms: Terms): number {
    const text = pack(terms)
    const number = this.numbers.get(text) ?? this.add(text)
    this.users[number] = (this.users[number] ?? 0) + 1
    return number
  }

  /** One key has them no more. */
  drop(number: number): void {
    const [text, users = 0] = [this.texts[number], this.users[number]]
    this.users[number] = users - 1
    if (users > 1 || text === undefined) return
    this.numbers.delete(text)
    this.texts[number] = undefined
    this.free.push(number)
  }

  read(number: number): Terms {
    const text = this.texts[number]
    if (text === undefined) throw new Error('terms: nobody has these')
    return unpack(text)
  }

  private add(text: string): number {
    const number = this.free.pop() ?? this.texts.length
    this.texts[number] = text
    this.users[number] = 0
    this.numbers.set(text, number)
    return number
  }
}

/** Written out, since most keys have nothing but scopes: of a hundred thousand each is packed at the start. */
function pack({ scopes, models, limits, budget }: Terms): string {
  const allowed = models === null ? 'null' : JSON.stringify(models)
  const limited = limits === null ? 'null' : packLimits(limits)
  const budgeted = budget === null ? 'null' : `["${budget.limitPicoUsd}","${budget.period}"]`
  return `["${scopes.join(' ')}",${allowed},${limited},${budgeted}]`
}

function packLimits({ rpm, tpm, concurrency }: RateLimits): string {
  return JSON.stringify({ rpm: rpm ?? null, tpm: tpm ?? null, concurrency: concurrency ?? null })
}

function unpack(text: string): Terms {
  const [scopes, models, limits, budget] = JSON.parse(text) as Packed
  return { scopes: toScopes(scopes.split(' ')), models, limits, budget: budget && budgetOf(...budget) }
}

function budgetOf(limit: string, period: Period): Budget {
  return { limitPicoUsd: BigInt(limit), period }
}
