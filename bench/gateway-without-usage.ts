/**
 * The gateway with a recorder that does nothing, for the benchmark of what usage costs: no request is written down, none
 * is stored. Everything else, the meter and the metrics too, is as it is; the spool's empty segments and the shipper's
 * look at them stay as well.
 */
import { main } from '../src/main.ts'
import { SpoolRecorder } from '../src/usage/spool-recorder.ts'

Object.assign(SpoolRecorder.prototype, {
  hasRoom: () => true,
  dispatch: (_: unknown, ticket: unknown) => ticket ?? {},
  checkpoint: () => {},
  record: () => {},
  tick: () => {},
})
await main()
