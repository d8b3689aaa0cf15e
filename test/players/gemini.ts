import { type Answer, BILL, eventSteps, jsonSteps, type Player, piecesOf } from './answer'

const MODEL = 'gemini-2.5-flash'
const USAGE = {
  promptTokenCount: 30,
  cachedContentTokenCount: 5,
  candidatesTokenCount: 14,
  totalTokenCount: 44,
}

/** It has no reason of its own for calls, and sends them in one piece. */
function partsOf(answer: Answer): object[] {
  if (!('calls' in answer)) return piecesOf(answer).map(text => ({ text }))
  const { id, name, arguments: args } = answer.calls
  return [{ functionCall: { id, name, args } }]
}

function bodyOf(parts: object[], isLast: boolean): object {
  const candidate = { content: { parts, role: 'model' }, index: 0, ...(isLast && { finishReason: 'STOP' }) }
  return { candidates: [candidate], usageMetadata: USAGE, modelVersion: MODEL, responseId: 'r-1' }
}

export const gemini: Player = {
  name: 'gemini',
  model: MODEL,
  paths: [`/v1/models/${MODEL}:generateContent`, `/v1/models/${MODEL}:streamGenerateContent`],
  bill: BILL,
  whole: answer => jsonSteps(bodyOf(partsOf(answer), true), BILL),
  stream(answer) {
    const parts = partsOf(answer)
    const events = parts.map((part, at) => `data: ${JSON.stringify(bodyOf([part], at === parts.length - 1))}`)
    return eventSteps(events, BILL)
  },
}
