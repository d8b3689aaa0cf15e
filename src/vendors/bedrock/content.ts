import type { Part } from '../../wire/chat-body'
import * as field from '../../wire/field'

/** One block of a turn in Converse's dialect. */
export type Block = Record<string, unknown>

const IMAGE_FORMATS: Record<string, string> = {
  'image/png': 'png',
  'image/jpeg': 'jpeg',
  'image/jpg': 'jpeg',
  'image/gif': 'gif',
  'image/webp': 'webp',
}
const DOCUMENT_FORMATS: Record<string, string> = {
  'application/pdf': 'pdf',
  'text/csv': 'csv',
  'text/html': 'html',
  'text/plain': 'txt',
  'text/markdown': 'md',
  'application/msword': 'doc',
  'application/vnd.openxmlformats-officedocument.wordprocessingml.document': 'docx',
  'application/vnd.ms-excel': 'xls',
  'application/vnd.openxmlformats-officedocument.spreadsheetml.sheet': 'xlsx',
}
/** How a PDF begins in base64, for callers who leave the `data:` out. */
const PDF_START = 'JVBERi0'

/** Gives each document of a request a name of its own: the vendor wants them different, and of few characters. */
export class DocumentNames {
  private readonly taken = new Set<string>()

  next(wanted = 'document'): string {
    const plain = wanted
      .replace(/\.\w+$/, '')
      .replace(/[^A-Za-z0-9 \-()[\]]+/g, ' ')
      .replace(/ +/g, ' ')
      .trim()
    const base = (plain || 'document').slice(0, 180)
    let name = base
    for (let count = 2; this.taken.has(name); count++) name = `${base} ${count}`
    this.taken.add(name)
    return name
  }
}

/** A message's parts as blocks, a caller's cache mark behind its part. Texts of white space alone are refused: they are left out. */
export function blocksOf(parts: readonly Part[], names: DocumentNames, at: string): Block[] {
  return parts.flatMap((part, index): Block[] => {
    if (part.type === 'text' && part.text.trim() === '') return []
    const block = blockOf(part, names, `${at}[${index}]`)
    return part.cache ? [block, cachePoint(part.cache)] : [block]
  })
}

/** The vendor keeps a prompt for five minutes, or an hour where that is asked for. */
export function cachePoint({ ttl }: { ttl?: string }): Block {
  const isLong = ttl !== undefined && ttl !== '5m'
  return { cachePoint: { type: 'default', ...(isLong && { ttl: '1h' }) } }
}

function blockOf(part: Part, names: DocumentNames, at: string): Block {
  switch (part.type) {
    case 'text':
      return { text: part.text }
    case 'image':
      return imageOf(part.url, `${at}.image_url.url`)
    case 'file':
      return documentOf(part, names, at)
    case 'audio':
      throw field.unsupported(at, 'this model does not take audio')
  }
}

/** Other web addresses have been read and made data by the time that a request is translated. */
function imageOf(url: string, at: string): Block {
  if (url.startsWith('s3://')) {
    const format = IMAGE_FORMATS[`image/${/\.(\w+)$/.exec(url)?.[1]?.toLowerCase() ?? ''}`]
    if (!format) throw field.unsupported(at, 'expected a PNG, JPEG, GIF or WebP image')
    return { image: { format, source: { s3Location: { uri: url } } } }
  }
  if (!/^data:/i.test(url)) throw field.unsupported(at, 'the vendor does not read this address')
  const { mediaType, data } = dataOf(url, at)
  const format = IMAGE_FORMATS[mediaType]
  if (!format) throw field.unsupported(at, 'expected a PNG, JPEG, GIF or WebP image')
  return { image: { format, source: { bytes: data } } }
}

function documentOf({ data, name }: Part & { type: 'file' }, names: DocumentNames, at: string): Block {
  const path = `${at}.file.file_data`
  if (data === undefined) throw field.unsupported(`${at}.file.file_id`, 'this vendor keeps no files')
  const isBarePdf = data.startsWith(PDF_START)
  const file = isBarePdf ? { mediaType: 'application/pdf', data } : dataOf(data, path)
  const image = IMAGE_FORMATS[file.mediaType]
  if (image) return { image: { format: image, source: { bytes: file.data } } }
  const format = DOCUMENT_FORMATS[file.mediaType]
  if (!format) throw field.unsupported(path, 'expected a PDF, a text, an office document or an image')
  return { document: { format, name: names.next(name), source: { bytes: file.data } } }
}

/** `data:image/png;base64,…`; parameters between type and encoding are allowed and say nothing. */
function dataOf(url: string, at: string): { mediaType: string; data: string } {
  const comma = url.indexOf(',')
  const head = url.slice('data:'.length, comma === -1 ? 0 : Math.min(comma, 256))
  const [mediaType = '', ...rest] = head.split(';')
  if (!/^data:/i.test(url) || comma === -1 || mediaType === '' || rest.at(-1)?.toLowerCase() !== 'base64')
    throw field.invalid(at, 'expected a base64 data URL with a media type')
  return { mediaType: mediaType.toLowerCase(), data: url.slice(comma + 1) }
}
