/** What a command works with; everything of the outside world comes in here. */
export interface Console {
  environment: Record<string, string | undefined>
  /** A file's text, or undefined where it cannot be read. */
  readFile(path: string): string | undefined
  /** Results, for people and for pipes. */
  write(text: string): void
  /** Remarks beside the results. */
  remark(text: string): void
}

/** A failure that is told in one line, without a stack. */
export class CliError extends Error {
  override readonly name = 'CliError'
}

/** Text of others as it may reach a terminal: without escape sequences and other control characters. */
export function printable(text: string): string {
  // biome-ignore lint/suspicious/noControlCharactersInRegex: exactly these are to go
  return text.replace(/[\x00-\x08\x0b-\x1f\x7f-\x9f\u202a-\u202e\u2066-\u2069]/g, '')
}
