import type { Api } from './api'
import type { Budget } from './budget'
import { CliError } from './console'
import type { Limits } from './limits'
import type { Shape } from './shape'

export interface Tenant {
  id: string
  name: string
  created_at?: string
  limits?: Limits | null
  budget?: Budget | null
}

export const TENANT: Shape<Tenant> = { id: 'string', name: 'string' }

/** The tenant of this id, or the one of this name. Throws CliError if there is none. */
export async function findTenant(api: Api, text: string): Promise<Tenant> {
  const tenant = await lookUpTenant(api, text)
  if (tenant) return tenant
  throw new CliError(
    `There is no tenant ${JSON.stringify(text)}. Make it with: cm tenants create ${JSON.stringify(text)}`,
  )
}

/** The same; undefined if there is none. Throws CliError where several have this name. */
export async function lookUpTenant(api: Api, text: string): Promise<Tenant | undefined> {
  const tenants = await api.all('/api/v1/tenants', TENANT)
  const byId = tenants.find(tenant => tenant.id === text)
  if (byId) return byId
  const [tenant, ...others] = tenants.filter(({ name }) => name === text)
  if (others.length > 0)
    throw new CliError(`Several tenants are called ${JSON.stringify(text)}: give an id of cm tenants list`)
  return tenant
}

/** Where a tenant is read, changed and deleted. */
export function tenantPath(id: string): string {
  return `/api/v1/tenants/${encodeURIComponent(id)}`
}
