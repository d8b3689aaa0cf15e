import type { Deployment } from '../routing/plan'
import { indexOf } from '../wire/member'

/** What a request holds, in whichever dialect, that asks for tools or a schema; an escape can spell all of it. */
const MARKS = ['"tool', '"function', 'json_schema', '\\u'].map(mark => Buffer.from(mark))

/**
 * Whether a request may ask for what the deployment's model has not, by a look at its bytes: false for nearly every one. Models
 * that have all of it, and those of which nobody told what they can, are not looked at.
 */
export function mayLack(
  body: Uint8Array,
  { adapter, capabilities }: Pick<Deployment, 'adapter' | 'capabilities'>,
): boolean {
  const hasAll = capabilities.size === 0 || (capabilities.has('tools') && capabilities.has('json_schema'))
  if (hasAll && !adapter.translation?.lacks) return false
  return MARKS.some(mark => indexOf(body, mark) !== -1)
}
