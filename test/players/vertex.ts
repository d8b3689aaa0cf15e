import type { Player } from './answer'
import { gemini } from './gemini'

/** Where its models are; `start.ts` has the account. */
export const PLACE = { project: 'p', location: 'l' }

const PATH = `/v1/projects/${PLACE.project}/locations/${PLACE.location}/publishers/google/models/${gemini.model}`

/** Gemini at Google's cloud: the same answers elsewhere. */
export const vertex: Player = {
  ...gemini,
  name: 'vertex',
  paths: [`${PATH}:generateContent`, `${PATH}:streamGenerateContent`],
}
