import { join } from 'node:path'
import { newAdminKey, type RandomBytes } from '../auth/key-format'
import type { Config } from '../config/config'
import { readSecret, writeSecret } from './secret-file'

export interface AdminKey {
  /** Undefined: management is switched off. */
  key: string | undefined
  /** It was made just now, and is shown this once. */
  isNew: boolean
  /** Where it is kept; undefined where it was given to us. */
  file: string | undefined
}

/** The configured management key; with the embedded database one is made at the first start and kept in the data folder. */
export function adminKeyOf(config: Config, random: RandomBytes): AdminKey {
  if (config.adminKey !== undefined || config.databaseUrl)
    return { key: config.adminKey, isNew: false, file: undefined }
  const path = join(config.dataDir, 'admin-key')
  const kept = readSecret(path)
  if (kept) return { key: kept, isNew: false, file: path }
  const key = newAdminKey(random)
  writeSecret(path, key)
  return { key, isNew: true, file: path }
}
