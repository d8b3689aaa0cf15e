import { afterAll, beforeAll, expect, test } from 'bun:test'
import { chmodSync, statSync } from 'node:fs'
import { join } from 'node:path'
import { hashKey, newKey } from '../../src/auth/key-format'
import { Keyring } from '../../src/auth/keyring'
import { findKnownKey, loadKeyring } from '../../src/auth/load-keys'
import { firstKey } from '../../src/boot/first-key'
import { readSecret, writeSecret } from '../../src/boot/secret-file'
import { changeKey } from '../../src/db/change-key'
import { listKeys, revokeKey } from '../../src/db/keys'
import { systemClock as clock } from '../../src/lib/clock'
import { type FreshDatabase, freshDatabase } from '../postgres'
import { stopEverything, temporaryFolder } from './start-process'

const random = (length: number) => crypto.getRandomValues(new Uint8Array(length))
let fresh: FreshDatabase
beforeAll(async () => {
  fresh = await freshDatabase('embedded')
})
afterAll(async () => {
  await fresh.close()
  await stopEverything()
})

/** One start on a data folder: the keys are loaded from the database, then the first key is asked for. */
async function start(dataDir: string) {
  const { db } = fresh
  const keyring = new Keyring({ clock, find: hash => findKnownKey(db, hash), adminKey: undefined })
  await loadKeyring(db, keyring)
  const key = await firstKey({ dataDir, database: db, keyring, random, date: clock.date })
  return { key, keyring }
}

const storedKeys = async () => (await listKeys(fresh.db, { limit: 100 })).rows

test('makes one key, gives the same again, and none once it was revoked', async () => {
  const dataDir = temporaryFolder()
  const first = await start(dataDir)
  expect(first.keyring.known(hashKey(first.key ?? ''))).toMatchObject({ revokedAt: null })
  expect((await start(dataDir)).key).toBe(first.key)
  const [row] = await storedKeys()
  expect(row).toMatchObject({ hash: hashKey(first.key ?? ''), expiresAt: null })
  await revokeKey(fresh.db, row?.id ?? '', Date.now())
  expect((await start(dataDir)).key).toBeUndefined()
  expect((await start(dataDir)).key).toBeUndefined()
  expect(await storedKeys()).toHaveLength(1)
})

test('a secret that was rotated away is neither given again nor stored again', async () => {
  const dataDir = temporaryFolder()
  const { key } = await start(dataDir)
  const row = (await storedKeys()).find(({ hash }) => hash === hashKey(key ?? ''))
  const rotate = async (oldUntil: number) => {
    const who = { id: row?.id ?? '', tenantId: undefined, changerId: undefined }
    await changeKey(fresh.db, who, ({ hash }) => ({
      hash: hashKey(newKey(random)),
      oldHash: hash,
      oldUntil,
    }))
  }
  await rotate(Date.now() + 60_000)
  expect((await start(dataDir)).key).toBe(key)
  await rotate(Date.now())
  const before = await storedKeys()
  expect((await start(dataDir)).key).toBeUndefined()
  expect(await storedKeys()).toEqual(before)
})

test('stores the key of a start that was killed after it had written the file', async () => {
  await fresh.db.sql`TRUNCATE key, tenant, change`
  const dataDir = temporaryFolder()
  const key = newKey(random)
  writeSecret(join(dataDir, 'first-key'), key)
  expect((await start(dataDir)).key).toBe(key)
  expect((await storedKeys()).map(({ hash }) => hash)).toContain(hashKey(key))
  expect((await start(dataDir)).key).toBe(key)
})

test('a secret’s file is its owner’s alone, also where it was everybody’s before', async () => {
  const path = join(temporaryFolder(), 'deep', 'secret')
  expect(readSecret(path)).toBeUndefined()
  writeSecret(path, 'one')
  expect(statSync(path).mode & 0o777).toBe(0o600)
  expect(statSync(join(path, '..')).mode & 0o777).toBe(0o700)
  chmodSync(path, 0o644)
  writeSecret(path, 'two')
  expect([readSecret(path), statSync(path).mode & 0o777]).toEqual(['two', 0o600])
  await Bun.write(path, '')
  expect(readSecret(path)).toBeUndefined()
})
