import type { Part } from '../../wire/chat-body'
import * as field from '../../wire/field'

/** One part of a turn in Gemini's dialect. */
export type GeminiPart = Record<string, unknown>

/** A file that the vendor reads by itself, and not over the web. */
const OWN_FILE =
  /^(?:gs:\/\/|https:\/\/(?:generativelanguage\.googleapis\.com|(?:www\.)?youtube\.com|youtu\.be)\/)/
const AUDIO_TYPES: Record<string, string> = { wav: 'audio/wav', mp3: 'audio/mp3' }
/** How a PDF begins in base64, for callers who leave the `data:` out. */
const PDF_START = 'JVBERi0'
const EXTENSIONS: Record<string, string> = {
  png: 'image/png',
  jpg: 'image/jpeg',
  jpeg: 'image/jpeg',
  webp: 'image/webp',
  gif: 'image/gif',
  heic: 'image/heic',
  pdf: 'application/pdf',
  mp4: 'video/mp4',
}

/** A message's parts; empty texts are refused by the vendor and say nothing: they are left out. */
export function partsOf(parts: readonly Part[], at: string): GeminiPart[] {
  return parts.flatMap((part, index) => {
    if (part.type === 'text' && part.text === '') return []
    return [partOf(part, `${at}[${index}]`)]
  })
}

function partOf(part: Part, at: string): GeminiPart {
  switch (part.type) {
    case 'text':
      return { text: part.text }
    case 'image':
      return linkOf(part.url, `${at}.image_url.url`)
    case 'audio':
      return { inlineData: { mimeType: audioType(part.format, at), data: part.data } }
    case 'file':
      return fileOf(part, at)
  }
}

function audioType(format: string, at: string): string {
  const type = AUDIO_TYPES[format]
  if (type === undefined) throw field.invalid(`${at}.input_audio.format`, "supported values are 'wav', 'mp3'")
  return type
}

/** Whether the vendor reads this address by itself. */
export function isOwnFile(url: string): boolean {
  return OWN_FILE.test(url)
}

/** Other web addresses have been read and made data by the time that a request is translated. */
function linkOf(url: string, at: string): GeminiPart {
  if (/^data:/i.test(url)) return { inlineData: dataOf(url, at) }
  if (!isOwnFile(url)) throw field.unsupported(at, 'the vendor does not read this address')
  return { fileData: { mimeType: typeByName(url), fileUri: url } }
}

function fileOf({ data, id }: Part & { type: 'file' }, at: string): GeminiPart {
  if (data === undefined) return linkOf(id ?? '', `${at}.file.file_id`)
  if (data.startsWith(PDF_START)) return { inlineData: { mimeType: 'application/pdf', data } }
  const path = `${at}.file.file_data`
  if (!/^data:/i.test(data)) throw field.invalid(path, 'expected a base64 data URL')
  return { inlineData: dataOf(data, path) }
}

/** `data:image/png;base64,…`; parameters between type and encoding are allowed and say nothing. */
function dataOf(url: string, at: string): { mimeType: string; data: string } {
  const comma = url.indexOf(',')
  const head = url.slice('data:'.length, comma === -1 ? 0 : Math.min(comma, 256))
  const [mimeType = '', ...rest] = head.split(';')
  if (comma === -1 || mimeType === '' || rest.at(-1)?.toLowerCase() !== 'base64')
    throw field.invalid(at, 'expected a base64 data URL with a media type')
  return { mimeType: mimeType.toLowerCase(), data: url.slice(comma + 1) }
}

function typeByName(url: string): string {
  const extension = /\.(\w+)(?:[?#]|$)/.exec(url)?.[1]?.toLowerCase() ?? ''
  return EXTENSIONS[extension] ?? (url.includes('youtu') ? 'video/mp4' : 'application/octet-stream')
}
