import { chat } from '../vendor/chat'
import type { Step } from '../vendor/step'
import { type Answer, BILL, halvesOf, type Player, piecesOf } from './answer'

const MODEL = 'gpt-4o-2024-11-20'

/** An answer of a model that speaks OpenAI's dialect to the letter. */
export function chatSteps(model: string, answer: Answer, stream: boolean): Step[] {
  if (!('calls' in answer)) return chat({ model, stream, tokens: piecesOf(answer), usage: BILL })
  const { id, name, arguments: given } = answer.calls
  return chat({ model, stream, tokens: [], tools: [{ id, name, arguments: halvesOf(given) }], usage: BILL })
}

/** Conforms: the bytes pass. */
export const openai: Player = {
  name: 'openai',
  model: MODEL,
  bill: BILL,
  whole: answer => chatSteps(MODEL, answer, false),
  stream: answer => chatSteps(MODEL, answer, true),
}
