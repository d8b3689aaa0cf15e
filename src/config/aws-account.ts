import type { Vendor } from '../vendors/vendor'
import { secretFault } from './secret'
import type { VendorEntry } from './vendor-schema'

/** What requests to Bedrock are signed with; nothing for an account with a bearer token (`api_key`), which is not signed. */
export function awsMember(
  fields: VendorEntry,
  report: (field: string, found: string, allowed: string) => void,
): Pick<Vendor, 'aws'> {
  if (fields.api_key !== undefined) return {}
  const { region, session_token: sessionToken } = fields
  const accessKeyId = secretOf('access_key_id', fields, report)
  const secretAccessKey = secretOf('secret_access_key', fields, report)
  // A base URL of its own does not say it.
  if (region === undefined && fields.base_url !== undefined)
    report('region', 'nothing', 'it is required: requests are signed for a region (or set AWS_REGION)')
  return {
    aws: { region: region ?? '', accessKeyId, secretAccessKey, ...(sessionToken && { sessionToken }) },
  }
}

function secretOf(
  field: 'access_key_id' | 'secret_access_key',
  fields: VendorEntry,
  report: (field: string, found: string, allowed: string) => void,
): string {
  const value = fields[field]
  if (value === undefined)
    report(
      field,
      'nothing',
      `it is required, unless api_key holds a bearer token (or set AWS_${field.toUpperCase()})`,
    )
  const fault = value === undefined ? undefined : secretFault(value)
  if (fault !== undefined) report(field, fault, 'visible ASCII characters without blanks')
  return value ?? ''
}
