import { join } from 'node:path'
import { newAdminKey, type RandomBytes } from '../auth/key-format'
import type { Config } from '../config/config'
import { readSecret, writeSecret } from './secret-file'

export interface AdminKey {
  /** Undefined: management is switched off. */
  key: string | undefined
  /** It was made just now, and is shown this once. */
  isNew: boolean
}

/** The configured management key; with the embedded database one is made at the first start and kept in the data folder. */
export function adminKeyOf(config: Config, random: RandomBytes): AdminKey {
  if (config.adminKey !== undefined || config.databaseUrl) return { key: config.adminKey, isNew: false }
  const path = join(config.dataDir, 'admin-key')
  const kept = readSecret(path)
  if (kept) return { key: kept, isNew: false }
  const key = newAdminKey(random)
  writeSecret(path, key)
  return { key, isNew: true }
}
