import type { Command } from 'commander'
import { wantsJson } from './connection'
import { type Console, jsonText } from './console'

/** Writes an answer as it was asked for: JSON, or text for people. */
export function show(command: Command, console: Console, answer: unknown, text: string): void {
  console.write(wantsJson(command) ? `${jsonText(answer)}\n` : text)
}
