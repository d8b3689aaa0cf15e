import { abortAll } from './client/abort.ts'
import { openAll } from './client/open-all.ts'
import type { ClientOrder } from './client/order.ts'
import { roll } from './client/rolling.ts'
import { Tally } from './client/tally.ts'
import { sharedUs } from './clock.ts'

/**
 * The benchmark's caller of streams, a program of its own over raw sockets. Takes a ClientOrder as JSON, prints
 * words at the edges of its window and ends with one line of JSON.
 */
const order = JSON.parse(process.argv[2] ?? '') as ClientOrder
const firstId = Math.floor(sharedUs() / 100) // new in every run
const say = (word: string) => console.log(word)

if (order.mode === 'rolling') say(JSON.stringify((await roll(order, firstId, say)).report))
else if (order.mode === 'abort') say(JSON.stringify(await abortAll(order, firstId)))
else {
  const tally = new Tally()
  await openAll(order, firstId, tally)
  say('open')
  await Bun.stdin.text() // held until the other side closes our input
  say(JSON.stringify(tally.report))
}
process.exit(0)
