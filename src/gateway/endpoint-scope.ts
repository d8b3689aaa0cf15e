import type { Scope } from '../auth/scope'
import type { Endpoint } from '../catalog/model'

/** The scope that each billable route needs: an endpoint cannot be without one. */
export const SCOPE_OF: Record<Endpoint, Scope> = {
  'chat.completions': 'llm',
  responses: 'llm',
  completions: 'llm',
  messages: 'llm',
  embeddings: 'embeddings',
  'audio.transcriptions': 'stt',
  'audio.translations': 'stt',
  'audio.speech': 'tts',
  'images.generations': 'images',
  moderations: 'moderations',
}
