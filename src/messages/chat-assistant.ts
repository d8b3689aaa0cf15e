import { CLAUDE_FORMAT } from '../wire/chat-event'
import { extraContent } from '../wire/extra-content'
import * as field from '../wire/field'
import type { ChatDialect, Drops } from './chat-dialect'
import { openState } from './opaque-state'

type Raw = Record<string, unknown>

interface Said {
  texts: string[]
  calls: Raw[]
  thoughts: string[]
  details: object[]
  /** Signatures of calls, by the call's id. */
  signatures: Map<string, string>
}

/** What the model said earlier, as one message; none where nothing of it has a counterpart. */
export function assistantMessage(blocks: Raw[], at: string, dialect: ChatDialect, dropped: Drops): object[] {
  const said: Said = { texts: [], calls: [], thoughts: [], details: [], signatures: new Map() }
  blocks.forEach((block, index) => {
    take(said, block, `${at}[${index}]`, dropped)
  })
  const { texts, calls, thoughts, details, signatures } = said
  if (texts.length === 0 && calls.length === 0) return []
  return [
    {
      role: 'assistant',
      content: texts.length > 0 ? texts.join('') : null,
      ...(calls.length > 0 && {
        tool_calls: dialect.isExtended ? calls.map(call => signed(call, signatures)) : calls,
      }),
      ...(dialect.isExtended && thoughts.length > 0 && { reasoning_content: thoughts.join('') }),
      ...(dialect.isExtended && details.length > 0 && { reasoning_details: details }),
    },
  ]
}

function take(said: Said, block: Raw, at: string, dropped: Drops): void {
  const type = field.required(field.string(block.type, `${at}.type`), `${at}.type`)
  switch (type) {
    case 'text':
      said.texts.push(field.required(field.string(block.text, `${at}.text`), `${at}.text`))
      return
    case 'thinking':
      takeThought(said, block, at)
      return
    case 'redacted_thinking':
      takeState(said, block.data)
      return
    case 'tool_use':
      said.calls.push(callOf(block, at))
      return
    default:
      // Tools that Anthropic ran, and what they found: the text that came of them is there too.
      dropped.add(/^\w{1,64}$/.test(type) ? `messages.content.${type}` : 'messages.content')
  }
}

function takeThought(said: Said, { thinking, signature }: Raw, at: string): void {
  const text = field.string(thinking, `${at}.thinking`) ?? ''
  if (text !== '') said.thoughts.push(text)
  if (typeof signature === 'string' && signature !== '')
    said.details.push({ type: 'reasoning.text', format: CLAUDE_FORMAT, text, signature })
}

function takeState(said: Said, data: unknown): void {
  const state = openState(data)
  if (state === undefined) said.details.push({ type: 'reasoning.encrypted', format: CLAUDE_FORMAT, data })
  else if ('detail' in state) said.details.push(state.detail)
  else said.signatures.set(state.callId, state.signature)
}

function callOf(block: Raw, at: string): Raw {
  const name = field.required(field.string(block.name, `${at}.name`), `${at}.name`)
  return {
    id: field.required(field.string(block.id, `${at}.id`), `${at}.id`),
    type: 'function',
    function: { name, arguments: JSON.stringify(field.object(block.input, `${at}.input`) ?? {}) },
  }
}

function signed(call: Raw, signatures: Map<string, string>): Raw {
  const signature = signatures.get(String(call.id))
  return signature === undefined ? call : { ...call, ...extraContent(signature) }
}
