/** The public name of the model that the vendor serves in Anthropic's dialect. */
export const TRANSLATED_MODEL = 'bench-translated'

const SHARED_FIELDS = `    price:
      input: "2.50"
      cached_input: "0.25"
      output: "10.00"
    capabilities: { tools: true, streaming: true }
    context_window: 2000000
    max_output_tokens: 16384`

/** The gateway's configuration: the benchmark's vendor, and priced models whose upstream name differs from their public one. */
export function gatewayConfig(vendorUrl: string, model: string): string {
  return `vendors:
  mock:
    dialect: openai
    base_url: ${vendorUrl}
    api_key: bench-vendor-credential
  mock-anthropic:
    dialect: anthropic
    base_url: ${vendorUrl}
    api_key: bench-vendor-credential
models:
  ${model}:
    deployments:
      - { vendor: mock, model: bench-upstream }
${SHARED_FIELDS}
  ${TRANSLATED_MODEL}:
    deployments:
      - { vendor: mock-anthropic, model: bench-upstream }
${SHARED_FIELDS}
`
}
