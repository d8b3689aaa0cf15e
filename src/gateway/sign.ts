import type { Deployment } from '../routing/plan'
import type { UpstreamRequest } from '../vendors/adapter'
import type { Sending } from './translate'

/** The request signed, where its vendor wants that: a signature tells the time, so it is made as late as can be. */
export function signed(sending: Sending, { adapter, vendor }: Deployment, dateMs: number): Sending {
  if (!adapter.sign) return sending
  const { translated, ...request } = sending
  if (!translated || !(request.body instanceof Uint8Array)) return sending
  const sign = (each: UpstreamRequest) => adapter.sign?.(each, vendor, dateMs) ?? each
  return {
    ...sign({ ...request, body: request.body }),
    translated: { ...translated, others: translated.others.map(sign) },
  }
}
