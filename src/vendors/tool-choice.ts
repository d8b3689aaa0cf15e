import type { ChatBody, Tool, ToolChoice } from '../wire/chat-body'
import * as field from '../wire/field'

/** Whether the request wants a call to be made. */
export function forcesCall({ tools, toolChoice: choice }: Pick<ChatBody, 'tools' | 'toolChoice'>): boolean {
  if (!tools || !choice) return false
  return (
    choice.mode === 'required' ||
    choice.mode === 'named' ||
    (choice.mode === 'allowed' && choice.of === 'required')
  )
}

/** The tools of these names. Throws where a choice names none of them: the vendor would be sent an empty list. */
export function toolsNamed(tools: readonly Tool[], names: readonly string[]): Tool[] {
  const named = tools.filter(({ name }) => names.includes(name))
  if (named.length === 0) throw field.invalid('tool_choice', 'it names none of the tools')
  return named
}

/** Asks in words for a call that this model cannot be made to do. */
export function callInstruction(choice: ToolChoice | undefined): string {
  return choice?.mode === 'named'
    ? `Answer by calling the tool ${choice.name}, and with nothing else.`
    : 'Answer by calling at least one of the tools, and with nothing else.'
}
