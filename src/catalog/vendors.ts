import type { Dialect, OnDisconnect, VendorFacts } from '../vendors/vendor'

/**
 * Every vendor that we know by name. `keyVariable` switches one on by the environment alone; those without
 * need more than a key (an account's own address, a region) or no key at all, and are named in `callmissed.yaml`;
 * `{…}` in their address is what the account fills in.
 * `drain`: the vendor bills the whole answer even if we hang up, so reading on costs nothing and tells the usage.
 */
export const VENDORS: readonly VendorFacts[] = [
  conforming('openai', 'https://api.openai.com/v1', 'OPENAI_API_KEY'),
  conforming('vllm', 'http://127.0.0.1:8000/v1'),
  own('anthropic', 'anthropic', 'abort', 'https://api.anthropic.com/v1', 'ANTHROPIC_API_KEY'),
  own('gemini', 'gemini', 'drain', 'https://generativelanguage.googleapis.com/v1beta', 'GEMINI_API_KEY'),
  own('vertex', 'vertex', 'drain', 'https://{location}-aiplatform.googleapis.com/v1'),
  own('azure', 'azure', 'abort', 'https://{resource}.openai.azure.com/openai/v1'),
  own('bedrock', 'bedrock', 'drain', 'https://bedrock-runtime.{region}.amazonaws.com'),
  own('cohere', 'cohere', 'abort', 'https://api.cohere.com/v2', 'COHERE_API_KEY'),
  compatible('mistral', 'drain', 'https://api.mistral.ai/v1', 'MISTRAL_API_KEY'),
  compatible('moonshot', 'drain', 'https://api.moonshot.ai/v1', 'MOONSHOT_API_KEY'),
  compatible('deepseek', 'abort', 'https://api.deepseek.com', 'DEEPSEEK_API_KEY'),
  compatible('xai', 'abort', 'https://api.x.ai/v1', 'XAI_API_KEY'),
  compatible('zai', 'abort', 'https://api.z.ai/api/paas/v4', 'ZAI_API_KEY'),
  compatible('minimax', 'abort', 'https://api.minimax.io/v1', 'MINIMAX_API_KEY'),
  compatible('meta', 'abort', 'https://api.meta.ai/v1', 'META_MODEL_API_KEY'),
  compatible('perplexity', 'abort', 'https://api.perplexity.ai', 'PERPLEXITY_API_KEY'),
  compatible(
    'alibaba',
    'drain',
    'https://dashscope-intl.aliyuncs.com/compatible-mode/v1',
    'DASHSCOPE_API_KEY',
  ),
  compatible('voyage', 'abort', 'https://api.voyageai.com/v1', 'VOYAGE_API_KEY'),
  compatible('groq', 'drain', 'https://api.groq.com/openai/v1', 'GROQ_API_KEY'),
  compatible('cerebras', 'abort', 'https://api.cerebras.ai/v1', 'CEREBRAS_API_KEY'),
  compatible('together', 'abort', 'https://api.together.xyz/v1', 'TOGETHER_API_KEY'),
  compatible('fireworks', 'abort', 'https://api.fireworks.ai/inference/v1', 'FIREWORKS_API_KEY'),
  compatible('baseten', 'abort', 'https://inference.baseten.co/v1', 'BASETEN_API_KEY'),
  compatible('novita', 'abort', 'https://api.novita.ai/openai', 'NOVITA_API_KEY'),
  compatible('deepinfra', 'abort', 'https://api.deepinfra.com/v1/openai', 'DEEPINFRA_API_KEY'),
  compatible('siliconflow', 'abort', 'https://api.siliconflow.com/v1', 'SILICONFLOW_API_KEY'),
  compatible('nebius', 'abort', 'https://api.tokenfactory.nebius.com/v1', 'NEBIUS_API_KEY'),
  compatible('huggingface', 'drain', 'https://router.huggingface.co/v1', 'HF_TOKEN'),
  compatible('openrouter', 'abort', 'https://openrouter.ai/api/v1', 'OPENROUTER_API_KEY'),
  compatible('ollama', 'abort', 'http://127.0.0.1:11434/v1'),
]

/** The facts of a vendor that we ship; undefined for one of the user's own. */
export function vendorFacts(name: string): VendorFacts | undefined {
  return VENDORS.find(vendor => vendor.name === name)
}

/** Whose own address, or a region of it, this is, spoken to in this dialect; undefined for nobody's that we know. */
export function vendorAt(baseUrl: string, dialect: Dialect): VendorFacts | undefined {
  const host = hostOf(baseUrl)
  return VENDORS.find(vendor => {
    const own = hostOf(vendor.baseUrl)
    // On this machine anybody's server can be.
    if (vendor.dialect !== dialect || own === undefined || own === '127.0.0.1') return false
    return host === own || host?.endsWith(`.${own}`)
  })
}

/** Undefined where an account fills in its name. */
function hostOf(baseUrl: string): string | undefined {
  return baseUrl.includes('{') ? undefined : URL.parse(baseUrl)?.hostname
}

/** Speaks OpenAI's dialect to the letter: bytes pass through. */
function conforming(name: string, baseUrl: string, keyVariable?: string): VendorFacts {
  return line({ name, dialect: 'openai', conforms: true, baseUrl, onDisconnect: 'abort' }, keyVariable)
}

/** Close to OpenAI's dialect, with quirks to be tolerated and normalised. */
function compatible(
  name: string,
  onDisconnect: OnDisconnect,
  baseUrl: string,
  keyVariable?: string,
): VendorFacts {
  return line({ name, dialect: 'openai-compatible', conforms: false, baseUrl, onDisconnect }, keyVariable)
}

/** Speaks a dialect of its own, that is translated. */
function own(
  name: string,
  dialect: Dialect,
  onDisconnect: OnDisconnect,
  baseUrl: string,
  keyVariable?: string,
): VendorFacts {
  return line({ name, dialect, conforms: false, baseUrl, onDisconnect }, keyVariable)
}

function line(facts: VendorFacts, keyVariable: string | undefined): VendorFacts {
  return keyVariable === undefined ? facts : { ...facts, keyVariable }
}
