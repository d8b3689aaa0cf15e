import type { Deployment } from '../routing/plan'
import type { OtherEndpoints } from '../vendors/adapter'

/** How a deployment's vendor is asked at the endpoints besides chat: a plan for one of these has no other. */
export function othersOf({ adapter, id }: Pick<Deployment, 'adapter' | 'id'>): OtherEndpoints {
  if (!adapter.others) throw new Error(`${id} was planned for what it cannot be asked`)
  return adapter.others
}
