import type { AssistantMessage, ToolChoice } from '../../wire/chat-body'
import type { Translation, TranslationTarget } from '../translation'
import type { Vendor } from '../vendor'

type Members = Record<string, unknown>

/** Where a vendor of OpenAI's family deviates from OpenAI. What is not said is as at OpenAI, with tolerance. */
export interface CompatibleFacts {
  /** Parameters that are harmless and mean nothing there: they are not sent, and told as dropped. */
  drops?: readonly string[] | ((model: string) => readonly string[])
  /** Parameters without which the answer would not be what was asked for. */
  refuses?: readonly string[] | ((model: string) => readonly string[])
  /** Parameters that have it search or read by itself, which it bills by the call: a price without a rate for requests refuses them. */
  buys?: readonly string[]
  /** Names the parameter, if one is given so that it costs more than any price that is known: that is refused. */
  dearer?: (given: Members) => string | undefined
  /** A file that a model cannot read itself is read for it, and billed by the page. */
  sellsReading?: boolean
  /** OpenAI's name → the vendor's. */
  renames?: Readonly<Record<string, string>>
  /** All that it takes, by its own names; anything else is dropped. Absent: whatever it does not know it ignores. */
  takes?: readonly string[]
  /** The most `stop` sequences. */
  mostStops?: number
  /** How an effort is said: other words for it, or other members. Absent: `reasoning_effort` as it is. */
  effort?: (effort: string, model: string) => Members
  /** The developer's role is known; else it is the system's. */
  hasDeveloper?: boolean
  /** A stream tells its usage unasked, and does not take `stream_options`. */
  tellsUsage?: boolean
  /** Several answers to one request. */
  takesN?: boolean
  /** Nothing but texts: several text parts are joined to one. */
  joinsTexts?: boolean
  /** Its servers fetch no pictures. */
  fetchesNoImages?: boolean
  /** Audio and files among the parts. */
  takesMedia?: boolean
  /** Messages have no `name`, no `refusal` and whatever else is not needed. */
  isStrict?: boolean
  /** Cache marks on parts and tools are Anthropic's, and passed on. */
  takesCacheMarks?: boolean
  /** Custom tools and `allowed_tools` are known. */
  takesAllTools?: boolean
  /** The vendor's words for a choice; undefined: none is said. Throws GatewayError for one that cannot be had. */
  toolChoice?: (choice: ToolChoice, model: string) => unknown
  /** A tool-call id that the vendor takes, the same for the same id. */
  toolId?: (id: string) => string
  /** What an assistant's turn carries of its thought, in whatever member. */
  replay?: (message: AssistantMessage, model: string) => Members
  /** What none of its models can do: tools are not known, or JSON can be asked for without a schema alone. */
  lacks?: Translation['lacks']
  /** A tool's `strict` is not known. */
  hasNoStrict?: boolean
  /** The answer's length does not include the reasoning, which is billed all the same. */
  thinksApart?: boolean
  /** `completion_tokens` does not include the reasoning. */
  reasonsApart?: boolean
  /** Its code of an error → the code that it means to us. */
  errorCodes?: Readonly<Record<string, string>>
  /** Embeddings and the like are had as at OpenAI. */
  hasOthers?: boolean
  /** However short a recording is, it is billed as so many seconds. */
  leastAudioSeconds?: number
  /** What the request gets besides its members, or in the place of some of them. */
  adds?: (members: Members, target: TranslationTarget) => Members
  /** The credential's header, where that is not `Authorization`. */
  headers?: (vendor: Vendor) => Record<string, string>
  /** Where it is asked for a resource such as `/chat/completions`, where that does not just follow its address. */
  url?: (vendor: Vendor, model: string, resource: string) => string
}
