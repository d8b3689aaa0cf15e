import type { CacheMark, Part } from './chat-body'
import * as field from './field'
import { withoutAbsent } from './without-absent'

export type PartType = 'text' | 'image_url' | 'input_audio' | 'file' | 'refusal'

/** A part as it is written; a refusal is told apart by whoever may have one. */
export type WrittenPart = Part | { type: 'refusal'; text: string }

/** Content that may be a text or a list of parts of these types. An empty text is no part. */
export function readContent(value: unknown, at: string, types: readonly PartType[]): WrittenPart[] {
  if (value === undefined || value === null || value === '') return []
  if (typeof value === 'string') return [{ type: 'text', text: value }]
  if (!Array.isArray(value)) throw field.wrongType(at, 'a string or an array of parts')
  return value.map((part, index) => readPart(part, `${at}[${index}]`, types))
}

function readPart(value: unknown, at: string, types: readonly PartType[]): WrittenPart {
  const part = field.required(field.object(value, at), at)
  const type = field.required(field.oneOf(part.type, `${at}.type`, types), `${at}.type`)
  if (type === 'refusal') return { type, text: text(part.refusal, `${at}.refusal`) }
  const cache = readCacheMark(part, at)
  return { ...payload(type, part, at), ...(cache && { cache }) }
}

function payload(type: Exclude<PartType, 'refusal'>, part: Record<string, unknown>, at: string): Part {
  if (type === 'text') return { type, text: text(part.text, `${at}.text`) }
  if (type === 'image_url') return readImage(part.image_url, `${at}.image_url`)
  if (type === 'input_audio') return readAudio(part.input_audio, `${at}.input_audio`)
  return readFile(part.file, `${at}.file`)
}

function readImage(value: unknown, at: string): Part {
  const image = field.required(field.object(value, at), at)
  const url = text(image.url, `${at}.url`)
  if (!isAddress(url)) throw field.invalid(`${at}.url`, 'expected an http(s) URL or a base64 data URL')
  return withoutAbsent({
    type: 'image' as const,
    url,
    detail: field.oneOf(image.detail, `${at}.detail`, ['auto', 'low', 'high', 'original']),
  })
}

function readAudio(value: unknown, at: string): Part {
  const audio = field.required(field.object(value, at), at)
  return {
    type: 'audio',
    data: text(audio.data, `${at}.data`),
    format: text(audio.format, `${at}.format`),
  }
}

function readFile(value: unknown, at: string): Part {
  const file = field.required(field.object(value, at), at)
  const data = field.string(file.file_data, `${at}.file_data`)
  const id = field.string(file.file_id, `${at}.file_id`)
  if (data === undefined && id === undefined) field.required(undefined, `${at}.file_data`)
  return withoutAbsent({
    type: 'file' as const,
    data,
    id,
    name: field.string(file.filename, `${at}.filename`),
  })
}

/** OpenAI's breakpoint or Anthropic's mark, which its callers write into OpenAI's requests as well. */
export function readCacheMark(value: Record<string, unknown>, at: string): CacheMark | undefined {
  const [name, mark] = value.prompt_cache_breakpoint
    ? ['prompt_cache_breakpoint', value.prompt_cache_breakpoint]
    : ['cache_control', value.cache_control]
  const given = field.object(mark, `${at}.${name}`)
  return given && withoutAbsent({ ttl: field.string(given.ttl, `${at}.${name}.ttl`) })
}

/** Of a data URL only the beginning is read: the rest can be megabytes. */
function isAddress(url: string): boolean {
  const start = url.slice(0, 256)
  if (/^data:/i.test(start)) return /^data:[^,]*;base64,./i.test(start)
  return /^[a-z][a-z0-9+.-]*:\/\/./i.test(start)
}

function text(value: unknown, at: string): string {
  return field.required(field.string(value, at), at)
}
