import { resolve } from 'node:path'

/** Writes a `callmissed.yaml` where a start with this data folder finds it: a model `acme-large` at the tests' vendor. */
export async function configureVendor(dataDir: string, baseUrl: string): Promise<void> {
  const text = `vendors:
  acme:
    dialect: openai
    base_url: ${baseUrl}
    api_key: \${ACME_KEY}
models:
  acme-large:
    aliases: [acme]
    deployments: [{ vendor: acme, model: acme-large-2026-01 }]
    price: { input: "2.50", output: "10.00" }
`
  await Bun.write(resolve(dataDir, '..', 'callmissed.yaml'), text)
}
