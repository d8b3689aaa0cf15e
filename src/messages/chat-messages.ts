import * as field from '../wire/field'
import { withoutAbsent } from '../wire/without-absent'
import { assistantMessage } from './chat-assistant'
import type { ChatDialect, Drops } from './chat-dialect'
import { blocksIn, type ChatPart, contentOf, partsOf, systemMessage } from './chat-parts'

type Raw = Record<string, unknown>

/** A conversation of Anthropic's as OpenAI's: results of tools are messages of their own, before what the user says with them. */
export function chatMessages(value: unknown, dialect: ChatDialect, dropped: Drops): object[] {
  const messages = field.required(field.array(value, 'messages'), 'messages')
  if (messages.length === 0) throw field.emptyArray('messages')
  return messages.flatMap((given, index) => {
    const at = `messages[${index}]`
    const message = field.required(field.object(given, at), at)
    const role = field.required(
      field.oneOf(message.role, `${at}.role`, ['user', 'assistant', 'system'] as const),
      `${at}.role`,
    )
    if (role === 'system')
      return [systemMessage(message.content, `${at}.content`, dialect, dropped) ?? []].flat()
    const blocks = blocksIn(message.content, `${at}.content`)
    if (role === 'assistant') return assistantMessage(blocks, `${at}.content`, dialect, dropped)
    return userMessages(blocks, `${at}.content`, dialect, dropped)
  })
}

function userMessages(blocks: Raw[], at: string, dialect: ChatDialect, dropped: Drops): object[] {
  const results: object[] = []
  const parts: ChatPart[] = []
  blocks.forEach((block, index) => {
    const path = `${at}[${index}]`
    if (block.type !== 'tool_result') {
      parts.push(...partsOf(block, path, dialect, dropped))
      return
    }
    const { message, shown } = resultOf(block, path, dialect, dropped)
    results.push(message)
    parts.push(...shown)
  })
  return parts.length === 0 ? results : [...results, { role: 'user', content: contentOf(parts) }]
}

/** Most vendors take text alone from a tool: what else it shows is the user's. */
function resultOf(block: Raw, at: string, dialect: ChatDialect, dropped: Drops) {
  const id = field.required(field.string(block.tool_use_id, `${at}.tool_use_id`), `${at}.tool_use_id`)
  const content =
    block.content === undefined || block.content === null ? [] : blocksIn(block.content, `${at}.content`)
  const parts = content.flatMap((inner, index) => partsOf(inner, `${at}.content[${index}]`, dialect, dropped))
  const texts = parts.filter(({ type }) => type === 'text').map(({ text }) => String(text))
  const shown = parts.filter(({ type }) => type !== 'text')
  const said = texts.join('\n\n') || (shown.length > 0 ? 'See what the user shows next.' : '')
  const isError = field.boolean(block.is_error, `${at}.is_error`)
  const message = withoutAbsent({
    role: 'tool',
    tool_call_id: id,
    content: isError ? `Error: ${said}` : said,
  })
  return { message, shown }
}
