import type { Disk, SpoolFile } from '../../src/spool/disk'
import type { Chance } from './chance'

export interface Faults {
  /** Chances of each, per operation. */
  shortWrite: number
  failedWrite: number
  failedSync: number
  failedCreate: number
  failedRead: number
}

export const NO_FAULTS: Faults = {
  shortWrite: 0,
  failedWrite: 0,
  failedSync: 0,
  failedCreate: 0,
  failedRead: 0,
}

interface Content {
  /** Its name is on the platter. */
  isNamed: boolean
  /** What the kernel shows. */
  cached: Uint8Array<ArrayBuffer>
  /** What the platter has. */
  durable: Uint8Array<ArrayBuffer>
  /** Written since the last good sync. */
  dirty: { position: number; bytes: Uint8Array }[]
}

/**
 * A disk that is worse than any real one: it keeps writes in its cache, tears them, takes them in part, and forgets them
 * when a sync fails. `crashAt` ends the process in the middle of that operation; nothing it does afterwards has an effect.
 */
export class FakeDisk implements Disk {
  operations = 0
  openFiles = 0
  /** Syncs that failed. */
  forgotten = 0
  crashAt = Number.POSITIVE_INFINITY
  isDead = false
  faults: Faults
  freeSpace = 1e9
  /** Names of files whose removal the platter may not have heard of. */
  readonly removed = new Map<string, Content>()
  onRemove: (name: string) => void = () => {}
  readonly files: Map<string, Content>
  private readonly pending: (() => void)[] = []
  private readonly chance: Chance

  constructor(chance: Chance, faults = NO_FAULTS, files = new Map<string, Content>()) {
    this.chance = chance
    this.faults = faults
    this.files = files
  }

  /** Syncs that the disk has not answered. */
  get syncs(): number {
    return this.pending.length
  }

  /** Answers one of them. */
  answerSync(): void {
    this.pending.splice(this.chance.below(this.pending.length), 1)[0]?.()
  }

  create(name: string, named: 'now' | 'later' = 'now'): SpoolFile {
    this.step(() => {})
    if (this.chance.happens(this.faults.failedCreate)) throw broken('EIO')
    if (this.files.has(name)) throw broken('EEXIST')
    const isNamed = named === 'now'
    this.files.set(name, { isNamed, cached: new Uint8Array(0), durable: new Uint8Array(0), dirty: [] })
    return this.open(name)
  }

  open(name: string): SpoolFile {
    const content = this.files.get(name)
    if (!content) throw broken('ENOENT')
    let isOpen = true
    this.openFiles++
    const check = () => {
      if (!isOpen) throw new Error('a closed file was used')
    }
    return {
      write: (bytes, position, from, to) => {
        check()
        return this.write(content, bytes.subarray(from, to), position)
      },
      sync: () => {
        check()
        return this.sync(content)
      },
      read: (position, length) => {
        check()
        if (this.chance.happens(this.faults.failedRead)) throw broken('EIO')
        return content.cached.slice(position, position + length)
      },
      close: () => {
        check()
        isOpen = false
        this.openFiles--
      },
    }
  }

  list(): { name: string; bytes: number }[] {
    return [...this.files]
      .map(([name, { cached }]) => ({ name, bytes: cached.length }))
      .toSorted((a, b) => (a.name < b.name ? -1 : 1))
  }

  remove(name: string): void {
    this.step(() => {})
    const content = this.files.get(name)
    if (!content) throw broken('ENOENT')
    this.onRemove(name)
    this.files.delete(name)
    this.removed.set(name, content)
  }

  freeBytes(): number {
    return this.freeSpace
  }

  /** What is there when the process has died: the kernel keeps what it was given. */
  afterProcessDeath(): FakeDisk {
    return new FakeDisk(this.chance, NO_FAULTS, copyOf(this.files))
  }

  /** What is there when the machine has died: any of what was not synced is gone or torn, and a removal may be undone. */
  afterMachineDeath(): FakeDisk {
    const files = copyOf(this.files)
    for (const [name, content] of this.removed)
      if (this.chance.happens(0.3)) files.set(name, { ...content, dirty: [...content.dirty] })
    for (const [name, content] of files) {
      if (!content.isNamed && this.chance.happens(0.5)) files.delete(name)
      content.cached = this.survivors(content)
      content.dirty = []
    }
    return new FakeDisk(this.chance, NO_FAULTS, files)
  }

  private survivors({ durable, dirty }: Content): Uint8Array<ArrayBuffer> {
    let bytes = durable.slice()
    for (const write of dirty) {
      if (this.chance.happens(0.5)) continue
      const torn = this.chance.happens(0.3) ? this.chance.below(write.bytes.length + 1) : write.bytes.length
      bytes = overwritten(bytes, write.position, write.bytes.subarray(0, torn))
    }
    return bytes
  }

  /** Does half of it and dies, if this is the one. */
  private step(half: () => void): void {
    if (this.isDead) throw broken('the process is dead')
    if (this.operations++ !== this.crashAt) return
    half()
    this.isDead = true
    throw broken('the process dies')
  }

  private write(content: Content, bytes: Uint8Array, position: number): number {
    this.step(() => this.put(content, bytes.subarray(0, this.chance.below(bytes.length + 1)), position))
    if (this.chance.happens(this.faults.failedWrite)) {
      this.put(content, bytes.subarray(0, this.chance.below(bytes.length + 1)), position)
      throw broken(this.chance.pick(['EIO', 'ENOSPC']))
    }
    const isShort = this.chance.happens(this.faults.shortWrite)
    const taken = isShort ? this.chance.below(bytes.length + 1) : bytes.length
    this.put(content, bytes.subarray(0, taken), position)
    return taken
  }

  private put(content: Content, bytes: Uint8Array, position: number): void {
    const copy = Uint8Array.from(bytes)
    content.cached = overwritten(content.cached, position, copy)
    if (copy.length > 0) content.dirty.push({ position, bytes: copy })
  }

  private sync(content: Content): Promise<void> {
    this.step(() => {
      // Half a sync: the platter has some of it.
      content.durable = this.survivors(content)
    })
    const covered = new Set(content.dirty)
    return new Promise((resolve, reject) =>
      this.pending.push(() => {
        if (this.isDead) return
        if (!this.chance.happens(this.faults.failedSync)) {
          for (const { position, bytes } of content.dirty.filter(write => covered.has(write)))
            content.durable = overwritten(content.durable, position, bytes)
          content.dirty = content.dirty.filter(write => !covered.has(write))
          content.isNamed = true
          resolve()
          return
        }
        // The kernel says so once, drops what it could not write and calls the rest clean.
        this.forgotten++
        content.durable = this.survivors(content)
        content.cached = content.durable.slice()
        content.dirty = []
        reject(broken('EIO'))
      }),
    )
  }
}

function copyOf(files: Map<string, Content>): Map<string, Content> {
  return new Map([...files].map(([name, content]) => [name, { ...content, dirty: [...content.dirty] }]))
}

function overwritten(bytes: Uint8Array, position: number, change: Uint8Array): Uint8Array<ArrayBuffer> {
  const longer = new Uint8Array(Math.max(bytes.length, position + change.length))
  longer.set(bytes)
  longer.set(change, position)
  return longer
}

function broken(code: string): Error {
  return Object.assign(new Error(code), { code })
}
