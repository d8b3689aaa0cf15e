import { SAME_AS } from './curated.ts'

/** Who makes a model of this name, as one of our vendors; the first pattern that fits. */
const MAKERS: readonly (readonly [RegExp, string])[] = [
  [/^claude/, 'anthropic'],
  [/^gpt-oss/, ''],
  [/^(gpt|o\d|chat-latest|chatgpt|text-embedding|whisper-1|tts-1|omni-moderation|codex)/, 'openai'],
  [/^(gemini|gemma)/, 'gemini'],
  [/^(open-mi|mistral|ministral|codestral|devstral|magistral|pixtral|voxtral|mixtral)/, 'mistral'],
  [/^(command|embed-v|c4ai|north-)/, 'cohere'],
  [/^kimi/, 'moonshot'],
  [/^deepseek/, 'deepseek'],
  [/^grok/, 'xai'],
  [/^glm/, 'zai'],
  [/^minimax/, 'minimax'],
  [/^muse/, 'meta'],
  [/^sonar/, 'perplexity'],
  [/^(qwen|qwq|qvq)/, 'alibaba'],
  [/^voyage/, 'voyage'],
]

const REGION = /^(us-gov|us|eu|global|apac|jp|au|ca|in)\./

/** A place's own name of a model without what only that place adds: its maker's folder, a region, a build number. */
export function nameOf(vendor: string, model: string): string {
  const same = SAME_AS[`${vendor}/${vendor === 'bedrock' ? model.replace(REGION, '') : model}`]
  if (same) return same
  if (vendor === 'bedrock') return bedrockName(model)
  const tail = model.slice(model.lastIndexOf('/') + 1)
  if (vendor === 'fireworks') return tail.replace(/(\d)p(\d)/g, '$1.$2')
  if (vendor === 'vertex')
    return tail
      .replace(/@default$/, '')
      .replace(/@(\d{8})$/, '-$1')
      .replace(/-maas$/, '')
  if (vendor === 'mistral') return tail.replace(/^zai-glm/, 'glm')
  return tail
}

function bedrockName(model: string): string {
  const tail = model.replace(REGION, '').replace(/^[a-z0-9]+\./, '')
  return tail.replace(/-v\d+(:\d+)?$/, '').replace(/-\d+:\d+$/, '')
}

/** Equal for names that differ only in spelling: case, dots, a date that Anthropic adds to a fixed model. */
export function keyOf(name: string): string {
  const key = name
    .toLowerCase()
    .replace(/[._]/g, '-')
    .replace(/^meta-llama-/, 'llama-')
    .replace(/^llama(\d)/, 'llama-$1')
  if (key.startsWith('claude')) return key.replace(/-\d{8}$/, '')
  return key.startsWith('nova-') ? key.replace(/-v\d+$/, '') : key
}

/** The vendor that makes the model, or '' where none of ours does. */
export function makerOf(key: string): string {
  return MAKERS.find(([pattern]) => pattern.test(key))?.[1] ?? ''
}

/** Whether a Bedrock id is bound to a region: another price, another place of the data, so a model of its own. */
export function isRegional(vendor: string, model: string): boolean {
  return vendor === 'bedrock' && REGION.test(model)
}

/** Whether `name` is `id`, however it spells its dots, with a date behind it and nothing else. */
export function isDated(name: string, id: string): boolean {
  const [whole, start] = [name.replaceAll('.', '-'), id.replaceAll('.', '-')]
  return whole.startsWith(start) && /^-(\d{4}-\d{2}-\d{2}|\d{8})$/.test(whole.slice(start.length))
}
