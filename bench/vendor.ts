import type { Certificate } from './certificate.ts'
import { start } from './child.ts'
import { lines } from './lines.ts'
import type { Target } from './target.ts'

/** Starts the benchmark's vendor, over TLS where it has a certificate, and gives it as the target of the direct call. */
export async function startVendor(pin: string[], port: number, certificate?: Certificate): Promise<Target> {
  const files = certificate ? [certificate.cert, certificate.key] : []
  const child = start(['bun', `${import.meta.dir}/mock.ts`, String(port), ...files], { pin })
  const printed = await lines(child.stdout).next()
  if (!printed.value) throw new Error(`the vendor did not start on port ${port}`)
  const url = certificate ? `https://localhost:${printed.value}/v1` : `http://127.0.0.1:${printed.value}/v1`
  return {
    name: 'direct',
    url,
    streamUrl: url,
    key: 'none',
    model: 'bench',
    pid: child.pid,
    features: 'no gateway: the vendor itself',
    restart: undefined,
    recorded: undefined,
  }
}

/** When the sockets of unfinished streams closed since the last call: µs on the shared clock, by the stream's id. */
export async function closings(vendor: Target): Promise<Record<string, number>> {
  const response = await fetch(`${new URL(vendor.url).origin}/bench/closings`)
  return (await response.json()) as Record<string, number>
}
