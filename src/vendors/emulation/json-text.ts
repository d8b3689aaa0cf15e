import { jsonrepair } from 'jsonrepair'
import { JsonReader } from '../../wire/json-reader'

/** Text that is JSON, and what it says. The text counts: numbers that no float can hold stand in it as they were written. */
export interface JsonText {
  text: string
  value: unknown
}

const FENCED = /^\s*```[\w-]*\s*\n([\s\S]*?)\n?\s*```\s*$/

/** The JSON that a text is, without a code fence around it; undefined for what is none. */
export function readJson(text: string): JsonText | undefined {
  const bare = FENCED.exec(text)?.[1] ?? text
  return parsed(bare.trim())
}

/** The same, with what models get wrong put right: commas too many, single quotes, brackets left open. */
export function readLooseJson(text: string): JsonText | undefined {
  const strict = readJson(text)
  if (strict || !/^\s*(?:```|[{[])/.test(text)) return strict
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
