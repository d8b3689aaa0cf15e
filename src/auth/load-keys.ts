import type { Database } from '../db/client'
import { findKey, findKeyByHash, type KeyRow, loadKeys } from '../db/keys'
import type { Caller } from './caller'
import type { Keyring } from './keyring'

/** A stored key as memory keeps it: what admission needs, without names. */
export function callerOf({ id, tenantId, notBefore, expiresAt, revokedAt }: KeyRow): Caller {
  return { keyId: id, tenantId, notBefore, expiresAt, revokedAt }
}

/** One key by its hash. Rejects with `store_unavailable` while the database is away. */
export async function findCaller(database: Database, hash: string): Promise<Caller | undefined> {
  const row = await findKeyByHash(database, hash)
  return row && callerOf(row)
}

/** Makes memory equal to the database: every key there is taken in, and what is there no more is forgotten. */
export async function loadKeyring(database: Database, keyring: Keyring): Promise<void> {
  const present = new Set<string>()
  for await (const rows of loadKeys(database)) {
    for (const row of rows) {
      keyring.put(row.hash, callerOf(row))
      present.add(row.id)
    }
  }
  keyring.keepOnly(present)
}

/** Reads one key again, because some process changed it. */
export async function refreshKey(database: Database, keyring: Keyring, keyId: string): Promise<void> {
  const row = await findKey(database, keyId)
  if (row) keyring.put(row.hash, callerOf(row))
  else keyring.forget(keyId)
}
