import type { GatewayError } from '../errors'
import type { Outcome } from '../usage/record'
import type { Reading } from './reading'

/** How a request ended: said once, by whoever saw the end first. */
export interface Ending {
  outcome: Outcome
  status: number
  error?: GatewayError | undefined
  reading?: Reading
}
