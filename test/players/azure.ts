import { BILL, type Player } from './answer'
import { chatSteps } from './openai'

const MODEL = 'our-deployment'

/** It begins with what its filters say of the prompt, under no name and no id. */
const FILTERED = {
  id: '',
  object: '',
  created: 0,
  model: '',
  choices: [],
  prompt_filter_results: [{ prompt_index: 0, content_filter_results: {} }],
}

/** OpenAI's models at another address. */
export const azure: Player = {
  name: 'azure',
  model: MODEL,
  bill: BILL,
  whole: answer => chatSteps(MODEL, answer, false),
  stream(answer) {
    const [head, ...events] = chatSteps(MODEL, answer, true)
    return [head!, { chunk: `data: ${JSON.stringify(FILTERED)}` }, ...events]
  },
}
