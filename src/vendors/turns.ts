import { parseObject } from '../lib/json'
import type { ToolCall } from '../wire/chat-body'
import * as field from '../wire/field'

/*
 * What dialects have in common that tell a conversation as turns which alternate, of blocks of their own.
 */

/** What one side says at a time. */
export interface Turn<Role extends string, Block> {
  role: Role
  content: Block[]
}

/** Said where an assistant began: the first turn is the user's. */
export const BEGINNING = '(The conversation begins with the assistant.)'

/** Goes on with the last turn if it is the same side's, else begins one. */
export function addTurn<Role extends string, Block>(
  turns: Turn<Role, Block>[],
  role: Role,
  content: readonly Block[],
): void {
  const last = turns.at(-1)
  if (last?.role === role) last.content.push(...content)
  else turns.push({ role, content: [...content] })
}

/** What a turn says, the results of calls before all else. */
export function resultsFirst<Block>(content: readonly Block[], isResult: (block: Block) => boolean): Block[] {
  return [...content.filter(isResult), ...content.filter(block => !isResult(block))]
}

/** Instructions without a question are the question. Throws `invalid_value` where there are none either. */
export function askedAlone<Block>(system: Block[]): Block[] {
  if (system.length > 0) return system
  throw field.invalid('messages', 'no message has any content')
}

/** What a call is given, as an object: a model's arguments may be no JSON, and a custom tool's are any text. */
export function inputOf({ arguments: given, isCustom }: ToolCall): Record<string, unknown> {
  if (isCustom) return { input: given }
  return parseObject(given) ?? {}
}
