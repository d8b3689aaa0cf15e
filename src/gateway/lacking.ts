import type { Deployment } from '../routing/plan'
import { isMissing } from '../vendors/emulation/needs'
import type { ChatRequest } from '../wire/chat-request'
import { indexOf } from '../wire/member'

type Model = Pick<Deployment, 'adapter' | 'capabilities'>

/** What stands in every request, in whichever dialect, that speaks of tools, and of a schema. */
const TOOL_MARKS = [Buffer.from('"tool'), Buffer.from('"function')]
const SCHEMA_MARK = Buffer.from('json_schema')
const ESCAPE = Buffer.from('\\u')

/** A chat's bytes, in whichever dialect, and where its conversation stands in them. */
type Chat = Pick<ChatRequest, 'body' | 'messages'>

/**
 * Whether a request may ask for what the deployment's model has not, by a look at its bytes: false for nearly every one, and
 * not even looked at where the model has all of it. What is spelt in escapes is left to the vendor.
 */
export function mayLack(chat: Chat, model: Model): boolean {
  return (
    (lacks('tools', model) && TOOL_MARKS.some(mark => indexOf(chat.body, mark) !== -1)) ||
    (lacks('json_schema', model) && standsBeside(chat, SCHEMA_MARK))
  )
}

/** The same of a body that is written anew before it is looked at, without its escapes. */
export function mayLackRewritten(chat: Chat, model: Model): boolean {
  if (lacks('tools', model)) return mayLack(chat, model) || indexOf(chat.body, ESCAPE) !== -1
  return lacks('json_schema', model) && standsBeside(chat, SCHEMA_MARK, ESCAPE)
}

/** A schema is asked for before or behind the conversation, never in it: megabytes need not be searched. */
function standsBeside({ body, messages }: Chat, ...marks: Buffer[]): boolean {
  const before = body.subarray(0, messages.start)
  const behind = body.subarray(messages.end)
  return marks.some(mark => indexOf(before, mark) !== -1 || indexOf(behind, mark) !== -1)
}

function lacks(name: 'tools' | 'json_schema', { adapter, capabilities }: Model): boolean {
  return isMissing(name, adapter.translation?.lacks, capabilities)
}
