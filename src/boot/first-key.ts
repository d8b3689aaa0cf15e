import { join } from 'node:path'
import type { Caller } from '../auth/caller'
import { hashKey, keyPrefix, newKey, type RandomBytes } from '../auth/key-format'
import type { Keyring } from '../auth/keyring'
import { remember } from '../auth/load-keys'
import { INFERENCE_SCOPES } from '../auth/scope'
import type { Database } from '../db/client'
import { insertKey } from '../db/keys'
import { insertTenant } from '../db/tenants'
import { newId } from '../lib/id'
import { readSecret, writeSecret } from './secret-file'

export interface FirstKeyDeps {
  dataDir: string
  database: Database
  keyring: Keyring
  random: RandomBytes
  date: () => number
}

/**
 * The key that a newcomer starts with: made with a first tenant at the first start, kept in the data folder, and
 * given again at every later one. Undefined once it was revoked, rotated or has expired: then keys are made by hand.
 */
export async function firstKey(deps: FirstKeyDeps): Promise<string | undefined> {
  const path = join(deps.dataDir, 'first-key')
  const kept = readSecret(path)
  const key = kept ?? newKey(deps.random)
  const known = deps.keyring.known(hashKey(key))
  if (known) return isOver(known, deps.date()) ? undefined : key
  // It was rotated more than once: stored again, a secret that was given up would work again.
  if (kept !== undefined && deps.keyring.size > 0) return undefined
  // The file comes first: a process that dies in between leaves a key that the next start stores, none that nobody has.
  if (kept === undefined) writeSecret(path, key)
  await storeKey(key, deps)
  return key
}

function isOver({ revokedAt, expiresAt }: Caller, date: number): boolean {
  return revokedAt !== null || (expiresAt !== null && date >= expiresAt)
}

async function storeKey(key: string, { database, keyring, date }: FirstKeyDeps): Promise<void> {
  const tenant = { id: newId(), name: 'first tenant', createdAt: date() }
  await insertTenant(database, tenant, 'gateway')
  const row = {
    id: newId(),
    tenantId: tenant.id,
    name: 'first key',
    prefix: keyPrefix(key),
    hash: hashKey(key),
    createdAt: date(),
    notBefore: null,
    expiresAt: null,
    revokedAt: null,
    scopes: [...INFERENCE_SCOPES],
    models: null,
    limits: null,
    budget: null,
    oldHash: null,
    oldUntil: null,
    version: date(),
  }
  await insertKey(database, row)
  remember(keyring, row)
}
