const ALLOWED = /^[a-zA-Z0-9_-]{1,64}$/

/**
 * A tool call's id as Converse takes it: as it is where that will do, else the same other id for the same id, so that a
 * call of another vendor's history and its result still belong together.
 */
export function toolId(id: string): string {
  return ALLOWED.test(id)
    ? id
    : `tooluse_${new Bun.CryptoHasher('sha256').update(id).digest('hex').slice(0, 22)}`
}
