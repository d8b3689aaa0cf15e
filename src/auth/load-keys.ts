import type { Database } from '../db/client'
import { findKey, findKeyByHash, type KeyFacts, loadKeys } from '../db/keys'
import type { Caller } from './caller'
import type { Keyring, KnownKey } from './keyring'
import { toScopes } from './scope'

/** A stored key as requests need it, without names. */
function knownKey(row: KeyFacts): KnownKey {
  const { id, tenantId, hash, version, models, limits, budget, notBefore, expiresAt, revokedAt } = row
  const { oldHash, oldUntil } = row
  const scopes = toScopes(row.scopes)
  const caller: Caller = {
    keyId: id,
    tenantId,
    hash,
    version,
    scopes,
    models,
    limits,
    budget,
    notBefore,
    expiresAt,
    revokedAt,
  }
  if (oldHash === null || oldUntil === null) return { caller }
  return { caller, old: { ...caller, hash: oldHash, expiresAt: Math.min(oldUntil, expiresAt ?? oldUntil) } }
}

/** Puts a stored key into memory. */
export function remember(keyring: Keyring, row: KeyFacts): void {
  const { caller, old } = knownKey(row)
  keyring.put(caller, old)
}

/** One key by the hash of a secret of it. Rejects with `store_unavailable` while the database is away. */
export async function findKnownKey(database: Database, hash: string): Promise<KnownKey | undefined> {
  const row = await findKeyByHash(database, hash)
  return row && knownKey(row)
}

/** Makes memory equal to the database: every key there is taken in, and what is there no more is forgotten. */
export async function loadKeyring(database: Database, keyring: Keyring): Promise<void> {
  const forgetOthers = keyring.renew()
  for await (const rows of loadKeys(database)) for (const row of rows) remember(keyring, row)
  forgetOthers()
}

/** Reads one key again, because some process changed it. */
export async function refreshKey(database: Database, keyring: Keyring, keyId: string): Promise<void> {
  const row = await findKey(database, keyId)
  if (row) remember(keyring, row)
  else keyring.forget(keyId)
}
