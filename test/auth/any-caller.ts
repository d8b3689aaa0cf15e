import type { Caller } from '../../src/auth/caller'
import { hashKey } from '../../src/auth/key-format'
import { INFERENCE_SCOPES } from '../../src/auth/scope'
import { newId } from '../../src/lib/id'

/** What memory has of a new key with this secret, with whatever a test changes of it. */
export function anyCaller(key: string, change: Partial<Caller> = {}): Caller {
  return {
    keyId: newId(),
    tenantId: newId(),
    hash: hashKey(key),
    version: 1,
    scopes: INFERENCE_SCOPES,
    models: null,
    limits: null,
    budget: null,
    notBefore: null,
    expiresAt: null,
    revokedAt: null,
    ...change,
  }
}
