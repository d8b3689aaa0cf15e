import type { Json } from './json'
import type { Said } from './said'

const REASONS: Record<string, string> = {
  end_turn: 'stop',
  max_tokens: 'length',
  tool_use: 'tool_calls',
}

/** What Converse says, found in its events or its whole answer without our readers. */
export function saidInConverse(bodies: readonly Json[]): Said {
  const [whole] = bodies
  const blocks: Json[] = whole?.output?.message.content ?? blocksIn(bodies)
  const native =
    whole?.stopReason ?? bodies.flatMap(({ messageStop }) => messageStop?.stopReason ?? []).at(-1)
  const usage: Json | undefined =
    whole?.usage ?? bodies.flatMap(({ metadata }) => metadata?.usage ?? []).at(-1)
  const cached = usage?.cacheReadInputTokens ?? 0
  return {
    text: blocks.map(({ text }) => text ?? '').join(''),
    reasoning: blocks.map(({ reasoningContent }) => reasoningContent?.reasoningText?.text ?? '').join(''),
    refusal: '',
    calls: blocks.flatMap(({ toolUse }) =>
      toolUse ? [{ name: toolUse.name, arguments: toolUse.input || '{}' }] : [],
    ),
    finish: REASONS[native] ?? native,
    ...(usage && {
      figures: {
        input: usage.inputTokens + cached + (usage.cacheWriteInputTokens ?? 0),
        cached,
        output: usage.outputTokens,
        reasoning: 0,
      },
    }),
  }
}

/** Only a call is opened by a word of its own. */
function blocksIn(events: readonly Json[]): Json[] {
  const blocks: Json[] = []
  for (const { contentBlockStart: opened, contentBlockDelta: change } of events) {
    if (opened?.start.toolUse)
      blocks[opened.contentBlockIndex] = { toolUse: { ...opened.start.toolUse, input: '' } }
    if (!change) continue
    const block = blocks[change.contentBlockIndex] ?? {}
    blocks[change.contentBlockIndex] = block
    add(block, change.delta)
  }
  return blocks.filter(Boolean)
}

function add(block: Json, { text, toolUse, reasoningContent }: Json): void {
  if (text !== undefined) block.text = (block.text ?? '') + text
  if (toolUse) block.toolUse.input += toolUse.input
  if (reasoningContent?.text === undefined) return
  const before = block.reasoningContent?.reasoningText.text ?? ''
  block.reasoningContent = { reasoningText: { text: before + reasoningContent.text } }
}
