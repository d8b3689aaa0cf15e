import type { UsageLine } from '../usage/record'
import { sumOfLines } from '../usage/usage-lines'
import type { Bill } from './bill'
import type { Try } from './call'

interface Earlier {
  /** Until it is counted. */
  guess: UsageLine
  counted: UsageLine | Promise<UsageLine>
}

/** What attempts of one request may be billed for that gave no answer, while another one is asked. */
export class EarlierAttempts {
  private readonly list: Earlier[] = []

  /** What is known of them now: a guess, where they are still being counted. */
  get known(): readonly UsageLine[] {
    return this.list.map(({ guess, counted }) => (counted instanceof Promise ? guess : counted))
  }

  has(attempt: number): boolean {
    return this.list.at(-1)?.guess.attempt === attempt
  }

  /** Nobody waits for its count before the next one is asked. */
  add(tried: Try, attempt: number, guess: Bill, bill: Bill | Promise<Bill>): void {
    const earlier: Earlier = {
      guess: lineOf(tried, attempt, guess),
      counted:
        bill instanceof Promise
          ? bill.then(known => lineOf(tried, attempt, known))
          : lineOf(tried, attempt, bill),
    }
    this.list.push(earlier)
    void Promise.resolve(earlier.counted).then(counted => {
      earlier.counted = counted
    })
  }

  /** What all of them come to. */
  async cost(): Promise<bigint> {
    return sumOfLines(await this.lines()).costPicoUsd
  }

  /** The bill of the request, with that of its last attempt if that may be billed. */
  async with(last: Try | undefined, attempt: number, own: Bill | Promise<Bill> | undefined): Promise<Bill> {
    const [bill, earlier] = await Promise.all([own, this.lines()])
    const lines = bill && last ? [...earlier, lineOf(last, attempt, bill)] : earlier
    const { usage, usageSource, costPicoUsd } = sumOfLines(lines)
    if (!usage || !usageSource) throw new Error('EarlierAttempts: there are none')
    // The caller reads what its own answer used.
    return { usage: bill?.usage ?? usage, source: bill?.source ?? usageSource, costPicoUsd, lines }
  }

  private lines(): Promise<UsageLine[]> {
    return Promise.all(this.list.map(({ counted }) => counted))
  }
}

/** What an attempt is billed for. */
function lineOf({ deployment }: Try, attempt: number, { usage, source, costPicoUsd }: Bill): UsageLine {
  const { vendor, model, price } = deployment
  return { attempt, vendor: vendor.name, model, priceVersion: price.version, usage, source, costPicoUsd }
}
