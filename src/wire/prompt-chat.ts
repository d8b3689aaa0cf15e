import type { CompletionRequest } from './completion-request'
import { unsupported } from './field'
import type { Span } from './json-reader'
import { memberValue } from './json-request'

/** Members that a chat has not, or has in another form. */
const NOT_IN_CHATS = ['suffix', 'echo', 'best_of', 'logprobs'] as const

/**
 * A request for a completion as one for a chat: its prompt is what the user says, everything else stays as it was
 * written. Throws `unsupported_parameter` for what cannot be said to a chat model.
 */
export function promptAsChat({ body, members }: CompletionRequest): Uint8Array {
  const text = (span: Span) => Buffer.prototype.utf8Slice.call(body, span.start, span.end)
  const written: string[] = []
  for (const [key, span] of members.spans) {
    if (key === 'prompt') written.push(`"messages":[{"role":"user","content":${promptText(text(span))}}]`)
    else if (isNotInChats(key)) assertUnused(key, memberValue(members, key))
    else written.push(`${JSON.stringify(key)}:${text(span)}`)
  }
  return Buffer.from(`{${written.join(',')}}`)
}

/** One text; a list of one is one too. */
function promptText(json: string): string {
  if (json.startsWith('"')) return json
  const [prompt, ...others] = JSON.parse(json) as unknown[]
  if (typeof prompt !== 'string' || others.length > 0)
    throw unsupported('prompt', 'a chat model takes one text, no list and no tokens')
  return JSON.stringify(prompt)
}

function isNotInChats(key: string): key is (typeof NOT_IN_CHATS)[number] {
  return (NOT_IN_CHATS as readonly string[]).includes(key)
}

/** What says nothing can be left out. */
function assertUnused(name: string, value: unknown): void {
  const saysNothing = value === undefined || value === false || (name === 'best_of' && value === 1)
  if (!saysNothing) throw unsupported(name, 'a chat model has none')
}
