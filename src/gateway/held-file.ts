/** A place on this machine's disk for a file that is too large for memory. */
export interface Spill {
  /** Appends. Rejects where the disk, or all such places together, are full. */
  write(bytes: Uint8Array): Promise<void>
  /** All of it, from the beginning; may be read several times. */
  read(): AsyncIterable<Uint8Array>
  close(): void
}

/** Up to here an upload is held in memory. */
const MEMORY_BYTES = 1024 * 1024

/** An upload that cannot be handed on yet: in memory to 1 MB, then on the disk. */
export class HeldFile {
  length = 0
  private memory: Uint8Array[] = []
  private spill: Spill | undefined
  private isClosed = false
  private readonly openSpill: () => Promise<Spill>

  constructor(openSpill: () => Promise<Spill>) {
    this.openSpill = openSpill
  }

  async write(bytes: Uint8Array): Promise<void> {
    this.length += bytes.length
    if (this.length <= MEMORY_BYTES) this.memory.push(bytes)
    else await this.spillOver(bytes)
  }

  /** All of it where it is in memory; undefined where it is on the disk. */
  get pieces(): readonly Uint8Array[] | undefined {
    return this.spill ? undefined : this.memory
  }

  read(): AsyncIterable<Uint8Array> {
    if (!this.spill) throw new Error('HeldFile: what is in memory need not be read')
    return this.spill.read()
  }

  close(): void {
    this.isClosed = true
    this.memory = []
    this.spill?.close()
  }

  private async spillOver(bytes: Uint8Array): Promise<void> {
    this.spill ??= await this.openSpill()
    // The caller may have left while the place was made.
    if (this.isClosed) return this.spill.close()
    for (const held of this.memory.splice(0)) await this.spill.write(held)
    await this.spill.write(bytes)
  }
}
