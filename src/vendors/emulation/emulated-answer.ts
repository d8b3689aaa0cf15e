import type { ChatEvent } from '../../wire/chat-event'
import { answerIn } from './answer-text'
import type { Cutter, Piece } from './cutter'
import type { Plan } from './plan'
import { readCall, type SaidCall } from './said-call'

/** What the model said that cannot be used, and why. */
export interface Fault {
  said: string
  problems: readonly string[]
}

export interface AnswerRules {
  plan: Plan
  cutter: Cutter
  /** Nothing is told before the answer's end. */
  isWhole: boolean
  /** The model can be asked once more. */
  mayRepair: boolean
}

type Finish = Extract<ChatEvent, { kind: 'finish' }>

/** Where a call must come words are held back up to here: they are told only beside one. */
const MOST_WAITING = 16 * 1024
/** All calls of an answer, in characters: what is beyond is words. */
const MOST_CALLED = 4 * 1024 * 1024
const MOST_PROBLEMS = 5
/** What is longer is not sent back to be put right. */
const MOST_SAID = 256 * 1024

/**
 * The events of an answer in which a model says in words what it has no other way to say, as the events that it would
 * have made of it. Calls are told when the answer is there, each whole; words as they come. Holds the state of one answer.
 */
export class EmulatedAnswer {
  /** Set at its end, where it cannot be used and nothing of it was told. */
  fault: Fault | undefined
  private said = ''
  private waiting = ''
  private readonly blocks: string[] = []
  private blocksLength = 0
  /** Something of what the answer says was told. */
  private isTold = false
  /** Something was told at all, be it a thought: the caller has the beginning of an answer. */
  private isBegun = false
  private readonly rules: AnswerRules

  constructor(rules: AnswerRules) {
    this.rules = rules
  }

  /** What was said and not told. */
  get held(): string {
    return this.isTold ? this.waiting + this.blocks.join('') + this.rules.cutter.held : this.said
  }

  take(event: ChatEvent): ChatEvent[] {
    switch (event.kind) {
      case 'text':
        return this.say(event.text)
      case 'tool_start':
        return this.isByTool ? [] : this.pass(event)
      case 'tool_arguments':
        return this.isByTool ? this.say(event.text) : this.pass(event)
      case 'refusal':
        return this.pass(event)
      case 'finish':
        return this.finish(event)
      case 'reasoning':
        this.isBegun ||= !this.rules.isWhole
        return [event]
      default:
        return [event]
    }
  }

  private get canRepair(): boolean {
    return this.rules.mayRepair && !this.isTold && !this.isBegun && this.said.length <= MOST_SAID
  }

  private get isByTool(): boolean {
    return this.rules.plan.answer?.rung === 'tool'
  }

  /** The model said it in a way of its own. */
  private pass(event: ChatEvent): ChatEvent[] {
    this.isTold = true
    return [event]
  }

  private say(text: string): ChatEvent[] {
    if (!this.isTold && this.said.length <= MOST_SAID) this.said += text
    return this.rules.cutter.push(text).flatMap(piece => this.takePiece(piece))
  }

  private takePiece({ kind, text }: Piece): ChatEvent[] {
    if (kind === 'call' && this.blocksLength + text.length <= MOST_CALLED) {
      this.blocks.push(text)
      this.blocksLength += text.length
      return []
    }
    this.waiting += text
    const { isWhole, plan } = this.rules
    if (isWhole) return []
    const holds = plan.tools?.mustCall || this.blocks.length > 0 || this.waiting.trim() === ''
    return holds && this.waiting.length <= MOST_WAITING ? [] : this.tell()
  }

  private tell(): ChatEvent[] {
    const text = this.waiting
    this.waiting = ''
    return text === '' ? [] : this.pass({ kind: 'text', choice: 0, text })
  }

  private finish(finish: Finish): ChatEvent[] {
    const isWhole = finish.reason === 'stop' || finish.reason === 'tool_calls'
    const events = this.rules.cutter.end(!isWhole).flatMap(piece => this.takePiece(piece))
    const calls = this.calls(!isWhole)
    const answer = isWhole && calls.length === 0 ? this.answer() : undefined
    const problems = isWhole ? this.problemsOf(calls, answer?.problems ?? []) : []
    if (problems.length > 0 && this.canRepair) {
      this.fault = { said: this.said, problems }
      return []
    }
    const unmet = this.unmet(calls, problems)
    if (unmet) return [...events, unmet]
    if (answer) this.waiting = answer.text
    // Words that were to be JSON, and hold none.
    else if (this.rules.plan.answer && !this.isTold && calls.length === 0) this.waiting ||= this.said
    return [...events, ...this.told(calls), ended(finish, calls)]
  }

  private calls(isCut: boolean): SaidCall[] {
    const { tools } = this.rules.plan
    const calls = this.blocks.map(block => readCall(block, tools?.offered ?? [], isCut))
    return tools?.isSingle ? calls.slice(0, 1) : calls
  }

  /** The JSON that was asked for, unless it has been told already. */
  private answer() {
    const { answer } = this.rules.plan
    return answer && !this.isTold ? answerIn(this.waiting || this.said, answer.schema) : undefined
  }

  private problemsOf(calls: readonly SaidCall[], ofAnswer: readonly string[]): string[] {
    if (calls.length > 0) return calls.flatMap(({ problems }) => problems).slice(0, MOST_PROBLEMS)
    if (this.rules.plan.tools?.mustCall) return ['no tool was called']
    return [...ofAnswer]
  }

  /** What cannot be handed on for what was asked for. */
  private unmet(calls: readonly SaidCall[], problems: readonly string[]): ChatEvent | undefined {
    if (problems.length === 0) return undefined
    const { tools, answer } = this.rules.plan
    const { said } = this
    if (tools?.mustCall && !calls.some(({ tool }) => tool))
      return { kind: 'unmet', code: 'tool_call_not_produced', problems, said }
    return calls.length === 0 && answer?.isStrict && !this.isTold
      ? { kind: 'unmet', code: 'schema_not_followed', problems, said }
      : undefined
  }

  /** What waited, and the calls; a call of what is no tool is words. */
  private told(calls: readonly SaidCall[]): ChatEvent[] {
    const known = calls.filter(({ tool }) => tool)
    const unknown = this.blocks.filter((_, index) => calls[index] && !calls[index].tool)
    if (known.length > 0) this.waiting = this.waiting.trimEnd()
    this.waiting += unknown.join('\n')
    this.blocks.length = 0
    const said = known.flatMap(({ tool, arguments: given }, slot): ChatEvent[] => [
      { kind: 'tool_start', choice: 0, slot, id: null, name: tool?.name ?? '' },
      { kind: 'tool_arguments', choice: 0, slot, text: given },
    ])
    const told = [...this.tell(), ...said]
    this.isTold = true
    return told
  }
}

/** The vendor's own word for the end is that of another answer. */
function ended(finish: Finish, calls: readonly SaidCall[]): ChatEvent {
  const { reason } = finish
  if (reason !== 'stop' && reason !== 'tool_calls') return finish
  const hasCalls = calls.some(({ tool }) => tool)
  return { ...finish, reason: hasCalls ? 'tool_calls' : 'stop', native: null }
}
