import type { OtherEndpoints } from '../adapter'
import { formRequest } from '../openai/form-request'
import { readMediaUsage } from '../openai/media-usage'
import { otherRequest } from '../openai/other-request'
import type { Vendor } from '../vendor'
import type { CompatibleFacts } from './facts'

type OtherFacts = Pick<CompatibleFacts, 'url' | 'headers' | 'leastAudioSeconds'>

/** The endpoints besides chat, as at OpenAI but for the vendor's own address and the header of its credential. */
export function othersWith(facts: OtherFacts): OtherEndpoints {
  const { url, headers, leastAudioSeconds = 0 } = facts
  const accounts = new WeakMap<Vendor, Vendor>()
  /** The same account each time, so that its headers are made once. */
  const accountOf = (vendor: Vendor): Vendor => {
    if (!headers || !vendor.credential) return vendor
    const known = accounts.get(vendor)
    if (known) return known
    const account = { ...vendor, credential: '', headers: { ...headers(vendor), ...vendor.headers } }
    accounts.set(vendor, account)
    return account
  }
  return {
    json: (resource, request, edits, vendor, model) => {
      const asked = otherRequest(resource, request, edits, accountOf(vendor), model)
      return url ? { ...asked, url: url(vendor, model, resource) } : asked
    },
    form: (resource, form, vendor, model) => {
      const asked = formRequest(resource, form, accountOf(vendor))
      return url ? { ...asked, url: url(vendor, model, resource) } : asked
    },
    usage: (value, medium) => {
      const usage = readMediaUsage(value, medium)
      const isShort = usage !== undefined && usage.audioSeconds > 0 && usage.audioSeconds < leastAudioSeconds
      return isShort ? { ...usage, audioSeconds: leastAudioSeconds } : usage
    },
    ...(leastAudioSeconds > 0 && { leastAudioSeconds }),
  }
}
