import { afterAll, beforeAll, expect, test } from 'bun:test'
import { join } from 'node:path'
import type { UsageRecord } from '../../src/usage/record'

const MIB = 1024 * 1024
const UPLOAD_BYTES = 150 * MIB

let child: Awaited<ReturnType<typeof startProcess>>
beforeAll(async () => {
  child = await startProcess()
})
afterAll(() => child.stop())

/** A form of 150 MB that is made while it is sent. */
function form(order: 'model first' | 'file first'): ReadableStream<Uint8Array> {
  const model = '--X\r\ncontent-disposition: form-data; name="model"\r\n\r\nm\r\n'
  const file = '--X\r\ncontent-disposition: form-data; name="file"; filename="a.wav"\r\n\r\n'
  const [before, after] = order === 'model first' ? [`${model}${file}`, '\r\n'] : [file, `\r\n${model}`]
  const piece = Buffer.alloc(MIB, 65)
  let sent = 0
  return new ReadableStream(
    {
      pull(controller) {
        if (sent === 0) controller.enqueue(Buffer.from(before))
        controller.enqueue(piece)
        sent += piece.length
        if (sent < UPLOAD_BYTES) return
        controller.enqueue(Buffer.from(`${after}--X--\r\n`))
        controller.close()
      },
    },
    { highWaterMark: 0 },
  )
}

for (const order of ['model first', 'file first'] as const)
  test(`${order}: an upload of 150 MB takes a few of memory`, async () => {
    const before = await child.memory()
    let most = 0
    let isOver = false
    const watching = (async () => {
      while (!isOver) most = Math.max(most, await child.memory())
    })()
    const response = await fetch(`${child.url}/v1/audio/transcriptions`, {
      method: 'POST',
      headers: {
        authorization: `Bearer ${child.key}`,
        'content-type': 'multipart/form-data; boundary=X',
      },
      body: form(order),
      duplex: 'half',
    } as RequestInit)
    isOver = true
    await watching
    // Nobody told the vendor what to answer: that it says so says that it had the whole.
    expect(response.status).toBe(502)
    const record = (await child.records()).at(-1)
    expect(record).toMatchObject({ endpoint: 'audio.transcriptions', attempts: [{ status: 404 }] })
    expect(record!.shape.requestBytes).toBeGreaterThan(UPLOAD_BYTES)
    expect((most - before) / MIB).toBeLessThan(80)
  }, 60_000)

async function startProcess() {
  const process = Bun.spawn([globalThis.process.execPath, join(import.meta.dir, 'serve.ts')], {
    stdin: 'pipe',
    stdout: 'pipe',
    stderr: 'inherit',
  })
  const reader = process.stdout.getReader()
  const { value } = await reader.read()
  const { url, key, control } = JSON.parse(Buffer.from(value!).toString()) as Record<string, string>
  const ask = async (path: string) => (await fetch(`${control}${path}`)).json()
  return {
    url,
    key,
    memory: () => ask('/memory') as Promise<number>,
    records: () => ask('/records') as Promise<UsageRecord[]>,
    async stop() {
      process.stdin.end()
      await process.exited
    },
  }
}
