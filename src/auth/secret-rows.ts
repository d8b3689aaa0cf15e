import type { Caller } from './caller'
import { TermsTable } from './terms'

/** Where each part of a row stands, in bytes from its beginning. */
const HASH = 0
const KEY_ID = 32
const TENANT_ID = 48
const VERSION = 64
const NOT_BEFORE = 72
const EXPIRES_AT = 80
const REVOKED_AT = 88
const TERMS = 96
const OTHER = 100
const ROUND = 104
const ROW_BYTES = 108

const HASH_BYTES = 32
const ID_BYTES = 16
const ROWS_A_BLOCK = 4_096
/** Stands for a time that is not. */
const NEVER = Number.NaN

/** Secrets of keys, each packed into 108 bytes that no garbage collection ever looks at, and known by the number of its row. */
export class SecretRows {
  private readonly blocks: Buffer[] = []
  private readonly free: number[] = []
  private used = 0
  private readonly terms = new TermsTable()

  /** Packs one secret; the number of its row. Throws where an id is no UUID, or the hash is none. */
  add(caller: Caller, round: number): number {
    const row = this.free.pop() ?? this.used++
    if (row >= this.blocks.length * ROWS_A_BLOCK)
      this.blocks.push(Buffer.allocUnsafeSlow(ROWS_A_BLOCK * ROW_BYTES))
    const [block, at] = [this.blockOf(row), startOf(row)]
    writeHex(block, caller.hash, at + HASH, HASH_BYTES)
    writeHex(block, hexOf(caller.keyId), at + KEY_ID, ID_BYTES)
    writeHex(block, hexOf(caller.tenantId), at + TENANT_ID, ID_BYTES)
    block.writeDoubleLE(caller.version, at + VERSION)
    block.writeDoubleLE(caller.notBefore ?? NEVER, at + NOT_BEFORE)
    block.writeDoubleLE(caller.expiresAt ?? NEVER, at + EXPIRES_AT)
    block.writeDoubleLE(caller.revokedAt ?? NEVER, at + REVOKED_AT)
    block.writeUInt32LE(this.terms.take(caller), at + TERMS)
    block.writeUInt32LE(0, at + OTHER)
    block.writeUInt32LE(round, at + ROUND)
    return row
  }

  /** Frees a row for another secret. */
  delete(row: number): void {
    this.terms.drop(this.blockOf(row).readUInt32LE(startOf(row) + TERMS))
    this.free.push(row)
  }

  /** The secret as a request needs it. */
  read(row: number): Caller {
    const [block, at] = [this.blockOf(row), startOf(row)]
    return {
      keyId: idOf(block, at + KEY_ID),
      tenantId: idOf(block, at + TENANT_ID),
      hash: this.hash(row),
      version: this.version(row),
      ...this.terms.read(block.readUInt32LE(at + TERMS)),
      notBefore: timeOf(block, at + NOT_BEFORE),
      expiresAt: timeOf(block, at + EXPIRES_AT),
      revokedAt: timeOf(block, at + REVOKED_AT),
    }
  }

  hash(row: number): string {
    const at = startOf(row) + HASH
    return this.blockOf(row).toString('hex', at, at + HASH_BYTES)
  }

  version(row: number): number {
    return this.blockOf(row).readDoubleLE(startOf(row) + VERSION)
  }

  /** When it was last put in. */
  round(row: number): number {
    return this.blockOf(row).readUInt32LE(startOf(row) + ROUND)
  }

  setRound(row: number, round: number): void {
    this.blockOf(row).writeUInt32LE(round, startOf(row) + ROUND)
  }

  /** The row of the same key's secret before, if it has one. */
  other(row: number): number | undefined {
    const other = this.blockOf(row).readUInt32LE(startOf(row) + OTHER)
    return other === 0 ? undefined : other - 1
  }

  setOther(row: number, other: number): void {
    this.blockOf(row).writeUInt32LE(other + 1, startOf(row) + OTHER)
  }

  hasHash(row: number, hash: Buffer): boolean {
    return this.has(row, HASH, hash)
  }

  hasKeyId(row: number, keyId: Buffer): boolean {
    return this.has(row, KEY_ID, keyId)
  }

  /** What `bitsOf` says of the row's hash. */
  hashBits(row: number): number {
    return this.blockOf(row).readUInt32LE(startOf(row) + HASH + HASH_BYTES - 4)
  }

  /** What `bitsOf` says of the id of the row's key. */
  keyIdBits(row: number): number {
    return this.blockOf(row).readUInt32LE(startOf(row) + KEY_ID + ID_BYTES - 4)
  }

  private has(row: number, part: number, sought: Buffer): boolean {
    const at = startOf(row) + part
    return this.blockOf(row).compare(sought, 0, sought.length, at, at + sought.length) === 0
  }

  private blockOf(row: number): Buffer {
    const block = this.blocks[Math.floor(row / ROWS_A_BLOCK)]
    if (!block) throw new Error('secret rows: there is no such row')
    return block
  }
}

/** The bytes of a SHA-256 in hexadecimal; undefined for any other text. */
export function hashBytes(hash: string): Buffer | undefined {
  const bytes = Buffer.from(hash, 'hex')
  return hash.length === 2 * HASH_BYTES && bytes.length === HASH_BYTES ? bytes : undefined
}

/** The bytes of an id; undefined for a text that is none. */
export function idBytes(id: string): Buffer | undefined {
  const bytes = Buffer.from(hexOf(id), 'hex')
  return bytes.length === ID_BYTES ? bytes : undefined
}

/** The last 32 bits: of a hash and of an id those that are random. */
export function bitsOf(sought: Buffer): number {
  return sought.readUInt32LE(sought.length - 4)
}

function startOf(row: number): number {
  return (row % ROWS_A_BLOCK) * ROW_BYTES
}

function writeHex(block: Buffer, hex: string, at: number, bytes: number): void {
  if (hex.length !== 2 * bytes || block.write(hex, at, bytes, 'hex') !== bytes)
    throw new Error('secret rows: what should be hexadecimal is not')
}

function hexOf(id: string): string {
  return id.replaceAll('-', '')
}

function idOf(block: Buffer, at: number): string {
  const hex = block.toString('hex', at, at + ID_BYTES)
  return `${hex.slice(0, 8)}-${hex.slice(8, 12)}-${hex.slice(12, 16)}-${hex.slice(16, 20)}-${hex.slice(20)}`
}

function timeOf(block: Buffer, at: number): number | null {
  const time = block.readDoubleLE(at)
  return Number.isNaN(time) ? null : time
}
