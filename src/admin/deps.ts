import type { RandomBytes } from '../auth/key-format'
import type { Keyring } from '../auth/keyring'
import type { Catalog } from '../catalog/catalog'
import type { catalogEntry } from '../catalog/listing'
import type { Database } from '../db/client'
import type { Clock } from '../lib/clock'

/** Everything that management needs of the world. */
export interface AdminDeps {
  database: Database
  keyring: Keyring
  clock: Clock
  random: RandomBytes
  /** The catalog as it is now. */
  catalog: () => Catalog
  /** Whether this version can speak to a configured vendor. */
  callable: NonNullable<Parameters<typeof catalogEntry>[2]>
  /** What callers say of themselves is kept. */
  keepsNotes: boolean
  /** Without an admin key nothing can be managed. */
  adminKeySet: boolean
}
