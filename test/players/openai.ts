import { chat } from '../vendor/chat'
import { type Answer, BILL, halvesOf, type Player, piecesOf } from './answer'

const model = 'gpt-4o-2024-11-20'

function stepsOf(answer: Answer, stream: boolean) {
  if (!('calls' in answer)) return chat({ model, stream, tokens: piecesOf(answer), usage: BILL })
  const { id, name, arguments: given } = answer.calls
  return chat({ model, stream, tokens: [], tools: [{ id, name, arguments: halvesOf(given) }], usage: BILL })
}

/** Conforms: the bytes pass. */
export const openai: Player = {
  name: 'openai',
  model,
  bill: BILL,
  whole: answer => stepsOf(answer, false),
  stream: answer => stepsOf(answer, true),
}
