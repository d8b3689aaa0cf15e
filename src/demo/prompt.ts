import type { Chat } from './chat'
import { countTokens } from './tokens'

const TOKENS_PER_MESSAGE = 4
const TOKENS_PER_IMAGE = 85
const TOKENS_PER_PROMPT = 3

/** The prompt as one text: tools first, so that a conversation that goes on keeps its beginning. */
export function renderPrompt(chat: Chat): string {
  const tools = chat.tools.map(tool => `${tool.name} ${JSON.stringify(tool.parameters ?? {})}\n`)
  const messages = chat.messages.map(({ role, text, toolCalls }) => `${role}\n${text}${toolCalls}\n`)
  return [...tools, ...messages].join('')
}

/** What the prompt is billed as: its text in tokens (not counted beyond `limit`), 4 a message, 85 an image, and 3. */
export function countPrompt(chat: Chat, prompt: string, limit: number): number {
  const images = chat.messages.reduce((sum, message) => sum + message.images, 0)
  const around = TOKENS_PER_PROMPT + TOKENS_PER_MESSAGE * chat.messages.length + TOKENS_PER_IMAGE * images
  return countTokens(prompt, limit) + around
}
