/** How a group of Claude models differs from the others, as far as a request must know. */
export interface ModelRules {
  /** How it is told to think: not at all, with a budget of tokens, or as it sees fit (`adaptive`, with an effort). */
  thinking: 'none' | 'budget' | 'adaptive'
  /** What it does when nothing is said. `unsure` where nobody tells: what must be off is then said. */
  byDefault: 'off' | 'on' | 'always' | 'unsure'
  /** How thinking is switched off: by saying nothing, by `disabled`, between tool calls alone, or not at all. */
  off: 'omit' | 'disabled' | 'between_tools' | 'never'
  /** The efforts above `high` that it knows. */
  efforts: readonly ('xhigh' | 'max')[]
  /** `temperature` and `top_p`: both, one of them, or none. */
  sampling: 'both' | 'one' | 'none'
  /** The thoughts' text is left out unless it is asked for. */
  hidesThoughts: boolean
  /** `tool_choice` may force a call. Never together with thinking. */
  forcesTools: boolean
  /** The last message may be the beginning of the answer. */
  prefill: boolean
  /** `system` messages may stand between the others. */
  midSystem: boolean
  /** A thought is bound to everything that stood before it: replayed behind something else it is refused. */
  bindsThoughts: boolean
}

const ADAPTIVE: ModelRules = {
  thinking: 'adaptive',
  byDefault: 'off',
  off: 'disabled',
  efforts: ['xhigh', 'max'],
  sampling: 'none',
  hidesThoughts: true,
  forcesTools: true,
  prefill: false,
  midSystem: false,
  bindsThoughts: false,
}

const ALWAYS: ModelRules = {
  ...ADAPTIVE,
  byDefault: 'always',
  off: 'never',
  forcesTools: false,
  midSystem: true,
}

const BUDGET: ModelRules = {
  ...ADAPTIVE,
  thinking: 'budget',
  off: 'omit',
  sampling: 'both',
  hidesThoughts: false,
  prefill: true,
}

/** The first group whose pattern is found in the vendor's id of a model. */
const GROUPS: readonly (readonly [pattern: RegExp, rules: ModelRules])[] = [
  [/claude-sonnet-5-5/, { ...ALWAYS, off: 'between_tools', midSystem: false, bindsThoughts: true }],
  [/claude-(?:opus-5-5|(?:fable|mythos)-5-[12])/, { ...ALWAYS, bindsThoughts: true }],
  [/claude-(?:fable|mythos)-/, ALWAYS],
  [/claude-haiku-5-5/, { ...ADAPTIVE, byDefault: 'unsure', midSystem: true }],
  [/claude-opus-5(?:\D|$)/, { ...ADAPTIVE, byDefault: 'unsure', midSystem: true }],
  [/claude-sonnet-5(?:\D|$)/, { ...ADAPTIVE, byDefault: 'on' }],
  [/claude-opus-4-[78]/, { ...ADAPTIVE, off: 'omit' }],
  [/claude-(?:opus|sonnet)-4-6/, { ...ADAPTIVE, efforts: ['max'], sampling: 'one', hidesThoughts: false }],
  [/claude-(?:opus|sonnet|haiku)-4-5/, { ...BUDGET, sampling: 'one' }],
  [/claude-(?:opus|sonnet)-4(?:-[01])?(?:[-@]20\d{6}|@default|$)|claude-3-7/, BUDGET],
  [/claude-(?:[12]|3|instant)/, { ...BUDGET, thinking: 'none' }],
  // One that is newer than this table: what the newest refuse is not sent.
  [/claude-/, { ...ALWAYS, midSystem: false }],
]

/** Other companies' models behind Anthropic's dialect take what its first thinking models took. */
const OTHERS: ModelRules = BUDGET

/** What the model with this id (the vendor's own: dated, prefixed, at whichever cloud) takes. */
export function rulesOf(model: string): ModelRules {
  const id = model.replaceAll('.', '-')
  return GROUPS.find(([pattern]) => pattern.test(id))?.[1] ?? OTHERS
}
