import { GatewayError } from '../errors'
import { credentialOf, invalidKey } from './credential'
import { hashKey, isKey } from './key-format'
import type { Keyring } from './keyring'
import type { Rights } from './rights'
import type { Scope } from './scope'

/** Who is calling: one secret of one key of ours, as memory has it. Never changed; a change makes a new one. */
export interface Caller extends Rights {
  readonly keyId: string
  readonly tenantId: string
  /** Of the secret; after a rotation a key has two for a while. */
  readonly hash: string
  /** Grows with every change of the key, on whatever process. */
  readonly version: number
  readonly scopes: readonly Scope[]
  /** Milliseconds since 1970, or null. For an old secret `expiresAt` is the end of its grace. */
  readonly notBefore: number | null
  readonly revokedAt: number | null
}

/**
 * Finds the key of a request, whatever its state: `permit` judges that, so that a refusal can be recorded too.
 * Answers at once for a key that memory knows. Throws `invalid_api_key`; the store away is a 503, never a 401.
 */
export function identify(headers: Headers, keyring: Keyring): Caller | Promise<Caller> {
  const credential = credentialOf(headers)
  const hash = hashKey(credential)
  // What memory knows has the form of a key.
  const known = keyring.known(hash)
  if (known) return known
  if (!isKey(credential)) {
    if (keyring.isAdmin(credential))
      throw new GatewayError(
        'scope_not_allowed',
        'The admin key manages; it cannot call inference. Create a key for that.',
      )
    throw invalidKey()
  }
  return keyring.lookUp(hash).then(caller => caller ?? Promise.reject(invalidKey()))
}

/** Whether a request carries a key that memory knows, in whatever state, or the admin key. */
export function carriesOurKey(headers: Headers, keyring: Keyring): boolean {
  try {
    const credential = credentialOf(headers)
    return keyring.known(hashKey(credential)) !== undefined || keyring.isAdmin(credential)
  } catch {
    return false
  }
}

/** Refuses a key whose holder has it whole, but out of its time. */
export function assertActive(
  caller: Pick<Caller, 'notBefore' | 'expiresAt' | 'revokedAt'>,
  date: number,
): void {
  if (caller.revokedAt !== null) throw new GatewayError('key_revoked', 'This API key was revoked.')
  if (caller.expiresAt !== null && date >= caller.expiresAt)
    throw new GatewayError('key_expired', 'This API key has expired.')
  if (caller.notBefore !== null && date < caller.notBefore)
    throw new GatewayError('key_not_yet_valid', 'This API key is not valid yet.')
}
