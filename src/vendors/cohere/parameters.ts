import { OPENAI_ALONE, type OtherParameters } from '../other-parameters'

export const OTHER_PARAMETERS = {
  ...OPENAI_ALONE,
  top_k: 'mapped',
  documents: 'mapped',
  citation_options: 'mapped',
  safety_mode: 'mapped',
  thinking: 'mapped',
} as const satisfies OtherParameters
