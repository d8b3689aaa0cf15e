import { type Chat, lastText } from './chat'
import { pick, type Random } from './random'
import { tokenize } from './tokens'

const OPENINGS = [
  'Hello from the demo vendor.',
  'This is the demo vendor speaking.',
  'The demo vendor greets you.',
] as const

const ADMISSIONS = [
  'No language model runs behind it, and this text is invented.',
  'It is part of the gateway, knows nothing, and invents what it says.',
  'What you read was made up on your own machine, without any model.',
] as const

const CLOSINGS = [
  'Around these words all is real: the stream, the token counts, the price and the record of this request.',
  'Set the key of a real vendor, and the same request gets a real answer.',
  'Everything else works as it does with a real vendor: streaming, tools, usage and cost.',
] as const

const FILLERS = [
  ' The demo vendor goes on, since a long answer was asked for.',
  ' Another invented sentence follows, like those before it.',
  ' Words keep coming at a steady pace.',
] as const

/** Readable text that says what it is and how long the question was; nothing of the question itself. */
export function inventText(chat: Chat, random: Random): string {
  const parts = [pick(random, OPENINGS), pick(random, ADMISSIONS), describe(chat), pick(random, CLOSINGS)]
  return parts.join(' ')
}

/** Text of exactly so many tokens. */
export function inventTokens(chat: Chat, random: Random, count: number): string[] {
  const tokens = tokenize(inventText(chat, random))
  while (tokens.length < count) tokens.push(...tokenize(pick(random, FILLERS)))
  return tokens.slice(0, count)
}

function describe(chat: Chat): string {
  const results = chat.messages.length - 1 - chat.messages.findLastIndex(message => message.role !== 'tool')
  const images = chat.messages.reduce((sum, message) => sum + message.images, 0)
  const messages = `a conversation of ${plural(chat.messages.length, 'message')}`
  const seen = images > 0 ? `, with ${plural(images, 'image')}` : ''
  if (results > 0) return `It has read ${plural(results, 'tool result')} in ${messages}${seen}.`
  const length = [...lastText(chat, 'user')].length
  return `Your question was ${plural(length, 'character')} long, in ${messages}${seen}.`
}

function plural(count: number, word: string): string {
  return `${count} ${word}${count === 1 ? '' : 's'}`
}
