import type { Command } from 'commander'
import { wantsJson } from './connection'
import type { Console } from './console'

/** Writes an answer as it was asked for: JSON, or text for people. */
export function show(command: Command, console: Console, answer: unknown, text: string): void {
  console.write(wantsJson(command) ? `${JSON.stringify(answer, null, 2)}\n` : text)
}
