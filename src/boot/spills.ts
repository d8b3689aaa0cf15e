import { type FileHandle, open, unlink } from 'node:fs/promises'
import { join } from 'node:path'
import { GatewayError } from '../errors'
import type { Spill } from '../gateway/held-file'
import { newId } from '../lib/id'

/** All uploads together that lie on the disk at one moment. */
const MOST_BYTES = 4 * 1024 ** 3
const READ_BYTES = 256 * 1024

/** Makes files for uploads in a folder. They have no name: nobody can open them, and they are gone with the process. */
export class Spills {
  private bytes = 0
  private readonly folder: string
  private readonly mostBytes: number

  constructor(folder: string, mostBytes = MOST_BYTES) {
    this.folder = folder
    this.mostBytes = mostBytes
  }

  /** Rejects with `store_unavailable` where the disk takes none. */
  async open(): Promise<Spill> {
    const path = join(this.folder, `upload-${newId()}`)
    const file = await onDisk(async () => {
      const handle = await open(path, 'wx+', 0o600)
      await unlink(path)
      return handle
    })
    return new SpillFile(file, bytes => this.take(bytes))
  }

  private take(bytes: number): void {
    if (this.bytes + bytes > this.mostBytes) throw full()
    this.bytes += bytes
  }
}

class SpillFile implements Spill {
  private length = 0
  private isClosed = false
  private readonly file: FileHandle
  private readonly take: (bytes: number) => void

  constructor(file: FileHandle, take: (bytes: number) => void) {
    this.file = file
    this.take = take
  }

  async write(bytes: Uint8Array): Promise<void> {
    this.take(bytes.length)
    const position = this.length
    this.length += bytes.length
    await onDisk(() => writeAll(this.file, bytes, position))
  }

  async *read(): AsyncGenerator<Uint8Array> {
    for (let at = 0; at < this.length; ) {
      const buffer = Buffer.allocUnsafe(Math.min(READ_BYTES, this.length - at))
      const { bytesRead } = await this.file.read(buffer, 0, buffer.length, at)
      if (bytesRead === 0) throw new Error('an upload on the disk is shorter than it was written')
      at += bytesRead
      yield buffer.subarray(0, bytesRead)
    }
  }

  close(): void {
    if (this.isClosed) return
    this.isClosed = true
    this.take(-this.length)
    // The kernel closes what it cannot close properly; there is nothing in it to lose.
    this.file.close().catch(() => undefined)
  }
}

async function writeAll(file: FileHandle, bytes: Uint8Array, position: number): Promise<void> {
  for (let at = 0; at < bytes.length; ) {
    const { bytesWritten } = await file.write(bytes, at, bytes.length - at, position + at)
    at += bytesWritten
  }
}

async function onDisk<T>(work: () => Promise<T>): Promise<T> {
  try {
    return await work()
  } catch (cause) {
    throw full(cause)
  }
}

function full(cause?: unknown): GatewayError {
  return new GatewayError('store_unavailable', 'There is no room to hold an upload at the moment.', {
    headers: { 'retry-after': '5' },
    cause,
  })
}
