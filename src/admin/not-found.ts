import { GatewayError } from '../errors'

/** What is not there, what is another's, and what cannot be an id are one and the same answer. */
export function notFound(what: string, param: string | null = null): GatewayError {
  return new GatewayError('not_found', `There is no such ${what}.`, { param })
}
