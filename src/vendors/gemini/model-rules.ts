/** How a group of Gemini models differs from the others, as far as a request must know. */
export interface ModelRules {
  /** How it is told to think: with a budget of tokens, or by a level. */
  thinking: { kind: 'budget'; least: number; most: number } | { kind: 'level'; lowest: 'minimal' | 'low' }
  /** It can answer in JSON and call tools in one request. */
  jsonWithTools: boolean
  /** A call that is handed back must carry its signature. */
  signsCalls: boolean
}

const LEVELS: ModelRules = {
  thinking: { kind: 'level', lowest: 'minimal' },
  jsonWithTools: true,
  signsCalls: true,
}

const budget = (least: number, most: number): ModelRules => ({
  thinking: { kind: 'budget', least, most },
  jsonWithTools: false,
  signsCalls: false,
})

/** The first group whose pattern is found in the vendor's id of a model. */
const GROUPS: readonly (readonly [pattern: RegExp, rules: ModelRules])[] = [
  [/gemini-2\.5-pro/, budget(128, 32_768)],
  [/gemini-(?:1|2)/, budget(0, 24_576)],
  [/gemini-3(?:\.\d+)?-flash-lite/, LEVELS],
  [/gemini-3(?:\.[0-6])?-flash/, LEVELS],
]

/** One that is newer than this table, or a `-latest`: thinking cannot be put lower than `low`. */
const NEWEST: ModelRules = { ...LEVELS, thinking: { kind: 'level', lowest: 'low' } }

/** What the model with this id takes. */
export function rulesOf(model: string): ModelRules {
  return GROUPS.find(([pattern]) => pattern.test(model))?.[1] ?? NEWEST
}
