import { GatewayError } from '../errors'

const LONGEST = 255

/** The key under which a request may be repeated; undefined where it has none. Throws `invalid_value` for one that cannot be. */
export function idempotencyKeyOf(headers: Headers): string | undefined {
  const key = headers.get('idempotency-key')
  if (key === null) return undefined
  if (key.length === 0 || key.length > LONGEST)
    throw new GatewayError(
      'invalid_value',
      `Invalid 'Idempotency-Key': expected 1 to ${LONGEST} characters.`,
      {
        param: 'Idempotency-Key',
      },
    )
  return key
}
