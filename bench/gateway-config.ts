/** The gateway's configuration: the benchmark's vendor, and one priced model whose upstream name differs from its public one. */
export function gatewayConfig(vendorUrl: string, model: string): string {
  return `vendors:
  mock:
    dialect: openai
    base_url: ${vendorUrl}
    api_key: bench-vendor-credential
models:
  ${model}:
    deployments:
      - { vendor: mock, model: bench-upstream }
    price:
      input: "2.50"
      cached_input: "0.25"
      output: "10.00"
    capabilities: { tools: true, streaming: true }
    context_window: 2000000
    max_output_tokens: 16384
`
}
