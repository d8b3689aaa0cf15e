import type { Keyring } from '../auth/keyring'
import { loadKeyring, refreshKey } from '../auth/load-keys'
import type { Change } from '../db/changes'
import type { Database } from '../db/client'
import { findTenantAllowance, loadTenantAllowances } from '../db/tenant-allowances'
import type { TenantAllowances } from '../limits/tenant-allowances'

/** Something of the database that this process has in memory. */
export interface Memory {
  /** Makes it equal to the database. */
  load(database: Database): Promise<void>
  /** Reads again what some process changed, if it is of this kind. */
  refresh(database: Database, change: Change): Promise<void>
  /** Another process tells something that stands in no table. */
  hear?(text: string): void
}

/** Every key. */
export function keyMemory(keyring: Keyring): Memory {
  return {
    load: database => loadKeyring(database, keyring),
    async refresh(database, { kind, ref }) {
      if (kind === 'key') await refreshKey(database, keyring, ref)
    },
  }
}

/** The limits and budgets of tenants. */
export function tenantMemory(tenants: TenantAllowances): Memory {
  return {
    async load(database) {
      tenants.replace(await loadTenantAllowances(database))
    },
    async refresh(database, { kind, ref }) {
      if (kind !== 'tenant') return
      const found = await findTenantAllowance(database, ref)
      if (found) tenants.put(found)
    },
  }
}
