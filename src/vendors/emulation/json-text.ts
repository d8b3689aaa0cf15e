import { jsonrepair } from 'jsonrepair'
import { JsonReader } from '../../wire/json-reader'

/** Text that is JSON, and what it says. The text counts: numbers that no float can hold stand in it as they were written. */
export interface JsonText {
  text: string
  value: unknown
}

/** Longer JSON is not put right, in characters: that can take longer the longer it is. */
const MOST_LOOSE = 16 * 1024

/** The JSON that a text is, without a code fence around it; undefined for what is none. */
export function readJson(text: string): JsonText | undefined {
  const bare = text.trim()
  return parsed(bare.startsWith('```') && bare.endsWith('```') ? withoutFence(bare) : bare)
}

/** Without its first line and its last three characters. */
function withoutFence(text: string): string {
  const line = text.indexOf('\n')
  return line === -1 ? text : text.slice(line + 1, -3).trim()
}

/** The same, with what models get wrong put right: commas too many, single quotes, brackets left open. */
export function readLooseJson(text: string): JsonText | undefined {
  const strict = readJson(text)
  if (strict || text.length > MOST_LOOSE || !/^\s*(?:```|[{[])/.test(text)) return strict
  try {
    return parsed(jsonrepair(text).trim())
  } catch {
    return undefined
  }
}

function parsed(text: string): JsonText | undefined {
  try {
    return { text, value: JSON.parse(text) }
  } catch {
    return undefined
  }
}

/** The values of an object's members, or of a list's elements under their numbers, as they are written. */
export function writtenMembers(json: string): Map<string, string> {
  const bytes = Buffer.from(json)
  const reader = new JsonReader(bytes)
  const members = new Map<string, string>()
  const keep = (key: string) => {
    const { start, end } = reader.skip()
    members.set(key, bytes.toString('utf8', start, end))
  }
  try {
    if (reader.kind() === 'array') reader.array(() => keep(String(members.size)))
    else if (reader.kind() === 'object') reader.object(keep)
  } catch {
    // Nested deeper than anything that we read: it has no members for us.
    return new Map()
  }
  return members
}
