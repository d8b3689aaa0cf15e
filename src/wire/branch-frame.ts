/*
 * How the bytes of several answers to one request share one stream inside the gateway: each piece has two bytes before
 * it, whose answer it is and what it is. A failure has its status in two more.
 */

export const BRANCH_DATA = 0
export const BRANCH_END = 1
export const BRANCH_FAILED = 2

export type BranchKind = typeof BRANCH_DATA | typeof BRANCH_END | typeof BRANCH_FAILED

export interface BranchFrame {
  branch: number
  kind: number
  /** Of a failure; 0 otherwise. */
  status: number
  bytes: Uint8Array
}

const NOTHING = new Uint8Array()

/** A piece of one answer as it goes on the shared stream; `status` belongs to a failure alone. */
export function branchFrame(
  branch: number,
  kind: BranchKind,
  bytes: Uint8Array = NOTHING,
  status = 0,
): Uint8Array {
  const head = kind === BRANCH_FAILED ? [branch, kind, status >> 8, status & 255] : [branch, kind]
  return Buffer.concat([Uint8Array.from(head), bytes])
}

/** The piece as it was sent; its bytes are a view of the frame. */
export function readBranchFrame(frame: Uint8Array): BranchFrame {
  const [branch = 0, kind = 0, high = 0, low = 0] = frame
  const isFailure = kind === BRANCH_FAILED
  return {
    branch,
    kind,
    status: isFailure ? high * 256 + low : 0,
    bytes: frame.subarray(isFailure ? 4 : 2),
  }
}
