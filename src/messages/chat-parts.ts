import * as field from '../wire/field'
import { withoutAbsent } from '../wire/without-absent'
import { markOf } from './cache-mark'
import type { ChatDialect, Drops } from './chat-dialect'

type Raw = Record<string, unknown>
export type ChatPart = Raw & { type: string }

/** Content that may be a text or a list of blocks, as blocks. */
export function blocksIn(value: unknown, at: string): Raw[] {
  if (typeof value === 'string') return [{ type: 'text', text: value }]
  const blocks = field.required(field.array(value, at), at)
  return blocks.map((block, index) =>
    field.required(field.object(block, `${at}[${index}]`), `${at}[${index}]`),
  )
}

/** Instructions as a message; undefined where there are none. */
export function systemMessage(value: unknown, at: string, dialect: ChatDialect, dropped: Drops) {
  if (value === undefined || value === null) return undefined
  const parts = blocksIn(value, at).flatMap((block, index) => {
    const path = `${at}[${index}]`
    field.required(field.oneOf(block.type, `${path}.type`, ['text'] as const), `${path}.type`)
    return partsOf(block, path, dialect, dropped)
  })
  return parts.length === 0 ? undefined : { role: 'system', content: contentOf(parts) }
}

/** One text stands by itself: servers that nearly speak OpenAI's dialect take lists of parts from users alone. */
export function contentOf(parts: readonly ChatPart[]): string | readonly ChatPart[] {
  const isPlain = parts.every(part => part.type === 'text' && part.cache_control === undefined)
  return isPlain ? parts.map(({ text }) => text).join('\n\n') : parts
}

/** A block that a user or a tool shows, as parts. Throws `unsupported_parameter` naming the block for what has no counterpart. */
export function partsOf(block: Raw, at: string, dialect: ChatDialect, dropped: Drops): ChatPart[] {
  const parts = unmarked(block, at, dropped)
  const last = parts.at(-1)
  return last ? [...parts.slice(0, -1), { ...last, ...markOf(block, at, dialect, dropped) }] : []
}

function unmarked(block: Raw, at: string, dropped: Drops): ChatPart[] {
  const type = field.required(field.string(block.type, `${at}.type`), `${at}.type`)
  if (type === 'text') return textPart(field.required(field.string(block.text, `${at}.text`), `${at}.text`))
  if (type === 'image') return [imagePart(sourceOf(block, at), `${at}.source`)]
  if (type === 'document') {
    if (field.object(block.citations, `${at}.citations`)?.enabled === true) dropped.add('citations')
    return documentParts(block, sourceOf(block, at), `${at}.source`, dropped)
  }
  if (type === 'search_result') return searchParts(block, at)
  throw field.unsupported(at, `this model takes no block of type '${type.slice(0, 64)}'`)
}

function sourceOf(block: Raw, at: string): Raw {
  return field.required(field.object(block.source, `${at}.source`), `${at}.source`)
}

/** An empty text is nothing that a vendor takes. */
function textPart(text: string): ChatPart[] {
  return text === '' ? [] : [{ type: 'text', text }]
}

function imagePart(source: Raw, at: string): ChatPart {
  if (source.type === 'url') return { type: 'image_url', image_url: { url: text(source.url, `${at}.url`) } }
  if (source.type === 'base64') return { type: 'image_url', image_url: { url: dataUrl(source, at) } }
  throw field.unsupported(`${at}.type`, 'expected base64 or url')
}

function documentParts(block: Raw, source: Raw, at: string, dropped: Drops): ChatPart[] {
  const filename = field.string(block.title, `${at}.title`)
  switch (source.type) {
    case 'base64':
      return [{ type: 'file', file: withoutAbsent({ file_data: dataUrl(source, at), filename }) }]
    case 'file':
      return [
        { type: 'file', file: withoutAbsent({ file_id: text(source.file_id, `${at}.file_id`), filename }) },
      ]
    case 'text':
      return textPart(titled(filename, text(source.data, `${at}.data`)))
    case 'content':
      return blocksIn(source.content, `${at}.content`).flatMap((inner, index) =>
        unmarked(inner, `${at}.content[${index}]`, dropped),
      )
    default:
      throw field.unsupported(`${at}.type`, 'expected base64, text, content or file')
  }
}

function searchParts(block: Raw, at: string): ChatPart[] {
  const texts = blocksIn(block.content, `${at}.content`).map((inner, index) =>
    text(inner.text, `${at}.content[${index}].text`),
  )
  const title = [field.string(block.title, `${at}.title`), field.string(block.source, `${at}.source`)]
  return textPart(titled(title.filter(Boolean).join(' – '), texts.join('\n')))
}

function titled(title: string | undefined, body: string): string {
  return title ? `${title}\n\n${body}` : body
}

function dataUrl(source: Raw, at: string): string {
  return `data:${text(source.media_type, `${at}.media_type`)};base64,${text(source.data, `${at}.data`)}`
}

function text(value: unknown, at: string): string {
  return field.required(field.string(value, at), at)
}
