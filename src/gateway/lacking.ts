import type { Deployment } from '../routing/plan'
import { isMissing } from '../vendors/emulation/needs'
import { indexOf } from '../wire/member'

type Model = Pick<Deployment, 'adapter' | 'capabilities'>

/** What stands in every request, in whichever dialect, that speaks of tools, and of a schema. */
const TOOL_MARKS = [Buffer.from('"tool'), Buffer.from('"function')]
const SCHEMA_MARK = Buffer.from('json_schema')
const ESCAPE = Buffer.from('\\u')

/**
 * Whether a request may ask for what the deployment's model has not, by a look at its bytes: false for nearly every one, and
 * not even looked at where the model has all of it. What is spelt in escapes is left to the vendor.
 */
export function mayLack(body: Uint8Array, model: Model): boolean {
  return (
    (lacks('tools', model) && TOOL_MARKS.some(mark => indexOf(body, mark) !== -1)) ||
    (lacks('json_schema', model) && indexOf(body, SCHEMA_MARK) !== -1)
  )
}

/** The same of a body that is written anew before it is looked at, without its escapes. */
export function mayLackRewritten(body: Uint8Array, model: Model): boolean {
  if (mayLack(body, model)) return true
  return (lacks('tools', model) || lacks('json_schema', model)) && indexOf(body, ESCAPE) !== -1
}

function lacks(name: 'tools' | 'json_schema', { adapter, capabilities }: Model): boolean {
  return isMissing(name, adapter.translation?.lacks, capabilities)
}
