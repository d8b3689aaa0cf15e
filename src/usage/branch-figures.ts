import type { ChatEvent } from '../wire/chat-event'
import type { Usage } from '../wire/usage'
import { sumOfUsage } from './sum-of-usage'

type UsageEvent = Extract<ChatEvent, { kind: 'usage' }>

/** What the vendor told of the tokens of a request, once for each answer that was asked for by itself. */
export class BranchFigures {
  private readonly told: (UsageEvent | undefined)[]

  constructor(branches: number) {
    this.told = new Array<UsageEvent | undefined>(branches).fill(undefined)
  }

  /** The last figures count: they are sums, and a vendor may revise them. */
  take(branch: number, event: UsageEvent): void {
    if (!this.told[branch]?.isFinal || event.isFinal) this.told[branch] = event
  }

  /** The bill, or for a single answer the count so far. Undefined where some of it has to be counted here. */
  get usage(): Usage | undefined {
    return this.told.every(isWhole) ? this.known : undefined
  }

  get isFinal(): boolean {
    return this.told.every(event => event?.isFinal)
  }

  /** All that was told, the prompt of an answer that has no figures of its own yet included. */
  get known(): Usage | undefined {
    return sumOfUsage(this.told.flatMap(event => (event ? [event.usage] : [])))
  }

  /** How many prompts are not in `known`. */
  get unknownPrompts(): number {
    return this.told.filter(event => !event).length
  }

  /** Whether what this branch said is in `known`. */
  isCounted(branch: number): boolean {
    return isWhole(this.told[branch])
  }

  get raw(): unknown {
    return this.told.length === 1 ? this.told[0]?.raw : this.told.map(event => event?.raw ?? null)
  }
}

/** Figures of the prompt alone say nothing of the answer. */
function isWhole(event: UsageEvent | undefined): boolean {
  return event !== undefined && (event.isFinal || event.usage.outputTokens > 0)
}
