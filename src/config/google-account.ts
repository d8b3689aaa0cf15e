import type { Vendor } from '../vendors/vendor'
import type { VendorEntry } from './vendor-schema'

/** Where the models are at Google's cloud, and which file its tokens are asked for with. */
export function googleMember(
  { project, location, base_url: baseUrl, credentials_file: credentialsFile }: VendorEntry,
  report: (field: string, found: string, allowed: string) => void,
): Pick<Vendor, 'google'> {
  if (project === undefined) report('project', 'nothing', 'it is required (or set GOOGLE_CLOUD_PROJECT)')
  // Without an address of its own the account lacks it there already, and that was said.
  if (location === undefined && baseUrl !== undefined)
    report('location', 'nothing', 'it is required (or set GOOGLE_CLOUD_LOCATION)')
  return {
    google: {
      project: project ?? '',
      location: location ?? '',
      ...(credentialsFile !== undefined && { credentialsFile }),
    },
  }
}
