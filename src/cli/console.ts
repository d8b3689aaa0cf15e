/** What a command works with; everything of the outside world comes in here. */
export interface Console {
  /** That of the package. */
  version: string
  environment: Record<string, string | undefined>
  /** The addresses and the name of this machine. */
  ownHosts(): readonly string[]
  /** A file's text, or undefined where it cannot be read. */
  readFile(path: string): string | undefined
  /** Results, for people and for pipes. Throws ReaderGone or CliError where they cannot be written. */
  write(text: string): void
  /** Remarks beside the results; one that cannot be written is not told. */
  remark(text: string): void
}

/** A failure that is told in one line, without a stack. */
export class CliError extends Error {
  override readonly name = 'CliError'
}

/** Whoever read the results has seen enough, as `head` has: the run ends without a word. */
export class ReaderGone extends Error {
  override readonly name = 'ReaderGone'
}

const SHORT: Record<string, string> = { '\n': '\\n', '\r': '\\r', '\t': '\\t' }

/** Text of others as it may reach a terminal: without escape sequences and other control characters. */
export function printable(text: string): string {
  // biome-ignore lint/suspicious/noControlCharactersInRegex: exactly these are to go
  return text.replace(/[\x00-\x08\x0b-\x1f\x7f-\x9f\u202a-\u202e\u2066-\u2069]/g, '')
}

/** The same where it must be one line and show all that it has: what breaks, turns or hides text is escaped. */
export function oneLine(text: string): string {
  return text.replace(
    /[\p{Cc}\p{Cf}\p{Cs}\p{Zl}\p{Zp}]/gu,
    character => SHORT[character] ?? escaped(character),
  )
}

/** JSON as it may reach a terminal: the same value, with the characters escaped that JSON itself lets through. */
export function jsonText(value: unknown): string {
  return JSON.stringify(value, null, 2).replace(/(?!\n)[\p{Cc}\p{Cf}\p{Zl}\p{Zp}]/gu, escaped)
}

function escaped(character: string): string {
  const units = Array.from({ length: character.length }, (_, at) => character.charCodeAt(at))
  return units.map(unit => `\\u${unit.toString(16).padStart(4, '0')}`).join('')
}
