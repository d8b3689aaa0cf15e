/**
 * The gateway whose recorder can be switched off and on again, by SIGUSR2, for the benchmark of what usage costs: while it is
 * off no request is written down and none is stored. Everything else, the meter and the metrics too, is as it is; the spool's
 * segments and the shipper's look at them stay as well. To be switched at rest. One process is both, so that the two are as
 * warm, and compiled alike.
 */
import { main } from '../src/main.ts'
import type { Ticket } from '../src/spool/ticket.ts'
import { SpoolRecorder } from '../src/usage/spool-recorder.ts'

let isOff = false
process.on('SIGUSR2', () => {
  isOff = !isOff
})

type Each<Name extends keyof SpoolRecorder> = SpoolRecorder[Name] extends (
  ...given: infer Given
) => infer Result
  ? (this: SpoolRecorder, ...given: Given) => Result
  : never

// A flag, not another function: what is compiled for one would be thrown away for the other.
const { hasRoom, dispatch, handOver, checkpoint, record } = SpoolRecorder.prototype
const switched: { [Name in 'hasRoom' | 'dispatch' | 'handOver' | 'checkpoint' | 'record']: Each<Name> } = {
  hasRoom() {
    return isOff || hasRoom.call(this)
  },
  dispatch(about, ticket) {
    return isOff ? (ticket ?? ({} as Ticket)) : dispatch.call(this, about, ticket)
  },
  handOver(ticket) {
    if (!isOff) handOver.call(this, ticket)
  },
  checkpoint(about, ticket) {
    if (!isOff) checkpoint.call(this, about, ticket)
  },
  record(about, ticket) {
    return isOff ? undefined : record.call(this, about, ticket)
  },
}
Object.assign(SpoolRecorder.prototype, switched)
await main()
