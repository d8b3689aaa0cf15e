import { GatewayError } from '../errors'

const BEARER = /^bearer[ \t]+([^\s,]+)$/i
const LONGEST = 256
/** The first key that is tried here is often a vendor's. */
const INCORRECT = "Incorrect API key provided. This gateway's keys begin with 'cm_live_'."

/** The one place where a caller's secret is taken from a request. Throws `invalid_api_key` for none, several, or a malformed one. */
export function credentialOf(headers: Headers): string {
  const bearer = bearerOf(headers.get('authorization'))
  const key = headers.get('x-api-key')
  const azureKey = headers.get('api-key')
  const credential = bearer ?? key ?? azureKey
  if (credential === null)
    throw invalidKey("You didn't provide an API key. Send it as 'Authorization: Bearer cm_live_…'.")
  if ((key ?? credential) !== credential || (azureKey ?? credential) !== credential)
    throw invalidKey('The request carries two different API keys.')
  if (credential.length > LONGEST) throw invalidKey()
  return credential
}

function bearerOf(authorization: string | null): string | null {
  if (authorization === null) return null
  const bearer = BEARER.exec(authorization)?.[1]
  if (bearer === undefined) throw invalidKey('The Authorization header is malformed.')
  return bearer
}

/** Says the same of every key that is not ours, however it is wrong; the key is not echoed. */
export function invalidKey(message = INCORRECT): GatewayError {
  return new GatewayError('invalid_api_key', message, { headers: { 'www-authenticate': 'Bearer' } })
}
