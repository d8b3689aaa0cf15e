/** How a chat request is written for where it goes. */
export interface ChatDialect {
  /** What others have beside OpenAI's own members (thoughts, cache marks, `top_k`) may be written: an adapter reads them. */
  isExtended: boolean
  /** The model thinks when it is told to. */
  canReason: boolean
}

/** Names of what a request loses on its way to another dialect, each once. */
export type Drops = Set<string>
