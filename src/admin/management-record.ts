import { type Static, Type } from '@sinclair/typebox'
import { type ManagementEntry, shownEntry } from '../db/management-log'
import { nullable } from './answer'

export const ACTIONS = [
  'tenant.create',
  'tenant.update',
  'tenant.delete',
  'key.create',
  'key.update',
  'key.rotate',
  'key.revoke',
  'request.correct',
] as const

const FactsSchema = Type.Record(Type.String(), Type.Unknown())

/** One change that somebody made, as the management API shows it. */
export const ManagementRecordSchema = Type.Object({
  id: Type.String(),
  tenant_id: Type.String(),
  sequence: Type.Integer({ description: 'Its place in its tenant’s chain, from 1, without a gap.' }),
  created_at: Type.String({ format: 'date-time' }),
  by: Type.String({
    description: '`admin`, `gateway` (what a first start makes), or the id of the key that asked.',
  }),
  action: Type.Union(ACTIONS.map(action => Type.Literal(action))),
  target_id: Type.String({ description: 'The key, the tenant, or the request.' }),
  before: nullable(FactsSchema, { description: 'What it was; null where it was not there.' }),
  after: nullable(FactsSchema, { description: 'What it is; null where it is gone.' }),
  hash: Type.String({
    description:
      'SHA-256 of the hash before it (64 zeros for the first) and of this entry without `hash`, as JSON without blanks and with its members in the order of their names.',
  }),
})

/** An entry in the terms of the public interface. */
export function managementRecord(entry: ManagementEntry): Static<typeof ManagementRecordSchema> {
  return { ...shownEntry(entry), hash: entry.hash }
}
