import type { Part } from '../../wire/chat-body'
import * as field from '../../wire/field'
import type { Block } from './block'
import { cacheMember } from './cache-control'

const IMAGE_TYPES = new Set(['image/jpeg', 'image/png', 'image/gif', 'image/webp'])
const PDF = 'application/pdf'
/** How a PDF begins in base64, for callers who leave the `data:` out. */
const PDF_START = 'JVBERi0'

/** A message's parts as blocks. Texts of white space alone are refused by the vendor and say nothing: they are left out. */
export function blocksOf(parts: readonly Part[], at: string): Block[] {
  return parts.flatMap((part, index) => {
    if (part.type === 'text' && part.text.trim() === '') return []
    return [{ ...blockOf(part, `${at}[${index}]`), ...cacheMember(part.cache) }]
  })
}

function blockOf(part: Part, at: string): Block {
  switch (part.type) {
    case 'text':
      return { type: 'text', text: part.text }
    case 'image':
      return imageOf(part.url, `${at}.image_url.url`)
    case 'file':
      return fileOf(part, at)
    case 'audio':
      throw field.unsupported(at, 'this model does not take audio')
  }
}

function imageOf(url: string, at: string): Block {
  if (!/^data:/i.test(url)) return { type: 'image', source: { type: 'url', url } }
  const { mediaType, data } = readDataUrl(url, at)
  const type = mediaType === 'image/jpg' ? 'image/jpeg' : mediaType
  if (!IMAGE_TYPES.has(type)) throw field.unsupported(at, 'expected a JPEG, PNG, GIF or WebP image')
  return { type: 'image', source: { type: 'base64', media_type: type, data } }
}

function fileOf({ data, id, name }: Part & { type: 'file' }, at: string): Block {
  const title = name === undefined ? {} : { title: name }
  if (data === undefined) return { type: 'document', source: { type: 'file', file_id: id }, ...title }
  const path = `${at}.file.file_data`
  if (data.startsWith(PDF_START)) return documentOf({ mediaType: PDF, data }, title, path)
  if (!/^data:/i.test(data)) throw field.invalid(path, 'expected a base64 data URL')
  return documentOf(readDataUrl(data, path), title, path)
}

function documentOf({ mediaType, data }: DataUrl, title: { title?: string }, at: string): Block {
  if (mediaType === PDF)
    return { type: 'document', source: { type: 'base64', media_type: PDF, data }, ...title }
  if (IMAGE_TYPES.has(mediaType))
    return { type: 'image', source: { type: 'base64', media_type: mediaType, data } }
  if (!mediaType.startsWith('text/') && mediaType !== 'application/json')
    throw field.unsupported(at, 'expected a PDF, a text or an image')
  const text = Buffer.from(data, 'base64').toString('utf8')
  return { type: 'document', source: { type: 'text', media_type: 'text/plain', data: text }, ...title }
}

interface DataUrl {
  mediaType: string
  data: string
}

/** Its payload can be megabytes: it is cut off, not matched. */
function readDataUrl(url: string, at: string): DataUrl {
  const comma = url.indexOf(',')
  const head = comma === -1 ? '' : url.slice(5, comma).toLowerCase()
  if (!head.endsWith(';base64')) throw field.invalid(at, 'expected a base64 data URL')
  return { mediaType: head.split(';')[0] ?? '', data: url.slice(comma + 1) }
}
