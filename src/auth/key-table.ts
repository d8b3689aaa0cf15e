import type { Caller } from './caller'
import { RowIndex } from './row-index'
import { bitsOf, hashBytes, idBytes, SecretRows } from './secret-rows'

/** Every key of ours, packed: about 130 bytes each, whether or not it is ever used. */
export class KeyTable {
  private readonly rows = new SecretRows()
  /** Every secret. */
  private readonly byHash = new RowIndex(row => this.rows.hashBits(row))
  /** The present secret of each key. */
  private readonly byKeyId = new RowIndex(row => this.rows.keyIdBits(row))
  private round = 0

  /** How many keys there are; a rotated one counts once. */
  get size(): number {
    return this.byKeyId.size
  }

  /** The key with a secret of this hash, made anew at each call. */
  find(hash: string): Caller | undefined {
    const sought = hashBytes(hash)
    const row = sought && this.byHash.find(bitsOf(sought), row => this.rows.hasHash(row, sought))
    return row === undefined ? undefined : this.rows.read(row)
  }

  /**
   * Takes in one key, and the secret before its last rotation. A later version replaces an earlier one whole; one that is
   * older than what is here changes nothing. The hashes of secrets that are no longer what they were.
   */
  put(caller: Caller, old: Caller | undefined): string[] {
    const present = this.rowOf(caller.keyId)
    if (present !== undefined && this.rows.version(present) > caller.version) {
      this.rows.setRound(present, this.round)
      return []
    }
    const gone = present === undefined ? [] : this.remove(present)
    const row = this.add(caller)
    if (old) this.rows.setOther(row, this.add(old))
    this.byKeyId.add(row)
    return gone
  }

  /** Forgets a key; the hashes of its secrets. */
  forget(keyId: string): string[] {
    const row = this.rowOf(keyId)
    return row === undefined ? [] : this.remove(row)
  }

  /** What is put in from now on is told apart from what was there: see `forgetBefore`. */
  nextRound(): number {
    return ++this.round
  }

  /** Forgets the keys that were not put in since this round began; the hashes of their secrets. */
  forgetBefore(round: number): string[] {
    const stale = [...this.byKeyId].filter(row => this.rows.round(row) < round)
    return stale.flatMap(row => this.remove(row))
  }

  private rowOf(keyId: string): number | undefined {
    const sought = idBytes(keyId)
    return sought && this.byKeyId.find(bitsOf(sought), row => this.rows.hasKeyId(row, sought))
  }

  private add(caller: Caller): number {
    const row = this.rows.add(caller, this.round)
    this.byHash.add(row)
    return row
  }

  /** Of a key's present secret and the one before. */
  private remove(row: number): string[] {
    this.byKeyId.delete(row)
    const other = this.rows.other(row)
    return (other === undefined ? [row] : [row, other]).map(each => {
      const hash = this.rows.hash(each)
      this.byHash.delete(each)
      this.rows.delete(each)
      return hash
    })
  }
}
