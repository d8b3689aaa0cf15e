import type { Environment } from './environment'
import type { Problems } from './problems'

const VISIBLE_ASCII = /^[\x21-\x7e]+$/
const MIN_ADMIN_KEY_LENGTH = 8
/** What people type until they think of something better; a guess would start here too. */
const WELL_KNOWN = new Set(['changeme', 'change-me', 'password', 'adminadmin', 'admin123', '12345678'])

/** What makes a text unusable as a secret in a header, or undefined. Never quotes it. */
export function secretFault(value: string): string | undefined {
  if (value === '') return 'an empty text'
  if (/^\s|\s$/.test(value)) return 'a text with a blank or a line break at its end'
  return VISIBLE_ASCII.test(value)
    ? undefined
    : 'a text with blanks, control characters or letters beyond ASCII'
}

/** The admin key. Set but empty is refused: an empty secret is one that everybody knows. */
export function readAdminKey(environment: Environment, problems: Problems): string | undefined {
  const value = environment.CALLMISSED_ADMIN_KEY
  if (value === undefined) return undefined
  const fault = secretFault(value) ?? weakness(value)
  if (fault === undefined) return value
  const allowed = `at least ${MIN_ADMIN_KEY_LENGTH} visible ASCII characters that nobody guesses, or leave it unset`
  problems.add('CALLMISSED_ADMIN_KEY', fault, allowed)
  return undefined
}

function weakness(value: string): string | undefined {
  if (value.length < MIN_ADMIN_KEY_LENGTH) return 'a text that is too short'
  return WELL_KNOWN.has(value.toLowerCase()) ? 'a well-known word' : undefined
}

/** A vendor's key; empty counts as unset, as compose files leave it. */
export function readVendorKey(
  environment: Environment,
  name: string,
  problems: Problems,
): string | undefined {
  const value = environment[name]
  if (value === undefined || value === '') return undefined
  const fault = secretFault(value)
  if (fault === undefined) return value
  problems.add(name, fault, 'visible ASCII characters without blanks, or leave it unset')
  return undefined
}
